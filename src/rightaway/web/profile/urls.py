from django.urls import path

from rightaway.web.profile import views

_ITEM = "contacts/<uuid:item_id>"

urlpatterns = [
    path(_ITEM, views.profile, name="contact"),
    path(f"{_ITEM}/part/<str:name>", views.part, name="profile-part"),
    path(f"{_ITEM}/do/claim", views.to_me, name="profile-claim"),
    path(f"{_ITEM}/do/offer", views.hold_out, name="profile-offer"),
    path(f"{_ITEM}/do/share", views.sharing, name="profile-share"),
    path(f"{_ITEM}/do/rescind/<uuid:offer_id>", views.take_back_offer, name="profile-rescind"),
    path(f"{_ITEM}/do/revoke", views.take_back, name="profile-revoke"),
    path(f"{_ITEM}/do/hand-back", views.give_back, name="profile-hand-back"),
    path(f"{_ITEM}/do/note", views.write_note, name="profile-note"),
    path(f"{_ITEM}/do/call", views.log_call, name="profile-call"),
    path(f"{_ITEM}/do/message", views.log_message, name="profile-message"),
    path(f"{_ITEM}/do/drip", views.begin_drip, name="profile-drip"),
    path(f"{_ITEM}/do/drip/<uuid:drip_id>/stop", views.end_drip, name="profile-drip-stop"),
    path(f"{_ITEM}/do/visit", views.log_visit, name="profile-visit"),
    path(f"{_ITEM}/do/task", views.plan_task, name="profile-task"),
    path(f"{_ITEM}/do/task/<uuid:task_id>/end", views.finish_task, name="profile-task-end"),
    path(f"{_ITEM}/do/task/<uuid:task_id>/move", views.put_off_task, name="profile-task-move"),
    path(f"{_ITEM}/do/task/<uuid:task_id>/give", views.hand_task, name="profile-task-give"),
    path(f"{_ITEM}/do/note/<uuid:entry_id>", views.rewrite_note, name="profile-note-edit"),
    path(f"{_ITEM}/do/note/<uuid:entry_id>/pin", views.hold_note, name="profile-note-pin"),
    path(f"{_ITEM}/do/status", views.set_status, name="profile-status"),
    path(f"{_ITEM}/do/finish", views.close, name="profile-finish"),
]
