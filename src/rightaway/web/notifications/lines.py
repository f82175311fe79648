"""Notices as lines: whom they name for this reader, and where one goes from there."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rightaway.notify.in_app import reading
from rightaway.web.contacts.rows import name_of

_ICONS: Final = {
    "offered": "inbox", "assigned": "user-plus", "taken": "undo-2", "role": "user-plus", "role_taken": "undo-2",
    "asked": "bell", "confirm": "users", "missed": "clock", "break": "pause", "nobody": "layers",
    "task_due": "calendar", "wrote": "message-square",
}  # fmt: skip
# Where the answer to a notice is given; one contact that may be seen has a page of its own.
_OF_ONE: Final = ("assigned", "asked", "nobody", "taken", "role", "role_taken", "missed", "task_due", "wrote")
_PAGES: Final = {
    "offered": "work", "missed": "work", "break": "work", "assigned": "work", "asked": "work", "task_due": "work",
    "wrote": "conversations",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """`about` names whom it is about, as far as the reader may know; `address` is empty where there is nothing."""

    icon: str
    text: str
    about: str
    at: datetime
    read: bool
    address: str


def lines_of(page: reading.Page) -> list[Line]:
    return [Line(_ICONS[line.kind], line.text, _about(line), line.at, line.read, _address(line)) for line in page.lines]


def _about(line: reading.Line) -> str:
    named = [view for view in line.items if line.count == 1 or not view.masked]
    if line.kind == "break" or not named:
        return ""
    names, rest = ", ".join(name_of(view) for view in named), line.count - len(named)
    more = ngettext("and %(count)d more", "and %(count)d more", rest) % {"count": rest}
    return f"{names} {more}" if rest else names


def _address(line: reading.Line) -> str:
    one = line.items[0] if line.count == 1 and line.items else None
    if line.kind == "confirm":
        return reverse("bulk-job", args=[line.subject_id])
    if line.kind in _OF_ONE and one is not None and not one.masked:
        return reverse("contact", args=[one.id])
    if line.kind == "nobody":
        return f"{reverse('contacts')}?view=unassigned"
    return reverse(_PAGES[line.kind]) if line.kind in _PAGES else ""


def bell_words(count: int) -> str:
    """What the bell is called."""
    if not count:
        return _("Notifications")
    shown = f"{reading.MOST_COUNTED - 1}+" if count >= reading.MOST_COUNTED else str(count)
    return _("Notifications, %(count)s new") % {"count": shown}
