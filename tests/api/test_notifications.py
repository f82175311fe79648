"""Notifications by the API: one's own, page by page, read up to one of them, and no key sees more than its scopes."""

from typing import Any
from uuid import uuid4

from tests.calling import Api, new_key, new_person

from rightaway.accounts.roles import Role
from rightaway.notify.relay import relay_outbox


def assigned(org: int, api: Api, person: Any, count: int = 1) -> list[str]:
    made = []
    for _ in range(count):
        item = api.lead().json()["item_id"]
        body = {"agent_id": str(person.agent_id), "over_capacity": True, "note": "x"}
        assert api.post(f"/items/{item}/assign", body).status_code == 200
        made.append(item)
    while relay_outbox(org):
        pass
    return made


def test_one_s_own_newest_first_and_page_by_page(api: Api, org: int) -> None:
    eva, luis = new_person(org, capacity=10_000), new_person(org, capacity=10_000)
    items = assigned(org, api, eva, 5)
    assigned(org, api, luis)
    first = eva.api.get("/notifications?limit=3").json()
    assert first["unread"] == 5
    (line,) = first["notifications"]
    assert (line["kind"], line["count"], line["by"], line["read"]) == ("assigned", 3, "An API key", False)
    assert line["text"] == "An API key assigned you 3 contacts."
    assert [item["id"] for item in line["items"]] == items[:1:-1]
    second = eva.api.get(f"/notifications?limit=3&before={first['next']}").json()
    assert [line["count"] for line in second["notifications"]] == [2]
    assert second["next"] is None
    spanish = eva.api.get("/notifications", Accept_Language="es").json()["notifications"][0]["text"]
    assert spanish == "Una clave de API te asignó 5 contactos."


def test_read_up_to_one_and_twice_is_once(api: Api, org: int) -> None:
    eva = new_person(org, capacity=10_000)
    assigned(org, api, eva, 2)
    newest = eva.api.get("/notifications").json()["newest"]
    assigned(org, api, eva)
    assert eva.api.post("/notifications/read", {"until": newest}).json() == {"changed": 2, "unread": 1}
    assert eva.api.post("/notifications/read", {"until": newest}).json() == {"changed": 0, "unread": 1}
    assert eva.api.post("/notifications/read", {"until": str(uuid4())}).status_code == 200


def test_a_key_of_nobody_has_none_and_one_without_the_scope_may_not_ask(api: Api, org: int) -> None:
    eva = new_person(org, Role.COMPANY_MANAGER)
    assigned(org, api, eva)
    assert api.get("/notifications").json() == {"notifications": [], "next": None, "newest": None, "unread": 0}
    assert api.post("/notifications/read", {"until": str(uuid4())}).json()["changed"] == 0
    narrow = Api(new_key(org, "item.create", membership_id=eva.membership_id))
    assert narrow.get("/notifications").status_code == 403
    assert narrow.post("/notifications/read", {"until": str(uuid4())}).status_code == 403


def test_what_is_no_id_or_no_number_is_refused(api: Api) -> None:
    for query in ("before=x", "limit=0", "limit=201", "limit=x", "other=1"):
        assert api.get(f"/notifications?{query}").status_code == 422, query
    for body in ({}, {"until": "x"}, {"until": None}, {"until": str(uuid4()), "more": 1}):
        assert api.post("/notifications/read", body).status_code == 422, body
