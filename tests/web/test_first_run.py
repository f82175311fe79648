"""A first run: five steps that are read from what there is, each of which can be left, skipped and done again."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from rightaway.accounts.keys import digest
from rightaway.accounts.models import ApiKey, Organisation
from rightaway.accounts.roles import Role
from rightaway.people.models import Agent, AgentState, Invitation, Team, TeamMember
from rightaway.routing.schema import RouteIn, RouteSet
from rightaway.routing.versions import live_routes
from rightaway.work.actions.save_draft import save_draft
from rightaway.work.models import Item
from tests.calling import Api
from tests.making import BOSS, House
from tests.races.contest import by_processes
from tests.web.test_profile import member, page

STEPS = ("team", "agents", "source", "route", "lead")


@pytest.fixture
def house(org: int) -> House:
    return House(org)


@pytest.fixture
def boss(house: House) -> Client:
    return member(house, Role.COMPANY_MANAGER)


def people(*rows: tuple[str, str], me: bool = False) -> dict[str, str]:
    """What the form of the second step sends."""
    sent = {"form-TOTAL_FORMS": "5", "form-INITIAL_FORMS": "0", **({"me": "on"} if me else {})}
    for place, (name, email) in enumerate(rows):
        sent |= {f"form-{place}-name": name, f"form-{place}-email": email}
    return sent


def post(client: Client, step: str, sent: dict[str, Any], status: int = 302) -> str:
    answer = client.post(f"/start/{step}", sent)
    assert answer.status_code == status, answer.content.decode()
    return str(answer["Location"]) if status == 302 else answer.content.decode()


def goes_on(client: Client) -> str:
    return str(client.get("/start")["Location"])


ROUTE = {"name": "Everything else", "strategy": "round_robin", "seconds": "120"}
LEAD = {"name": "Grace", "phone": "+1 202 555 0100", "email": "", "source": "Website", "message": "Hello"}


def test_from_nothing_to_a_lead_that_is_explained(house: House, boss: Client) -> None:
    assert goes_on(boss) == "/start/team"
    assert post(boss, "team", {"name": "Sales"}) == "/start/agents"
    assert goes_on(boss) == "/start/agents"
    shown = post(boss, "agents", people(("Ana Núñez", "ana@example.com"), ("Ben", ""), me=True), 200)
    links = re.findall(r'value="http://testserver/join/([^"]+)"', shown)
    assert len(links) == 2 and "I work leads too" not in shown
    assert [row.name for row in sorted(house.rows(Agent), key=lambda row: row.key)][:2] == ["Ana Núñez", "Ben"]
    team = house.row(Team, name="Sales")
    assert sorted(row.manages for row in house.rows(TeamMember, team=team.id)) == [False, False, True]
    assert goes_on(boss) == "/start/source"
    shown = post(boss, "source", {"name": "Ana's website"}, 200)
    secret = re.findall(r'value="(ra_[^"]+)"', shown)[0]
    assert house.row(ApiKey, hash=digest(secret)).scopes == ["item.create"]
    assert shown.count(secret) == 2 and "&#x27;{&quot;source&quot;: &quot;Ana" in shown
    assert goes_on(boss) == "/start/route"
    assert post(boss, "route", ROUTE) == "/start/lead"
    with house.inside():
        assert [(route.name, route.offer_seconds) for route in live_routes().routes] == [("Everything else", 120)]
    assert goes_on(boss) == "/start/lead"
    assert 'value="Ana&#x27;s website"' in page(boss, "/start/lead")
    address = post(boss, "lead", LEAD)
    item = house.rows(Item)[0]
    assert address == f"/contacts/{item.id}?panel=why"
    assert "with-why" in page(boss, address)
    for step in STEPS:  # each can be entered again
        assert page(boss, f"/start/{step}")


def test_the_key_s_command_sends_a_lead(house: House, boss: Client) -> None:
    secret = re.findall(r'value="(ra_[^"]+)"', post(boss, "source", {"name": "Website"}, 200))[0]
    assert Api(secret).lead(source="Website", name="Ana Gómez", phone="+1 202 555 0123").status_code == 201
    assert Api(secret).get("/agents").json()["agents"] == [] or Api(secret).get("/agents").status_code == 403
    assert goes_on(boss) == "/start/team"  # what was skipped is still to do
    assert page(boss, "/start/team").count('class="done"') == 2  # source and lead


def test_the_team_is_named_again_and_not_made_twice(house: House, boss: Client) -> None:
    post(boss, "team", {"name": "Sales"})
    agent = house.agent()
    with house.inside():
        team = Team.objects.get()
        TeamMember.objects.create(team_id=team.id, agent_id=agent)
    post(boss, "team", {"name": "North office"})
    assert [(row.name, row.key) for row in house.rows(Team)] == [("North office", "sales")]
    assert [row.agent_id for row in house.rows(TeamMember)] == [agent]


def test_the_team_named_by_two_at_once_is_one(house: House, boss: Client) -> None:
    outcomes = by_processes(None, [lambda: boss.post("/start/team", {"name": "Sales"}).status_code] * 4)
    assert [outcome.value for outcome in outcomes] == [302] * 4
    assert len(house.rows(Team)) == 1


def test_people_sent_twice_are_there_once(house: House, boss: Client) -> None:
    sent = people(("Ana", "ana@example.com"), ("Ben", ""))
    verbs = [lambda: boss.post("/start/agents", sent).status_code] * 3
    assert sorted(outcome.value for outcome in by_processes(None, verbs)) == [200, 422, 422]
    assert len(house.rows(Agent)) == len(house.rows(Invitation)) == 2


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([("", "ana@example.com")], "Whose e-mail is this?"),
        ([("Ana", "nobody")], "Enter a valid email address."),
        ([("Ana", ""), ("ana", "")], "There is an agent of this name already."),
        ([("Ana", "a@example.com"), ("Bea", "A@example.com")], "There is an agent with this e-mail already."),
        ([("A\x01na", "")], "Remove the characters that cannot be shown."),
    ],
)  # fmt: skip
def test_people_who_cannot_be_added_are_told_by_their_field(
    house: House, boss: Client, rows: list[tuple[str, str]], said: str
) -> None:
    shown = post(boss, "agents", people(*rows), 422)
    assert said in shown and 'aria-invalid="true"' in shown
    assert house.rows(Agent) == []


def test_a_new_link_ends_the_one_before(house: House, boss: Client) -> None:
    shown = post(boss, "agents", people(("Ana", "")), 200)
    first = re.findall(r'value="http://testserver(/join/[^"]+)"', shown)[0]
    agent = house.rows(Agent)[0].id
    second = re.findall(
        r'value="http://testserver(/join/[^"]+)"', boss.post(f"/start/agents/{agent}/link").content.decode()
    )[0]
    assert Client().get(first).status_code == 404 and Client().get(second).status_code == 200
    assert boss.post(f"/start/agents/{uuid4()}/link", headers={"HX-Request": "true"}).status_code == 404


def test_routes_are_published_once_and_below_what_is_drafted(house: House, boss: Client) -> None:
    with house.inside():
        save_draft(routes=RouteSet(routes=[RouteIn(name="Portal", sources=["portal"])]), actor=BOSS)
    assert "1 drafted route is published with it" in page(boss, "/start/route")
    assert "A drafted route has this name already." in post(boss, "route", {**ROUTE, "name": "Portal"}, 422)
    post(boss, "route", {**ROUTE, "strategy": "first_to_accept"})
    assert post(boss, "route", {**ROUTE, "name": "Again"}) == "/start/lead"
    with house.inside():
        assert [route.name for route in live_routes().routes] == ["Portal", "Everything else"]
    assert "Version 1 decides" in page(boss, "/start/route")
    assert '<form class="card"' not in page(boss, "/start/route")


def test_nobody_available_is_said_before_and_mended_by_one_button(house: House, boss: Client) -> None:
    house.agent(presence="offline")
    assert "Nobody is available now" in page(boss, "/start/lead")
    assert "No route is live yet" in page(boss, "/start/lead")
    assert boss.post("/start/available")["Location"] == "/start/lead"
    assert "Nobody is available now" not in page(boss, "/start/lead")
    assert boss.post("/start/available").status_code == 302  # again is harmless
    assert len(house.rows(Agent)) == 2
    with house.inside():
        assert AgentState.objects.filter(presence="available").count() == 1


def test_somebody_full_is_not_available(house: House, boss: Client) -> None:
    house.agent(load=1000)
    assert "Nobody is available now" in page(boss, "/start/lead")


@pytest.mark.parametrize("wrong", [{"source": ""}, {"name": "", "phone": ""}, {"name": "a\x02b"}])
def test_a_test_lead_that_names_nobody_is_refused(house: House, boss: Client, wrong: dict[str, str]) -> None:
    assert 'aria-invalid="true"' in post(boss, "lead", {**LEAD, **wrong}, 422)
    assert house.rows(Item) == []


def test_each_test_lead_is_another_person_in_the_organisation_s_language(house: House, boss: Client) -> None:
    with house.inside():
        Organisation.objects.filter(id=house.id).update(language="es")
    names = []
    for _ in range(3):
        shown = page(boss, "/start/lead")
        sent = {name: re.findall(rf'name="{name}" value="([^"]*)"', shown)[0] for name in ("name", "phone", "email")}
        names.append(sent["name"])
        post(boss, "lead", {**LEAD, **sent})
    assert names == ["Lucía Ferrer", "Mateo Quiroga", "Camila Rosales"]
    assert len(house.rows(Item)) == 3


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.COMPANY_MANAGER])
def test_only_a_company_manager_sets_up(house: House, role: Role) -> None:
    client = member(house, role, agent=house.agent())
    for path in ("", *(f"/{step}" for step in STEPS)):
        assert client.get(f"/start{path}").status_code == 403
    for step in STEPS:
        assert client.post(f"/start/{step}", {"name": "x"}, headers={"HX-Request": "true"}).status_code == 403
    assert client.post("/start/available", headers={"HX-Request": "true"}).status_code == 403
    assert house.rows(Team) == [] and "Finish setting up" not in page(client, "/contacts")


def test_the_reminder_stays_until_a_route_is_live_or_it_is_hidden(house: House, boss: Client) -> None:
    shown = page(boss, "/contacts")
    assert "Finish setting up" in shown and 'href="/start/team"' in shown
    boss.post("/preferences", {"setup": "hidden"})
    assert "Finish setting up" not in page(boss, "/contacts")
    boss.cookies.pop("setup")
    post(boss, "route", ROUTE)
    assert "Finish setting up" not in page(boss, "/contacts")


@pytest.mark.parametrize(("language", "words"), [("en", "Who works together?"), ("es", "¿Quiénes trabajan juntos?")])
def test_both_languages(house: House, language: str, words: str) -> None:
    assert words in page(member(house, Role.COMPANY_MANAGER, language=language), "/start/team")
