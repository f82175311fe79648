from django.urls import path

from rightaway.web.conversations import views

_ONE = "conversations/<uuid:conversation_id>"

urlpatterns = [
    path("conversations", views.conversations, name="conversations"),
    path("conversations/list", views.listed, name="conversations-list"),
    path("conversations/held", views.held, name="conversations-held"),
    path("conversations/held/<uuid:letter_id>", views.settle, name="conversations-settle"),
    path("conversations/held/<uuid:letter_id>/raw", views.raw, name="conversations-raw"),
    path("conversations/files/<uuid:attachment_id>", views.file, name="conversations-file"),
    path("conversations/messages/<uuid:message_id>/resend", views.send_again, name="conversations-resend"),
    path(_ONE, views.conversation, name="conversation"),
    path(f"{_ONE}/part/<str:name>", views.part, name="conversation-part"),
    path(f"{_ONE}/reply", views.answer, name="conversation-reply"),
    path(f"{_ONE}/note", views.note, name="conversation-note"),
    path(f"{_ONE}/claim", views.take, name="conversation-claim"),
    path(f"{_ONE}/close", views.close, name="conversation-close"),
    path(f"{_ONE}/seen", views.seen, name="conversation-seen"),
]
