"""The walk of one lead through the real processes, by HTTP alone."""

from typing import Any
from uuid import uuid4

import pytest

from tests.faults.stack import Seeded, Stack


class Caller:
    """Somebody with a key, in a language."""

    def __init__(self, stack: Stack, key: str, language: str) -> None:
        self.stack = stack
        self.headers = {"Authorization": f"Bearer {key}", "Accept-Language": language}

    def get(self, path: str) -> Any:
        status, body = self.stack.call("GET", f"/api/v1{path}", headers=self.headers)
        assert status == 200, body
        return body

    def post(self, path: str, body: Any = None, *, expect: int = 200, **headers: str) -> Any:
        status, answer = self.stack.call("POST", f"/api/v1{path}", body, headers={**self.headers, **headers})
        assert status == expect, answer
        return answer

    def offer(self, item: str) -> dict[str, Any]:
        """The offer of this item, once it has come."""
        found: list[dict[str, Any]] = []

        def came() -> bool:
            found[:] = [each for each in self.get("/offers") if each["item"]["id"] == item]
            return bool(found)

        self.stack.wait_until(came, seconds=10)
        return found[0]


@pytest.fixture(scope="module")
def house(stack: Stack) -> Seeded:
    return stack.seeded(2, {"strategy": "round_robin", "name": "Web leads", "unaccepted": "wait"})


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_lead_is_offered_declined_accepted_called_and_closed(stack: Stack, house: Seeded, language: str) -> None:
    sender, boss = Caller(stack, house.intake, language), Caller(stack, house.boss, language)
    (id_a, key_a), (id_b, key_b) = house.agents
    people = {id_a: Caller(stack, key_a, language), id_b: Caller(stack, key_b, language)}
    lead = {"source": "web", "name": "Lucía Ortiz", "phone": f"+346{uuid4().int % 10**8:08d}"}
    sent = sender.post("/leads", lead, expect=201, **{"Idempotency-Key": str(uuid4())})
    item = sent["item_id"]

    first = first_asked(stack, house, item)
    second = id_b if first == id_a else id_a
    offered = people[first].offer(item)
    declined = people[first].post(f"/offers/{offered['id']}/decline", {"kind": "not_for_me"})
    assert declined["excluded_until"] is None
    too_late = people[first].post(f"/offers/{offered['id']}/accept", expect=409)
    assert too_late["type"] == "/problems/offer-ended"

    again = people[second].offer(item)
    assert people[second].post(f"/offers/{again['id']}/accept")["rescinded"] == 0
    assert boss.get(f"/items/{item}")["state"] == "assigned"
    call = people[second].post(f"/items/{item}/calls", {"outcome": "connected", "seconds": 60})
    assert call["answered"]
    people[second].post(f"/items/{item}/finish", {"outcome": "won"})

    kinds = [event["kind"] for event in boss.get(f"/items/{item}/events")]
    assert kinds == ["received", "offered", "declined", "offered", "accepted", "touched", "finished"]
    decisions = boss.get(f"/items/{item}/decisions")
    assert len(decisions) == 2
    assert all(decision["sentences"] for decision in decisions)
    said = " ".join(sentence for decision in decisions for sentence in decision["sentences"])
    assert ("ofreci" in said.lower()) == (language == "es"), said
    assert spanish_or_not(too_late["title"], language), too_late
    status, text = stack.check(house.id, [item])
    assert status == 0, text


def first_asked(stack: Stack, house: Seeded, item: str) -> str:
    """The id of the agent to whom the first offer of this item went."""
    made: list[Any] = []

    def asked() -> bool:
        made[:] = stack.rows("SELECT agent_id::text FROM work_offer WHERE item_id = %s", item)
        return bool(made)

    stack.wait_until(asked, seconds=10)
    found: str = made[0][0]
    return found


def spanish_or_not(title: str, language: str) -> bool:
    return ("oferta" in title.lower()) == (language == "es")


def test_what_is_refused_says_so_in_the_callers_language(stack: Stack, house: Seeded) -> None:
    titles = {"en": set[str](), "es": set[str]()}
    for language, seen in titles.items():
        sender = Caller(stack, house.intake, language)
        refused = sender.post("/leads", {"source": "web"}, expect=422, **{"Idempotency-Key": str(uuid4())})
        hidden = sender.stack.call("GET", f"/api/v1/items/{uuid4()}", headers=sender.headers)[1]
        seen.update([refused["title"], refused["errors"][0]["detail"], hidden["title"]])
    assert "There is nothing here that you may see." in titles["en"]
    assert len(titles["en"]) == len(titles["es"]) == 3
    assert not titles["en"] & titles["es"]


def test_two_people_with_one_phone_number_are_one_item_and_one_owner(stack: Stack, house: Seeded) -> None:
    sender = Caller(stack, house.intake, "en")
    lead = {"source": "web", "name": "Ana", "phone": "+34600999888"}
    first = sender.post("/leads", lead, expect=201, **{"Idempotency-Key": "a"})
    again = sender.post("/leads", lead, expect=201, **{"Idempotency-Key": "a"})
    attached = sender.post("/leads", {**lead, "name": "Ana María"}, expect=201, **{"Idempotency-Key": "b"})
    assert again == first
    assert (attached["item_id"], attached["outcome"]) == (first["item_id"], "attached")
    reused = sender.post("/leads", {**lead, "name": "Eva"}, expect=422, **{"Idempotency-Key": "a"})
    assert reused["type"] == "/problems/idempotency-key-reused"
