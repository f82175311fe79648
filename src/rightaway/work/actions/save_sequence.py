"""Save a sequence of e-mails. What is on its way goes on as it began."""

from dataclasses import dataclass
from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.ledger.clock import clock
from rightaway.ledger.events import Change, append
from rightaway.routing.versions import config_row
from rightaway.work import access
from rightaway.work.drips import SequenceIn
from rightaway.work.models import Sequence


@dataclass(frozen=True, slots=True)
class SavedSequence:
    """`changed` names what is different now; empty: nothing was written."""

    sequence_id: UUID
    created: bool
    changed: tuple[str, ...]


def save_sequence(*, sequence: SequenceIn, actor: Actor) -> SavedSequence:
    """Makes the sequence of this key exactly so. Runs inside `organisation(…)`. Raises NotAllowed."""
    access.require(actor, "sequences.manage")
    config_row()  # the lock of every change of configuration
    known: Sequence | None = Sequence.objects.filter(key=sequence.key).first()
    columns = sequence.model_dump(exclude={"key"})
    created = known is None
    changed = tuple(name for name, value in columns.items() if known is None or getattr(known, name) != value)
    if known is None:
        known = Sequence.objects.create(key=sequence.key, **columns)
    elif changed:
        Sequence.objects.filter(id=known.id).update(**{name: columns[name] for name in changed})
    if changed:
        body = {"changed": sorted(changed), "steps": len(sequence.steps), **actor.as_event()}
        append(known, clock(), [Change("created" if created else "changed", body)])
    return SavedSequence(known.id, created=created, changed=changed)
