from django.urls import path

from rightaway.web.settings import views

urlpatterns = [
    path("settings", views.settings, name="settings"),
    path("settings/basics", views.basics, name="settings-basics"),
    path("settings/basics/save", views.save_the_basics, name="settings-basics-save"),
    path("settings/statuses", views.statuses, name="settings-statuses"),
    path("settings/statuses/save", views.save_statuses, name="settings-statuses-save"),
]
