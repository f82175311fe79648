"""Edit a note: its author may put right what they have just written. The event says that, and not what."""

from dataclasses import dataclass
from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.contacts.models import Entry
from rightaway.contacts.normalise import fold
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import NotAllowed, TooLate
from rightaway.work import change, notes, timeline


@dataclass(frozen=True, slots=True)
class Edited:
    """`changed` false: it said so already."""

    entry_id: UUID
    item_id: UUID
    changed: bool


def edit_note(*, entry_id: UUID, text: str, actor: Actor) -> Edited:
    """Puts another text in place of a note's. Runs inside `organisation(…)`.

    Raises NotFound, NotAllowed (somebody else wrote it), TooLate, Invalid.
    """
    timeline.check(text, pointer="/text", required=True)
    entry, item = notes.note_for(actor, entry_id)
    now = clock()
    if not notes.is_by(actor, entry.data):
        raise NotAllowed(action="note.edit")
    if now - entry.at > notes.EDITABLE:
        raise TooLate(minutes=int(notes.EDITABLE.total_seconds()) // 60)
    if entry.text == text:
        return Edited(entry.id, item.id, changed=False)
    data = {**entry.data, notes.EDITED: now.isoformat()}
    Entry.objects.filter(id=entry.id).update(text=text, folded=fold(text), data=data)
    change.note(item, actor=actor, at=now, event="note_edited", body={"entry": entry.id})
    return Edited(entry.id, item.id, changed=True)
