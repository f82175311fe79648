"""Invitations by the API: a link once, lists without it, revoking, and who may."""

from urllib.parse import urlsplit

import pytest
from django.test import Client
from tests.calling import Api, new_key, new_person, new_team

from rightaway.accounts.roles import Role


def test_a_link_is_made_listed_without_it_and_revoked(api: Api, org: int) -> None:
    team = new_team(org)
    made = api.post("/invitations", {"name": "Ana", "email": "ana@example.com", "team_id": str(team)})
    assert made.status_code == 201
    link = made.json()["link"]
    assert link.startswith("http://localhost/join/")
    assert Client(SERVER_NAME="localhost").get(urlsplit(link).path).status_code == 200
    listed = api.get("/invitations")
    assert urlsplit(link).path.rsplit("/", 1)[1] not in listed.content.decode()
    (row,) = listed.json()
    assert (row["id"], row["name"], row["role"], row["team_id"]) == (made.json()["id"], "Ana", "agent", str(team))
    revoked = api.post(f"/invitations/{row['id']}/revoke")
    assert revoked.json()["revoked_at"]
    assert Client(SERVER_NAME="localhost").get(urlsplit(link).path).status_code == 404


def test_the_answer_is_not_stored(api: Api) -> None:
    assert api.post("/invitations", {"name": "Ana"}, Idempotency_Key="one").status_code == 422


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"name": "Ana", "email": "nobody"}, "/email"),
        ({"name": "Ana", "works": False}, "/works"),
        ({"name": " "}, "/name"),
        ({"name": "Ana", "role": "boss"}, "/role"),
        ({"name": "Ana", "key": "x"}, "/key"),
    ],
)
def test_what_cannot_be_used_is_named(api: Api, body: dict[str, object], pointer: str) -> None:
    answer = api.post("/invitations", body)
    assert answer.status_code == 422
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]


def test_a_used_agent_and_a_narrow_key(api: Api, org: int) -> None:
    person = new_person(org)
    taken = api.post("/invitations", {"name": "Ana", "agent_id": str(person.agent_id)})
    assert (taken.status_code, taken.json()["type"]) == (409, "/problems/already-there")
    narrow = Api(new_key(org, "members.*"))
    assert narrow.post("/invitations", {"name": "Ana"}).status_code == 201
    assert narrow.post("/invitations", {"name": "Ana", "role": "company_manager"}).status_code == 403
    assert Api(new_key(org, "item.create")).get("/invitations").status_code == 403


def test_roles_see_what_they_manage(api: Api, org: int) -> None:
    team, other = new_team(org), new_team(org)
    manager = new_person(org, Role.AGENT_MANAGER, team=team)
    for place in (team, other):
        assert api.post("/invitations", {"name": "Ana", "team_id": str(place)}).status_code == 201
    assert [row["team_id"] for row in manager.api.get("/invitations").json()] == [str(team)]
    assert new_person(org).api.get("/invitations").status_code == 403
