"""Withdraw the open offers of somebody who is not there for them any more. It costs them nothing."""

from uuid import UUID

from rightaway.accounts.actor import SYSTEM, Actor
from rightaway.ledger.clock import clock
from rightaway.ledger.tenancy import organisation
from rightaway.people.models import Agent, AgentState
from rightaway.work import change, offers
from rightaway.work.models import Item, Offer
from rightaway.work.sweeping import one_by_one


def withdraw(*, agent_id: UUID, actor: Actor, by_hand: bool = False, campaign_id: UUID | None = None) -> int:
    """Ends the agent's open offers by routes, which go on to somebody else. Returns how many ended.

    What a person offered by hand has that person's deadline and stays, unless `by_hand`. With `campaign_id`, only
    offers of what is in that campaign end. Runs inside
    `organisation(…)`; the items are locked in order of id, so call it before anything locks an agent.
    """
    found = Offer.objects.filter(agent=agent_id, state="open")
    if not by_hand:
        found = found.filter(sender_id=None)
    if campaign_id is not None:
        found = found.filter(item__campaign=campaign_id)
    locked = Item.objects.select_for_update(no_key=True).filter(id__in=list(found.values_list("item", flat=True)))
    items, loads = list(locked.order_by("id")), change.Loads()
    if not items:
        return 0
    held = [(item, offers.every_open(item)) for item in items]
    # Before their counters, because whoever calls this may write of them afterwards.
    Agent.objects.select_for_update(no_key=True).get(id=agent_id)
    ended = sum(_withdraw(item, open_offers, agent_id, by_hand, actor, loads) for item, open_offers in held)
    change.settle(loads)
    return ended


def _withdraw(
    item: Item, open_offers: list[Offer], agent_id: UUID, by_hand: bool, actor: Actor, total: change.Loads
) -> int:
    now = clock()
    mine = [o for o in open_offers if o.agent_id == agent_id and (by_hand or o.sender_id is None)]
    for role_id, ended in offers.by_role(mine).items():
        loads = change.Loads()
        offers.end_offers(ended, "withdrawn", at=now, loads=loads)
        remaining = [offer for offer in open_offers if offer.role_id == role_id and offer not in ended]
        offers.gone(item, ended, remaining, actor=actor, at=now, event="withdrawn", body={}, loads=loads, tries=0)
        total.include(loads)
    return len(mine)


def withdraw_due(organisation_id: int, *, limit: int = 500) -> int:
    """Withdraws offers that a planner made to somebody in the instant in which they left. Returns how many ended."""
    with organisation(organisation_id):
        offline = AgentState.objects.filter(presence="offline").values("agent")
        found = Offer.objects.filter(state="open", sender_id=None, agent__in=offline, delivered_at=None)
        agents = sorted(set(found.values_list("agent", flat=True)[:limit]))
    return one_by_one(organisation_id, agents, lambda agent_id: withdraw(agent_id=agent_id, actor=SYSTEM))
