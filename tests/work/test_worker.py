"""The worker: one failing organisation, fairness, hints, a database that goes away, and a clean end."""

import os
import signal
import subprocess
import sys
import time

import psycopg
import pytest
from django.db import connection

from rightaway.ledger.errors import Conflict
from rightaway.ledger.events import WORK_CHANNEL
from rightaway.ledger.retry import TRIES, retried
from rightaway.ledger.tenancy import organisation
from rightaway.people.models import AgentState
from rightaway.work.models import Item
from rightaway.worker.loop import APPLICATION_NAME, Worker, alive, connect, due_organisations
from tests.making import House


def test_an_organisation_that_fails_stops_no_other_and_is_left_alone_for_a_while() -> None:
    swept: list[int] = []

    def sweep(organisation_id: int) -> int:
        swept.append(organisation_id)
        if organisation_id == 2:
            raise ValueError("a bug")
        return 1

    worker = Worker(sweeps=(("test", sweep),))
    assert worker.tick([1, 2, 3], now=0.0) == 2
    assert worker.tick([1, 2, 3], now=1.0) == 2
    assert swept == [1, 2, 3, 1, 3]
    worker.tick([1, 2, 3], now=2.5)
    assert swept.count(2) == 2
    assert worker.failures[2].until == 2.5 + 4


def test_the_next_look_begins_after_the_organisation_that_was_last() -> None:
    swept: list[int] = []
    worker = Worker(sweeps=(("test", lambda each: swept.append(each) or 0),))  # type: ignore[func-returns-value]
    worker.last = 2
    worker.tick([1, 2, 3, 4], now=0.0)
    assert swept == [3, 4, 1, 2]


@pytest.mark.parametrize("what", ["item", "offer", "presence", "outbox", "wake"])
def test_what_is_due_is_found(house: House, what: str) -> None:
    from rightaway.ledger.clock import clock
    from rightaway.notify.relay import relay_outbox
    from rightaway.work.actions.wake import wake_due, wake_for_agents

    agent = house.agent()
    item = house.item("waiting" if what == "item" else "pooled")
    if what == "offer":
        house.offered(item, agent, seconds=-1)
    with house.inside():
        if what == "presence":
            AgentState.objects.update(present_until=clock())
        if what == "wake":
            wake_for_agents([agent])
    if what != "outbox":
        relay_outbox(house.id)
    with connect() as scheduler:
        assert house.id in due_organisations(scheduler)
    wake_due(house.id)


def test_nothing_due_is_not_found(org: int) -> None:
    from rightaway.notify.relay import relay_outbox

    relay_outbox(org)
    with connect() as scheduler:
        assert org not in due_organisations(scheduler)


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
        asked = time.monotonic()
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(20) == 0
        assert time.monotonic() - asked < 3  # 0.2 s on a quiet machine
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
