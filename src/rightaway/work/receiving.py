"""Whether a person may be given an item at all, and what giving it to them writes: shared by claim, next and assign."""

from datetime import datetime
from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.ledger.errors import NotAllowed, NotAMember
from rightaway.people.models import Agent
from rightaway.work import change, exclusions, ownership
from rightaway.work.models import CampaignMember, Item
from rightaway.work.units import units_of


def taker(actor: Actor) -> Agent:
    """The agent as whom the actor works, when they are active. Raises NotAllowed."""
    agent: Agent | None = Agent.objects.filter(id=actor.agent_id, active=True).first() if actor.agent_id else None
    if agent is None:
        raise NotAllowed(action="item.claim")
    return agent


def require_member(item: Item, agent_ids: list[UUID]) -> None:
    """Raises NotAMember when the item is of a campaign and one of the agents is not in it."""
    if item.campaign_id is None:
        return
    members = set(
        CampaignMember.objects.filter(campaign=item.campaign_id, agent__in=agent_ids).values_list("agent", flat=True)
    )
    outside = [str(agent) for agent in agent_ids if agent not in members]
    if outside:
        raise NotAMember(agents=outside)


def take_free(item: Item, agent: Agent, *, how: str, actor: Actor, now: datetime) -> None:
    """Makes a locked, free item the agent's, under the limits of automation. Raises WrongState, CapacityFull,
    LimitReached."""
    units, loads = units_of(item), change.Loads()
    loads.add(agent.id, units, int(item.unanswered_since is not None))
    change.move(
        item, "take", actor=actor, at=now, event="claimed", body={"agent": agent.id, "how": how, "band": item.band},
        load=loads.told(), **ownership.owned_columns(agent.id, at=now, units=units),
    )  # fmt: skip
    ownership.begin(item, agent.id, how=how, at=now)
    exclusions.end_walk(item, at=now)
    loads.count(agent.id, now, enforce=True)
    change.settle(loads, receiver=agent.id, at=now, capped=True)
