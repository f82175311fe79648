"""Claim and get next item."""

from datetime import timedelta

import pytest

from rightaway.ledger.clock import clock
from rightaway.ledger.errors import (
    CapacityFull,
    ItemTaken,
    LimitReached,
    NotAllowed,
    NotFound,
    NothingWaiting,
    WrongState,
)
from rightaway.people.models import AgentState, Tally
from rightaway.work.actions.claim import claim
from rightaway.work.actions.next import next_item
from rightaway.work.models import Assignment, Campaign, CampaignMember, Exclusion, Item
from tests.making import House, works_as


def test_a_claim_makes_the_item_mine_at_once(house: House) -> None:
    agent, item = house.agent(), house.item()
    with house.inside():
        claimed = claim(item_id=item, actor=works_as(agent))
    row = house.row(Item, id=item)
    assert (row.state, row.owner_id, row.assigned_at, row.units) == ("assigned", agent, claimed.at, 100)
    state = house.row(AgentState, agent=agent)
    assert (state.load, state.unanswered, state.last_given_at) == (100, 1, claimed.at)
    assert [period.how for period in house.rows(Assignment, item=item)] == ["claimed"]


def test_a_waiting_item_may_be_claimed_before_the_routes_look_at_it(house: House) -> None:
    agent, item = house.agent(), house.item("waiting")
    with house.inside():
        claim(item_id=item, actor=works_as(agent))
    row = house.row(Item, id=item)
    assert (row.state, row.due_at) == ("assigned", None)


def test_the_loser_is_told_who_has_it_and_since_when(house: House) -> None:
    winner, loser, item = house.agent(), house.agent(), house.item()
    with house.inside():
        claimed = claim(item_id=item, actor=works_as(winner))
    with pytest.raises(ItemTaken) as refused, house.inside():
        claim(item_id=item, actor=works_as(loser))
    assert refused.value.parameters == {"agent": str(winner), "at": claimed.at.isoformat()}


def test_what_is_offered_to_somebody_cannot_be_claimed(house: House) -> None:
    agent, other, item = house.agent(), house.agent(), house.item("waiting")
    house.offered(item, other)
    with pytest.raises(WrongState), house.inside():
        claim(item_id=item, actor=works_as(agent))


def test_a_full_agent_cannot_claim(house: House) -> None:
    agent, item = house.agent(capacity=99), house.item()
    with pytest.raises(CapacityFull) as refused, house.inside():
        claim(item_id=item, actor=works_as(agent))
    assert refused.value.parameters["capacity"] == 99
    assert house.state(item) == "pooled"


def test_the_cap_on_unanswered_items_holds_for_claims(house: House) -> None:
    agent, items = house.agent(unanswered_cap=1), [house.item(), house.item()]
    with house.inside():
        claim(item_id=items[0], actor=works_as(agent))
    with pytest.raises(CapacityFull), house.inside():
        claim(item_id=items[1], actor=works_as(agent))


def test_a_limit_holds_for_claims_and_counts_them(house: House) -> None:
    agent, items = house.agent(limits={"day": 1}), [house.item(), house.item()]
    with house.inside():
        claim(item_id=items[0], actor=works_as(agent))
    with pytest.raises(LimitReached) as refused, house.inside():
        claim(item_id=items[1], actor=works_as(agent))
    assert refused.value.parameters["period"] == "day"
    counted = {tally.period: tally.given for tally in house.rows(Tally, agent=agent)}
    assert counted == {"hour": 1, "day": 1, "week": 1, "month": 1}


def test_items_of_a_campaign_are_for_its_members(house: House) -> None:
    member, stranger = house.agent(), house.agent()
    with house.inside():
        campaign = Campaign.objects.create(key="spring", name="Spring")
        CampaignMember.objects.create(campaign=campaign, agent_id=member)
    item = house.item(campaign_id=campaign.id)
    with pytest.raises(NotFound), house.inside():
        claim(item_id=item, actor=works_as(stranger))
    with pytest.raises(NothingWaiting), house.inside():
        next_item(actor=works_as(stranger))
    with house.inside():
        assert next_item(actor=works_as(member)).item_id == item


def test_whoever_is_inactive_or_no_agent_cannot_claim(house: House) -> None:
    agent, item = house.agent(active=False), house.item()
    with pytest.raises(NotAllowed), house.inside():
        claim(item_id=item, actor=works_as(agent))


def test_an_owner_from_whom_it_was_revoked_cannot_take_it_back(house: House) -> None:
    agent, item = house.agent(), house.item()
    with house.inside():
        now = clock()
        Exclusion.objects.create(
            item_id=item, agent_id=agent, cause="revoked", made_at=now, until=now + timedelta(hours=1)
        )
    with pytest.raises(NotAllowed), house.inside():
        claim(item_id=item, actor=works_as(agent))


def test_next_gives_the_highest_band_and_then_the_longest_unanswered(house: House) -> None:
    agent = house.agent()
    with house.inside():
        now = clock()
    young = house.item(unanswered_since=now)
    old = house.item(unanswered_since=now - timedelta(hours=3))
    hot = house.item(unanswered_since=now, band=3)
    got = []
    for _ in range(3):
        with house.inside():
            got.append(next_item(actor=works_as(agent)).item_id)
    assert got == [hot, old, young]
    with pytest.raises(NothingWaiting), house.inside():
        next_item(actor=works_as(agent))


def test_next_passes_over_what_i_declined(house: House) -> None:
    agent, item = house.agent(), house.item()
    with house.inside():
        Exclusion.objects.create(item_id=item, agent_id=agent, cause="not_for_me", made_at=clock())
    with pytest.raises(NothingWaiting), house.inside():
        next_item(actor=works_as(agent))


def test_next_refuses_a_full_agent(house: House) -> None:
    agent = house.agent(capacity=0)
    house.item()
    with pytest.raises(CapacityFull), house.inside():
        next_item(actor=works_as(agent))
