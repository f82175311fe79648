from django.apps import AppConfig


class ContactsConfig(AppConfig):
    name = "rightaway.contacts"
    label = "contacts"
