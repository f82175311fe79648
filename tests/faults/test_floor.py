"""A whole floor on the same contacts over the API: twenty managers hand out and take back what forty agents claim.

Nothing breaks, nothing has two owners, and whoever was too late is told who was first: that person really had it.
"""

import os
import random
import threading
from collections import Counter
from typing import Any
from uuid import UUID

from django.db import connection

from rightaway.accounts.roles import Role
from rightaway.work.models import Assignment, Item
from tests.calling import Api, new_person, new_team
from tests.making import House

ROUNDS = int(os.environ.get("FLOOR_ROUNDS", "8"))  # acts of each person; 120 take about a minute and a half
SEED = int(os.environ.get("STORM_SEED", "1"))
MANAGERS, AGENTS, CONTACTS = 20, 40, 200


class Floor:
    def __init__(self, house: House) -> None:
        team = new_team(house.id)
        self.items = [str(house.item("pooled")) for _ in range(CONTACTS)]
        self.managers = [new_person(house.id, Role.AGENT_MANAGER, team=team) for _ in range(MANAGERS)]
        self.agents = [new_person(house.id, team=team, capacity=2_000) for _ in range(AGENTS)]
        self.ids = [str(agent.agent_id) for agent in self.agents]
        self.told: Counter[str] = Counter()
        self.losers: list[tuple[str, str]] = []  # (item, who had it, as the loser was told)
        self.wrong: list[str] = []

    def run(self) -> None:
        acts = [(person.api, self.manage) for person in self.managers]
        acts += [(person.api, self.work) for person in self.agents]
        threads = [
            threading.Thread(target=self._loop, args=(api, act, random.Random(SEED * 1000 + number)), daemon=True)
            for number, (api, act) in enumerate(acts)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(300)
        assert not [thread for thread in threads if thread.is_alive()], "somebody hangs"

    def _loop(self, api: Api, act: Any, dice: random.Random) -> None:
        try:
            for _ in range(ROUNDS):
                act(api, dice)
        except Exception as error:
            self.wrong.append(repr(error))
        finally:
            connection.close()

    def _ask(self, api: Api, item: str, what: str, body: dict[str, Any]) -> None:
        answer = api.post(f"/items/{item}/{what}", body)
        said = answer.json() if answer.content else {}
        slug = str(said.get("type", "")).rpartition("/")[2] if isinstance(said, dict) else ""
        self.told[f"{what}: {answer.status_code} {slug}".strip()] += 1
        if answer.status_code >= 500 or answer.status_code == 422:
            self.wrong.append(f"{what}: {answer.status_code} {said}")
        if slug == "item-already-taken":
            self.losers.append((item, said["parameters"]["agent"]))

    def manage(self, api: Api, dice: random.Random) -> None:
        item, agent = dice.choice(self.items), dice.choice(self.ids)
        acts: list[tuple[str, dict[str, Any]]] = [
            ("assign", {"agent_id": agent, "note": "x", "over_capacity": True}),
            ("assign", {"agent_id": agent, "note": "x", "over_capacity": True}),
            ("offer", {"agent_ids": dice.sample(self.ids, 3), "seconds": 60}),
            ("revoke", {"to": "pool", "reason": "nobody called"}),
            ("request-update", {"seconds": 600, "note": "?"}),
        ]
        self._ask(api, item, *dice.choice(acts))

    def work(self, api: Api, dice: random.Random) -> None:
        item = dice.choice(self.items[:40])  # so that many want the same
        acts: list[tuple[str, dict[str, Any]]] = [
            ("claim", {}), ("claim", {}), ("claim", {}), ("notes", {"text": "Called twice"}),
            ("calls", {"outcome": "no_answer"}), ("hand-back", {"reason": "not mine"}),
        ]  # fmt: skip
        self._ask(api, item, *dice.choice(acts))


def test_a_floor_on_the_same_contacts(org: int) -> None:
    house = House(org)
    floor = Floor(house)
    floor.run()
    assert floor.wrong == []
    done = Counter(said.partition(":")[0] for said in floor.told.elements() if " 200" in said)
    assert {"assign", "offer", "revoke", "claim", "hand-back"} <= set(done), floor.told
    with house.inside():
        had = set(Assignment.objects.filter(role_id=None).values_list("item_id", "agent_id"))
        owners = Counter(
            Assignment.objects.filter(role_id=None, ended_at=None, exclusive=True).values_list("item_id", flat=True)
        )
        assert not [item for item, count in owners.items() if count > 1]
        assert Item.objects.filter(id__in=floor.items).count() == CONTACTS
    assert floor.losers and all((UUID(item), UUID(agent)) in had for item, agent in floor.losers)
    assert house.check() == []
