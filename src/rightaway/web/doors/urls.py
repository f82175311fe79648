from django.urls import path

from rightaway.web.doors import chat, forms

urlpatterns = [
    path("f/<str:key>", forms.form, name="form"),
    path("f/<str:key>/stamp", forms.stamp, name="form-stamp"),
    path("chat/<str:key>.js", chat.script, name="chat-script"),
    path("chat/<str:key>", chat.window, name="chat"),
    path("chat/<str:key>/messages", chat.messages, name="chat-messages"),
]
