"""Touch: what a person did about an item, written to its timeline. The first attempt stops the waiting clock."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.contacts.models import Identity
from rightaway.engine.basics import VALID, WRONG
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import Invalid, WrongState
from rightaway.work import access, basics, change, drips, notes, ownership, threads, timeline
from rightaway.work.models import Item
from rightaway.work.units import units_of

# kind → outcome → class: attempt (one-way), contact (two-way), housekeeping.
CLASSES: Final[dict[str, dict[str, str]]] = {
    "note": {"": "housekeeping"},
    "call": {
        "": "attempt", "connected": "contact", "no_answer": "attempt", "busy": "attempt", "voicemail": "attempt",
        "wrong_number": "attempt",
    },
    "email": {"": "attempt", "replied": "contact", "bounced": "attempt"},
    "message": {"": "attempt", "replied": "contact"},
    "reply": {"": "contact"},
    "visit": {"": "contact", "missed": "attempt"},
}  # fmt: skip
LONGEST_SECONDS = 86_400
LONGEST_WAIT: Final = 2**31 - 1  # seconds, as the column holds them


@dataclass(frozen=True, slots=True)
class Touched:
    """`action` is the class of what was done; `answered`: it was the first attempt and stopped the waiting clock."""

    entry_id: UUID
    item_id: UUID
    action: str
    answered: bool
    at: datetime


def touch(
    *, item_id: UUID, actor: Actor, kind: str, outcome: str = "", text: str = "", seconds: int | None = None
) -> Touched:
    """Writes one line of the timeline. `seconds` is how long a call or visit took. Runs inside `organisation(…)`.

    Raises NotFound, NotAllowed, Invalid, WrongState (a closed item takes notes only).
    """
    action = _class_of(kind, outcome, text, seconds)
    item = access.item_for(actor, item_id, "item.touch", lock=True)
    if item.state == "closed" and action != "housekeeping":
        raise WrongState(state=item.state, move="touch")
    now = clock()
    data: dict[str, Any] = {} if seconds is None else {"seconds": seconds}
    if kind == "note":
        data[notes.BY] = str(actor.id)
    entry = timeline.write(item, kind=kind, action=action, outcome=outcome, text=text, data=data, actor=actor, at=now)
    answered = _record(item, entry.id, kind, action, outcome, actor=actor, now=now)
    if action == "contact":
        drips.answered(item.contact_id, actor=actor, at=now)
    return Touched(entry_id=entry.id, item_id=item.id, action=action, answered=answered, at=now)


def _class_of(kind: str, outcome: str, text: str, seconds: int | None) -> str:
    if kind not in CLASSES:
        raise Invalid(errors=[{"pointer": "/kind", "detail": "unknown"}])
    if outcome not in CLASSES[kind]:
        raise Invalid(errors=[{"pointer": "/outcome", "detail": "unknown"}])
    if seconds is not None and not 0 <= seconds <= LONGEST_SECONDS:
        raise Invalid(errors=[{"pointer": "/seconds", "detail": "out_of_range"}])
    timeline.check(text, pointer="/text", required=kind == "note")
    return CLASSES[kind][outcome]


def _is_by_owner(item: Item, actor: Actor) -> bool:
    """Whether it counts as looking after the contact: by an owner, or by anybody while nobody owns it. What a key
    reports (a telephone system, say) was done by the owner."""
    return item.owner_id is None or actor.agent_id is None or actor.agent_id in ownership.owners(item)


def _duty(item: Item, kind: str, actor: Actor, now: datetime) -> dict[str, Any]:
    """The first attempt, call and mail since this enquiry or assignment."""
    if not _is_by_owner(item, actor):
        return {}
    done = {"acted_at": True, "called_at": kind == "call", "mailed_at": kind == "email"}
    return {column: now for column, holds in done.items() if holds and getattr(item, column) is None}


_SHOWS: Final = {
    ("call", "connected"): ("phone", VALID),
    ("call", "wrong_number"): ("phone", WRONG),
    ("email", "replied"): ("email", VALID),
    ("email", "bounced"): ("email", WRONG),
}


def _mark(item: Item, kind: str, outcome: str) -> dict[str, Any]:
    """What the attempt showed of the contact's number or address: kept on it, and on the item."""
    shown = _SHOWS.get((kind, outcome))
    if shown is None:
        return {}
    reach, mark = shown
    first = Identity.objects.filter(contact=item.contact_id, kind=reach).order_by("place", "id").first()
    if first is None:
        return {}
    Identity.objects.filter(id=first.id).update(mark=mark)
    return {f"{reach}_mark": mark}


def _record(item: Item, entry_id: UUID, kind: str, action: str, outcome: str, *, actor: Actor, now: datetime) -> bool:
    body: dict[str, Any] = {"entry": entry_id, "touch": kind, "action": action}
    if outcome:
        body["outcome"] = outcome
    columns: dict[str, Any] = {}
    if item.update_asked_at is not None and _is_by_owner(item, actor):
        body["update"] = "answered"
        columns |= {"update_asked_at": None, "update_due_at": None}
    if action == "housekeeping":
        if kind == "note" and _is_by_owner(item, actor):
            columns["notes"] = item.notes + 1
        change.note(item, actor=actor, at=now, event="touched", body=body, **columns)
        return False
    threads.answered(item)
    if item.first_attempt_at is None:
        columns["first_attempt_at"] = now
    columns |= _duty(item, kind, actor, now) | _mark(item, kind, outcome)
    asked_at, loads = item.unanswered_since, change.Loads()
    if asked_at is not None:
        body["answered"] = True
        took = basics.rules().calendar.between(asked_at, now)
        columns["answered_seconds"] = min(int(took), LONGEST_WAIT)
        columns["unanswered_since"] = item.unanswered_since = None
        if item.state == "assigned":
            columns["units"] = units_of(item)
            ownership.reprice(item, loads, units=columns["units"], answered=True)
    change.note(item, actor=actor, at=now, event="touched", body=body, load=loads.told(), **columns)
    change.settle(loads)
    return asked_at is not None
