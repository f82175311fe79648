"""The worker: one failing organisation, fairness, hints, a database that goes away, and a clean end."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta

import psycopg
import pytest
from django.db import connection

from rightaway.ledger.clock import clock
from rightaway.ledger.errors import Conflict
from rightaway.ledger.events import WORK_CHANNEL
from rightaway.ledger.ids import new_id
from rightaway.ledger.models import Outbox
from rightaway.ledger.retry import TRIES, retried
from rightaway.ledger.tenancy import organisation
from rightaway.people.models import AgentState
from rightaway.work.models import Item
from rightaway.worker.loop import APPLICATION_NAME, SWEEPS, Sweep, Worker, alive, connect, what_is_due
from tests.making import House


def test_an_organisation_that_fails_stops_no_other_and_is_left_alone_for_a_while() -> None:
    swept: list[int] = []

    def sweep(organisation_id: int) -> int:
        swept.append(organisation_id)
        if organisation_id == 2:
            raise ValueError("a bug")
        return 1

    worker = Worker(sweeps=(Sweep("test", sweep, "true"),))
    due = dict.fromkeys([1, 2, 3], ("test",))
    assert worker.tick(due, now=0.0) == 2
    assert worker.tick(due, now=1.0) == 2
    assert swept == [1, 2, 3, 1, 3]
    worker.tick(due, now=2.5)
    assert swept.count(2) == 2
    assert worker.failures[2].until == 2.5 + 4


def test_the_next_look_begins_after_the_organisation_that_was_last() -> None:
    swept: list[int] = []

    def sweep(organisation_id: int) -> int:
        swept.append(organisation_id)
        return 0

    worker = Worker(sweeps=(Sweep("test", sweep, "true"),), last=2)
    worker.tick(dict.fromkeys([1, 2, 3, 4], ("test",)), now=0.0)
    assert swept == [3, 4, 1, 2]


def test_only_what_is_due_is_done_and_what_follows_from_it() -> None:
    swept: list[str] = []

    def doing(name: str, done: int) -> Callable[[int], int]:
        def sweep(_organisation_id: int) -> int:
            swept.append(name)
            return done

        return sweep

    worker = Worker(sweeps=tuple(Sweep(each.name, doing(each.name, each.name == "remind"), "true") for each in SWEEPS))
    assert worker.tick({1: ["lapse", "wake"]}, now=0.0) == 0
    assert swept == ["lapse", "wake"]
    swept.clear()
    assert worker.tick({1: ["remind"]}, now=0.0) == 1
    assert swept == ["remind", "route", "relay"]


_DUE = {
    "item": "route", "offer": "expire", "presence": "lapse", "outbox": "relay", "wake": "wake", "unseen": "withdraw",
}  # fmt: skip


@pytest.mark.parametrize("what", _DUE)
def test_what_is_due_is_found(house: House, what: str) -> None:
    from rightaway.notify.relay import relay_outbox
    from rightaway.work.actions.wake import wake_due, wake_for_agents

    agent = house.agent(presence="offline" if what == "unseen" else "available")
    item = house.item("waiting" if what == "item" else "pooled")
    if what in ("offer", "unseen"):
        house.offered(item, agent, seconds=-1 if what == "offer" else 60)
    with house.inside():
        if what == "presence":
            AgentState.objects.update(present_until=clock())
        if what == "wake":
            wake_for_agents([agent])
    if what != "outbox":
        relay_outbox(house.id)
    with connect() as scheduler:
        assert what_is_due(scheduler, SWEEPS).get(house.id) == [_DUE[what]]
    wake_due(house.id)


def test_what_is_due_later_is_not_looked_through(org: int) -> None:
    """The time is a bound in the index: however much waits, a probe reads one entry of it."""
    assert not any("clock_timestamp()" in sweep.due for sweep in SWEEPS)
    due = next(sweep.due for sweep in SWEEPS if sweep.name == "relay")
    with organisation(org):
        Outbox.objects.bulk_create(
            Outbox(id=new_id(), hints="[]", due_at=clock() + timedelta(days=n)) for n in range(1, 500)
        )
    with connect() as scheduler:
        scheduler.execute("SET enable_seqscan = off")
        rows = scheduler.execute(
            f"EXPLAIN ANALYZE SELECT CASE WHEN {due} THEN 1 END FROM accounts_organisation o WHERE o.id = {org:d}"
        ).fetchall()
    plan = [line for (line,) in rows]
    assert any("Index Cond" in line and "statement_timestamp()" in line for line in plan), plan
    assert not any("Rows Removed by Filter: 499" in line for line in plan), plan
    with organisation(org):
        Outbox.objects.filter(due_at__gt=clock()).delete()


def test_nothing_due_is_not_found(org: int) -> None:
    from rightaway.notify.relay import relay_outbox

    relay_outbox(org)
    with connect() as scheduler:
        assert org not in what_is_due(scheduler, SWEEPS)


def wait_for(condition: object, seconds: float = 180) -> None:
    """What the other tests left due in a thousand organisations is done on the way."""
    until = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_worker_survives_its_database_and_ends_cleanly(house: House, superuser_dsn: str) -> None:
    code = "import django; django.setup(); from rightaway.worker.loop import run; run()"
    worker = subprocess.Popen([sys.executable, "-c", code], env=os.environ)
    try:
        with psycopg.connect(superuser_dsn, autocommit=True) as boss:
            wait_for(lambda: alive(boss))
            first = house.item("waiting")
            wait_for(lambda: house.state(first) == "pooled")  # there is no route
            boss.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s", [APPLICATION_NAME]
            )
            second = house.item("waiting")
            boss.execute("SELECT pg_notify(%s, 'not a number')", [WORK_CHANNEL])
            wait_for(lambda: house.state(second) == "pooled")
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(20) == 0
    finally:
        worker.kill()
        worker.wait()
    assert len(house.rows(Item, state="pooled")) == 2


def test_a_passing_failure_is_tried_again_and_another_is_not(org: int) -> None:
    tries = 0

    def deadlock() -> str:
        nonlocal tries
        tries += 1
        with organisation(org), connection.cursor() as cursor:
            if tries < TRIES:
                cursor.execute("DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '40P01'; END $$")
        return "done"

    assert retried(deadlock) == "done"
    assert tries == TRIES

    def refused() -> None:
        nonlocal tries
        tries += 1
        raise Conflict

    with pytest.raises(Conflict):
        retried(refused)
    assert tries == TRIES + 1
