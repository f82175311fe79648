from django.urls import path

from rightaway.web.sources import views

urlpatterns = [
    path("settings/sources", views.sources, name="sources"),
    path("settings/sources/new", views.adding, name="source-new"),
    path("settings/sources/<uuid:source_id>", views.changing, name="source"),
]
