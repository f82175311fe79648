"""Run inside a stack: an organisation with agents who are there, and routes. Prints what is needed to use it."""

import json
import sys
from typing import Any

import django


def seed(agents: int, routes: list[dict[str, Any]]) -> dict[str, Any]:
    from rightaway.work.actions.found import make_organisation
    from tests.calling import new_key, new_person
    from tests.making import House
    from tests.making_routes import routed

    house = House(make_organisation(name="Casa & Co.", language="en", zone="UTC"))
    people = [
        new_person(house.id, name=f"Agent {number}", capacity=10_000_000, unanswered_cap=None)
        for number in range(agents)
    ]
    ids = routed(house, *routes)
    return {
        "organisation": house.id, "intake": new_key(house.id, "item.create"), "boss": new_key(house.id),
        "agents": [[str(each.agent_id), each.api.headers["Authorization"].removeprefix("Bearer ")] for each in people],
        "routes": [str(id) for id in ids],
    }  # fmt: skip


if __name__ == "__main__":
    django.setup()
    print(json.dumps(seed(**json.loads(sys.argv[1]))))
