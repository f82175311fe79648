"""Sending a lead: strictly read, durable when answered, the same key once."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from tests.calling import Api, new_key

from rightaway.accounts.models import Organisation
from rightaway.contacts.models import Contact, Entry, Identity
from rightaway.contacts.normalise import clean_text
from rightaway.ledger.models import IdempotencyKey
from rightaway.ledger.tenancy import organisation
from rightaway.work.models import Item

BLNS = Path(__file__).parents[3] / "shared/data/intake/strings/blns.json"


def items_of(org: int) -> int:
    with organisation(org):
        return int(Item.objects.count())


def test_a_lead_becomes_a_waiting_item_of_a_contact(api: Api, org: int) -> None:
    with organisation(org):
        Organisation.objects.filter(id=org).update(region="AR")
    answer = api.lead(
        name="Ana Gómez", phone="011 4321-5678", email="Ana@Example.COM", message="Hola", company="Sol",
        language="es", line="rent", attributes={"zone": "north", "rooms": 3, "garage": True, "budget": 1.5},
    )  # fmt: skip
    assert answer.status_code == 201, answer.content
    body = answer.json()
    assert body["outcome"] == "created" and body["state"] == "waiting"
    with organisation(org):
        item = Item.objects.get(id=body["item_id"])
        assert (item.source, item.line, item.language, item.state) == ("web", "rent", "es", "waiting")
        assert item.attributes == {"zone": "north", "rooms": 3, "garage": True, "budget": 1.5}
        found = dict(Identity.objects.filter(contact=body["contact_id"]).values_list("kind", "value"))
    assert found == {"phone": "+541143215678", "email": "ana@example.com"}


def test_a_number_that_cannot_be_read_is_kept_as_it_came(api: Api, org: int) -> None:
    body = api.lead(phone="call me maybe", email="not an address").json()
    with organisation(org):
        rows = Identity.objects.filter(contact=body["contact_id"]).values_list("kind", "value", "verified")
        assert set(rows) == {("phone", "call me maybe", False), ("email", "not an address", False)}


def test_the_same_person_is_attached_to_the_open_item(api: Api, org: int) -> None:
    first = api.lead(email="ana@example.com").json()
    second = api.lead(email="ANA@example.com").json()
    assert (second["outcome"], second["item_id"]) == ("attached", first["item_id"])
    assert items_of(org) == 1


def test_the_same_external_id_arrives_once(api: Api, org: int) -> None:
    first = api.lead(external_id="x1").json()
    second = api.lead(external_id="x1").json()
    assert (second["outcome"], second["item_id"]) == ("duplicate", first["item_id"])
    assert items_of(org) == 1


def test_the_same_key_and_body_give_the_same_answer_once(api: Api, org: int) -> None:
    first = api.lead(key="k")
    second = api.lead(key="k")
    assert first.status_code == second.status_code == 201
    assert first.content == second.content
    assert "Idempotent-Replayed" not in first.headers
    assert second.headers["Idempotent-Replayed"] == "true"
    assert items_of(org) == 1


def test_a_key_with_another_body_is_refused(api: Api, org: int) -> None:
    api.lead(key="k")
    answer = api.lead(key="k", name="Berta")
    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/idempotency-key-reused"
    assert items_of(org) == 1


def test_a_key_of_somebody_else_is_another_key(api: Api, org: int) -> None:
    assert api.lead(key="k").json()["item_id"] != Api(new_key(org, "item.create")).lead(key="k").json()["item_id"]
    assert items_of(org) == 2


def test_a_refused_lead_leaves_its_key_free(api: Api, org: int) -> None:
    assert api.lead({"source": "web"}, key="k").status_code == 422
    assert api.lead(key="k").status_code == 201
    assert items_of(org) == 1


@pytest.mark.parametrize("sent", ["", "k" * 256, "ké", "a key"])
def test_a_key_has_1_to_255_plain_characters(api: Api, org: int, sent: str) -> None:
    answer = api.post("/leads", {"source": "web", "name": "Ana"}, Idempotency_Key=sent)
    assert answer.status_code == 422, answer.content
    assert items_of(org) == 0


def test_without_a_key_a_lead_is_refused(api: Api, org: int) -> None:
    answer = api.post("/leads", {"source": "web", "name": "Ana"})
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/idempotency-key-missing")
    assert items_of(org) == 0


def test_an_answer_older_than_72_hours_is_forgotten(api: Api, org: int) -> None:
    from datetime import timedelta

    from django.db.models import F

    api.lead(key="k")
    with organisation(org):
        IdempotencyKey.objects.update(created_at=F("created_at") - timedelta(hours=73))
    assert api.lead(key="k", name="Berta").status_code == 201
    with organisation(org):
        assert IdempotencyKey.objects.count() == 1


def test_new_keys_sweep_old_ones_away(api: Api, org: int) -> None:
    from datetime import timedelta

    from django.db.models import F

    for _ in range(3):
        api.lead()
    with organisation(org):
        IdempotencyKey.objects.update(created_at=F("created_at") - timedelta(hours=73))
    for _ in range(2):
        api.lead()
    with organisation(org):
        assert IdempotencyKey.objects.count() == 2


def test_twenty_at_once_with_one_key_make_one_item(api: Api, org: int) -> None:
    def send(_: int) -> Any:
        try:
            return api.lead(key="race")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(send, range(20)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    made = {answer.content for answer in answers if answer.status_code == 201}
    assert len(made) == 1
    for answer in answers:
        if answer.status_code == 409:
            assert answer.json()["type"] == "/problems/idempotency-key-in-flight"
    assert items_of(org) == 1


BAD_BODIES = {
    "no JSON": b"{",
    "nothing": b"",
    "null": b"null",
    "a list": b"[]",
    "a text": b'"lead"',
    "trailing garbage": b'{"source":"web","name":"A"} x',
    "two values": b'{"source":"web","name":"A"}{}',
    "a member twice": b'{"source":"web","name":"A","name":"B"}',
    "NaN": b'{"source":"web","name":"A","attributes":{"a":NaN}}',
    "infinity": b'{"source":"web","name":"A","attributes":{"a":-Infinity}}',
    "a number beyond doubles": b'{"source":"web","name":"A","attributes":{"a":1e999}}',
    "5,000 digits": b'{"source":"web","name":"A","attributes":{"a":' + b"9" * 5000 + b"}}",
    "a NUL": b'{"source":"web","name":"A\\u0000"}',
    "a raw NUL": b'{"source":"web","name":"A\x00"}',
    "half a character": b'{"source":"web","name":"\\ud800"}',
    "a byte order mark": b'\xef\xbb\xbf{"source":"web","name":"A"}',
    "UTF-16": '{"source":"web","name":"A"}'.encode("utf-16"),
    "latin-1": '{"source":"web","name":"José"}'.encode("latin-1"),
    "too deep": b'{"source":"web","name":"A","attributes":' + b"[" * 100 + b"]" * 100 + b"}",
    "very deep": b"[" * 400_000,
    "too many members": json.dumps({"source": "web", "attributes": {str(n): n for n in range(11_000)}}).encode(),
    "an unknown field": b'{"source":"web","name":"A","owner":"me"}',
    "a number as text": b'{"source":"web","name":"A","phone":5}',
    "a text as attributes": b'{"source":"web","name":"A","attributes":"x"}',
    "a list in attributes": b'{"source":"web","name":"A","attributes":{"a":[1]}}',
    "null in attributes": b'{"source":"web","name":"A","attributes":{"a":null}}',
    "51 attributes": json.dumps({"source": "web", "name": "A", "attributes": {str(n): n for n in range(51)}}).encode(),
    "a long attribute": json.dumps({"source": "web", "name": "A", "attributes": {"a": "x" * 2001}}).encode(),
    "nobody": b'{"source":"web"}',
    "an empty name": b'{"source":"web","name":"  "}',
    "no source": b'{"name":"A"}',
    "an unknown campaign": b'{"source":"web","name":"A","campaign":"none"}',
    "no language": b'{"source":"web","name":"A","language":"Spanish, please"}',
    "a long name": json.dumps({"source": "web", "name": "A" * 301}).encode(),
}  # fmt: skip


@pytest.mark.parametrize("raw", BAD_BODIES.values(), ids=BAD_BODIES.keys())
def test_a_bad_body_is_refused_and_leaves_nothing(api: Api, org: int, raw: bytes) -> None:
    answer = api.send("POST", "/leads", raw, Idempotency_Key="k")
    assert answer.status_code in (400, 422), answer.content
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["instance"] == answer.headers["X-Request-Id"]
    with organisation(org):
        assert not Item.objects.exists() and not Contact.objects.exists() and not IdempotencyKey.objects.exists()


def test_a_body_of_two_megabytes_is_refused_unread(api: Api, org: int) -> None:
    raw = json.dumps({"source": "web", "name": "A", "message": "x" * 2_000_000}).encode()
    answer = api.send("POST", "/leads", raw, Idempotency_Key="k")
    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/too-large")
    assert items_of(org) == 0


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16", "multipart/form-data"],
)
def test_only_json_is_read(api: Api, org: int, kind: str) -> None:
    body = b'{"source":"web","name":"A"}'
    headers = {**api.headers, "Idempotency-Key": "k"}
    answer = api.client.generic("POST", "/api/v1/leads", body, content_type=kind, headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (415, "/problems/wrong-media-type")
    assert items_of(org) == 0


@pytest.mark.skipif(not BLNS.exists(), reason="the list of naughty strings is not here")
def test_naughty_strings_come_back_as_they_were_meant(api: Api, org: int) -> None:
    for text in json.loads(BLNS.read_text()):
        answer = api.lead(name="A", message=text, company=text[:300], attributes={"a": text[:2000]})
        assert answer.status_code == 201, (text, answer.content)
        item_id = answer.json()["item_id"]
        entry = api.get(f"/items/{item_id}/timeline").json()[0]
        assert entry["text"] == clean_text(text)
        item = api.get(f"/items/{item_id}").json()
        assert item["attributes"] == {"a": clean_text(text[:2000])}
        assert item["person"]["company"] == " ".join(clean_text(text[:300]).split())
    with organisation(org):
        assert Entry.objects.count() == items_of(org)


def test_a_scope_is_needed(org: int) -> None:
    assert Api(new_key(org, "item.create")).lead().status_code == 201
    assert Api(new_key(org, "item.view")).lead().status_code == 403
    assert Api(new_key(org, "item.*")).lead().status_code == 201


def test_request_ids_come_back(api: Api) -> None:
    assert api.get("/me", X_Request_Id="abc-12345").headers["X-Request-Id"] == "abc-12345"
    assert api.get("/me", X_Request_Id="no spaces\tor tabs").headers["X-Request-Id"] != "no spaces\tor tabs"
