"""Move an item along the pipeline: its status, which people move, not its state."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import Invalid, WrongState
from rightaway.routing.versions import stage_codes
from rightaway.work import access, change, ownership, timeline
from rightaway.work.units import units_of


@dataclass(frozen=True, slots=True)
class Moved:
    item_id: UUID
    before: str
    status: str


def move_status(*, item_id: UUID, status: str, actor: Actor) -> Moved:
    """Sets the status of an open item to one of its kind's pipeline; the same one again changes nothing. What the item
    costs its owner follows.

    Runs inside `organisation(…)`. Raises NotFound, NotAllowed, Invalid, WrongState.
    """
    status = status.strip()
    timeline.check(status, pointer="/status", required=True)
    item = access.item_for(actor, item_id, "item.move", lock=True)
    if item.state == "closed":
        raise WrongState(state=item.state, move="status")
    now, before = clock(), item.status
    if status == before:
        return Moved(item_id=item.id, before=before, status=status)
    if status not in stage_codes(item.kind):
        raise Invalid(errors=[{"pointer": "/status", "detail": "unknown"}])
    item.status = status
    columns: dict[str, Any] = {"status": status}
    body: dict[str, Any] = {"status": status, "before": before}
    loads = change.Loads()
    if item.state == "assigned":
        columns["units"] = units_of(item)
        ownership.reprice(item, loads, units=columns["units"], answered=False)
    if any(units > 0 for units in loads.units.values()):
        body["over"] = True  # a rise that is not a gift is never refused, and may pass the capacity
    change.note(item, actor=actor, at=now, event="moved", body=body, load=loads.told(), **columns)
    change.settle(loads)
    return Moved(item_id=item.id, before=before, status=status)
