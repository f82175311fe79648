from django.urls import path

from rightaway.web.saved_views import views

urlpatterns = [
    path("contacts/views/new", views.making, name="view-new"),
    path("contacts/views/<uuid:view_id>", views.editing, name="view-edit"),
    path("contacts/views/<uuid:view_id>/keep", views.keeping, name="view-keep"),
    path("contacts/views/<uuid:view_id>/give-up", views.giving_up, name="view-give-up"),
]
