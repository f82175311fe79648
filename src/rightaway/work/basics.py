"""Keeping the grades of the basics on an item: worked out when it changes, never by reading its timeline."""

from dataclasses import fields
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from rightaway.contacts.models import Identity
from rightaway.engine.basics import NONE, UNKNOWN, Rules, TurnsBad, Work, turns_bad
from rightaway.engine.facts import Directory
from rightaway.routing.directory import directory
from rightaway.work.models import Item

COUNTED_ANEW: Final[dict[str, Any]] = {
    "answered_seconds": None, "acted_at": None, "called_at": None, "mailed_at": None, "notes": 0,
    "update_asked_at": None, "update_due_at": None,
}  # fmt: skip
"""The item's columns when an enquiry or an assignment begins: what was done before counts no more."""


def rules(known: Directory | None = None) -> Rules:
    """The organisation's thresholds and opening hours; of a directory that was just read, as that has them."""
    found = (known or directory()).basics
    assert found is not None
    return found


def work_of(item: Item) -> Work:
    return Work(
        kind=item.kind, status=item.status, is_owned=item.owner_id is not None, since=item.basics_since,
        unanswered_since=item.unanswered_since, answered_seconds=item.answered_seconds, acted_at=item.acted_at,
        called_at=item.called_at, mailed_at=item.mailed_at, phone=item.phone_mark or UNKNOWN,
        email=item.email_mark or UNKNOWN, notes=item.notes, next_task_at=item.next_task_at,
    )  # fmt: skip


_COLUMNS: Final = {
    field.name: f"{field.name}_{'at' if field.name == 'attention' else 'bad_at'}" for field in fields(TurnsBad)
}


def bad_columns(found: TurnsBad) -> dict[str, datetime | None]:
    """As the item's columns are called."""
    return {column: getattr(found, name) for name, column in _COLUMNS.items()}


NO_GRADES: Final = bad_columns(TurnsBad())


def graded(item: Item, known: Rules | None = None) -> dict[str, datetime | None]:
    """The grades of an item as it now is; of many items, whoever asks hands in the rules."""
    return NO_GRADES if item.state == "closed" else bad_columns(turns_bad(work_of(item), known or rules()))


def marks_of(contact_id: UUID) -> tuple[str, str]:
    """What is known of the contact's phone and e-mail: of the first of each, which is the one that is shown."""
    rows = Identity.objects.filter(contact=contact_id).order_by("-place", "-id").values_list("kind", "mark")
    found = dict(rows)
    return found.get("phone", NONE), found.get("email", NONE)


def mark_address(item: Item, address: str, mark: str) -> dict[str, Any]:
    """Keeps on an e-mail address of the item's contact what became of it. Returns the item's columns that follow."""
    Identity.objects.filter(contact=item.contact_id, kind="email", value=address).update(mark=mark)
    return {"email_mark": marks_of(item.contact_id)[1]}


def marks_among(kinds: set[str]) -> tuple[str, str]:
    """The same of somebody new, who has identities of these kinds."""
    phone, email = (UNKNOWN if kind in kinds else NONE for kind in ("phone", "email"))
    return phone, email
