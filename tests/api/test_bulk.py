"""Many at once by the API: foreseen, started, looked at, tried again."""

from typing import Any
from uuid import UUID

import pytest
from tests.calling import Api, new_key, new_person
from tests.making import House

from rightaway.people.models import AgentState
from rightaway.work.actions.run_bulk import bulk_due
from rightaway.work.models import Bulk, Item


@pytest.fixture
def house(org: int) -> House:
    return House(org)


@pytest.fixture
def api(house: House) -> Api:
    return Api(new_key(house.id))


def wanted(items: list[UUID], agents: list[UUID], **more: Any) -> dict[str, Any]:
    do = {"verb": "assign", "agent_ids": [str(agent) for agent in agents], **more}
    return {"do": do, "item_ids": [str(item) for item in items]}


def test_what_is_foreseen_is_what_is_done(house: House, api: Api) -> None:
    agents = [house.agent(), house.agent(capacity=200)]
    items = [house.item() for _ in range(5)] + [house.item("closed")]
    said = api.post("/bulk/preview", wanted(items, agents)).json()
    assert (said["total"], said["able"], said["refused"]) == (6, 5, {"wrong-state": 1})
    assert not house.rows(Bulk)
    job = api.post("/bulk", wanted(items, agents)).json()["bulk_id"]
    while bulk_due(house.id):
        pass
    assert api.get(f"/bulk/{job}").json()["done"] == 5
    loads = {str(row.agent_id): row.load for row in house.rows(AgentState)}
    assert {each["agent_id"]: each["then"] for each in said["receivers"]} == loads


@pytest.mark.parametrize(("columns", "told"), [
    ({"presence": "offline"}, {"away": True, "full": False}), ({"capacity": 100}, {"away": False, "full": True}),
    ({"languages": ["es"]}, {"unspoken": 2, "away": False}),
])  # fmt: skip
def test_warnings_of_a_receiver(house: House, api: Api, columns: dict[str, Any], told: dict[str, Any]) -> None:
    agent = house.agent(**columns)
    items = [house.item(language="fr") for _ in range(2)]
    said = api.post("/bulk/preview", wanted(items, [agent])).json()
    assert {name: said["receivers"][0][name] for name in told} == told
    assert said["confirmation"] is (told.get("away") or told.get("full", False))


def test_what_was_refused_is_tried_again_and_with_a_reason_all_the_same(house: House, api: Api) -> None:
    agent = house.agent(presence="offline")
    items = [house.item(), house.item()]
    job = api.post("/bulk", wanted(items, [agent])).json()["bulk_id"]
    while bulk_due(house.id):
        pass
    rows = api.get(f"/bulk/{job}/rows?outcome=refused").json()
    assert [row["problem"] for row in rows] == ["needs-confirmation"] * 2
    again = api.post(f"/bulk/{job}/retry", {"confirmed_because": "back at noon"})
    assert again.status_code == 202 and again.json()["total"] == 2
    while bulk_due(house.id):
        pass
    assert {item.owner_id for item in house.rows(Item)} == {agent}
    assert api.post(f"/bulk/{again.json()['bulk_id']}/retry", {}).status_code == 409  # nothing was refused


def test_an_agent_foresees_nothing(house: House) -> None:
    eva = new_person(house.id)
    assert eva.api.post("/bulk/preview", wanted([house.item()], [eva.agent_id])).status_code == 403
