from django.apps import AppConfig


class NotifyConfig(AppConfig):
    name = "rightaway.notify"
    label = "notify"
