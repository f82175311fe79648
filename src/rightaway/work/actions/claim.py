"""Claim an unassigned item: an immediate acceptance, under the same limits as automation's."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.accounts.roles import Relation
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import ItemTaken, NotAllowed, NotFound
from rightaway.people.models import Agent
from rightaway.work import access, receiving
from rightaway.work.models import Exclusion, Item


@dataclass(frozen=True, slots=True)
class Claimed:
    item_id: UUID
    agent_id: UUID
    at: datetime


def claim(*, item_id: UUID, actor: Actor) -> Claimed:
    """Makes the item the actor's. Runs inside `organisation(…)`.

    Raises NotFound, NotAllowed, ItemTaken (by whom and since when), WrongState, CapacityFull, LimitReached.
    """
    agent = receiving.taker(actor)
    item = _locked(item_id, actor)
    now = clock()
    _require_not_revoked(item, agent, now)
    receiving.take_free(item, agent, how="claimed", actor=actor, now=now)
    return Claimed(item_id=item.id, agent_id=agent.id, at=now)


def _locked(item_id: UUID, actor: Actor) -> Item:
    """The item, locked. Whoever comes too late for one that they could have had is told who has it."""
    item: Item | None = Item.objects.select_for_update(no_key=True).filter(id=item_id).first()
    if item is None:
        raise NotFound
    if item.owner_id is not None and item.assigned_at is not None and access.could_take(actor, item):
        raise ItemTaken(agent=str(item.owner_id), at=item.assigned_at.isoformat())
    relations = access.relations_to_item(actor, item)
    if not actor.may("item.claim", relations):
        raise NotAllowed(action="item.claim") if actor.may("item.view", relations) else NotFound
    assert Relation.FREE in relations
    return item


def _require_not_revoked(item: Item, agent: Agent, now: datetime) -> None:
    """What a manager took away from somebody is not theirs to take back at once."""
    taken_away = Exclusion.objects.filter(item=item.id, agent=agent.id, cause="revoked", lifted_at=None, until__gt=now)
    found = taken_away.order_by("-until").first()
    if found is not None:
        raise NotAllowed(action="item.claim", until=found.until.isoformat())
