"""Leaving and being ill, on the pages: what would move is shown before, one tap does it, and it can be taken back."""

from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from rightaway.accounts.roles import Role
from rightaway.people.models import Absence, Agent, AgentState, Proposal, Team, TeamMember
from rightaway.work.actions.assign import assign
from rightaway.work.actions.depart import depart_due
from rightaway.work.actions.run_bulk import bulk_due
from rightaway.work.models import Departure, Item
from tests.making import BOSS, House
from tests.web.test_profile import member, named, page

LIST = "/team/agents"


@pytest.fixture
def house(org: int) -> House:
    return House(org)


@pytest.fixture
def boss(house: House) -> Client:
    return member(house, Role.COMPANY_MANAGER)


def owned(house: House, agent: UUID, **columns: Any) -> UUID:
    item = house.item(**columns)
    with house.inside():
        assign(item_id=item, agent_id=agent, actor=BOSS)
    return item


def test_the_wizard_shows_numbers_and_names_and_then_moves(house: House, boss: Client) -> None:
    ana, leo = named(house, "Ana Beltrán"), named(house, "Leo Prado")
    item = owned(house, ana)
    looked = boss.post(f"{LIST}/{ana}/leave/look", {"to": "agent", "receiver": str(leo)})
    text = looked.content.decode()
    assert looked.status_code == 200 and house.rows(Departure) == []
    assert "Leo Prado" in text and "Lucía Ortiz" in text and "1 unanswered" in text
    refused = boss.post(f"{LIST}/{ana}/leave", {"to": "agent"})
    assert refused.status_code == 422 and "Say which person." in refused.content.decode()
    assert boss.post(f"{LIST}/{ana}/leave", {"to": "agent", "receiver": str(leo)}).status_code == 302
    for _ in range(4):
        with house.inside():
            Departure.objects.filter(state="leaving").update(due_at="2020-01-01T00:00Z")
        depart_due(house.id), bulk_due(house.id)
    assert house.row(Item, id=item).owner_id == leo
    assert "Take back" in page(boss, f"{LIST}/{ana}")
    assert boss.post(f"{LIST}/{ana}/take-back").status_code == 302
    bulk_due(house.id)
    assert house.row(Item, id=item).owner_id == ana and house.row(Agent, id=ana).active


def test_a_manager_of_the_team_hears_how_many_are_private_and_not_who(house: House, boss: Client) -> None:
    ana, max_ = named(house, "Ana Beltrán"), named(house, "Max Roth")
    item = owned(house, ana)
    with house.inside():
        Item.objects.filter(id=item).update(private=True)
        team = Team.objects.create(key="t", name="T")
        TeamMember.objects.create(team=team, agent_id=ana)
        TeamMember.objects.create(team=team, agent_id=max_, manages=True)
    manager = member(house, Role.AGENT_MANAGER, max_)
    for client, sees in ((manager, False), (boss, True)):
        text = client.post(f"{LIST}/{ana}/leave/look", {"to": "routes"}).content.decode()
        assert "1 unanswered" in text and ("Lucía Ortiz" in text) == sees


def test_a_planned_leave_is_shown_changed_and_cancelled(house: House, boss: Client) -> None:
    ana = named(house, "Ana Beltrán", zone="America/Bogota")
    boss.post(f"{LIST}/{ana}/leave", {"to": "routes", "at": "2028-01-01T09:30"})
    assert boss.post(f"{LIST}/{ana}/leave", {"to": "routes", "at": "2028-01-01T09:30"}).status_code in (302, 422)
    with house.inside():
        Departure.objects.all().delete()
    soon = "2026-12-24T09:30"
    assert boss.post(f"{LIST}/{ana}/leave", {"to": "routes", "at": soon}).status_code == 302
    assert house.row(Departure).starts_at.isoformat() == "2026-12-24T14:30:00+00:00"
    assert "They stay" in page(boss, f"{LIST}/{ana}")
    assert soon in page(boss, f"{LIST}/{ana}/leave")
    boss.post(f"{LIST}/{ana}/leave/cancel")
    assert house.row(Departure).state == "cancelled"


def test_ill_in_one_tap_and_back(house: House, boss: Client) -> None:
    ana, leo = named(house, "Ana Beltrán"), named(house, "Leo Prado")
    with house.inside():
        team = Team.objects.create(key="north", name="North")
        TeamMember.objects.bulk_create(TeamMember(team_id=team.id, agent_id=agent) for agent in (ana, leo))
    item = owned(house, ana, band=3)
    before = page(boss, f"{LIST}/{ana}/ill")
    assert "Leo Prado" in before and "Lucía Ortiz" in before
    answer = boss.post(f"{LIST}/{ana}/ill", headers={"HX-Request": "true"})
    assert answer.status_code == 204 and f"{LIST}/{ana}/well" in answer["HX-Trigger"]
    bulk_due(house.id)
    assert house.row(Item, id=item).owner_id == leo
    assert "Ill until" in page(boss, f"{LIST}/{ana}") and "Back again" in page(boss, LIST)
    boss.post(f"{LIST}/{ana}/well")
    bulk_due(house.id)
    assert house.row(Item, id=item).owner_id == ana and house.rows(Absence) == []


def test_an_agent_says_it_of_themselves_and_sees_no_names(house: House) -> None:
    mine, other = named(house, "Ana Beltrán"), named(house, "Leo Prado")
    me = member(house, Role.AGENT, agent=mine)
    with house.inside():
        team = Team.objects.create(key="north", name="North")
        TeamMember.objects.bulk_create(TeamMember(team_id=team.id, agent_id=agent) for agent in (mine, other))
    owned(house, mine, band=3)
    text = page(me, f"{LIST}/{mine}/ill")
    assert "Lucía Ortiz" in text and "Leo Prado" not in text
    assert "presence-ill" in page(me, "/me")
    me.post(f"{LIST}/{mine}/ill")
    assert house.row(AgentState, agent=mine).reason == "ill"
    me.post(f"{LIST}/{mine}/well")
    assert house.row(AgentState, agent=mine).presence == "available"
    assert me.get(f"{LIST}/{other}/ill").status_code == 404 and me.get(f"{LIST}/{mine}/leave").status_code == 403


def test_what_an_agent_proposes_is_shown_and_agreed_to(house: House, boss: Client) -> None:
    ana = named(house, "Ana Beltrán")
    me = member(house, Role.AGENT, agent=ana)
    assert "What this means" in page(me, "/me")
    wrong = me.post("/me/profile", {"languages": "es", "skills": "rentals 40", "always": "on"})
    assert wrong.status_code == 422 and "rentals 40" in wrong.content.decode()
    assert (
        me.post("/me/profile", {"languages": "es", "skills": "rentals 4", "hours_1": "09:00–18:00"}).status_code == 302
    )
    assert "Sent to whoever manages you" in page(me, "/me")
    text = page(boss, "/team/proposals")
    assert "Proposed by Ana Beltrán" in text and "rentals 4" in text and "09:00–18:00" in text
    (row,) = house.rows(Proposal)
    assert me.post(f"/team/proposals/{row.id}/approve").status_code == 302 and house.row(Agent, id=ana).skills == {}
    assert boss.post(f"/team/proposals/{row.id}/approve").status_code == 302
    assert house.row(Agent, id=ana).skills == {"rentals": 4}
    boss.post(f"/team/proposals/{row.id}/refuse")
    assert house.row(Proposal, id=row.id).state == "approved"
