"""Functional roles over the API: the roles themselves, and those of an item."""

from uuid import uuid4

import pytest
from tests.calling import Api, new_key, new_person

from rightaway.accounts.roles import Role

NAMES = {"en": {"short": "LO", "long": "Loan officer"}, "es": {"short": "OP", "long": "Oficial de préstamos"}}


@pytest.fixture
def api(org: int) -> Api:
    return Api(new_key(org))


def made(api: Api, *holders: object, key: str = "lender") -> str:
    answer = api.post("/roles", {"key": key, "names": NAMES})
    assert answer.status_code == 201, answer.content
    role: str = answer.json()["id"]
    assert api.send("PUT", f"/roles/{role}/holders", {"agent_ids": [str(each) for each in holders]}).status_code == 200
    return role


def test_a_role_is_made_read_changed_and_retired(org: int, api: Api) -> None:
    eva = new_person(org)
    role = made(api, eva.agent_id)
    assert api.post("/roles", {"key": "lender", "names": NAMES}).json()["type"].endswith("/already-there")
    found = api.get(f"/roles/{role}")
    assert found.json()["holders"] == [str(eva.agent_id)]
    settings = {**found.json()["settings"], "position": 3}
    assert api.send("PUT", f"/roles/{role}", settings).status_code == 428
    changed = api.send("PUT", f"/roles/{role}", settings, If_Match=found["ETag"])
    assert changed.json()["changed"] == ["position"] and changed["ETag"] != found["ETag"]
    assert api.send("PUT", f"/roles/{role}", settings, If_Match=found["ETag"]).status_code == 412
    other = {**settings, "key": "other"}
    assert api.send("PUT", f"/roles/{role}", other, If_Match="*").json()["errors"][0]["pointer"] == "/key"
    assert [api.post(f"/roles/{role}/retire").json()["changed"] for _ in range(2)] == [["active"], []]
    assert [row["settings"]["active"] for row in api.get("/roles").json()] == [False]


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        ({"names": {"en": NAMES["en"]}}, "/names/es"),
        ({"names": {**NAMES, "en": {"short": "Much too long", "long": "x"}}}, "/names/en/short"),
        ({"names": NAMES, "position": -1}, "/position"),
        ({"names": NAMES, "colour": "red"}, "/colour"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(api: Api, wrong: dict[str, object], pointer: str) -> None:
    answer = api.post("/roles", {"key": "x", **wrong})
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert api.get("/roles").json() == []


def test_a_role_of_an_item_is_assigned_offered_and_told(org: int, api: Api) -> None:
    eva, ana = new_person(org), new_person(org)
    role, item = made(api, eva.agent_id, ana.agent_id), api.lead().json()["item_id"]
    path = f"/items/{item}/roles/{role}"
    assert api.post(f"{path}/assign", {}).status_code == 422  # whom, or null
    assert api.post(f"{path}/assign", {"agent_id": str(eva.agent_id)}).json()["before"] == []
    assert api.post(f"{path}/offer", {"agent_ids": [str(ana.agent_id)], "seconds": 600}).status_code == 409
    assert api.post(f"{path}/assign", {"agent_id": None}).json()["before"] == [str(eva.agent_id)]
    assert api.post(f"{path}/offer", {"agent_ids": [str(ana.agent_id)], "seconds": 600}).status_code == 200
    (offer,) = ana.api.get("/offers").json()
    assert offer["role_id"] == role
    assert ana.api.post(f"/offers/{offer['id']}/accept").status_code == 200
    periods = [(row["agent_id"], row["how"], row["ended_at"] is None) for row in api.get(f"/items/{item}/roles").json()]
    assert periods == [(str(ana.agent_id), "accepted", True), (str(eva.agent_id), "by_hand", False)]
    mine = ana.api.get("/contacts?view=all&held_by_me=true").json()["items"]
    assert [row["id"] for row in mine] == [item] and mine[0]["owner_id"] is None
    assert eva.api.get("/contacts?view=all&held_by_me=true").json()["items"] == []


def test_whoever_holds_a_role_works_on_it_and_hands_nothing_out(org: int, api: Api) -> None:
    owner, eva = new_person(org), new_person(org)
    role, item = made(api, eva.agent_id), api.lead().json()["item_id"]
    api.post(f"/items/{item}/assign", {"agent_id": str(owner.agent_id)})
    assert eva.api.get(f"/items/{item}").status_code == 404
    api.post(f"/items/{item}/roles/{role}/assign", {"agent_id": str(eva.agent_id)})
    assert eva.api.get(f"/items/{item}").json()["person"]["name"] == "Ana"
    assert eva.api.post(f"/items/{item}/notes", {"text": "x"}).status_code == 200
    for path, body in (
        ("/status", {"status": "working"}), ("/finish", {"outcome": "won"}),
        (f"/roles/{role}/assign", {"agent_id": None}), ("/assign", {"agent_id": str(eva.agent_id)}),
    ):  # fmt: skip
        assert eva.api.post(f"/items/{item}{path}", body).status_code == 403, path


def test_a_manager_gives_roles_to_people_they_see(org: int, api: Api) -> None:
    lead, stranger = new_person(org, Role.AGENT_MANAGER), new_person(org)
    role, item = made(api, stranger.agent_id, lead.agent_id), api.lead().json()["item_id"]
    path = f"/items/{item}/roles/{role}/assign"
    assert lead.api.post(path, {"agent_id": str(stranger.agent_id)}).status_code == 404
    assert lead.api.post(path, {"agent_id": str(lead.agent_id)}).status_code == 200
    assert lead.api.get(f"/roles/{role}").json()["holders"] == [str(lead.agent_id)]
    assert api.post(f"/items/{item}/roles/{uuid4()}/assign", {"agent_id": str(lead.agent_id)}).status_code == 404
