"""People and routes through the API: read, changed from what was read, published, paused."""

from typing import Any

import pytest
from tests.calling import Api, new_person

from rightaway.accounts.roles import Role
from rightaway.ledger import errors
from rightaway.ledger.errors import RightawayError


def ok(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.content
    return answer.json() if answer.content else None


def slug(answer: Any) -> str:
    return str(answer.json()["type"]).removeprefix("/problems/")


AGENT = {"key": "eva", "name": "Eva", "languages": ["es"], "skills": {"villas": 5}, "zone": "America/Bogota"}


def test_an_agent_is_added_read_and_changed(api: Api) -> None:
    made = ok(api.post("/agents", AGENT), 201)
    answer = api.get(f"/agents/{made['id']}")
    settings = ok(answer)["settings"]
    assert {name: settings[name] for name in AGENT} == AGENT
    settings["name"] = "Eva María"
    tag = answer.headers["ETag"]
    changed = api.send("PUT", f"/agents/{made['id']}", settings, If_Match=tag)
    assert ok(changed)["changed"] == ["name"]
    assert ok(api.get(f"/agents/{made['id']}"))["settings"]["name"] == "Eva María"
    stale = api.send("PUT", f"/agents/{made['id']}", settings, If_Match=tag)
    assert (stale.status_code, slug(stale)) == (412, "stale")
    again = api.send("PUT", f"/agents/{made['id']}", settings, If_Match=changed.headers["ETag"])
    assert ok(again)["changed"] == []


def test_a_ramp_is_set_read_and_taken_away(api: Api) -> None:
    made = ok(api.post("/agents", {**AGENT, "ramp": {"start": "2026-11-02"}}), 201)
    answer = api.get(f"/agents/{made['id']}")
    settings = ok(answer)["settings"]
    assert settings["ramp"] == {"start": "2026-11-02", "weeks": 4}
    wrong: Any
    for wrong in (
        {"start": "2026-11-02", "weeks": 0}, {"start": "2026-11-02", "weeks": 53}, {"start": "1999-12-31"},
        {"start": "9999-12-31"}, {"start": "soon"}, {"start": "2026-11-02", "percent": 10}, "2026-11-02", [],
        {"weeks": 4}, {"start": "2026-11-02", "weeks": 1.5}, {"start": None},
    ):  # fmt: skip
        refused = api.post("/agents", {**AGENT, "key": "luis", "ramp": wrong})
        assert (refused.status_code, slug(refused)) == (422, "invalid"), wrong
    copied = ok(api.post(f"/agents/{made['id']}/copy", {"key": "new", "name": "New"}), 201)
    assert ok(api.get(f"/agents/{copied['agent_id']}"))["settings"]["ramp"] is None
    settings["ramp"] = None
    done = api.send("PUT", f"/agents/{made['id']}", settings, If_Match=answer.headers["ETag"])
    assert ok(done)["changed"] == ["ramp_start", "ramp_weeks"]
    assert ok(api.get(f"/agents/{made['id']}"))["settings"]["ramp"] is None


@pytest.mark.parametrize(("sent", "status", "said"), [
    (None, 428, "condition-missing"), ('W/"x"', 412, "stale"), ("x", 412, "stale"), ('"x"', 412, "stale"),
])  # fmt: skip
def test_a_change_says_what_it_was_made_from(api: Api, sent: str | None, status: int, said: str) -> None:
    made = ok(api.post("/agents", AGENT), 201)
    headers = {} if sent is None else {"If_Match": sent}
    answer = api.send("PUT", f"/agents/{made['id']}", AGENT, **headers)
    assert (answer.status_code, slug(answer)) == (status, said)


def test_an_agents_key_is_theirs_for_good(api: Api) -> None:
    made = ok(api.post("/agents", AGENT), 201)
    taken = api.post("/agents", AGENT)
    assert (taken.status_code, slug(taken)) == (409, "already-there")
    renamed = api.send("PUT", f"/agents/{made['id']}", {**AGENT, "key": "eve"}, If_Match="*")
    assert renamed.status_code == 422


@pytest.mark.parametrize("zone", ["Mars/Olympus", "../../etc/passwd", "UTC\u0000", "", "localtime", "x" * 200])
def test_an_unknown_zone_is_refused(api: Api, zone: str) -> None:
    assert api.post("/agents", {**AGENT, "zone": zone}).status_code in (400, 422)
    assert ok(api.get("/agents"))["agents"] == []


def test_agents_come_in_pages(api: Api) -> None:
    made = [ok(api.post("/agents", {"key": f"a{n}", "name": "A"}), 201)["id"] for n in range(5)]
    found, after = [], ""
    for _ in range(5):
        page = ok(api.get(f"/agents?limit=2{after}"))
        found += [agent["id"] for agent in page["agents"]]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert found == sorted(made)


def test_an_agent_is_paused_and_away(api: Api) -> None:
    agent = ok(api.post("/agents", AGENT), 201)["id"]
    assert ok(api.post(f"/agents/{agent}/pause"))["changed"] == ["paused_at"]
    assert ok(api.post(f"/agents/{agent}/pause"))["changed"] == []
    assert ok(api.get(f"/agents/{agent}"))["paused_at"]
    ok(api.post(f"/agents/{agent}/resume"))
    away = {"starts_at": "2030-01-01T00:00:00+02:00", "ends_at": "2030-01-05T00:00:00Z", "cause": "holiday"}
    made = ok(api.post(f"/agents/{agent}/absences", away), 201)
    (listed,) = ok(api.get(f"/agents/{agent}/absences"))
    assert (listed["id"], listed["starts_at"]) == (made["id"], "2029-12-31T22:00:00Z")
    ok(api.send("DELETE", f"/absences/{made['id']}"), 204)
    assert ok(api.get(f"/agents/{agent}/absences")) == []
    assert api.post(f"/agents/{agent}/absences", {**away, "ends_at": "2029-01-01T00:00:00Z"}).status_code == 422


def test_a_team_is_added_and_changed(api: Api) -> None:
    ok(api.post("/agents", AGENT), 201)
    made = ok(api.post("/teams", {"key": "north", "name": "North"}), 201)
    answer = api.get(f"/teams/{made['id']}")
    settings = {**ok(answer)["settings"], "members": ["eva"]}
    ok(api.send("PUT", f"/teams/{made['id']}", settings, If_Match=answer.headers["ETag"]))
    (team,) = ok(api.get("/teams"))["teams"]
    assert team["settings"]["members"] == ["eva"]
    stale = api.send("PUT", f"/teams/{made['id']}", settings, If_Match=answer.headers["ETag"])
    assert stale.status_code == 412
    unknown = api.post("/teams", {"key": "south", "name": "South", "members": ["nobody"]})
    assert unknown.json()["errors"][0]["pointer"] == "/members/0"


def test_routes_are_drafted_published_and_paused(api: Api) -> None:
    before = api.get("/routes/draft")
    assert ok(before) == {"saved": False, "routes": ok(before)["routes"]}
    tag = before.headers["ETag"]
    draft = {"routes": [{"name": "all", "strategy": "pool"}]}
    saved = api.send("PUT", "/routes/draft", draft, If_Match=tag)
    route = ok(saved)["routes"]["routes"][0]["id"]
    assert slug(api.send("PUT", "/routes/draft", draft, If_Match=tag)) == "stale"
    assert slug(api.post("/routes/publish", {}, If_Match=tag)) == "stale"
    published = ok(api.post("/routes/publish", {"comment": "first"}, If_Match=saved.headers["ETag"]))
    assert (published["number"], published["changed"]) == (1, True)
    assert ok(api.get("/routes"))["number"] == 1
    assert [version["comment"] for version in ok(api.get("/routes/versions"))] == ["first"]
    assert [version["number"] for version in ok(api.get("/routes/versions?before=2"))] == [1]
    assert ok(api.get("/routes/versions?before=1")) == []
    assert [api.get(f"/routes/versions?before={each}").status_code for each in ("0", "x", 2**31)] == [422] * 3
    assert ok(api.get("/routes/versions/1"))["routes"]["routes"][0]["name"] == "all"
    assert api.get("/routes/versions/2").status_code == 404
    assert api.get("/routes/versions/99999999999999999999").status_code == 404
    assert ok(api.post(f"/routes/{route}/pause", {}))["changed"]
    assert ok(api.get("/routes"))["paused"] == [route]
    assert ok(api.post(f"/routes/{route}/resume", {}))["changed"]


def test_a_draft_that_cannot_work_is_not_published(api: Api) -> None:
    route = {"name": "a", "conditions": [{"field": "attributes.x", "op": "smells_like", "value": 1}]}
    saved = api.send("PUT", "/routes/draft", {"routes": [route]}, If_Match="*")
    refused = api.post("/routes/publish", {}, If_Match=saved.headers["ETag"])
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "/routes/0/conditions/0/op"
    assert ok(api.get("/routes"))["number"] is None


def test_agents_see_themselves_and_change_nothing(org: int) -> None:
    eva, luis = new_person(org), new_person(org)
    assert [agent["id"] for agent in ok(eva.api.get("/agents"))["agents"]] == [str(eva.agent_id)]
    assert eva.api.get(f"/agents/{luis.agent_id}").status_code == 404
    assert eva.api.post("/agents", AGENT).status_code == 403
    assert eva.api.send("PUT", f"/agents/{eva.agent_id}", AGENT, If_Match="*").status_code == 403
    assert eva.api.get("/teams").status_code == 403
    assert new_person(org, Role.ORGANISATION_MANAGER).api.get("/routes").status_code == 200


def test_every_error_has_its_page_and_its_words() -> None:
    from pathlib import Path

    from django.utils import translation

    page = (Path(__file__).parents[2] / "docs/reference/problems.md").read_text()
    for error in vars(errors).values():
        if isinstance(error, type) and issubclass(error, RightawayError):
            assert f"## {error.slug}\n" in page, error.slug
            with translation.override("es"):
                assert translation.gettext(error.title()) != error.title(), error
