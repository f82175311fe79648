"""Campaigns: what they take in and when, who belongs to one, and that every change of them acts at once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from pydantic import ValidationError

from rightaway.accounts.actor import Actor
from rightaway.accounts.roles import Role
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import Invalid, NotAllowed, NotAMember, NotFound
from rightaway.ledger.models import Event
from rightaway.people.models import Agent, Team, TeamMember
from rightaway.people.schema import TeamIn
from rightaway.work.actions.accept import accept
from rightaway.work.actions.assign import assign
from rightaway.work.actions.claim import claim
from rightaway.work.actions.receive import receive
from rightaway.work.actions.receive_many import receive_many
from rightaway.work.actions.route import route_organisation
from rightaway.work.actions.save_campaign import save_campaign
from rightaway.work.actions.save_team import save_team
from rightaway.work.actions.wake import wake_due
from rightaway.work.campaigns import CampaignIn, settings_of
from rightaway.work.enquiry import Enquiry
from rightaway.work.models import Campaign, CampaignMember, Item, Offer
from tests.making import BOSS, House, works_as
from tests.making_routes import routed


@pytest.fixture
def house(org: int) -> Iterator[House]:
    made = House(org)
    yield made
    assert made.check() == []


def saved(house: House, key: str = "fair", **wanted: Any) -> UUID:
    with house.inside():
        campaign = CampaignIn(key=key, name=wanted.pop("name", key.title()), **wanted)
        return save_campaign(campaign=campaign, actor=BOSS).campaign_id


def key_of(house: House, agent: UUID) -> str:
    return str(house.row(Agent, id=agent).key)


def taken(house: House, **enquiry: Any) -> UUID | None:
    """The campaign of a new enquiry's item."""
    with house.inside():
        found = receive(enquiry=Enquiry(**{"source": "web", "name": "Ana", **enquiry}), actor=BOSS)
        campaign: UUID | None = Item.objects.get(id=found.item_id).campaign_id
        return campaign


def members(house: House, campaign: UUID) -> set[UUID]:
    return {row.agent_id for row in house.rows(CampaignMember, campaign=campaign)}


def test_it_takes_in_what_names_it_and_what_comes_from_its_sources(house: House) -> None:
    fair = saved(house, sources=["portal", "stand"])
    assert taken(house, campaign="fair") == fair
    assert taken(house, source="stand") == fair
    assert taken(house, source="web") is None
    # Of two that want one source, the later one; of both ways, the one that is named.
    later = saved(house, "open-house", sources=["stand"])
    assert taken(house, source="stand") == later
    assert taken(house, source="stand", campaign="fair") == fair
    with house.inside():
        several = [Enquiry(source="stand", name=f"n{n}", campaign=key) for n, key in enumerate(("", "fair", "no"))]
        first, second, third = receive_many(enquiries=several, actor=BOSS)
    assert not isinstance(first, Invalid) and house.row(Item, id=first.item_id).campaign_id == later
    assert not isinstance(second, Invalid) and house.row(Item, id=second.item_id).campaign_id == fair
    assert isinstance(third, Invalid) and third.errors == [{"pointer": "/campaign", "detail": "unknown"}]


@pytest.mark.parametrize(
    ("starts", "ends", "takes"),
    [(-1, 1, True), (None, 1, True), (-1, None, True), (1, 2, False), (-2, -1, False), (None, -1, False)],
)
def test_outside_of_its_dates_it_takes_in_nothing_new_and_nothing_is_lost(
    house: House, starts: int | None, ends: int | None, takes: bool
) -> None:
    def day(days: int | None) -> datetime | None:
        return None if days is None else clock() + timedelta(days=days)

    fair = saved(house, sources=["stand"], starts_at=day(starts), ends_at=day(ends))
    for enquiry in ({"source": "stand"}, {"campaign": "fair"}):
        assert taken(house, **enquiry) == (fair if takes else None)
    assert len(house.rows(Item, state="waiting")) == 2


def test_only_members_get_and_take_its_contacts(house: House) -> None:
    inside, outside = house.agent(), house.agent()
    routed(house, {"name": "All", "act": "assign", "agents": [inside, outside]}, {"name": "Pool", "strategy": "pool"})
    fair = saved(house, agents=[key_of(house, inside)])
    for _ in range(4):
        taken(house, campaign="fair")
    assert route_organisation(house.id) is not None
    assert {row.owner_id for row in house.rows(Item, campaign=fair)} == {inside}
    free = house.item(campaign_id=fair)
    with house.inside(), pytest.raises((NotFound, NotAllowed)):
        claim(item_id=free, actor=works_as(outside))
    with house.inside(), pytest.raises(NotAMember):
        assign(item_id=free, agent_id=outside, actor=BOSS)
    with house.inside():
        claim(item_id=free, actor=works_as(inside))


def test_who_joins_is_asked_at_once_for_what_waits(house: House) -> None:
    inside = house.agent()
    routed(house, {"name": "All", "act": "assign", "agents": [inside]})
    fair = saved(house)
    taken(house, campaign="fair")
    route_organisation(house.id)
    assert house.row(Item, campaign=fair).state == "waiting"
    saved(house, agents=[key_of(house, inside)])
    assert wake_due(house.id) == 1
    route_organisation(house.id)
    assert house.row(Item, campaign=fair).owner_id == inside


def test_who_leaves_keeps_what_they_own_and_their_open_offers_end(house: House) -> None:
    leaves, stays = house.agent(), house.agent()
    both = [key_of(house, leaves), key_of(house, stays)]
    fair = saved(house, agents=both)
    owned, offered, elsewhere = house.item(campaign_id=fair), house.item(campaign_id=fair), house.item()
    with house.inside():
        assign(item_id=owned, agent_id=leaves, actor=BOSS)
    theirs, other = house.offered(offered, leaves, stays)
    (kept,) = house.offered(elsewhere, leaves)
    saved(house, agents=both[1:])
    assert house.row(Item, id=owned).owner_id == leaves
    assert house.row(Offer, id=theirs).state == "withdrawn"
    assert (house.row(Offer, id=other).state, house.row(Offer, id=kept).state) == ("open", "open")
    with house.inside():
        accept(offer_id=other, actor=works_as(stays))
    assert house.row(Item, id=offered).owner_id == stays


def team(house: House, key: str, *agents: UUID, parent: str | None = None) -> None:
    with house.inside():
        keys = [key_of(house, agent) for agent in agents]
        save_team(team=TeamIn(key=key, name=key.title(), parent=parent, members=keys), actor=BOSS)


def test_everybody_in_its_teams_and_below_belongs_to_it_as_teams_change(house: House) -> None:
    first, second, third = house.agent(), house.agent(), house.agent()
    team(house, "north", first)
    team(house, "north-east", second, parent="north")
    fair = saved(house, teams=["north"], agents=[key_of(house, second)])
    assert members(house, fair) == {first, second}
    team(house, "north-east", third, parent="north")  # the second is named, and stays
    assert members(house, fair) == {first, second, third}
    team(house, "north-east", third)
    assert members(house, fair) == {first, second}
    saved(house, teams=["north"])
    assert members(house, fair) == {first}
    saved(house)
    assert members(house, fair) == set()
    with house.inside():
        told = list(Event.objects.filter(subject_kind="campaign", subject_id=fair).order_by("seq").values_list("kind"))
    assert [kind for (kind,) in told] == ["created", *["changed"] * 4]


def test_the_same_again_writes_nothing_and_what_is_unknown_is_all_told(house: House) -> None:
    agent = house.agent()
    wanted: dict[str, Any] = {"agents": [key_of(house, agent)] * 2, "sources": ["b", "a", "b"]}
    fair = saved(house, **wanted)
    before = house.row(Campaign, id=fair).event_seq
    saved(house, **wanted)
    assert house.row(Campaign, id=fair).event_seq == before
    with house.inside():
        (settings,) = settings_of([Campaign.objects.get(id=fair)]).values()
    assert (settings.agents, settings.sources) == ([key_of(house, agent)], ["a", "b"])
    with pytest.raises(Invalid) as refused:
        saved(house, "other", agents=["nobody", key_of(house, agent)], teams=["nowhere"])
    assert [row["pointer"] for row in refused.value.errors] == ["/agents/0", "/teams/0"]
    assert len(house.rows(Campaign)) == 1
    with pytest.raises(ValidationError, match="the end comes before the beginning"):
        CampaignIn(key="x", name="X", starts_at=clock(), ends_at=clock() - timedelta(days=1))


@pytest.mark.parametrize("role", [Role.AGENT, Role.AGENT_MANAGER, Role.ORGANISATION_MANAGER])
def test_only_a_company_manager_changes_one(house: House, role: Role) -> None:
    with house.inside(), pytest.raises(NotAllowed):
        save_campaign(campaign=CampaignIn(key="x", name="X"), actor=Actor("member", None, role))


def test_members_of_another_organisation_are_unknown(house: House, other_org: int) -> None:
    theirs = House(other_org)
    agent = theirs.agent()
    with theirs.inside():
        Agent.objects.filter(id=agent).update(key="somebody")
    with pytest.raises(Invalid):
        saved(house, agents=["somebody"])
    saved(theirs, agents=["somebody"], sources=["stand"])
    assert taken(house, source="stand") is None


def test_two_at_once_end_as_one_of_them_says(house: House) -> None:
    agents = [house.agent() for _ in range(4)]
    keys = [key_of(house, agent) for agent in agents]
    barrier = Barrier(4)

    def save(number: int) -> UUID:
        barrier.wait()
        made = saved(house, agents=keys[: number + 1])
        connection.close()
        return made

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(save, range(4)))) == 1  # nobody failed, and there is one campaign
    fair = house.row(Campaign)
    with house.inside():
        (settings,) = settings_of([fair]).values()
    assert members(house, fair.id) == {agent for agent, key in zip(agents, keys, strict=True) if key in settings.agents}
    assert len(house.rows(TeamMember)) == 0 and len(house.rows(Team)) == 0
