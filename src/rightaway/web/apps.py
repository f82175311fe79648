from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "rightaway.web"
    label = "web"
