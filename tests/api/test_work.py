"""Items through the API: seen, taken, worked and closed, by those who may."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.calling import Api, Person, new_person, new_team

from rightaway.accounts.roles import Role
from rightaway.ledger.ids import new_id
from rightaway.ledger.tenancy import organisation
from rightaway.work.actions.route import route_organisation
from rightaway.work.models import Item

SOMEBODY = {"name": "Ximena Canaria", "phone": "+5491143215678", "email": "ximena@canary.example"}
PERSONAL = ("Ximena", "Canaria", "43215678", "ximena@canary.example", "Canary Street", "secret text")


def pooled(api: Api, **fields: Any) -> str:
    """A new item in the pool: no route takes it."""
    item_id: str = api.lead(
        **{"attributes": {"street": "Canary Street", "rooms": 3}, "message": "secret text", **fields}
    ).json()["item_id"]
    return item_id


def routed(org: int) -> None:
    while (found := route_organisation(org)) is not None and found.planned:
        pass


def ok(answer: Any, status: int = 200) -> Any:
    assert answer.status_code == status, answer.content
    return answer.json() if answer.content else None


def problem(answer: Any, status: int, slug: str) -> Any:
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{slug}"), answer.content
    return answer.json()


def test_an_item_is_claimed_worked_and_closed(api: Api, org: int) -> None:
    eva = new_person(org)
    item_id = pooled(api, **SOMEBODY)
    routed(org)
    assert ok(eva.api.post(f"/items/{item_id}/claim"))["agent_id"] == str(eva.agent_id)
    item = ok(eva.api.get(f"/items/{item_id}"))
    assert item["state"] == "assigned" and item["owner_id"] == str(eva.agent_id)
    assert item["person"]["name"] == "Ximena Canaria" and not item["masked"]
    called = ok(eva.api.post(f"/items/{item_id}/calls", {"outcome": "connected", "seconds": 60, "text": "spoke"}))
    assert called["answered"] and called["action"] == "contact"
    ok(eva.api.post(f"/items/{item_id}/notes", {"text": "wants a garden"}))
    assert ok(eva.api.post(f"/items/{item_id}/status", {"status": "working"}))["status"] == "working"
    assert ok(eva.api.post(f"/items/{item_id}/finish", {"outcome": "won"}))["outcome"] == "won"
    texts = [entry["text"] for entry in ok(api.get(f"/items/{item_id}/timeline"))]
    assert texts[-1] == "secret text" and "wants a garden" in texts
    events = ok(api.get(f"/items/{item_id}/events"))
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert events[0]["kind"] == "received" and events[-1]["kind"] == "finished"
    assert ok(api.get(f"/items/{item_id}/events?after={len(events) - 1}")) == events[-1:]


def test_a_taken_item_says_so_and_to_whom(api: Api, org: int) -> None:
    eva, luis = new_person(org), new_person(org)
    item_id = pooled(api)
    routed(org)
    ok(eva.api.post(f"/items/{item_id}/claim"))
    said = problem(luis.api.post(f"/items/{item_id}/claim"), 409, "item-already-taken")
    assert said["parameters"]["agent"] == str(eva.agent_id)


def test_the_next_item_is_the_best_of_the_pool(api: Api, org: int) -> None:
    eva = new_person(org)
    problem(eva.api.post("/items/next"), 409, "nothing-waiting")
    first = pooled(api, name="A")
    pooled(api, name="B")
    routed(org)
    assert ok(eva.api.post("/items/next"))["item_id"] == first


def test_a_manager_offers_and_the_agent_accepts(api: Api, org: int) -> None:
    eva = new_person(org)
    item_id = pooled(api, **SOMEBODY)
    routed(org)
    ok(api.post(f"/items/{item_id}/offer", {"agent_ids": [str(eva.agent_id)], "seconds": 600}))
    (offer,) = ok(eva.api.get("/offers"))
    assert offer["item"]["id"] == item_id
    accepted = ok(eva.api.post(f"/offers/{offer['id']}/accept"))
    assert accepted["item_id"] == item_id
    assert ok(eva.api.get("/offers")) == []
    problem(eva.api.post(f"/offers/{offer['id']}/decline", {"kind": "busy_now"}), 409, "offer-ended")


def test_an_offer_is_declined_or_rescinded(api: Api, org: int) -> None:
    eva = new_person(org)
    item_id = pooled(api)
    routed(org)
    ok(api.post(f"/items/{item_id}/offer", {"agent_ids": [str(eva.agent_id)], "seconds": 600}))
    (offer,) = ok(eva.api.get("/offers"))
    problem(eva.api.post(f"/offers/{offer['id']}/decline", {"kind": "bad_lead"}), 422, "invalid")
    ok(eva.api.post(f"/offers/{offer['id']}/decline", {"kind": "bad_lead", "note": "no such number"}))
    other = new_person(org)
    ok(api.post(f"/items/{item_id}/offer", {"agent_ids": [str(other.agent_id)], "seconds": 600}))
    (offer,) = ok(other.api.get("/offers"))
    ok(api.post(f"/offers/{offer['id']}/rescind"))
    assert ok(other.api.get("/offers")) == []


def test_assigned_revoked_and_handed_back(api: Api, org: int) -> None:
    eva = new_person(org)
    item_id = pooled(api)
    routed(org)
    ok(api.post(f"/items/{item_id}/assign", {"agent_id": str(eva.agent_id)}))
    ok(api.post(f"/items/{item_id}/revoke", {"to": "pool", "reason": "ill"}))
    ok(api.post(f"/items/{item_id}/assign", {"agent_id": str(eva.agent_id)}))
    assert ok(eva.api.post(f"/items/{item_id}/hand-back", {"reason": "not mine"}))["state"] == "waiting"


def test_decisions_say_why(api: Api, org: int) -> None:
    item_id = pooled(api)
    routed(org)
    (decision,) = ok(api.get(f"/items/{item_id}/decisions"))
    assert decision["headline"]["code"] == "pool_no_route"
    assert decision["sentences"][0] == "It is in the lead pool: no route fits."
    (spanish,) = ok(api.get(f"/items/{item_id}/decisions", Accept_Language="es"))
    assert spanish["sentences"][0] == "Está en Disponibles: ninguna ruta corresponde."


def masked_offer(api: Api, org: int) -> tuple[str, str, Person]:
    """An item that is offered to two people at once, and one of them."""
    eva, luis = new_person(org), new_person(org)
    item_id = pooled(api, **SOMEBODY)
    routed(org)
    people = [str(eva.agent_id), str(luis.agent_id)]
    made = ok(api.post(f"/items/{item_id}/offer", {"agent_ids": people, "seconds": 600, "places": 1}))
    return item_id, made["offer_ids"][0], eva


def test_not_one_byte_of_a_masked_person_reaches_whom_it_is_offered_to(api: Api, org: int) -> None:
    item_id, offer_id, eva = masked_offer(api, org)
    paths = [
        "/items", f"/items/{item_id}", f"/items/{item_id}/events", f"/items/{item_id}/timeline",
        f"/items/{item_id}/decisions", "/offers", "/me",
    ]  # fmt: skip
    answers = [eva.api.get(path) for path in paths] + [eva.api.post("/presence/heartbeat")]
    for answer in answers:
        assert answer.status_code == 200, answer.content
        for text in PERSONAL:
            assert text not in answer.content.decode()
    assert ok(eva.api.get("/offers"))[0]["masked"]
    ok(eva.api.post(f"/offers/{offer_id}/accept"))
    assert ok(eva.api.get(f"/items/{item_id}"))["person"]["phones"][0]["value"] == "+5491143215678"


def test_the_pool_shows_agents_no_names_and_managers_everything(api: Api, org: int) -> None:
    team = new_team(org)
    eva, boss = new_person(org, team=team), new_person(org, Role.AGENT_MANAGER, team=team)
    item_id = pooled(api, **SOMEBODY)
    routed(org)
    seen = ok(eva.api.get("/items"))["items"]
    assert [(item["id"], item["masked"], item["person"], item["attributes"]) for item in seen] == [
        (item_id, True, None, {})
    ]
    assert ok(boss.api.get(f"/items/{item_id}"))["person"]["name"] == "Ximena Canaria"


def test_a_masked_item_shows_the_attributes_that_routes_ask_for(api: Api, org: int) -> None:
    eva = new_person(org)
    route = {"name": "big", "strategy": "pool", "conditions": [{"field": "attributes.rooms", "op": "is", "value": 99}]}
    ok(api.send("PUT", "/routes/draft", {"routes": [route]}, If_Match="*"))
    ok(api.post("/routes/publish", {}, If_Match="*"))
    item_id = pooled(api, **SOMEBODY)
    routed(org)
    assert ok(eva.api.get(f"/items/{item_id}"))["attributes"] == {"rooms": 3}


def test_what_somebody_else_owns_does_not_exist(api: Api, org: int) -> None:
    eva, luis = new_person(org), new_person(org)
    item_id = pooled(api)
    routed(org)
    ok(eva.api.post(f"/items/{item_id}/claim"))
    for path in ("", "/events", "/timeline", "/decisions"):
        problem(luis.api.get(f"/items/{item_id}{path}"), 404, "not-found")
    problem(luis.api.post(f"/items/{item_id}/notes", {"text": "mine"}), 404, "not-found")
    assert ok(luis.api.get("/items"))["items"] == []


@pytest.mark.parametrize("sort", ["created_at", "-created_at", "-band", "unanswered_since"])
def test_pages_have_every_item_once_in_order(api: Api, org: int, sort: str) -> None:
    made = [pooled(api, name=f"A{number}") for number in range(7)]
    with organisation(org):
        for number, item_id in enumerate(made):
            Item.objects.filter(id=item_id).update(
                band=number % 3,
                unanswered_since=None if number == 3 else datetime(2026, 1, 1 + (number * 5) % 7, tzinfo=UTC),
            )
    found: list[Any] = []
    cursor = ""
    for _ in range(10):
        page = ok(api.get(f"/items?sort={sort}&limit=3{cursor}"))
        found += page["items"]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert sorted(item["id"] for item in found) == sorted(made)
    bands = {"low": 0, "normal": 1, "high": 2, "top": 3}
    order: dict[str, Any] = {
        "created_at": lambda item: item["id"],
        "-created_at": lambda item: [-ord(sign) for sign in item["id"]],
        "-band": lambda item: (-bands[item["band"]], item["id"]),
        "unanswered_since": lambda item: (item["unanswered_since"] or "9999", item["id"]),
    }
    assert found == sorted(found, key=order[sort])


def test_filters_narrow_the_list(api: Api, org: int) -> None:
    eva = new_person(org)
    first, second = pooled(api, name="A"), pooled(api, name="B", source="phone")
    routed(org)
    ok(eva.api.post(f"/items/{first}/claim"))

    def found(query: str) -> list[str]:
        return [item["id"] for item in ok(api.get(f"/items?{query}"))["items"]]

    assert found("state=pooled") == [second]
    assert found("source=phone") == [second]
    assert found(f"owner={eva.agent_id}") == [first]
    assert found("unassigned=true") == [second]
    assert found("unassigned=false") == [first]
    assert found("band=top") == []
    assert found("status=evaluate&sort=created_at") == [first, second]


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=1000000000", "limit=x", "sort=name", "sort=contact__name", "cursor=x", "cursor=WyJpZCJd",
     "state=lost", "owner=me", "unknown=1", "limit=1&limit=2", "band=5", "status=%00"],
)  # fmt: skip
def test_a_bad_query_is_refused(api: Api, query: str) -> None:
    problem(api.get(f"/items?{query}"), 422, "invalid")


def test_a_cursor_of_another_order_is_refused(api: Api) -> None:
    pooled(api, name="A")
    pooled(api, name="B")
    cursor = ok(api.get("/items?limit=1&sort=-band"))["next"]
    problem(api.get(f"/items?limit=1&sort=created_at&cursor={cursor}"), 422, "invalid")


def test_a_page_costs_the_same_for_many_items(api: Api, org: int) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            ok(api.get("/items"))
        return len(seen)

    pooled(api, name="A")
    queries()
    few = queries()
    for number in range(8):
        pooled(api, name=f"B{number}", email=f"b{number}@example.com")
    assert queries() == few


def test_presence_is_declared_and_kept(api: Api, org: int) -> None:
    eva = new_person(org, presence="offline")
    said = ok(eva.api.post("/presence", {"presence": "available"}))
    assert said["until"].endswith("Z")
    assert ok(eva.api.post("/presence/heartbeat"))["presence"] == "available"
    ok(api.post("/presence", {"presence": "offline", "agent_id": str(eva.agent_id)}))
    assert ok(eva.api.get("/me"))["agent"]["live"]["presence"] == "offline"
    problem(api.post("/presence/heartbeat"), 403, "not-allowed")
    problem(eva.api.post("/presence", {"presence": "away"}), 422, "invalid")


def test_a_verb_sent_again_with_its_key_does_nothing(api: Api, org: int) -> None:
    eva = new_person(org)
    item_id = pooled(api)
    routed(org)
    ok(eva.api.post(f"/items/{item_id}/claim"))
    first = eva.api.post(f"/items/{item_id}/notes", {"text": "once"}, Idempotency_Key="n")
    second = eva.api.post(f"/items/{item_id}/notes", {"text": "once"}, Idempotency_Key="n")
    assert first.content == second.content and second.headers["Idempotent-Replayed"] == "true"
    assert len(ok(eva.api.get(f"/items/{item_id}/timeline"))) == 2
    # The same key somewhere else is another key.
    assert eva.api.post(f"/items/{item_id}/finish", {"outcome": "won"}, Idempotency_Key="n").status_code == 200


def test_ids_that_do_not_exist_are_not_found(api: Api) -> None:
    for path in ("/items/{}", "/agents/{}", "/teams/{}", "/items/{}/events"):
        problem(api.get(path.format(new_id())), 404, "not-found")
    problem(api.get("/items/not-an-id"), 404, "not-found")
    problem(api.get("/items/../keys"), 404, "not-found")


def test_instants_are_utc(api: Api) -> None:
    item_id = pooled(api)
    at = ok(api.get(f"/items/{item_id}"))["created_at"]
    assert at.endswith("Z")
    assert abs(datetime.fromisoformat(at) - datetime.now(UTC)) < timedelta(minutes=5)


def test_ids_are_uuids(api: Api) -> None:
    assert UUID(pooled(api)).version == 7
