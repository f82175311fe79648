"""Offer an item by hand: to one person, or to many of whom some or all may accept."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.engine.moves import next_state
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import Conflict, Invalid, WrongState
from rightaway.people.models import Agent
from rightaway.work import access, change, receiving, timeline
from rightaway.work.models import Item, Offer, OfferGroup
from rightaway.work.units import units_of

SHORTEST_SECONDS = 60
LONGEST_SECONDS = 30 * 86_400
MOST_AGENTS = 1000
NOBODY = UUID(int=0)  # the sender of an offer made from the command line
IfNobody = Literal["unassigned", "routes"]
"""What becomes of an item that nobody takes: it is unassigned again, or the routes decide."""


@dataclass(frozen=True, slots=True)
class Offered:
    """`offer_ids` in the order of the agents given."""

    item_id: UUID
    offer_ids: tuple[UUID, ...]
    expires_at: datetime


def offer(
    *,
    item_id: UUID,
    agent_ids: list[UUID],
    places: int | None = 1,
    seconds: int,
    actor: Actor,
    note: str = "",
    if_nobody: IfNobody = "unassigned",
) -> Offered:
    """Holds an unassigned item out to these people; `places` of them may accept, None: all. Runs inside
    `organisation(…)`.

    An offer to one reserves its units; offers to many reserve nothing and hide the customer until they are accepted.
    Everybody asked reads the `note`.
    Declined or expired they come back: the item is unassigned again, or the routes decide.
    Raises NotFound, NotAllowed, NotAMember, WrongState, CapacityFull, Conflict (an inactive person), Invalid.
    """
    check_wanted(agent_ids, places, seconds)
    timeline.check(note)
    item = access.item_for(actor, item_id, "item.offer", lock=True)
    if next_state(item.state, "hold_out") is None:
        raise WrongState(state=item.state, move="hold_out")
    now = clock()
    require_receivers(agent_ids, actor)
    receiving.require_member(item, agent_ids)
    made = make_offers(
        item, agent_ids, places, now + timedelta(seconds=seconds), actor=actor, now=now, note=note,
        reserved=0 if len(agent_ids) > 1 else units_of(item), then_routes=if_nobody == "routes",
    )  # fmt: skip
    _hold_out(item, made, places, actor=actor, now=now)
    if note:
        timeline.write(item, kind="offered", action="housekeeping", text=note, actor=actor, at=now)
    return Offered(item_id=item.id, offer_ids=tuple(each.id for each in made), expires_at=made[0].expires_at)


def check_wanted(agent_ids: list[UUID], places: int | None, seconds: int) -> None:
    """Raises Invalid: too few or many people, somebody twice, places or a deadline out of range."""
    wrong = []
    if not 1 <= len(agent_ids) <= MOST_AGENTS or len(set(agent_ids)) != len(agent_ids):
        wrong.append({"pointer": "/agent_ids", "detail": "out_of_range"})
    if places is not None and not 1 <= places <= max(1, len(agent_ids)):
        wrong.append({"pointer": "/places", "detail": "out_of_range"})
    if not SHORTEST_SECONDS <= seconds <= LONGEST_SECONDS:
        wrong.append({"pointer": "/seconds", "detail": "out_of_range"})
    if wrong:
        raise Invalid(errors=wrong)


def require_receivers(agent_ids: list[UUID], actor: Actor) -> None:
    """Raises NotFound, NotAllowed, Conflict (somebody is inactive)."""
    for agent_id in agent_ids:
        access.agent_for(actor, agent_id, "agent.view")
    inactive = Agent.objects.filter(id__in=agent_ids, active=False).values_list("id", flat=True)
    if inactive:
        raise Conflict(agents=sorted(str(agent) for agent in inactive), active=False)


def _hold_out(item: Item, made: list[Offer], places: int | None, *, actor: Actor, now: datetime) -> None:
    loads = change.Loads()
    for each in made:
        loads.add(each.agent_id, each.reserved)
    named = sorted([each.id, each.agent_id] for each in made)
    change.move(
        item, "hold_out", actor=actor, at=now, event="offered", cause="offered_by_hand", load=loads.told(),
        body={"offers": named, "places": places, "band": item.band},
    )  # fmt: skip
    if len(made) > 1:
        change.require_active([each.agent_id for each in made])
    else:
        change.settle(loads, receiver=made[0].agent_id, at=now)


def make_offers(
    item: Item, agent_ids: list[UUID], places: int | None, until: datetime, *, actor: Actor, now: datetime,
    reserved: int = 0, role_id: UUID | None = None, note: str = "", then_routes: bool = False,
) -> list[Offer]:  # fmt: skip
    """The rows of these offers, in the order of the agents. To many they hide the customer until one is accepted."""
    many = len(agent_ids) > 1
    group = OfferGroup.objects.create(item_id=item.id, places=places, made_at=now) if many else None
    made = [
        Offer(
            item_id=item.id, group=group, agent_id=agent_id, role_id=role_id, sender_id=actor.id or NOBODY,
            band=item.band, reserved=reserved, masked=many, made_at=now, expires_at=until, note=note,
            then_routes=then_routes,
        )
        for agent_id in agent_ids
    ]  # fmt: skip
    Offer.objects.bulk_create(made)
    return made
