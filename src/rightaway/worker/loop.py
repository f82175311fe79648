"""The worker: finds organisations with something due, and sweeps them.

Polling once a second is the truth; a notification on `rightaway_work` only makes it sooner. Any number of workers
may run, on any number of machines: each sweep locks what it works on, and passes over what another one has.
"""

import select
import signal
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

import psycopg
import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from rightaway.ledger.crash import crash_point
from rightaway.ledger.events import WORK_CHANNEL
from rightaway.ledger.retry import retried
from rightaway.notify.in_app.forget import KEPT_DAYS, forget_old
from rightaway.notify.relay import relay_outbox
from rightaway.work.actions.depart import depart_due
from rightaway.work.actions.drip import drip_due
from rightaway.work.actions.expire import expire_due
from rightaway.work.actions.fill import fill_due
from rightaway.work.actions.presence import lapse_due
from rightaway.work.actions.regrade import regrade_due
from rightaway.work.actions.remind import remind_due
from rightaway.work.actions.route import route_organisation
from rightaway.work.actions.run_bulk import bulk_due
from rightaway.work.actions.wake import wake_due
from rightaway.work.actions.withdraw import withdraw_due

POLL_SECONDS: Final = 1.0
SLOWEST_RETRY_SECONDS: Final = 60.0
APPLICATION_NAME: Final = "rightaway worker"  # how `alive` knows workers

log = structlog.get_logger()

# Index-friendly: one probe of a partial index per organisation and kind, whatever waits there.
_DUE = f"""
SELECT o.id FROM accounts_organisation o WHERE
    EXISTS (SELECT FROM work_wake w WHERE w.organisation_id = o.id)
 OR EXISTS (SELECT FROM work_offer f WHERE f.organisation_id = o.id AND f.state = 'open'
            AND f.expires_at <= clock_timestamp())
 OR EXISTS (SELECT FROM contacts_task t WHERE t.organisation_id = o.id AND t.remind_at <= clock_timestamp())
 OR EXISTS (SELECT FROM work_drip d WHERE d.organisation_id = o.id AND d.due_at <= clock_timestamp())
 OR EXISTS (SELECT FROM work_vacancy v WHERE v.organisation_id = o.id AND v.due_at <= clock_timestamp())
 OR EXISTS (SELECT FROM work_bulk b WHERE b.organisation_id = o.id AND b.due_at <= clock_timestamp())
 OR EXISTS (SELECT FROM work_departure d WHERE d.organisation_id = o.id AND d.due_at <= clock_timestamp())
 OR EXISTS (SELECT FROM routing_config c WHERE c.organisation_id = o.id AND c.regrade_from IS NOT NULL)
 OR EXISTS (SELECT FROM people_agentstate s WHERE s.organisation_id = o.id AND s.present_until <= clock_timestamp())
 OR EXISTS (SELECT FROM ledger_outbox b WHERE b.organisation_id = o.id AND b.due_at <= clock_timestamp())
 OR EXISTS (SELECT FROM notify_notice n WHERE n.organisation_id = o.id
            AND n.told_at <= clock_timestamp() - interval '{KEPT_DAYS} days')
 OR EXISTS (SELECT FROM generate_series(0, 3) band WHERE EXISTS (
            SELECT FROM work_item i WHERE i.organisation_id = o.id AND i.band = band AND i.due_at <= clock_timestamp()))
ORDER BY o.id
"""


def _route(organisation_id: int) -> int:
    routed = route_organisation(organisation_id)
    return 0 if routed is None else routed.planned


# In this order: what ends gives places back, places wake items, items are routed, and then it is told. Old news goes.
SWEEPS: Final[tuple[tuple[str, Callable[[int], int]], ...]] = (
    ("expire", expire_due),
    ("lapse", lapse_due),
    ("withdraw", withdraw_due),
    ("depart", depart_due),
    ("wake", wake_due),
    ("remind", remind_due),
    ("drip", drip_due),
    ("bulk", bulk_due),
    ("regrade", regrade_due),
    ("route", _route),
    ("fill", fill_due),
    ("relay", relay_outbox),
    ("forget", forget_old),
)


@dataclass(slots=True)
class Failure:
    """An organisation whose sweep failed: not tried again before `until` (monotonic seconds)."""

    times: int = 0
    until: float = 0.0


@dataclass(slots=True)
class Worker:
    """What a worker remembers between two looks. `sweeps` may be replaced in tests."""

    sweeps: tuple[tuple[str, Callable[[int], int]], ...] = SWEEPS
    failures: dict[int, Failure] = field(default_factory=dict)
    last: int = 0  # the organisation that was swept last: the next look begins after it
    stopping: bool = False

    def tick(self, due: list[int], now: float) -> int:
        """Sweeps each of these organisations once, beginning after the one that was last. Returns how much it did.

        `now` is monotonic seconds. One organisation's failure never stops another. Raises OperationalError and
        InterfaceError when the database is gone.
        """
        done = 0
        for organisation_id in sorted(due, key=lambda each: (each <= self.last, each)):
            if self.stopping:
                break
            failure = self.failures.get(organisation_id)
            if failure is None or failure.until <= now:
                self.last = organisation_id
                done += self._sweep(organisation_id, now)
        return done

    def _sweep(self, organisation_id: int, now: float) -> int:
        done = 0
        for name, sweep in self.sweeps:
            try:
                done += retried(partial(sweep, organisation_id))
            except Exception as error:
                if isinstance(error, (OperationalError, InterfaceError)) and not connection.is_usable():
                    raise
                self._push_away(organisation_id, name, now)
                return done
            crash_point(f"worker_after_{name}")
        self.failures.pop(organisation_id, None)
        return done

    def _push_away(self, organisation_id: int, name: str, now: float) -> None:
        failure = self.failures.setdefault(organisation_id, Failure())
        failure.times += 1
        wait = min(SLOWEST_RETRY_SECONDS, 2.0 ** min(failure.times, 10))
        failure.until = now + wait
        log.exception("sweep_failed", organisation_id=organisation_id, sweep=name, again_in_seconds=wait)


def run() -> None:
    """Works until SIGTERM or SIGINT, which ends it after the transaction that is open. Outlives the database."""
    worker = Worker()
    with _Alarm(worker) as alarm:
        log.info("worker_started")
        failures = 0
        while not worker.stopping:
            try:
                with connect() as scheduler:
                    failures = 0
                    _watch(worker, scheduler, alarm)
            except (psycopg.OperationalError, OperationalError, InterfaceError) as error:
                failures += 1
                wait = min(10.0, 0.1 * 2**failures)
                log.warning("database_unreachable", error=str(error).strip(), again_in_seconds=wait)
                connection.close()
                alarm.sleep(wait)
    connection.close()
    log.info("worker_stopped")


def connect(name: str = APPLICATION_NAME) -> psycopg.Connection[Any]:
    """A connection as the scheduler, which sees what is due and nothing else, listening for hints."""
    scheduler = psycopg.connect(
        settings.SCHEDULER_CONNINFO,
        autocommit=True,
        application_name=name,
        connect_timeout=5,
        prepare_threshold=None,
        keepalives_idle=5,
        keepalives_interval=2,
        keepalives_count=3,
    )
    scheduler.execute("SET statement_timeout = '10s'")
    scheduler.execute(f"LISTEN {WORK_CHANNEL}")
    return scheduler


def due_organisations(scheduler: psycopg.Connection[Any]) -> list[int]:
    """The organisations in which something is due now, by id."""
    return [row[0] for row in scheduler.execute(_DUE).fetchall()]


def alive(scheduler: psycopg.Connection[Any]) -> list[tuple[int, float]]:
    """The workers connected to this database: [(their backend's process id, seconds since they last looked)].

    A worker that is stuck, or that nobody started, is visible to `rightaway doctor` without any table of its own.
    """
    rows = scheduler.execute(
        """SELECT pid, extract(epoch FROM clock_timestamp() - state_change)::float8 FROM pg_stat_activity
           WHERE application_name = %s AND datname = current_database() ORDER BY pid""",
        [APPLICATION_NAME],
    )
    return [(pid, seconds or 0.0) for pid, seconds in rows.fetchall()]


def _watch(worker: Worker, scheduler: psycopg.Connection[Any], alarm: "_Alarm") -> None:
    hinted: set[int] = set()
    while not worker.stopping:
        due = sorted({*due_organisations(scheduler), *hinted})
        done = worker.tick(due, time.monotonic())
        hinted = _hints(scheduler)
        if not done and not hinted:
            alarm.sleep(POLL_SECONDS, scheduler)
            hinted = _hints(scheduler)


def _hints(scheduler: psycopg.Connection[Any]) -> set[int]:
    """The organisations named by notifications that have come; never waits."""
    found = set()
    for notification in scheduler.notifies(timeout=0):
        with suppress(ValueError):
            found.add(int(notification.payload))
    return found


class _Alarm:
    """Sleeping that ends at once when a signal asks the worker to stop, or when the database has something to say."""

    def __init__(self, worker: Worker) -> None:
        self.worker = worker
        self.read, self.write = socket.socketpair()
        self.before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> "_Alarm":
        self.write.setblocking(False)
        for number in (signal.SIGTERM, signal.SIGINT):
            self.before[number] = signal.signal(number, self._ring)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self.before.items():
            signal.signal(number, handler)
        self.read.close()
        self.write.close()

    def _ring(self, *_: object) -> None:
        self.worker.stopping = True
        with suppress(BlockingIOError):
            self.write.send(b"x")

    def sleep(self, seconds: float, scheduler: psycopg.Connection[Any] | None = None) -> None:
        watched: list[Any] = [self.read] if scheduler is None else [self.read, scheduler.fileno()]
        select.select(watched, [], [], seconds)
