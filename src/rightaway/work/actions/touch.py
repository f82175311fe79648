"""Touch: what a person did about an item, written to its timeline. The first attempt stops the waiting clock."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import Invalid, WrongState
from rightaway.work import access, change, ownership, timeline
from rightaway.work.models import Item
from rightaway.work.units import units_of

# kind → outcome → class: attempt (one-way), contact (two-way), housekeeping.
CLASSES: Final[dict[str, dict[str, str]]] = {
    "note": {"": "housekeeping"},
    "task": {"": "housekeeping"},
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

    Raises NotFound, NotAllowed, Invalid, WrongState (a closed item takes notes and tasks only).
    """
    action = _class_of(kind, outcome, text, seconds)
    item = access.item_for(actor, item_id, "item.touch", lock=True)
    if item.state == "closed" and action != "housekeeping":
        raise WrongState(state=item.state, move="touch")
    now = clock()
    data = {} if seconds is None else {"seconds": seconds}
    entry = timeline.write(item, kind=kind, action=action, outcome=outcome, text=text, data=data, actor=actor, at=now)
    answered = _record(item, entry.id, kind, action, outcome, actor=actor, now=now)
    return Touched(entry_id=entry.id, item_id=item.id, action=action, answered=answered, at=now)


def _class_of(kind: str, outcome: str, text: str, seconds: int | None) -> str:
    if kind not in CLASSES:
        raise Invalid(errors=[{"pointer": "/kind", "detail": "unknown"}])
    if outcome not in CLASSES[kind]:
        raise Invalid(errors=[{"pointer": "/outcome", "detail": "unknown"}])
    if seconds is not None and not 0 <= seconds <= LONGEST_SECONDS:
        raise Invalid(errors=[{"pointer": "/seconds", "detail": "out_of_range"}])
    timeline.check(text, pointer="/text", required=kind in ("note", "task"))
    return CLASSES[kind][outcome]


def _record(item: Item, entry_id: UUID, kind: str, action: str, outcome: str, *, actor: Actor, now: datetime) -> bool:
    body: dict[str, Any] = {"entry": entry_id, "touch": kind, "action": action}
    if outcome:
        body["outcome"] = outcome
    if action == "housekeeping":
        change.note(item, actor=actor, at=now, event="touched", body=body)
        return False
    columns: dict[str, Any] = {} if item.first_attempt_at else {"first_attempt_at": now}
    answered = item.unanswered_since is not None
    loads = change.Loads()
    if answered:
        body["answered"] = True
        columns["unanswered_since"] = item.unanswered_since = None
        if item.state == "assigned":
            columns["units"] = units_of(item)
            ownership.reprice(item, loads, units=columns["units"], answered=True)
    change.note(item, actor=actor, at=now, event="touched", body=body, load=loads.told(), **columns)
    change.settle(loads)
    return answered
