"""Writing the ledger: an event and its subject's counter and hash, in the transaction of the change."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from rightaway.ledger.errors import RightawayError
from rightaway.ledger.ids import new_id
from rightaway.ledger.models import Event, Outbox, Subject
from rightaway.ledger.statements import asked_after_commit
from rightaway.ledger.tenancy import current_organisation

WORK_CHANNEL = "rightaway_work"  # payload: organisation id. A hint that something is due; polling is the truth.
HINT_CHANNEL = "rightaway_hint"  # payload: JSON of one outbox row. A hint that something changed.


class LostUpdate(RightawayError):
    """A subject changed between being read and being written. It must be locked first."""


@dataclass(frozen=True, slots=True)
class Change:
    """One event to append: what happened to `subject`, in codes, ids and numbers."""

    kind: str
    body: dict[str, Any]


def canonical(body: dict[str, Any]) -> str:
    """The one text of a body: sorted keys, no spaces, ids as plain strings."""
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)


def chain(previous: bytes, text: str) -> bytes:
    """sha256(previous ‖ text), 32 bytes."""
    return hashlib.sha256(previous + text.encode()).digest()


def append(subject: Subject, at: datetime, changes: Iterable[Change]) -> None:
    """Appends to the chain of a row that the caller has locked (or has just made and not yet committed).

    Writes the events, the row's new counter and hash, and one outbox row. `at` comes from `clock()` after the lock.
    """
    kind = subject._meta.model_name
    assert kind is not None
    seq, digest = subject.event_seq, bytes(subject.event_hash)
    events = []
    for change in changes:
        text = canonical({"kind": change.kind, **change.body})
        seq, digest = seq + 1, chain(digest, text)
        events.append(
            Event(subject_kind=kind, subject_id=subject.id, seq=seq, at=at, kind=change.kind, body=text, hash=digest)
        )
    Event.objects.bulk_create(events)
    moved = (
        type(subject)
        .objects.filter(id=subject.id, event_seq=subject.event_seq)
        .update(event_seq=seq, event_hash=digest)
    )
    if moved != 1:
        raise LostUpdate(f"{kind} {subject.id}")
    subject.event_seq, subject.event_hash = seq, digest
    tell([(kind, subject.id, event.kind, event.seq) for event in events])


def tell(hints: list[tuple[str, UUID, str, int]]) -> None:
    """Puts hints of this transaction into the outbox: (subject kind, its id, event kind, its number)."""
    Outbox.objects.create(id=new_id(), hints=json.dumps([[kind, str(id), *event] for kind, id, *event in hints]))


def wake_worker() -> None:
    """Hints, after the commit, that this organisation has due work.

    After, not inside: a NOTIFY in the transaction takes a lock that is held across the commit's fsync, so
    commits would follow one another instead of sharing one.
    """
    asked_after_commit(
        "SELECT pg_notify(%(channel)s, %(payload)s)", channel=WORK_CHANNEL, payload=current_organisation()
    )  # fmt: skip
