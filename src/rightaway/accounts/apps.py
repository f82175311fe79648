from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "rightaway.accounts"
    label = "accounts"
