from django.urls import path

from rightaway.web.fields import views

_FIELD = "settings/fields/<uuid:field_id>"

urlpatterns = [
    path("settings/fields", views.listing, name="fields"),
    path("settings/fields/new", views.new, name="field-new"),
    path("settings/fields/create", views.create, name="field-create"),
    path(_FIELD, views.edit, name="field"),
    path(f"{_FIELD}/save", views.save, name="field-save"),
]
