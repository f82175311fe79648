from django.apps import AppConfig


class RoutingConfig(AppConfig):
    name = "rightaway.routing"
    label = "routing"
