"""Let the routes decide about an item that nobody owns: it leaves the pool and is routed anew."""

from dataclasses import dataclass
from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.engine.moves import next_state
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import WrongState
from rightaway.work import access, change, vacancies


@dataclass(frozen=True, slots=True)
class Routing:
    item_id: UUID


def let_routes_decide(*, item_id: UUID, actor: Actor) -> Routing:
    """Sends a pooled item through the routes from the top. Runs inside `organisation(…)`.

    Raises NotFound, NotAllowed, WrongState (it is owned, offered, closed, or being routed already).
    """
    item = access.item_for(actor, item_id, "item.revoke", lock=True)
    if next_state(item.state, "route") is None:
        raise WrongState(state=item.state, move="route")
    now = clock()
    change.move(
        item,
        "route",
        actor=actor,
        at=now,
        event="sent_to_routes",
        cause="sent_to_routes",
        tries=0,
        wave=0,
        passed=[],
    )
    vacancies.open_for([(item.id, item.kind)], at=now)  # a role that somebody has is left to them
    return Routing(item_id=item.id)
