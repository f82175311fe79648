"""kill -9 of worker, web and PostgreSQL in mid-flow: what was acknowledged is there, once, and every promise holds."""

import os
import random
import time

from tests.faults.load import ROUTES, Load
from tests.faults.stack import Seeded, Stack

KILLS = int(os.environ.get("KILLS", "20"))
SEED = int(os.environ.get("KILLS_SEED", "1"))
VICTIMS = ("worker", "web", "postgres", "backend", "web child")


def test_twenty_kills_lose_nothing_and_repeat_nothing(stack: Stack) -> None:
    dice = random.Random(SEED)
    house = stack.seeded(4, *ROUTES)
    load = Load(stack, house, SEED)
    with load.running():
        for number in range(KILLS):
            kill_one(stack, load, dice, number)
        load.stop_sending()
        everything_is_somebody_s(stack, house)
    print(f"seed {SEED}: {KILLS} kills, {len(load.acknowledged)} leads, {dict(sorted(load.answers.items()))}")
    assert load.wrong == []
    items = stack.rows("SELECT id::text FROM work_item WHERE organisation_id = %s", house.id)
    assert sorted(row[0] for row in items) == sorted(load.acknowledged.values())
    status, said = stack.check(house.id, list(load.acknowledged.values()))
    assert status == 0, said


def kill_one(stack: Stack, load: Load, dice: random.Random, number: int) -> None:
    """In mid-flow; returns once leads are acknowledged again and all earlier ones were found."""
    what = VICTIMS[number % len(VICTIMS)]
    time.sleep(dice.uniform(0.2, 0.9))
    before = len(load.acknowledged)
    stack.kill(what, dice)
    stack.wait_until(lambda: len(load.acknowledged) > before + 3 or load.wrong)
    assert load.wrong == [], f"seed {SEED}, kill {number}, {what}"
    assert lost(stack, load) == [], f"seed {SEED}, kill {number}, {what}"


def test_an_answer_before_the_disk_has_it_is_caught(stack: Stack) -> None:
    """The control: with asynchronous commit, the same test must find that something is lost."""
    with stack.admin() as admin:
        admin.execute("ALTER SYSTEM SET wal_writer_delay = '10s'")
        admin.execute("SELECT pg_reload_conf()")
        admin.execute("ALTER ROLE rightaway_app SET synchronous_commit = off")
    try:
        stack.kill("postgres", random.Random(SEED))  # everybody connects anew
        stack.wait_until(stack.answers)
        load = Load(stack, stack.seeded(2, *ROUTES), SEED)
        with load.running():
            stack.wait_until(lambda: len(load.acknowledged) > 20)
            stack.kill("postgres", random.Random(SEED))
            gone = lost(stack, load)
    finally:
        with stack.admin() as admin:
            admin.execute("ALTER SYSTEM RESET wal_writer_delay")
            admin.execute("SELECT pg_reload_conf()")
            admin.execute("ALTER ROLE rightaway_app RESET synchronous_commit")
        stack.kill("postgres", random.Random(SEED))
        stack.wait_until(stack.answers)
    assert gone != []


DEAF = "import django; django.setup(); from rightaway.worker import loop; loop.WORK_CHANNEL = 'silence'; loop.run()"


def test_a_worker_that_hears_nothing_routes_by_looking(stack: Stack) -> None:
    house = stack.seeded(1, {"strategy": "round_robin", "act": "assign"})
    stack.end("worker")
    stack.launch("worker", "-c", DEAF)
    try:
        stack.wait_until(lambda: "worker_started" in (stack.data / "worker.log").read_text())
        headers = {"Authorization": f"Bearer {house.intake}", "Idempotency-Key": "a"}
        for number in range(3):
            headers["Idempotency-Key"] = str(number)
            status, sent = stack.call("POST", "/api/v1/leads", {"source": "web", "name": f"{number}"}, headers=headers)
            assert status == 201
            owned = "SELECT 1 FROM work_item WHERE id = %s AND state = 'assigned'"
            stack.wait_until(lambda: stack.rows(owned, sent["item_id"]))  # noqa: B023
    finally:
        stack.end("worker")
        stack.launch("worker")


def test_a_worker_that_is_killed_at_its_commit_leaves_the_item_to_the_next(stack: Stack) -> None:
    house = stack.seeded(1, {"strategy": "round_robin", "act": "assign"})
    stack.end("worker")
    stack.launch("worker", RIGHTAWAY_CRASH_AT="route_before_commit")
    headers = {"Authorization": f"Bearer {house.intake}", "Idempotency-Key": "a"}
    status, sent = stack.call("POST", "/api/v1/leads", {"source": "web", "name": "Ana"}, headers=headers)
    assert status == 201
    assert stack.children["worker"].wait(20) == 137
    state = "SELECT state FROM work_item WHERE id = %s"
    assert stack.rows(state, sent["item_id"]) == [("waiting",)]
    stack.end("worker")
    stack.launch("worker")
    stack.wait_until(lambda: stack.rows(state, sent["item_id"]) == [("assigned",)])
    assert stack.check(house.id, [sent["item_id"]])[0] == 0


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


def everything_is_somebody_s(stack: Stack, house: Seeded) -> None:
    """Faults are over, and there is somebody who takes what comes: soon every item is owned, or in the pool."""
    left = """SELECT state, cause, count(*) FROM work_item
              WHERE organisation_id = %s AND state NOT IN ('assigned', 'pooled') GROUP BY 1, 2"""
    until = time.monotonic() + 40
    while rows := stack.rows(left, house.id):
        assert time.monotonic() < until, rows
        time.sleep(0.2)
