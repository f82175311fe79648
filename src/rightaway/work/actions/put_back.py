"""Put back: what was revoked goes back to whoever had it, as it was."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import Conflict, WrongState
from rightaway.work import access
from rightaway.work.actions.assign import give
from rightaway.work.models import Assignment, Exclusion

POSSIBLE_FOR: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class PutBack:
    item_id: UUID
    agent_id: UUID


def put_back(*, item_id: UUID, actor: Actor) -> PutBack:
    """Gives an item back to the one from whom it was last taken, within thirty days, whoever has it now; they may be
    offered it again. Runs inside `organisation(…)`.

    Raises NotFound, NotAllowed, WrongState (it was not taken from anybody), Conflict (they are inactive), CapacityFull.
    """
    item = access.item_for(actor, item_id, "item.revoke", lock=True)
    now = clock()
    taken = Assignment.objects.filter(item=item.id, role_id=None, end_cause="revoked", ended_at__gt=now - POSSIBLE_FOR)
    last = taken.order_by("-ended_at", "-started_at", "-id").first()
    if last is None or last.agent_id == item.owner_id:
        raise WrongState(state=item.state, move="put_back")
    agent = access.agent_for(actor, last.agent_id, "agent.view")
    if not agent.active:
        raise Conflict(agent=str(agent.id), active=False)
    Exclusion.objects.filter(item=item.id, agent=agent.id, cause="revoked", lifted_at=None).update(lifted_at=now)
    give(item, agent, actor=actor, now=now, event="put_back", cause="put_back", confirmed=True)
    return PutBack(item_id=item.id, agent_id=agent.id)
