from django.urls import path

from rightaway.web.layout import views

urlpatterns = [
    path("frame/together", views.together, name="frame-together"),
    path("frame/shared", views.together, name="frame-shared"),  # the same, for those in a hurry: server/bridge.py
    path("frame/nav", views.nav, name="frame-nav"),
    path("frame/floor", views.floor, name="frame-floor"),
    path("frame/presence", views.my_presence, name="frame-presence"),
    path("presence", views.presence, name="presence"),
]
