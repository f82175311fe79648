"""What the profile calls the codes of an item and of its timeline."""

from typing import Any, Final

from django.utils.translation import gettext_lazy as _

BANDS: Final = {
    "top": _("Top priority"),
    "high": _("High priority"),
    "normal": _("Normal priority"),
    "low": _("Low priority"),
}
CALLS: Final = {
    "connected": _("Connected"),
    "no_answer": _("No answer"),
    "voicemail": _("Left a voicemail"),
    "busy": _("Busy"),
    "wrong_number": _("Wrong number"),
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
    "task": _("%(who)s added a task"),
    "call": _("%(who)s called"),
    "email": _("%(who)s sent an e-mail"),
    "message": _("%(who)s sent a message"),
    "reply": _("%(who)s answered"),
    "visit": _("%(who)s made a visit"),
    "heard": _("The customer wrote"),
    "missed_call": _("Missed call. Call back."),
    "update_requested": _("%(who)s asked for an update"),
}
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
    "visit": "user", "role_assigned": "assign", "heard": "message-square", "missed_call": "phone",
    "wait_nobody": "clock", "wait_unaccepted": "clock",
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
