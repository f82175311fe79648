"""Saved views over HTTP: what is kept, who has it, and who may change it."""

import threading
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from tests.calling import Api, new_key, new_person, new_team

from rightaway.accounts.roles import Role
from rightaway.ledger.tenancy import organisation
from rightaway.people.models import Agent
from rightaway.work import grid, saved_views
from rightaway.work.actions import save_view
from rightaway.work.check import check
from rightaway.work.grid_filter import GridFilter, as_data, of_data
from rightaway.work.models import SavedView


def _as(org: int, role: Role, team: Any = None) -> Api:
    person = new_person(org, role, team=team)
    with organisation(org):
        membership = Agent.objects.get(id=person.agent_id).membership_id
    return Api(new_key(org, membership_id=membership))


def _names(api: Api) -> list[str]:
    answer = api.get("/views")
    assert answer.status_code == 200
    return [row["name"] for row in answer.json()]


def test_a_view_keeps_its_filter_and_counts(org: int) -> None:
    grid.forget()
    api = Api(new_key(org))
    for number, source in enumerate(("portal", "portal", "web")):
        assert api.lead(name=f"Person {number}", source=source, phone=f"+1202555018{number}").status_code == 201
    wanted = {"source": ["web"], "not": ["source"], "basics": ["phone.neutral"], "waiting_over_minutes": 0}
    made = api.post("/views", {"name": " Not  web ", "view": "all", "filter": wanted, "sort": "name"})
    assert made.status_code == 201, made.content
    assert made.json()["name"] == "Not web"
    assert made.json()["filter"] == wanted
    grid.forget()
    [row] = api.get("/views").json()
    assert (row["count"], row["mine"], row["shared"], row["sort"]) == (2, True, "nobody", "name")
    changed = api.send("PUT", f"/views/{row['id']}", {"name": "Web", "view": "all", "filter": {"source": ["web"]}})
    assert changed.json()["filter"] == {"source": ["web"]}
    assert api.send("DELETE", f"/views/{row['id']}").status_code == 204
    assert _names(api) == [] and api.send("DELETE", f"/views/{row['id']}").status_code == 404
    with organisation(org, read_only=True):
        assert check([]) == []


def test_who_has_a_view_and_who_may_change_it(org: int, other_org: int) -> None:
    north, south = new_team(org), new_team(org)
    boss, tom, eva, luis = (
        _as(org, Role.COMPANY_MANAGER), _as(org, Role.AGENT_MANAGER, north), _as(org, Role.AGENT, north),
        _as(org, Role.AGENT, south),
    )  # fmt: skip
    own = eva.post("/views", {"name": "Mine", "view": "evaluate"}).json()["id"]
    everybody = boss.post("/views", {"name": "Ours", "view": "all", "shared": "everybody"}).json()["id"]
    team = tom.post("/views", {"name": "North", "view": "all", "shared": "team", "team_id": str(north)}).json()["id"]
    assert _names(eva) == ["Mine", "Ours", "North"]
    assert _names(luis) == ["Ours"] and _names(tom) == ["North", "Ours"]
    assert _names(boss) == ["Ours", "North"]
    assert _names(Api(new_key(other_org))) == []
    body = {"name": "Taken", "view": "all"}
    for api, id, status in (
        (luis, own, 404), (boss, own, 404), (luis, team, 404), (eva, team, 403), (tom, everybody, 403),
        (boss, team, 200), (Api(new_key(other_org)), everybody, 404),
    ):  # fmt: skip
        assert api.send("PUT", f"/views/{id}", body).status_code == status, (id, status)
    assert boss.post("/views", {**body, "shared": "team", "team_id": str(uuid4())}).status_code == 404
    shares = {"name": "x", "view": "all", "shared": "team", "team_id": str(south)}
    assert tom.post("/views", shares).status_code == 403
    for api in (eva, tom):
        assert api.post("/views", {"name": "x", "view": "all", "shared": "everybody"}).status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        {}, {"name": "", "view": "all"}, {"name": "\u00a0 ", "view": "all"}, {"name": "x" * 61, "view": "all"},
        {"name": "x", "view": "mine"}, {"name": "x", "view": "all", "sort": "phone"},
        {"name": "x", "view": "all", "filter": {"colour": "red"}}, {"name": "x", "view": "all", "density": "tiny"},
        {"name": "x", "view": "all", "columns": ["name"]}, {"name": "x", "view": "all", "columns": "phone"},
        {"name": "x", "view": "all", "shared": "team"}, {"name": "x", "view": "all", "team_id": "0" * 32},
    ],
)  # fmt: skip
def test_what_cannot_be_kept_is_refused(org: int, body: dict[str, Any]) -> None:
    assert Api(new_key(org)).post("/views", body).status_code == 422


def test_a_name_is_given_once_and_there_are_not_too_many(org: int, monkeypatch: pytest.MonkeyPatch) -> None:
    api = Api(new_key(org))
    assert api.post("/views", {"name": "One", "view": "all"}).status_code == 201
    assert api.post("/views", {"name": "One", "view": "all"}).status_code == 409
    assert Api(new_key(org)).post("/views", {"name": "One", "view": "all"}).status_code == 201  # somebody else's
    monkeypatch.setattr(save_view, "MOST", 1)
    assert api.post("/views", {"name": "Two", "view": "all"}).status_code == 409


def test_of_many_who_save_one_name_at_once_one_does(org: int) -> None:
    secret, told = new_key(org), list[int]()

    def save() -> None:
        try:
            told.append(Api(secret).post("/views", {"name": "One", "view": "all"}).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=save) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(told) == [201] + [409] * 7


def test_no_more_are_shared_than_people_can_read(org: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(save_view, "MOST_SHARED", 1)
    api = Api(new_key(org))
    shared = {"view": "all", "shared": "everybody"}
    made = api.post("/views", {"name": "One", **shared}).json()["id"]
    assert api.post("/views", {"name": "Two", **shared}).status_code == 409
    assert api.post("/views", {"name": "Two", "view": "all"}).status_code == 201
    assert api.send("PUT", f"/views/{made}", {"name": "Still one", **shared}).status_code == 200


def test_one_that_is_given_up_in_this_moment_is_not_there(org: int, monkeypatch: pytest.MonkeyPatch) -> None:
    api = Api(new_key(org))
    made = api.post("/views", {"name": "One", "view": "all"}).json()["id"]
    with organisation(org):
        [row] = SavedView.objects.all()
    assert api.send("DELETE", f"/views/{made}").status_code == 204
    monkeypatch.setattr(saved_views, "saved_views", lambda actor: [row])  # as it was read a moment before
    assert api.send("DELETE", f"/views/{made}").status_code == 404
    assert api.send("PUT", f"/views/{made}", {"name": "Back", "view": "all"}).status_code == 404


def test_every_part_of_a_filter_is_kept() -> None:
    agent = "01a2150b-ae2d-765a-8a4a-80e8bc7e8c0b"
    data = {
        "owners": ["me", agent], "campaigns": ["none", agent], "basics": [["phone", "bad"]], "excluded": ["owners"],
        "statuses": ["working"], "held_by_me": True, "created_within_days": 3,
    }  # fmt: skip
    wanted = of_data(data)
    assert of_data(as_data(wanted)) == wanted
    assert as_data(GridFilter()) == {}
    assert str(wanted.owners[1]) == agent and wanted.excluded == {"owners"}
