from django.apps import AppConfig


class ConversationsConfig(AppConfig):
    name = "rightaway.conversations"
    label = "conversations"
