from django.apps import AppConfig


class WorkConfig(AppConfig):
    name = "rightaway.work"
    label = "work"
