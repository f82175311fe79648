from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "rightaway.people"
    label = "people"
