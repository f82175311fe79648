"""What the conversations' pages call channels, and why something is held."""

from typing import Final

from django.utils.translation import gettext_lazy as _

CHANNELS: Final = {
    "email": _("E-mail"),
    "web_form": _("Web form"),
    "web_chat": _("Web chat"),
    "call": _("Missed call"),
}
TABS: Final = {"unassigned": _("Unassigned"), "mine": _("Mine"), "all": _("All")}
STATES: Final = {
    "queued": _("Being sent"),
    "sent": _("Sent"),
    "failed": _("Not delivered"),
    "bounced": _("Came back"),
    "automatic": _("Automatic answer"),
}
REASONS: Final = {
    "auto_submitted": _("A machine answered"),
    "no_return": _("A mail server's message"),
    "bulk": _("A mailing or newsletter"),
    "report": _("A delivery report about no mail of ours"),
    "loop": _("It came from our own address"),
    "no_sender": _("Nobody is named as its sender"),
    "flood": _("Too many from one sender"),
    "unreadable": _("It could not be read"),
    "too_slow": _("Reading it took too long"),
    "too_large": _("It is too large"),
    "too_deep": _("Its parts are nested too deep"),
    "too_many_parts": _("It has too many parts"),
    "too_many_headers": _("It has too many headers"),
    "honeypot": _("A hidden field was filled in"),
    "too_fast": _("It was filled in faster than a person can, or long after it was shown"),
}
