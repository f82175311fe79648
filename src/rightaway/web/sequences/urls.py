from django.urls import path

from rightaway.web.sequences import views

urlpatterns = [
    path("settings/sequences", views.sequences, name="sequences"),
    path("settings/sequences/new", views.making, name="sequence-new"),
    path("settings/sequences/<uuid:sequence_id>", views.editing, name="sequence"),
]
