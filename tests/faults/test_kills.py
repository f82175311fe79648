"""kill -9 of worker, web and PostgreSQL in mid-flow: whatever was acknowledged is there, once, and every promise holds."""

import os
import random
import time

import pytest

from tests.faults.load import ROUTES, Load
from tests.faults.stack import Seeded, Stack

pytestmark = pytest.mark.xdist_group("faults")

KILLS = int(os.environ.get("KILLS", "20"))
SEED = int(os.environ.get("KILLS_SEED", "1"))
VICTIMS = ("worker", "web", "postgres", "backend", "web child")


def test_twenty_kills_lose_nothing_and_repeat_nothing(stack: Stack) -> None:
    dice = random.Random(SEED)
    house = stack.seeded(4, *ROUTES)
    load = Load(stack, house, SEED)
    load.start()
    for number in range(KILLS):
        what = VICTIMS[number % len(VICTIMS)]
        time.sleep(dice.uniform(0.2, 0.9))
        before = len(load.acknowledged)
        stack.kill(what, dice)
        stack.wait_until(lambda: len(load.acknowledged) > before + 3 or load.wrong)
        assert load.wrong == [], f"seed {SEED}, kill {number}, {what}"
        assert lost(stack, load) == [], f"seed {SEED}, kill {number}, {what}"
    load.stop()
    print(f"seed {SEED}: {KILLS} kills, {len(load.acknowledged)} leads, {dict(sorted(load.answers.items()))}")
    assert load.wrong == []
    nothing_is_left_to_route(stack, house)
    items = stack.rows("SELECT id::text FROM work_item WHERE organisation_id = %s", house.id)
    assert sorted(row[0] for row in items) == sorted(load.acknowledged.values())
    status, said = stack.check(house.id, list(load.acknowledged.values()))
    assert status == 0, said
    states = dict(stack.rows("SELECT state, count(*) FROM work_item WHERE organisation_id = %s GROUP BY 1", house.id))
    assert states.get("assigned", 0) > 0
    assert set(states) <= {"assigned", "offered", "pooled"}


def lost(stack: Stack, load: Load) -> list[str]:
    """Acknowledged items that are not there now."""
    acknowledged = list(load.acknowledged.values())
    return [
        row[0]
        for row in stack.rows(
            "SELECT a::text FROM unnest(%s::uuid[]) a WHERE NOT EXISTS (SELECT FROM work_item i WHERE i.id = a)",
            acknowledged,
        )
    ]


def nothing_is_left_to_route(stack: Stack, house: Seeded) -> None:
    """Faults are over and people are there: soon every item is somebody's, offered, or in the pool."""
    waiting = "SELECT 1 FROM work_item WHERE organisation_id = %s AND state = 'waiting' LIMIT 1"
    stack.wait_until(lambda: not stack.rows(waiting, house.id))
