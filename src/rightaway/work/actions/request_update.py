"""Request an update: a manager asks the owner how things stand, by when. Whatever the owner then does answers it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import Invalid, WrongState
from rightaway.work import access, change, timeline

USUAL_SECONDS: Final = 3600
SHORTEST_SECONDS: Final = 60
LONGEST_SECONDS: Final = 30 * 86_400


@dataclass(frozen=True, slots=True)
class Requested:
    item_id: UUID
    due_at: datetime


def request_update(*, item_id: UUID, actor: Actor, note: str = "", seconds: int = USUAL_SECONDS) -> Requested:
    """Asks the owner of an item; asked again, the later request stands. Runs inside `organisation(…)`.

    Raises NotFound, NotAllowed, WrongState (nobody owns it), Invalid.
    """
    if not SHORTEST_SECONDS <= seconds <= LONGEST_SECONDS:
        raise Invalid(errors=[{"pointer": "/seconds", "detail": "out_of_range"}])
    timeline.check(note)
    item = access.item_for(actor, item_id, "item.request_update", lock=True)
    if item.owner_id is None:
        raise WrongState(state=item.state, move="request_update")
    now = clock()
    due_at = now + timedelta(seconds=seconds)
    change.note(
        item, actor=actor, at=now, event="update_requested", body={"agent": item.owner_id, "due": due_at},
        update_asked_at=now, update_due_at=due_at,
    )  # fmt: skip
    timeline.write(item, kind="update_requested", action="housekeeping", text=note, actor=actor, at=now)
    return Requested(item_id=item.id, due_at=due_at)
