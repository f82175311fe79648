from django.urls import path

from rightaway.web.notifications import views

urlpatterns = [
    path("notifications", views.notifications, name="notifications"),
    path("notifications/recent", views.recent, name="notifications-recent"),
    path("notifications/new", views.new, name="notifications-new"),
    path("notifications/read", views.read, name="notifications-read"),
    path("frame/bell", views.bell, name="frame-bell"),
]
