"""Inviting on the page, and coming in by the link: as a new person, with an account, or not at all."""

import re
from uuid import UUID, uuid4

import pytest
from django.test import Client

from rightaway.accounts.models import Membership, User
from rightaway.accounts.roles import Role
from rightaway.people.models import Agent, Invitation, Team, TeamMember
from rightaway.people.schema import InvitationIn
from rightaway.work.actions.invite import invite
from tests.calling import new_team
from tests.making import BOSS, House
from tests.web.test_profile import member, page

PASSWORD = "a sentence that nobody guesses"


@pytest.fixture
def house(org: int) -> House:
    return House(org)


def link(house: House, **fields: object) -> str:
    with house.inside():
        made = invite(invitation=InvitationIn.model_validate({"name": "Ana", **fields}), actor=BOSS)
    return f"/join/{made.token}"


def somebody() -> dict[str, str]:
    return {"name": "Ana Núñez", "email": f"{uuid4()}@example.com", "password": PASSWORD}


def test_a_new_person_comes_in_and_is_signed_in(house: House) -> None:
    address, who, client = link(house), somebody(), Client(headers={"accept-language": "es"})
    shown = client.get(address)
    assert "Casa &amp; Co." in shown.content.decode() and "Únete a" in shown.content.decode()
    assert client.post(address, who)["Location"] == "/"
    assert client.get("/", follow=True).status_code == 200
    assert "Ana Núñez" in page(client, "/me")
    assert User.objects.get(email=who["email"]).language == "es"
    assert Client().get(address).status_code == 404


def test_a_stranger_hears_the_organisation_s_name_and_nothing_else(house: House) -> None:
    address = link(house, name="Canaria Quetzal", email="canary@example.com", team_id=new_team(house.id))
    shown = Client().get(address).content.decode()
    for private in ("Canaria", "canary@", "North", "agent"):
        assert private not in shown.replace("user-agent", ""), private


def test_every_link_that_is_not_open_answers_the_same(house: House) -> None:
    used = link(house)
    assert Client().post(used, somebody()).status_code == 302
    answers = [
        Client(headers={"accept-language": "en"}).get(path) for path in (used, f"{used}x", "/join/1-x", "/join/x")
    ]
    assert [answer.status_code for answer in answers] == [404] * 4
    texts = {re.sub(r'value="[^"]*"', "", answer.content.decode()) for answer in answers}
    assert len(texts) == 1 and "There is nothing here" in texts.pop()
    late = somebody()
    assert Client().post(used, late).status_code == 404
    assert not User.objects.filter(email=late["email"]).exists()


def test_the_address_is_a_secret(house: House) -> None:
    address = link(house)
    for answer in (Client().get(address), Client().post(address, {}), Client().get(address + "x")):
        assert answer["Referrer-Policy"] == "strict-origin"
        assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize(
    "wrong", [{"password": "short"}, {"password": "password1234"}, {"email": "x"}, {"name": "a\0b"}, {"name": "a\x01b"}]
)
def test_a_wrong_form_keeps_the_link(house: House, wrong: dict[str, str]) -> None:
    address = link(house)
    answer = Client().post(address, {**somebody(), **wrong})
    assert answer.status_code == 422 and 'aria-invalid="true"' in answer.content.decode()
    assert Client().get(address).status_code == 200


def test_whoever_has_an_account_signs_in_and_joins_with_it(house: House, other_org: int) -> None:
    address, client = link(house), Client()
    user = User.objects.create_user(f"{uuid4()}@example.com", PASSWORD, name="Bea")
    refused = Client().post(address, {**somebody(), "email": user.email.upper()}, headers={"accept-language": "en"})
    assert refused.status_code == 422 and "has an account already" in refused.content.decode()
    wrong = client.post("/sign-in", {"login": user.email, "password": "wrong" * 3, "next": address})
    assert f'name="next" value="{address}"' in wrong.content.decode()  # a second try still leads on
    signed = client.post("/sign-in", {"login": user.email, "password": PASSWORD, "next": address})
    assert signed["Location"] == address
    assert "Bea" in client.get(address).content.decode()
    assert client.post(address, {"who": str(uuid4())}).status_code == 200  # the page was somebody else's
    assert house.rows(Membership) == []
    assert client.post(address, {"who": str(user.pk)})["Location"] == "/"
    assert client.session["organisation_id"] == house.id
    assert [row.user_id for row in house.rows(Membership)] == [user.pk]


def test_a_member_does_not_use_up_a_link(house: House) -> None:
    address, client = link(house), member(house, Role.COMPANY_MANAGER)
    who = re.findall(r'name="who" value="([^"]+)"', client.get(address).content.decode())[0]
    refused = client.post(address, {"who": who}, headers={"accept-language": "en"})
    assert refused.status_code == 422 and "belong to this organisation already" in refused.content.decode()
    assert Client().get(address).status_code == 200


def test_a_form_of_another_site_does_not_join(house: House) -> None:
    address = link(house)
    assert Client(enforce_csrf_checks=True).post(address, somebody()).status_code == 403


def test_a_manager_makes_a_link_and_revokes_it(house: House) -> None:
    boss, team = member(house, Role.COMPANY_MANAGER), new_team(house.id)
    sent = {"name": "Ana", "email": "", "role": "agent_manager", "team": str(team), "agent": "new"}
    made = boss.post("/team/invitations", sent).content.decode()
    address = re.findall(r'value="http://testserver(/join/[^"]+)"', made)[0]
    assert 'href="/team/invitations"' in page(boss, "/team/agents")
    listed = page(boss, "/team/invitations")
    assert "Team manager" in listed and address.rsplit("/", 1)[1] not in listed
    invitation = house.rows(Invitation)[0].id
    assert boss.post(f"/team/invitations/{invitation}/revoke").status_code == 302
    assert Client().get(address).status_code == 404
    assert "Nobody is invited just now." in page(boss, "/team/invitations")


def test_a_team_manager_has_only_what_is_theirs_to_choose(house: House) -> None:
    agent = house.agent()
    with house.inside():
        team = Team.objects.create(key="north", name="North side")
        Team.objects.create(key="south", name="South side")
        TeamMember.objects.create(team_id=team.id, agent_id=agent, manages=True)
    manager = member(house, Role.AGENT_MANAGER, agent=agent)
    stranger = house.agent()
    shown = page(manager, "/team/invitations")
    assert "North side" in shown and "South side" not in shown
    assert "Company manager" not in shown and "Nobody: does not work leads" not in shown
    sent = {"name": "Ana", "role": "agent", "team": str(team.id), "agent": "new"}
    assert manager.post("/team/invitations", sent).status_code == 200
    for wrong in ({"role": "company_manager"}, {"team": ""}, {"agent": str(stranger)}, {"agent": str(uuid4())}):
        assert manager.post("/team/invitations", {**sent, **wrong}).status_code in (403, 302, 422), wrong
    assert len(house.rows(Invitation)) == 1


def test_agents_invite_nobody(house: House) -> None:
    agent = member(house, Role.AGENT, agent=house.agent())
    assert agent.get("/team/invitations").status_code == 403
    assert agent.post("/team/invitations", {"name": "x"}, headers={"HX-Request": "true"}).status_code == 403
    gone = agent.post(f"/team/invitations/{UUID(int=5)}/revoke", headers={"HX-Request": "true"})
    assert gone.status_code == 403


def test_what_does_not_fit_is_told_by_its_field(house: House) -> None:
    boss, agent, team = member(house, Role.COMPANY_MANAGER), house.agent(), new_team(house.id)
    sent = {"name": "Ana", "role": "agent", "team": "", "agent": str(agent)}
    for wrong in (
        {"name": ""}, {"email": "x"}, {"agent": "none"}, {"role": "company_manager", "agent": "none", "team": str(team)}
    ):  # fmt: skip
        answer = boss.post("/team/invitations", {**sent, **wrong})
        assert (answer.status_code, 'aria-invalid="true"' in answer.content.decode()) == (422, True), wrong
    assert boss.post("/team/invitations", sent).status_code == 200
    assert house.row(Agent, id=agent).membership_id is None
