"""The guided tour: whom it is for, where it stands, and that it never points at another organisation or at nothing."""

import re
from dataclasses import replace

import pytest
from django.conf import settings
from django.test import Client

from rightaway.accounts.roles import Role
from rightaway.web.tour import steps
from rightaway.work.actions.claim import claim
from tests.calling import new_person
from tests.making import House, works_as
from tests.web.test_frame import _client


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "ENVIRONMENT", replace(settings.ENVIRONMENT, demo_people=("ana@example.com",)))


def _page(client: Client, path: str = "/work") -> str:
    return client.get(path).content.decode()


def _stops(page: str) -> list[str]:
    return re.findall(r'data-stop data-address="([^"]+)"', page)


@pytest.mark.parametrize(
    ("role", "opens"), [(Role.AGENT, "Say that you are here"), (Role.AGENT_MANAGER, "Who is waiting")]
)
def test_in_a_demo_it_opens_by_itself_and_stays_closed_once_closed(
    demo: None, org: int, role: Role, opens: str
) -> None:
    client = _client(new_person(org, role), org)
    page = _page(client)
    assert 'data-at="1"' in page and opens in page and "Guided tour" in page
    client.cookies["tour"] = "closed"
    page = _page(client)
    assert 'id="tour"' not in page and "Guided tour" in page
    begun = client.post("/preferences", {"tour": "1", "next": "/work"})
    assert (begun["Location"], begun.cookies["tour"].value) == ("/work", "1")
    assert 'data-at="1"' in _page(client)


def test_elsewhere_managers_open_it_and_agents_have_none(org: int) -> None:
    assert settings.ENVIRONMENT.demo_people == ()
    agent, boss = _client(new_person(org), org), _client(new_person(org, Role.COMPANY_MANAGER), org)
    agent.cookies["tour"] = "1"
    assert 'id="tour"' not in _page(agent) and "Guided tour" not in _page(agent)
    assert 'id="tour"' not in _page(boss) and "Guided tour" in _page(boss)
    boss.cookies["tour"] = "2"
    assert 'data-at="2"' in _page(boss)


def test_it_is_told_in_spanish(demo: None, org: int) -> None:
    client = _client(new_person(org), org, headers={"accept-language": "es"})
    page = _page(client)
    assert "Di que estás" in page and "Recorrido guiado" in page


@pytest.mark.parametrize("kept", ["9", "-1", "x", "66", ""])
def test_a_cookie_that_says_nothing_known_begins_anew(demo: None, org: int, kept: str) -> None:
    client = _client(new_person(org), org)
    client.cookies["tour"] = kept
    assert 'data-at="1"' in _page(client)


def test_the_step_of_why_leads_to_what_its_reader_may_see(demo: None, org: int, other_org: int) -> None:
    house, other = House(org), House(other_org)
    mine, theirs, stranger = new_person(org), new_person(org), new_person(other_org)
    client = _client(mine, org)
    for where, whose in ((other, stranger), (house, theirs)):
        item_id = where.item()
        with where.inside():
            claim(item_id=item_id, actor=works_as(whose.agent_id))
        assert not any("/contacts/" in address for address in _stops(_page(client)))  # nothing of hers to show yet
    item_id = house.item()
    with house.inside():
        claim(item_id=item_id, actor=works_as(mine.agent_id))
    assert f"/contacts/{item_id}?panel=why" in _stops(_page(client))
    assert f"/contacts/{item_id}" in _stops(_page(client, f"/contacts/{item_id}"))


@pytest.mark.parametrize("told", [steps._MANAGER, steps._AGENT], ids=["manager", "agent"])
def test_there_are_six_steps_each_with_a_place(told: tuple[steps.Step, ...]) -> None:
    assert len(told) == 6
    assert all(step.places for step in told)
