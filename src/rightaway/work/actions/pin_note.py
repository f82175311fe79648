"""Pin a note on top of what was said and done, or take it down again."""

from dataclasses import dataclass
from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.contacts.models import Entry
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import Conflict
from rightaway.work import change, notes


@dataclass(frozen=True, slots=True)
class Pinned:
    entry_id: UUID
    item_id: UUID
    pinned: bool
    changed: bool


def pin_note(*, entry_id: UUID, pinned: bool, actor: Actor) -> Pinned:
    """A note that is pinned stays pinned. Runs inside `organisation(…)`. Raises NotFound, NotAllowed, Conflict (too
    many are)."""
    entry, item = notes.note_for(actor, entry_id)
    if bool(entry.data.get(notes.PINNED)) is pinned:
        return Pinned(entry.id, item.id, pinned, changed=False)
    others = Entry.objects.filter(contact=item.contact_id, item_id=item.id, data__contains={notes.PINNED: True})
    if pinned and others.count() >= notes.MOST_PINNED:
        raise Conflict(item=str(item.id), most=notes.MOST_PINNED)
    data = {name: value for name, value in entry.data.items() if name != notes.PINNED}
    Entry.objects.filter(id=entry.id).update(data=data | ({notes.PINNED: True} if pinned else {}))
    body = {"entry": entry.id, "pinned": pinned}
    change.note(item, actor=actor, at=clock(), event="note_pinned", body=body)
    return Pinned(entry.id, item.id, pinned, changed=True)
