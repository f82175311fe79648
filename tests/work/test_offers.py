"""Offers: made by routes or by hand, accepted, declined, expired, rescinded, withdrawn."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from rightaway.accounts.actor import SYSTEM
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import (
    CapacityFull,
    Conflict,
    Invalid,
    LimitReached,
    NotAllowed,
    NotAMember,
    NotFound,
    OfferEnded,
    OfferExpired,
    OfferTaken,
    WrongState,
)
from rightaway.people.models import AgentState, Tally
from rightaway.routing.models import Turn
from rightaway.work import tally
from rightaway.work.actions.accept import accept
from rightaway.work.actions.decline import decline
from rightaway.work.actions.expire import expire_due
from rightaway.work.actions.offer import offer
from rightaway.work.actions.rescind import rescind
from rightaway.work.actions.route import route_organisation
from rightaway.work.models import Assignment, Campaign, Exclusion, Item, Offer, OfferGroup
from tests.making import BOSS, House, works_as
from tests.making_routes import routed


def make_late(house: House, *offers: UUID) -> None:
    with house.inside():
        Offer.objects.filter(id__in=offers).update(expires_at=clock() - timedelta(seconds=1))


def test_accepting_an_offer_keeps_what_it_reserved(house: House) -> None:
    agent, item = house.agent(capacity=100), house.item("waiting")
    (held,) = house.offered(item, agent)
    with house.inside():
        accept(offer_id=held, actor=works_as(agent))
    state = house.row(AgentState, agent=agent)
    assert (state.load, state.unanswered, house.state(item)) == (100, 1, "assigned")


def test_somebody_elses_offer_is_not_there(house: House) -> None:
    agent, other, item = house.agent(), house.agent(), house.item("waiting")
    (held,) = house.offered(item, agent)
    for verb in (
        lambda: accept(offer_id=held, actor=works_as(other)),
        lambda: decline(offer_id=held, actor=works_as(other), kind="busy_now"),
        lambda: rescind(offer_id=held, actor=works_as(other)),
    ):
        with pytest.raises(NotFound), house.inside():
            verb()


def test_of_an_offer_to_many_the_first_wins_and_the_rest_are_told(house: House) -> None:
    agents, item = [house.agent() for _ in range(3)], house.item("waiting")
    held = house.offered(item, *agents)
    with house.inside():
        accepted = accept(offer_id=held[1], actor=works_as(agents[1]))
    assert accepted.rescinded == 2
    with pytest.raises(OfferTaken) as refused, house.inside():
        accept(offer_id=held[0], actor=works_as(agents[0]))
    assert refused.value.parameters["agent"] == str(agents[1])
    assert house.row(OfferGroup).ended_at is not None


def test_an_offer_to_many_is_refused_when_there_is_no_room_any_more(house: House) -> None:
    full, free, item = house.agent(capacity=99), house.agent(), house.item("waiting")
    held = house.offered(item, full, free)
    with pytest.raises(CapacityFull), house.inside():
        accept(offer_id=held[0], actor=works_as(full))
    with house.inside():
        accept(offer_id=held[1], actor=works_as(free))


def test_an_offer_to_many_counts_for_limits_when_accepted(house: House) -> None:
    agent, other = house.agent(limits={"day": 1}), house.agent()
    for number in range(2):
        held = house.offered(house.item("waiting"), agent, other)
        if number == 0:
            with house.inside():
                accept(offer_id=held[0], actor=works_as(agent))
            continue
        with pytest.raises(LimitReached), house.inside():
            accept(offer_id=held[0], actor=works_as(agent))


def test_everyone_who_accepts_an_offer_to_everyone_owns_it(house: House) -> None:
    agents, item = [house.agent() for _ in range(3)], house.item("waiting")
    held = house.offered(item, *agents, places=None)
    for agent, each in list(zip(agents, held, strict=True))[:2]:
        with house.inside():
            accept(offer_id=each, actor=works_as(agent))
    row = house.row(Item, id=item)
    assert (row.state, row.owner_id) == ("assigned", agents[0])
    assert [house.row(AgentState, agent=agent).load for agent in agents] == [100, 100, 0]
    make_late(house, held[2])
    assert expire_due(house.id) == 1
    assert house.state(item) == "assigned"
    assert house.row(OfferGroup).ended_at is not None


def test_a_dead_offer_can_be_neither_accepted_nor_declined(house: House) -> None:
    agent, item = house.agent(), house.item("waiting")
    (held,) = house.offered(item, agent)
    make_late(house, held)
    with pytest.raises(OfferExpired), house.inside():
        accept(offer_id=held, actor=works_as(agent))
    with pytest.raises(OfferExpired), house.inside():
        decline(offer_id=held, actor=works_as(agent), kind="busy_now")
    assert expire_due(house.id) == 1
    with pytest.raises(OfferExpired), house.inside():
        accept(offer_id=held, actor=works_as(agent))


@pytest.mark.parametrize(
    ("kind", "hours"), [("busy_now", 2), ("not_for_me", None), ("bad_lead", None)], ids=lambda value: str(value)
)
def test_a_decline_excludes_for_as_long_as_its_kind_says(house: House, kind: str, hours: int | None) -> None:
    agent, item = house.agent(), house.item("waiting")
    (held,) = house.offered(item, agent)
    with house.inside():
        declined = decline(offer_id=held, actor=works_as(agent), kind=kind, note="a test number")
    excluded = house.row(Exclusion, item=item)
    assert (excluded.cause, excluded.agent_id, excluded.lifted_at) == (kind, agent, None)
    assert excluded.until == declined.excluded_until
    if hours is not None:
        assert excluded.until - excluded.made_at == timedelta(hours=hours)
    row = house.row(Item, id=item)
    assert (row.state, row.cause, row.tries) == ("waiting", "declined", 1)
    with house.inside():
        assert row.due_at <= clock()
    assert house.row(AgentState, agent=agent).load == 0
    with pytest.raises(OfferEnded), house.inside():
        decline(offer_id=held, actor=works_as(agent), kind=kind, note="again")


def test_a_bad_lead_needs_evidence_and_a_kind_must_be_known(house: House) -> None:
    agent, item = house.agent(), house.item("waiting")
    (held,) = house.offered(item, agent)
    for kind, note in (("bad_lead", " "), ("tired", ""), ("busy_now", "x" * 5000), ("busy_now", "\x00")):
        with pytest.raises(Invalid), house.inside():
            decline(offer_id=held, actor=works_as(agent), kind=kind, note=note)


def test_one_decline_of_several_leaves_the_item_offered(house: House) -> None:
    agents, item = [house.agent() for _ in range(2)], house.item("waiting")
    held = house.offered(item, *agents)
    with house.inside():
        decline(offer_id=held[0], actor=works_as(agents[0]), kind="busy_now")
    assert house.state(item) == "offered"
    with house.inside():
        decline(offer_id=held[1], actor=works_as(agents[1]), kind="busy_now")
    assert house.state(item) == "waiting"


def test_an_expired_offer_frees_its_agent_and_the_walk_goes_on(house: House) -> None:
    agent, item = house.agent(), house.item("waiting")
    (held,) = house.offered(item, agent)
    make_late(house, held)
    assert expire_due(house.id) == 1
    assert expire_due(house.id) == 0
    row = house.row(Item, id=item)
    assert (row.state, row.cause, row.tries) == ("waiting", "expired", 1)
    assert house.row(AgentState, agent=agent).load == 0
    assert house.row(Exclusion, item=item).cause == "missed"


def test_two_delivered_misses_in_a_row_are_a_break(house: House) -> None:
    agent = house.agent()
    for number in (1, 2):
        (held,) = house.offered(house.item("waiting"), agent, delivered=True)
        make_late(house, held)
        assert expire_due(house.id) == 1
        state = house.row(AgentState, agent=agent)
        if number == 1:
            assert (state.missed_in_row, state.presence) == (1, "available")
    assert (state.presence, state.reason) == ("break", "missed_offers")


def test_what_never_reached_them_is_not_missed_and_costs_no_turn(house: House) -> None:
    agent, item = house.agent(), house.item("waiting")
    (held,) = house.offered(item, agent)
    with house.inside():
        Offer.objects.update(turn=True)
        made = Offer.objects.get()
        Turn.objects.create(route_id=made.route_id, band=made.band, agent_id=agent, taken=1)
    make_late(house, held)
    assert expire_due(house.id) == 1
    assert house.row(AgentState, agent=agent).missed_in_row == 0
    assert house.row(Turn, agent=agent).taken == 0


def test_accepting_and_declining_forget_earlier_misses(house: House) -> None:
    agent = house.agent(missed_in_row=1)
    (held,) = house.offered(house.item("waiting"), agent)
    with house.inside():
        decline(offer_id=held, actor=works_as(agent), kind="busy_now")
    assert house.row(AgentState, agent=agent).missed_in_row == 0
    with house.inside():
        AgentState.objects.update(missed_in_row=1)
    (held,) = house.offered(house.item("waiting"), agent)
    with house.inside():
        accept(offer_id=held, actor=works_as(agent))
    assert house.row(AgentState, agent=agent).missed_in_row == 0


def test_rescinding_a_routes_offer_sends_the_item_on_to_somebody_else(house: House) -> None:
    agent, item = house.agent(limits={"day": 3}), house.item("waiting")
    (held,) = house.offered(item, agent)
    with house.inside():
        tally.count(agent, clock(), enforce=True)
    with house.inside():
        assert rescind(offer_id=held, actor=BOSS).state == "waiting"
    assert house.row(Exclusion, item=item).cause == "missed"
    assert {row.given for row in house.rows(Tally, agent=agent)} == {0}
    with pytest.raises(OfferEnded), house.inside():
        rescind(offer_id=held, actor=BOSS)


# by hand


def test_an_offer_by_hand_to_one_reserves_and_returns_to_its_sender(house: House) -> None:
    agent, item = house.agent(), house.item()
    with house.inside():
        made = offer(item_id=item, agent_ids=[agent], seconds=60, actor=BOSS, note="please call today")
    held = house.row(Offer, id=made.offer_ids[0])
    assert (held.reserved, held.sender_id, held.masked, held.group_id) == (100, BOSS.id, False, None)
    assert house.row(AgentState, agent=agent).load == 100
    with house.inside():
        decline(offer_id=held.id, actor=works_as(agent), kind="busy_now")
    row = house.row(Item, id=item)
    assert (row.state, row.cause, row.tries) == ("pooled", "returned", 0)


def test_an_expired_offer_by_hand_returns_too_and_excludes_nobody(house: House) -> None:
    agent, item = house.agent(), house.item()
    with house.inside():
        made = offer(item_id=item, agent_ids=[agent], seconds=60, actor=SYSTEM)
    make_late(house, *made.offer_ids)
    assert expire_due(house.id) == 1
    assert (house.state(item), house.rows(Exclusion)) == ("pooled", [])


def test_an_offer_by_hand_to_many_hides_the_customer_and_reserves_nothing(house: House) -> None:
    agents, item = [house.agent() for _ in range(3)], house.item()
    with house.inside():
        made = offer(item_id=item, agent_ids=agents, places=2, seconds=60, actor=BOSS)
    assert {(row.masked, row.reserved) for row in house.rows(Offer)} == {(True, 0)}
    for agent, held in list(zip(agents, made.offer_ids, strict=True))[:2]:
        with house.inside():
            accept(offer_id=held, actor=works_as(agent))
    with pytest.raises(OfferTaken), house.inside():
        accept(offer_id=made.offer_ids[2], actor=works_as(agents[2]))
    assert len(house.rows(Assignment, item=item)) == 2


def test_an_offer_by_hand_is_refused_where_it_makes_no_sense(house: House) -> None:
    agent, full, gone = house.agent(), house.agent(capacity=0), house.agent(active=False)
    item, owned = house.item(), house.item()
    house.offered(owned, agent)
    cases = [
        (item, [], 1, 60, Invalid),
        (item, [agent, agent], 1, 60, Invalid),
        (item, [agent], 2, 60, Invalid),
        (item, [agent], 0, 60, Invalid),
        (item, [agent], 1, 59, Invalid),
        (item, [agent], 1, 31 * 86_400, Invalid),
        (item, [full], 1, 60, CapacityFull),
        (item, [gone], 1, 60, Conflict),
        (item, [UUID(int=1)], 1, 60, NotFound),
        (UUID(int=1), [agent], 1, 60, NotFound),
        (owned, [agent], 1, 60, WrongState),
    ]
    for id, agents, places, seconds, error in cases:
        with pytest.raises(error), house.inside():
            offer(item_id=id, agent_ids=agents, places=places, seconds=seconds, actor=BOSS)
    with pytest.raises(NotAllowed), house.inside():
        offer(item_id=item, agent_ids=[agent], seconds=60, actor=works_as(agent))


def test_a_campaigns_item_is_offered_to_its_members_only(house: House) -> None:
    agent = house.agent()
    with house.inside():
        campaign = Campaign.objects.create(key="spring", name="Spring")
    item = house.item(campaign_id=campaign.id)
    with pytest.raises(NotAMember), house.inside():
        offer(item_id=item, agent_ids=[agent], seconds=60, actor=BOSS)


def by_hand(house: House, item: UUID, *agents: UUID, **more: Any) -> tuple[UUID, ...]:
    with house.inside():
        made = offer(item_id=item, agent_ids=list(agents), seconds=600, actor=BOSS, if_nobody="routes", **more)
        return made.offer_ids


def test_what_nobody_takes_goes_to_the_routes_when_its_sender_said_so(house: House) -> None:
    ana, bea, eva = house.agent(), house.agent(), house.agent()
    routed(house, {"name": "All", "act": "assign", "agents": [ana, bea, eva]})
    item = house.item()
    first, second = by_hand(house, item, ana, bea)
    with house.inside():
        decline(offer_id=first, actor=works_as(ana), kind="busy_now")
    assert house.state(item) == "offered"  # the other one still may
    with house.inside():
        Offer.objects.filter(id=second).update(made_at=clock() - timedelta(hours=1), expires_at=clock())
    assert expire_due(house.id) == 1
    row = house.row(Item, id=item)
    assert (row.state, row.cause) == ("waiting", "expired")
    route_organisation(house.id)
    assert house.row(Item, id=item).owner_id == eva  # whoever passed it on is not asked at once again


def test_a_decline_by_the_only_one_asked_goes_to_the_routes_too(house: House) -> None:
    ana, bea = house.agent(), house.agent()
    routed(house, {"name": "All", "act": "assign", "agents": [ana, bea]})
    item = house.item()
    (one,) = by_hand(house, item, ana)
    with house.inside():
        decline(offer_id=one, actor=works_as(ana), kind="not_for_me")
    route_organisation(house.id)
    assert house.row(Item, id=item).owner_id == bea
    assert house.row(AgentState, agent=ana).load == 0


def test_what_its_sender_takes_back_is_unassigned_whatever_they_said(house: House) -> None:
    item = house.item()
    (one,) = by_hand(house, item, house.agent())
    with house.inside():
        rescind(offer_id=one, actor=BOSS)
    assert house.state(item) == "pooled"
