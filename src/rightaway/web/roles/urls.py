from django.urls import path

from rightaway.web.roles import views

urlpatterns = [
    path("settings/roles", views.roles, name="roles"),
    path("settings/roles/new", views.making, name="role-new"),
    path("settings/roles/<uuid:role_id>", views.editing, name="role"),
]
