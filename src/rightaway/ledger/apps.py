from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "rightaway.ledger"
    label = "ledger"
