"""What routes would do with the leads that came last, by the API; and drafts that are discarded."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from tests.calling import Api, new_person, new_team
from tests.making import House
from tests.making_routes import routed

from rightaway.accounts.roles import Role
from rightaway.ledger.clock import clock
from rightaway.people.models import Absence
from rightaway.routing.directory import touch_configuration
from rightaway.routing.models import PausedRoute
from rightaway.work import preview as module
from rightaway.work.models import Item


@pytest.fixture
def house(org: int) -> House:
    return House(org)


def route(name: str, **more: Any) -> dict[str, Any]:
    return {"id": str(uuid4()), "name": name, "strategy": "pool", **more}


def is_(field: str, value: Any) -> dict[str, Any]:
    return {"field": field, "op": "is", "value": value}


def ask(api: Api, routes: list[dict[str, Any]] | None, route_id: Any = None) -> Any:
    body = {"routes": None if routes is None else {"routes": routes}, "route_id": route_id and str(route_id)}
    answer = api.post("/routes/preview", body)
    assert answer.status_code == 200, answer.content
    return answer.json()


def codes(found: Any) -> list[str]:
    return [warned["code"] for warned in found["route"]["warnings"]]


def test_each_lead_counts_for_the_route_that_takes_it_first(house: House, api: Api) -> None:
    for language, source in [("es", "portal"), ("es", "chat"), ("en", "portal"), ("fr", "web")]:
        house.item(language=language, source=source)
    (old,) = routed(house, {"name": "Portal", "sources": ["portal"], "strategy": "pool"})
    top, spanish = (
        route("Portal", id=str(old), sources=["Portal "]),
        route("Spanish", conditions=[is_("language", "es")]),
    )
    found = ask(api, [top, spanish, route("Rest")], spanish["id"])
    assert (found["looked_at"], found["version"]) == (4, 1)
    assert (found["route"]["matched"], found["route"]["reached"]) == (2, 1)
    assert (found["route"]["live_matched"], found["route"]["live_reached"]) == (None, None)
    assert found["route"]["taken"] == [{"route_id": str(old), "name": "Portal", "count": 1, "handed_on": 0}]
    moved = {(each["before"], each["after"]): each["count"] for each in found["moved"]}
    assert moved == {(None, "Spanish"): 1, (None, "Rest"): 1}
    live = ask(api, None, old)["route"]
    assert (live["matched"], live["live_matched"], live["live_reached"]) == (2, 2, 2)


def test_a_route_that_hands_on_is_told(house: House, api: Api) -> None:
    house.agent()
    house.item()
    first = route("First", strategy="round_robin", nobody="next")
    second = route("Second")
    (taken,) = ask(api, [first, second], second["id"])["route"]["taken"]
    assert (taken["count"], taken["handed_on"]) == (1, 1)


def test_schedules_are_looked_at_when_each_lead_came(house: House, api: Api) -> None:
    night, noon = datetime(2026, 3, 4, 2, 0, tzinfo=UTC), datetime(2026, 3, 3, 12, 0, tzinfo=UTC)
    for at in (night, noon, night):
        house.item(created_at=at)
    ranges = [{"days": [1, 2, 3, 4, 5, 6, 7], "start": "20:00", "until": "08:00"}]
    desk = route("Night desk", when={"zone": "UTC", "ranges": ranges})
    assert ask(api, [desk], desk["id"])["route"]["matched"] == 2


def test_a_paused_route_is_shown_as_if_it_were_on_and_others_as_they_are(house: House, api: Api) -> None:
    house.item()
    one, two = routed(house, {"name": "One", "strategy": "pool"}, {"name": "Two", "strategy": "pool"})
    api.post(f"/routes/{one}/pause", {})
    assert ask(api, None, one)["route"]["reached"] == 1
    assert ask(api, None, two)["route"]["reached"] == 1
    assert ask(api, None)["moved"] == []


def test_a_lead_counts_as_it_came_in(house: House, api: Api) -> None:
    house.item(status="working", unanswered_since=None)
    new = route("New", conditions=[is_("status", "evaluate"), is_("answered", False)])
    assert ask(api, [new], new["id"])["route"]["matched"] == 1


def test_only_the_last_thousand_are_looked_at(house: House, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST", 3)
    for n in range(5):
        house.item(source=f"s{n}")
    assert ask(api, [])["looked_at"] == 3


def test_warnings_say_what_is_probably_not_meant(house: House, api: Api) -> None:
    house.item(source="portal", language="es")
    everybody, below = route("All", strategy="round_robin"), route("Below", conditions=[is_("language", "es")])
    assert codes(ask(api, [everybody, below], below["id"])) == ["shadowed"]
    assert codes(ask(api, [everybody, below], everybody["id"])) == ["nobody"]
    spanish = route("Spanish", conditions=[is_("language", "es")])
    portal = route("Portal", sources=["portal"])
    assert codes(ask(api, [spanish, portal], portal["id"])) == ["never_reached"]
    odd = route("Odd", sources=["fax"], conditions=[is_("attributes.zip", "x")])
    assert codes(ask(api, [odd], odd["id"])) == ["unknown_source", "never_met"]
    house.item(source="fax", language="en")
    assert codes(ask(api, [odd], odd["id"])) == ["never_met"]


def test_hours_in_which_nobody_works_are_told(house: House, api: Api) -> None:
    days = [[day, "09:00", "17:00"] for day in range(1, 8)]
    early = house.agent(zone="UTC", hours=days)
    daily = {"days": list(range(1, 8)), "start": "10:00", "until": "18:00"}
    (desk,) = routed(house, {"agents": [early], "when": {"zone": "UTC", "ranges": [daily]}})
    (warned,) = ask(api, None, desk)["route"]["warnings"]
    assert warned["code"] == "no_cover" and "17:00–18:00" in warned["detail"]
    late = house.agent(zone="UTC")
    with house.inside():
        touch_configuration()
    settings = api.get("/routes/draft").json()["routes"]["routes"]
    settings[0]["audience"].append({"agent": "agent-2"})
    assert codes(ask(api, settings, desk)) == []
    with house.inside():
        Absence.objects.create(agent_id=late, starts_at=clock(), ends_at=clock() + timedelta(days=30), cause="leave")
        touch_configuration()
    assert codes(ask(api, settings, desk)) == ["no_cover"]


def test_whom_a_route_names_and_what_they_lack(house: House, api: Api) -> None:
    one, two = house.agent(skills={"villas": 5}), house.agent()
    (shared,) = routed(house, {"agents": [two, one], "weights": [3, 1], "strategy": "weighted"})
    named = ask(api, None, shared)["route"]["named"]
    assert [(each["agent_id"], each["weight"]) for each in named] == [(str(two), 3), (str(one), 1)]
    routes = api.get("/routes/draft").json()["routes"]["routes"]
    assert codes(ask(api, [{**routes[0], "skills": {"villas": 6}}], shared)) == ["nobody_skilled"]


def test_what_is_unfinished_is_refused_with_its_place(house: House, api: Api) -> None:
    unfinished = route("A", conditions=[{"field": "language", "op": "is"}])
    answer = api.post("/routes/preview", {"routes": {"routes": [unfinished]}})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/routes/0/conditions/0/value"
    assert api.post("/routes/preview", {"route_id": str(uuid4())}).status_code == 404


def test_nothing_is_changed_by_looking(house: House, api: Api) -> None:
    item = house.item("waiting")
    before = house.row(Item, id=item).event_seq
    ask(api, [route("All")])
    assert house.row(Item, id=item).event_seq == before and api.get("/routes/draft").json()["saved"] is False


def test_who_may_look_and_whose_names_they_see(house: House) -> None:
    team = new_team(house.id)
    boss = new_person(house.id, Role.COMPANY_MANAGER)
    lead, stranger = new_person(house.id, Role.AGENT_MANAGER, team=team), new_person(house.id, team=None)
    house.item("assigned", owner_id=stranger.agent_id, unanswered_since=None)
    free = house.item("pooled")
    (all_,) = routed(house, {"strategy": "pool"})
    assert len(ask(boss.api, None, all_)["route"]["newest"]) == 2
    found = ask(lead.api, None, all_)["route"]
    assert found["matched"] == 2 and [each["item_id"] for each in found["newest"]] == [str(free)]
    # Whoever cannot publish routes may not ask just anything of leads that they cannot see.
    assert lead.api.post("/routes/preview", {"routes": {"routes": []}}).status_code == 403
    assert stranger.api.post("/routes/preview", {}).status_code == 403


def test_a_draft_is_discarded(house: House, api: Api) -> None:
    (live,) = routed(house, {"name": "Live", "strategy": "pool"})
    answer = api.send("PUT", "/routes/draft", {"routes": [route("Draft")]}, If_Match="*")
    tag = answer.headers["ETag"]
    assert api.send("DELETE", "/routes/draft").status_code == 428
    assert api.send("DELETE", "/routes/draft", If_Match='"other"').status_code == 412
    gone = api.send("DELETE", "/routes/draft", If_Match=tag)
    assert gone.json()["saved"] is False and gone.json()["routes"]["routes"][0]["id"] == str(live)
    assert api.get("/routes/draft").headers["ETag"] == gone.headers["ETag"]


def test_a_route_of_the_draft_is_paused_before_it_is_published(house: House, api: Api) -> None:
    new = route("New")
    api.send("PUT", "/routes/draft", {"routes": [new]}, If_Match="*")
    assert api.post(f"/routes/{new['id']}/pause", {}).status_code == 200
    assert api.get("/routes").json()["paused"] == []  # it routes nothing yet
    api.post("/routes/publish", {}, If_Match="*")
    assert api.get("/routes").json()["paused"] == [new["id"]]
    assert [str(row.route_id) for row in house.rows(PausedRoute)] == [new["id"]]
    assert api.post(f"/routes/{uuid4()}/pause", {}).status_code == 404
