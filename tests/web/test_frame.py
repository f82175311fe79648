"""The frame: who is shown what around the pages, and what an action answers to htmx and to a plain browser."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from rightaway.accounts.models import User
from rightaway.accounts.roles import Role
from rightaway.ledger.tenancy import organisation
from rightaway.people.acting import ORGANISATION_KEY
from rightaway.people.models import Agent, AgentState
from tests.calling import Person, new_person, new_team

HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/work?view=all"}


def _client(person: Person, org: int, **options: Any) -> Client:
    client = Client(**options)
    client.force_login(person.user, backend=settings.AUTHENTICATION_BACKENDS[0])
    session = client.session
    session[ORGANISATION_KEY] = org
    session.save()
    return client


@pytest.fixture
def agent(org: int) -> Person:
    return new_person(org, name="Ana", team=new_team(org), presence="offline")


def _said(person: Person, org: int) -> str:
    with organisation(org):
        return str(AgentState.objects.get(agent=person.agent_id).presence)


def test_an_agent_has_a_presence_switch_and_a_manager_the_floor(org: int) -> None:
    team = new_team(org)
    agent, manager = new_person(org, team=team), new_person(org, Role.AGENT_MANAGER, team=team)
    page = _client(agent, org).get("/me").content.decode()
    assert 'id="presence-available"' in page
    assert 'id="floor"' not in page
    assert 'id="nav-routes"' not in page
    assert 'id="floor"' in _client(manager, org).get("/me").content.decode()


def test_every_place_has_a_key_of_its_own(org: int) -> None:
    boss = new_person(org, Role.COMPANY_MANAGER, team=new_team(org))
    keys = re.findall(r'data-go="(.)"', _client(boss, org).get("/me").content.decode())
    assert len(keys) == len(set(keys)) > 10


def test_home_is_work_for_an_agent_and_contacts_for_a_manager(org: int, agent: Person) -> None:
    boss = new_person(org, Role.COMPANY_MANAGER)
    assert _client(agent, org).get("/")["Location"] == "/work"
    assert _client(boss, org).get("/")["Location"] == "/contacts"


def test_presence_answers_htmx_with_its_part_and_a_plain_browser_with_a_way_back(org: int, agent: Person) -> None:
    client = _client(agent, org)
    part = client.post("/presence", {"presence": "available"}, headers=HTMX)
    assert part.status_code == 200
    assert part.content.decode().lstrip().startswith('<div class="presence-switch"')
    assert int(part["X-Now"]) > 1_700_000_000_000
    assert _said(agent, org) == "available"
    plain = client.post("/presence", {"presence": "break", "next": "/me"})
    assert (plain.status_code, plain["Location"]) == (302, "/me")
    assert _said(agent, org) == "break"


def test_somebody_in_the_field_is_available_for_eight_hours(org: int, agent: Person) -> None:
    with organisation(org):
        Agent.objects.filter(id=agent.agent_id).update(mode="field")
    _client(agent, org).post("/presence", {"presence": "available"})
    with organisation(org):
        assert AgentState.objects.get(agent=agent.agent_id).present_until is not None


def test_what_a_verb_refuses_is_told_as_a_toast_and_swaps_nothing(org: int, agent: Person) -> None:
    client = _client(agent, org)
    refused = client.post("/presence", {"presence": "asleep"}, headers=HTMX)
    assert refused.status_code == 422
    assert refused["HX-Reswap"] == "none"
    told = json.loads(refused["HX-Trigger"])
    assert told["toast"]["kind"] == "bad"
    assert told["refused"] == {"slug": "invalid"}
    assert refused["HX-Trigger"].isascii()
    assert client.post("/presence", {"presence": "asleep", "next": "/me"})["Location"] == "/me"
    shown = client.get("/me").content.decode()
    assert told["toast"]["text"] in shown
    assert told["toast"]["text"] not in client.get("/me").content.decode()  # once


def test_a_member_who_is_no_agent_has_no_presence_to_set(org: int) -> None:
    boss = new_person(org, Role.COMPANY_MANAGER)
    with organisation(org):
        Agent.objects.filter(id=boss.agent_id).update(active=False)
    client = _client(boss, org)
    assert client.post("/presence", {"presence": "available"}, headers=HTMX).status_code == 403
    assert 'id="presence"' not in client.get("/me").content.decode()


def test_whoever_is_signed_out_is_sent_to_sign_in_and_back() -> None:
    answer = Client().post("/presence", {"presence": "available"}, headers=HTMX)
    assert (answer.status_code, answer["HX-Redirect"]) == (204, "/sign-in?next=%2Fwork%3Fview%3Dall")
    assert Client().post("/presence")["Location"] == "/sign-in"


@pytest.mark.parametrize("path", ["/presence", "/preferences", "/language"])
def test_what_changes_something_needs_a_post(path: str, org: int, agent: Person) -> None:
    assert _client(agent, org).get(path).status_code == 405
    assert _client(agent, org).post("/me").status_code == 405


def test_preferences_are_kept_by_the_browser_and_only_known_ones() -> None:
    client = Client()
    client.post("/preferences", {"theme": "dark", "keys": "loud", "role": "company_manager"})
    assert client.cookies["theme"].value == "dark"
    assert set(client.cookies) == {"theme"}
    assert 'data-theme="dark"' in client.get("/sign-in").content.decode()
    client.cookies["theme"] = '"><script>'
    assert 'data-theme="system"' in client.get("/sign-in").content.decode()


@pytest.fixture
def demo(org: int) -> Iterator[User]:
    person = new_person(org, name="Ana", presence="offline")
    before = settings.ENVIRONMENT
    settings.ENVIRONMENT = replace(before, demo_people=(person.user.email,))
    yield person.user
    settings.ENVIRONMENT = before


def test_the_demo_signs_in_with_one_click_in_the_language_that_is_shown(demo: User, org: int) -> None:
    client = Client(headers={"accept-language": "es"})
    assert str(demo.pk) in client.get("/sign-in").content.decode()
    assert client.post("/sign-in/demo", {"who": str(demo.pk)})["Location"] == "/"
    assert client.session[ORGANISATION_KEY] == org
    assert client.cookies["language"].value == "es"
    with organisation(org):
        assert AgentState.objects.get(agent__membership__user=demo.pk).presence == "available"


def test_nobody_else_is_signed_in_with_one_click(demo: User, agent: Person) -> None:
    for who in (str(agent.user.pk), "", "x"):
        assert Client().post("/sign-in/demo", {"who": who}).status_code == 404


def test_without_the_demo_there_is_no_such_door(agent: Person) -> None:
    assert "/sign-in/demo" not in Client().get("/sign-in").content.decode()
    assert Client().post("/sign-in/demo", {"who": str(agent.user.pk)}).status_code == 404
