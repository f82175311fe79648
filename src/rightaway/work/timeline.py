"""Writing lines of a contact's timeline: texts live there, never in events."""

import unicodedata
from datetime import datetime
from typing import Any

from rightaway.accounts.actor import Actor
from rightaway.contacts.models import Entry
from rightaway.contacts.normalise import fold
from rightaway.ledger.errors import Invalid
from rightaway.work.models import Item

LONGEST_TEXT = 10_000


def check(text: str, *, pointer: str = "/note", required: bool = False, longest: int = LONGEST_TEXT) -> None:
    """Raises Invalid when the text cannot be stored, or is needed and absent."""
    if required and not text.strip():
        raise Invalid(errors=[{"pointer": pointer, "detail": "empty"}])
    if len(text) > longest:
        raise Invalid(errors=[{"pointer": pointer, "detail": "too_long"}])
    if any(unicodedata.category(sign) == "Cc" and sign not in "\t\n\r" for sign in text):
        raise Invalid(errors=[{"pointer": pointer, "detail": "control_characters"}])


def write(
    item: Item,
    *,
    kind: str,
    action: str,
    actor: Actor,
    at: datetime,
    text: str = "",
    outcome: str = "",
    data: dict[str, Any] | None = None,
) -> Entry:
    """One line about the item, in the timeline of its contact."""
    entry: Entry = Entry.objects.create(
        contact_id=item.contact_id, item_id=item.id, kind=kind, action=action, outcome=outcome, text=text,
        folded=fold(text) if kind == "note" else None, data=data or {}, agent_id=actor.agent_id, at=at,
    )  # fmt: skip
    return entry
