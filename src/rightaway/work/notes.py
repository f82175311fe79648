"""Notes that were written already, as the verbs on them find them."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.contacts.models import Entry
from rightaway.ledger.errors import NotFound
from rightaway.work import access
from rightaway.work.models import Item

EDITABLE: Final = timedelta(minutes=15)
MOST_PINNED: Final = 5  # of one item
BY: Final = "by"  # in a note's data: the member or key that wrote it
PINNED: Final = "pinned"
EDITED: Final = "edited"


def note_for(actor: Actor, entry_id: UUID) -> tuple[Entry, Item]:
    """The note as it is once its item is locked, for whoever may work on that item. Raises NotFound, NotAllowed."""
    notes = Entry.objects.filter(id=entry_id, kind="note", item_id__isnull=False)
    seen = notes.values_list("item_id", flat=True).first()
    if seen is None:
        raise NotFound
    item = access.item_for(actor, seen, "item.touch", lock=True)
    return notes.get(), item


def is_by(actor: Actor, data: dict[str, object]) -> bool:
    """Whether the actor wrote the note with this data."""
    return data.get(BY) == str(actor.id)
