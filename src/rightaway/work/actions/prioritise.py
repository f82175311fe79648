"""Prioritise: a manager puts a contact among those that are answered first, or takes it out again."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import WrongState
from rightaway.work import access, change

NORMAL_BAND: Final = 1
PRIORITY_BAND: Final = 2  # from here on an item that waits stands in Priority


@dataclass(frozen=True, slots=True)
class Prioritised:
    item_id: UUID
    band: int
    changed: bool


def prioritise(*, item_id: UUID, priority: bool, actor: Actor) -> Prioritised:
    """Raises an open item to the high band, or lowers it to normal; one that stands so already stays as it is. Runs
    inside `organisation(…)`.

    Raises NotFound, NotAllowed, WrongState.
    """
    item = access.item_for(actor, item_id, "item.prioritise", lock=True)
    if item.state == "closed":
        raise WrongState(state=item.state, move="prioritise")
    if priority is (item.band >= PRIORITY_BAND):
        return Prioritised(item.id, item.band, changed=False)
    band = PRIORITY_BAND if priority else NORMAL_BAND
    change.note(item, actor=actor, at=clock(), event="prioritised", body={"band": band, "before": item.band}, band=band)
    return Prioritised(item.id, band, changed=True)
