"""End offers whose time is over. A person who misses two in a row that reached them gets a break."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import F

from rightaway.accounts.actor import SYSTEM
from rightaway.ledger.clock import clock
from rightaway.ledger.events import Change, append
from rightaway.ledger.tenancy import organisation
from rightaway.people.models import Agent, AgentState
from rightaway.routing.directory import directory
from rightaway.work import change, exclusions, offers
from rightaway.work.models import Item, Offer
from rightaway.work.present import here
from rightaway.work.sweeping import one_by_one

MISSES_UNTIL_BREAK = 2


def expire_due(organisation_id: int, *, limit: int = 500) -> int:
    """Ends the offers of up to `limit` that are due, item by item, each in a transaction. Returns how many ended."""
    with organisation(organisation_id):
        due = Offer.objects.filter(state="open", expires_at__lte=clock()).order_by("expires_at")
        items = list(dict.fromkeys(due.values_list("item", flat=True)[:limit]))
    return one_by_one(organisation_id, items, expire_item)


def expire_item(item_id: UUID) -> int:
    """Ends the item's offers whose time is over, and says how many. Runs inside `organisation(…)`."""
    item = Item.objects.select_for_update(no_key=True).get(id=item_id)
    open_offers = offers.every_open(item)
    now = clock()
    late = [offer for offer in open_offers if offer.expires_at <= now]
    if not late:
        return 0
    missed = _lock_agents(offer for offer in late if offer.delivered_at is not None and offer.sender_id is None)
    total = change.Loads()
    for role_id, ended in offers.by_role(late).items():
        _expire(item, ended, [o for o in open_offers if o.role_id == role_id and o not in ended], total, now=now)
    change.settle(total)
    for agent, offer in missed:
        _missed(agent, offer, now)
    return len(late)


def _expire(item: Item, ended: list[Offer], remaining: list[Offer], total: change.Loads, *, now: datetime) -> None:
    loads = change.Loads()
    offers.end_offers(ended, "expired", at=now, loads=loads)
    # An offer by hand goes back to its sender, who may well ask the same person again; the routes go on to others.
    # Nobody is left out for a role: who has missed it is told by its offers.
    on = [offer for offer in ended if offer.role_id is None and (offer.sender_id is None or offer.then_routes)]
    excluded = [exclusions.exclude(item, offer.agent_id, "missed", at=now) for offer in on]
    offers.gone(item, ended, remaining, actor=SYSTEM, at=now, event="expired", body={"excluded": excluded}, loads=loads)
    total.include(loads)


def _lock_agents(delivered: Iterable[Offer]) -> list[tuple[Agent, Offer]]:
    """The rows of who missed one, locked in order of id and before their counters, for the events of their breaks."""
    by_agent = {offer.agent_id: offer for offer in delivered}
    if not by_agent:
        return []
    agents = Agent.objects.select_for_update(no_key=True).filter(id__in=by_agent).order_by("id")
    return [(agent, by_agent[agent.id]) for agent in agents]


def _missed(agent: Agent, offer: Offer, now: datetime) -> None:
    states = AgentState.objects.filter(agent=agent.id)
    states.update(missed_in_row=F("missed_in_row") + 1)
    state = states.get()
    if state.missed_in_row < MISSES_UNTIL_BREAK or state.presence != "available" or _last_one(agent.id, offer, now):
        return
    states.update(presence="break", reason="missed_offers", missed_in_row=0)
    body = {"presence": "break", "reason": "missed_offers", "item": offer.item_id, **SYSTEM.as_event()}
    append(agent, now, [Change("presence", body)])


def _last_one(agent_id: UUID, offer: Offer, now: datetime) -> bool:
    """Whether nobody else of the offer's route is present: then they stay, missed or not."""
    known = directory()
    route = next((route for route in known.routes if route.id == offer.route_id), None)
    if route is None:
        return False
    others = [known.agents[position].id for position in route.audience if known.agents[position].id != agent_id]
    return not here(now).filter(agent__in=others).exists()
