"""The grid and the search over HTTP: shapes, refusals, and what is withheld."""

import csv
import io
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from tests.calling import Api, new_key, new_person

from rightaway.ledger.models import Event
from rightaway.ledger.tenancy import organisation
from rightaway.people.models import Agent
from rightaway.work import grid
from rightaway.work.actions import export_contacts


def _lead(org: int, name: str, **fields: str) -> None:
    assert Api(new_key(org)).lead(name=name, **fields).status_code == 201


def test_the_grid_comes_in_pages_there_and_back(org: int) -> None:
    grid.forget()
    for name in ("Ana", "Eva", "Iker"):
        _lead(org, name)
    api = Api(new_key(org))
    first = api.get("/contacts?view=all&sort=name&limit=2").json()
    assert [row["person"]["name"] for row in first["items"]] == ["Ana", "Eva"] and first["previous"] is None
    second = api.get(f"/contacts?view=all&sort=name&limit=2&cursor={first['next']}").json()
    assert [row["person"]["name"] for row in second["items"]] == ["Iker"] and second["next"] is None
    assert api.get(f"/contacts?view=all&sort=name&limit=2&cursor={second['previous']}").json() == first
    assert [row["person"]["name"] for row in api.get("/contacts?owner=none&waiting_over_minutes=0").json()["items"]]


def test_unknown_views_orders_and_filters_are_refused(org: int) -> None:
    api = Api(new_key(org))
    for query in ("view=mine", "sort=phone", "owner=somebody", "waiting_over_minutes=-1", "cursor=x", "colour=red"):
        assert api.get(f"/contacts?{query}").status_code == 422, query
    for query in ("", "q=", "q=" + "a" * 201, "q=a%00"):
        assert api.get(f"/contacts/search?{query}").status_code == 422, query


def test_counts_name_the_views_of_the_caller(org: int) -> None:
    grid.forget()
    _lead(org, "Ana")
    assert Api(new_key(org)).get("/contacts/counts").json() == {
        "evaluate": 1, "unassigned": 1, "attention": 0, "priority": 0, "all": 1
    }  # fmt: skip


def test_search_says_how_and_where(org: int) -> None:
    _lead(org, "Ana Ñíguez", phone="+541143215678")
    api = Api(new_key(org))
    for text, via in (("niguez", "name"), ("nigues", "alike"), ("43215678", "phone")):
        (found,) = api.get(f"/contacts/search?q={text}").json()
        assert (found["item"]["person"]["name"], found["via"]) == ("Ana Ñíguez", via)
        assert found["views"] == ["evaluate", "unassigned"]


def test_an_agent_gets_no_byte_of_whom_they_may_not_know(org: int) -> None:
    _lead(org, "Canario Secreto", phone="+541143215678", email="canario@example.com")
    agent = new_person(org)
    paths = ["/contacts?view=all&sort=name", "/contacts?view=unassigned&limit=1"]
    paths += [f"/contacts/search?q={text}" for text in ("canario", "secreto", "43215678", "canario@example.com")]
    for path in paths:
        answer = agent.api.get(path)
        assert answer.status_code == 200
        assert b"anario" not in answer.content and b"5678" not in answer.content, path
    assert agent.api.get(paths[0]).json()["items"][0]["masked"] is True


def _csv(answer: Any) -> list[list[str]]:
    assert answer.status_code == 200, answer.content[:300]
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    return list(csv.reader(io.StringIO(answer.content.decode())))


def test_a_view_is_exported_whole_and_no_cell_is_a_formula(org: int) -> None:
    api = Api(new_key(org))
    for name in ('=HYPERLINK("x")', "－1", "a,b", 'say "hi"', "two\nlines", "Ana"):
        assert api.lead(name=name, attributes={"zone": "@north"}, phone="+12025550187").status_code in (200, 201)
    assert api.post("/fields", {"key": "zone", "type": "text", "names": {"en": "Zone"}}).status_code == 201
    _lead(org, "Somebody", email="one@example.com", source="portal")
    names, *rows = _csv(api.post("/contacts/export", {"view": "all"}))
    assert names[:3] == ["name", "phone", "email"] and names[-1] == "attributes.zone"
    assert {row[1] for row in rows} == {"'+12025550187", ""}
    assert not [cell for row in rows for cell in row if cell[:1] in "=+-@\t\r＝＋－＠" and cell]
    [only] = _csv(api.post("/contacts/export", {"view": "all", "source": "portal"}))[1:]
    assert only[0] == "Somebody" and only[2] == "one@example.com"
    with organisation(org, read_only=True):
        kept = Event.objects.filter(kind="contacts_exported").order_by("seq").values_list("body", flat=True)
        assert [json.loads(body)["rows"] for body in kept] == [len(rows), 1]


def test_agents_and_strangers_export_nothing(org: int, other_org: int) -> None:
    _lead(other_org, "Canary")
    person = new_person(org)
    with organisation(org):
        membership = Agent.objects.get(id=person.agent_id).membership_id
    assert Api(new_key(org, membership_id=membership)).post("/contacts/export", {"view": "all"}).status_code == 403
    assert "Canary" not in Api(new_key(org)).post("/contacts/export", {"view": "all"}).content.decode()
    for body in ({}, {"view": "mine"}, {"view": "all", "owner": "x"}, {"view": "all", "colour": "red"}):
        assert Api(new_key(org)).post("/contacts/export", body).status_code == 422, body


def test_more_than_can_be_exported_is_refused(org: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_contacts, "MOST", 1)
    for name in ("Ana", "Eva"):
        _lead(org, name)
    assert Api(new_key(org)).post("/contacts/export", {"view": "all"}).status_code == 422


def test_one_of_many_at_once_exports_so_often_and_somebody_else_still_may(
    org: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_contacts, "MOST_AN_HOUR", 2)
    _lead(org, "Ana")
    key = new_key(org)

    def take(_: int) -> int:
        status = int(Api(key).post("/contacts/export", {"view": "all"}).status_code)
        connection.close()
        return status

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(take, range(6))) == [200, 200, 429, 429, 429, 429]
    refused = Api(key).post("/contacts/export", {"view": "all"})
    assert refused.json()["type"] == "/problems/too-many" and "2 lists" in refused.json()["detail"]
    assert Api(new_key(org)).post("/contacts/export", {"view": "all"}).status_code == 200
    with organisation(org, read_only=True):
        assert Event.objects.filter(kind="contacts_exported").count() == 3
