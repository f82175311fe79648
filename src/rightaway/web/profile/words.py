"""What the profile calls the codes of an item and of its timeline."""

from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from rightaway.web.contacts.words import CALLS

BANDS: Final = {
    "top": _("Top priority"),
    "high": _("High priority"),
    "normal": _("Normal priority"),
    "low": _("Low priority"),
}
HOW: Final = {
    "automatic": _("by a route"),
    "accepted": _("accepted an offer"),
    "claimed": _("claimed it"),
    "next": _("got it with “Get next item”"),
    "by_hand": _("assigned by hand"),
}
# What was done, by kind of line.
DONE: Final = {
    "note": _("%(who)s added a note"),
    "call": _("%(who)s called"),
    "email": _("%(who)s sent an e-mail"),
    "message": _("%(who)s sent a message"),
    "reply": _("%(who)s answered"),
    "visit": _("%(who)s made a visit"),
    "heard": _("The customer wrote"),
    "missed_call": _("Missed call. Call back."),
    "drip_started": _("%(who)s began a sequence of e-mails"),
    "drip": _("An e-mail of a sequence went out"),
    "update_requested": _("%(who)s asked for an update"),
}
# What was changed of an item, by kind of event.
CHANGES: Final = {
    "prioritised": _("%(who)s made it a priority"),
    "unprioritised": _("%(who)s took it out of the priorities"),
    "update_requested": _("%(who)s asked for an update"),
    "task_added": _("%(who)s added a task: %(what)s, due %(due)s"),
    "task_moved": _("%(who)s put off a task: %(what)s, now due %(due)s"),
    "task_given": _("%(who)s gave a task to %(name)s: %(what)s"),
    "task_given_back": _("%(who)s left a task to the owner: %(what)s"),
    "task_due": _("Reminder of a task: %(what)s, due %(due)s"),
}
ENDED_TASKS: Final = {
    "done": _("%(who)s did a task: %(what)s"),
    "dropped": _("%(who)s dropped a task: %(what)s"),
}
TASK_KINDS: Final = {"other": _("To do"), "call": _("Call"), "email": _("E-mail"), "meeting": _("Meeting")}
TASK_ICONS: Final = {"call": "phone", "email": "mail", "meeting": "users", "other": "calendar"}
MESSAGES: Final = {"email": _("E-mail"), "message": _("Message or chat")}
OUTCOMES: Final = {
    **CALLS,
    "replied": _("Answered"),
    "bounced": _("Bounced"),
    "missed": _("Nobody came"),
}
ICONS: Final = {
    "received": "zap", "attached": "zap", "enquiry": "zap", "offered": "send", "broadcast": "send", "accepted": "check",
    "assigned": "assign", "claimed": "check", "declined": "x", "expired": "clock", "rescinded": "undo-2",
    "withdrawn": "undo-2", "handed_back": "undo-2", "handed_over": "undo-2",
    "revoked": "undo-2", "finished": "check", "moved": "activity",
    "note": "sticky-note", "task": "calendar", "call": "phone", "email": "mail", "message": "mail", "reply": "mail",
    "drip": "mail", "drip_started": "send",
    "visit": "user", "role_assigned": "assign", "heard": "message-square", "missed_call": "phone",
    "prioritised": "zap", "wait_nobody": "clock", "wait_unaccepted": "clock",
    "update_requested": "bell", "put_back": "history", "undone": "undo-2", "sent_to_routes": "route",
}  # fmt: skip
TONES: Final = {
    "accepted": "strong", "claimed": "strong", "assigned": "strong", "declined": "bad", "expired": "bad",
    "revoked": "bad", "handed_back": "bad", "finished": "good",
}  # fmt: skip
# Why somebody is protected from being taken back.
PROTECTED_BY: Final[dict[str, Any]] = {
    "opportunity": _("They have an open opportunity together. Tick it to take it all the same."),
    "appointment": _("They have an appointment. Tick it to take it all the same."),
    "spoke": _("They spoke within the last 14 days. Tick it to take it all the same."),
}
