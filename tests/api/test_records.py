"""Contacts as records, fields and companies over HTTP: shapes, conditions and refusals."""

from typing import Any

import pytest
from tests.calling import Api, new_key, new_person

from rightaway.accounts.roles import Role

PHONE = "+541143215678"
BUDGET = {"key": "budget", "type": "money", "names": {"en": "Budget"}, "currency": "USD"}


def typed(api: Api, name: str = "Tomás", **fields: Any) -> dict[str, Any]:
    answer = api.post("/contacts", {"name": name, **fields})
    assert answer.status_code == 201, answer.content
    found: dict[str, Any] = answer.json()
    return found


def test_a_contact_is_typed_in_read_edited_and_archived(org: int) -> None:
    api = Api(new_key(org))
    assert api.post("/fields", BUDGET).status_code == 201
    money = {"amount": 42_000_050, "currency": "USD"}
    made = typed(api, phones=[PHONE, PHONE], emails=["T@example.com"], company="Ñandú", fields={"budget": money})
    path = f"/contacts/{made['contact_id']}"
    answer = api.get(path)
    found = answer.json()
    assert (found["name"], found["fields"], found["items"]) == ("Tomás", {"budget": money}, [made["item_id"]])
    assert [row["value"] for row in found["phones"]] == [PHONE]
    assert api.send("PATCH", path, {"name": "X"}).status_code == 428
    etag = answer.headers["ETag"]
    done = api.send("PATCH", path, {"name": "Tom", "emails": []}, If_Match=etag)
    assert done.json()["changed"] == ["identities_removed", "name"]
    assert api.send("PATCH", path, {"name": "Y"}, If_Match=etag).status_code == 412
    assert api.send("PATCH", path, {"language": "es"}, If_Match=done.headers["ETag"]).status_code == 200
    assert [row["value"] for row in api.get(path).json()["phones"]] == [PHONE]
    refused = api.post(f"{path}/archive", {})
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/needs-confirmation")
    assert api.post(f"{path}/archive", {"close_open": True}).json()["closed"] == [made["item_id"]]
    (hit,) = api.get("/contacts/search?q=tom").json()
    assert hit["archived"] is True and hit["views"] == []
    assert api.post(f"{path}/restore").json()["archived_at"] is None


def test_somebody_known_is_refused_and_then_asked_for(org: int) -> None:
    api = Api(new_key(org))
    made = typed(api, phones=[PHONE])
    refused = api.post("/contacts", {"name": "T", "phones": [PHONE]})
    assert refused.status_code == 409 and refused.json()["type"] == "/problems/known-person"
    assert refused.json()["parameters"] == {"contact_id": made["contact_id"]}
    again = typed(api, phones=[PHONE], known_too=True)
    assert (again["outcome"], again["item_id"]) == ("attached", made["item_id"])


def test_a_merge_is_previewed_done_listed_and_undone(org: int) -> None:
    api = Api(new_key(org))
    one, two = typed(api, phones=[PHONE])["contact_id"], typed(api, "Tom", company="Ñandú")["contact_id"]
    preview = api.get(f"/contacts/{one}/merge/{two}").json()
    assert {"name": "company", "survivor": None, "other": "Ñandú", "taken": True} in preview["contests"]
    done = api.post(f"/contacts/{one}/merge", {"other_id": two, "take": ["name"]}).json()
    assert api.get(f"/contacts/{one}").json()["name"] == "Tom"
    assert api.get(f"/contacts/{two}").json()["merged_into"] == one
    assert [row["id"] for row in api.get(f"/contacts/{one}/merges").json()] == [done["merge_id"]]
    assert api.post(f"/merges/{done['merge_id']}/undo").json()["other_id"] == two
    again = api.post(f"/merges/{done['merge_id']}/undo")
    assert again.status_code == 409
    assert api.get(f"/contacts/{two}").json()["merged_into"] is None


def test_what_is_wrong_is_said_with_its_place(org: int) -> None:
    api = Api(new_key(org))
    api.post("/fields", BUDGET)
    for body, pointer in (
        ({"name": "A", "fields": {"budget": True}}, "/fields/budget"),
        ({"name": "A", "fields": {"colour": 1}}, "/fields/colour"),
        ({"name": "A", "language": "Spanish"}, "/language"),
        ({"name": "A", "phones": ["1"] * 21}, "/phones"),
        ({"name": "A", "more": 1}, "/more"),
        ({}, ""),
    ):
        answer = api.post("/contacts", body)
        assert answer.status_code == 422, body
        assert pointer in [row["pointer"] for row in answer.json()["errors"]], answer.content
    answer = api.lead(attributes={"budget": "much"})
    assert answer.status_code == 422 and answer.json()["errors"][0]["pointer"] == "/attributes/budget"
    assert api.lead(attributes={"budget": 12.5, "tags": ["a"]}).status_code == 201


def test_a_field_keeps_its_key_and_type(org: int) -> None:
    api = Api(new_key(org))
    made = api.post("/fields", BUDGET).json()["id"]
    answer = api.get(f"/fields/{made}")
    assert api.post("/fields", BUDGET).json()["type"] == "/problems/already-there"
    path, etag = f"/fields/{made}", answer.headers["ETag"]
    wrong: list[dict[str, Any]] = [
        {"key": "other"}, {"type": "number", "currency": ""}, {"currency": "EUR"}, {"choices": [{}]},
    ]  # fmt: skip
    for changed in wrong:
        assert api.send("PUT", path, {**BUDGET, **changed}, If_Match=etag).status_code == 422, changed
    done = api.send("PUT", path, {**BUDGET, "required": True}, If_Match=etag)
    assert done.json()["changed"] == ["required"]
    assert api.send("PUT", path, BUDGET, If_Match=etag).status_code == 412
    assert [row["settings"]["required"] for row in api.get("/fields").json()] == [True]


def test_a_company_is_made_found_and_changed(org: int) -> None:
    api = Api(new_key(org))
    made = api.post("/companies", {"name": "Ñandú SA"}).json()["id"]
    assert api.post("/companies", {"name": "nandu  sa"}).json()["parameters"] == {"company_id": made}
    typed(api, company="ÑANDÚ sa")
    assert [row["id"] for row in api.get("/companies?q=nandu").json()["companies"]] == [made]
    answer = api.get(f"/companies/{made}")
    assert len(answer.json()["contacts"]) == len(answer.json()["open_items"]) == 1
    body = {"name": "Puma"}
    assert api.send("PUT", f"/companies/{made}", body, If_Match=answer.headers["ETag"]).json()["changed"] == ["name"]
    assert api.send("PUT", f"/companies/{made}", body, If_Match=answer.headers["ETag"]).status_code == 412


@pytest.mark.parametrize("role", [Role.AGENT, Role.AGENT_MANAGER])
def test_whom_one_does_not_know_is_not_there(org: int, role: Role) -> None:
    boss, eva = Api(new_key(org)), new_person(org, role)
    owner = new_person(org)
    made = boss.post("/contacts", {"name": "Canary", "owner": str(owner.agent_id), "company": "Canaries"}).json()
    path = f"/contacts/{made['contact_id']}"
    for answer in (
        eva.api.get(path), eva.api.send("PATCH", path, {"name": "X"}, If_Match="*"), eva.api.get(f"{path}/merges"),
        eva.api.post(f"{path}/archive", {}), eva.api.get(f"{path}/merge/{made['contact_id']}"),
    ):  # fmt: skip
        assert answer.status_code == 404 and b"anar" not in answer.content
    if role is Role.AGENT:
        assert eva.api.get("/companies").json()["companies"] == []
        assert eva.api.get("/contacts/duplicates").status_code == 403
