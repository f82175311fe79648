"""The worker: finds organisations with something due, and sweeps them.

Polling once a second is the truth; a notification on `rightaway_work` only makes it sooner. Any number of workers
may run, on any number of machines: each sweep locks what it works on, and passes over what another one has.
"""

import gc
import select
import signal
import socket
import time
from collections.abc import Callable, Collection, Iterable, Mapping
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
BETWEEN_SECONDS: Final = 0.025  # where something comes all the time, what comes meanwhile is done together:
REST_SECONDS: Final = 0.04  # the longer one round takes, the more of it, up to so long a rest
SLOWEST_RETRY_SECONDS: Final = 60.0
APPLICATION_NAME: Final = "rightaway worker"  # how `alive` knows workers

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Sweep:
    """One kind of due work. `run` does some of it for an organisation, and returns how much; `due` is the SQL that says
    whether there is any in the organisation `o`: one probe of a partial index each, whatever waits there."""

    name: str
    run: Callable[[int], int]
    due: str


Due = Mapping[int, Collection[str]]
"""The sweeps for which something is due, by organisation."""


def past(table: str, column: str = "due_at", condition: str = "true") -> str:
    """The SQL of `Sweep.due` for rows `d` of a table that are due since `column`. The clock's own time, another one
    for each row, could be no bound in the index: all that is due later would be looked through."""
    return (
        f"EXISTS (SELECT FROM {table} d WHERE d.organisation_id = o.id AND {condition}"
        f" AND d.{column} <= statement_timestamp())"
    )


def _route(organisation_id: int) -> int:
    routed = route_organisation(organisation_id)
    return 0 if routed is None else routed.planned


_OFFERED_TO_ABSENT: Final = """EXISTS (SELECT FROM work_offer f JOIN people_agentstate s
    ON s.organisation_id = f.organisation_id AND s.agent_id = f.agent_id AND s.presence = 'offline'
    WHERE f.organisation_id = o.id AND f.state = 'open' AND f.delivered_at IS NULL AND f.sender_id IS NULL)"""
_ITEMS: Final = (
    f"""EXISTS (SELECT FROM generate_series(0, 3) band WHERE {past("work_item", condition="d.band = band")})"""
)
_GRADES: Final = "EXISTS (SELECT FROM routing_config c WHERE c.organisation_id = o.id AND c.regrade_from IS NOT NULL)"
_OLD_NEWS: Final = f"""EXISTS (SELECT FROM notify_notice n WHERE n.organisation_id = o.id
    AND n.told_at <= statement_timestamp() - interval '{KEPT_DAYS} days')"""
_WAKES: Final = "EXISTS (SELECT FROM work_wake w WHERE w.organisation_id = o.id)"

# In this order: what ends gives places back, places wake items, items are routed, and then it is told. Old news goes.
SWEEPS: Final = (
    Sweep("expire", expire_due, past("work_offer", "expires_at", "d.state = 'open'")),
    Sweep("lapse", lapse_due, past("people_agentstate", "present_until")),
    Sweep("withdraw", withdraw_due, _OFFERED_TO_ABSENT),
    Sweep("depart", depart_due, past("work_departure")),
    Sweep("wake", wake_due, _WAKES),
    Sweep("remind", remind_due, past("contacts_task", "remind_at")),
    Sweep("drip", drip_due, past("work_drip")),
    Sweep("bulk", bulk_due, past("work_bulk")),
    Sweep("regrade", regrade_due, _GRADES),
    Sweep("route", _route, _ITEMS),
    Sweep("fill", fill_due, past("work_vacancy")),
    Sweep("relay", relay_outbox, past("ledger_outbox")),
    Sweep("forget", forget_old, _OLD_NEWS),
)
_FOLLOWS: Final = frozenset({"wake", "route", "relay"})  # what was done often leads to these: they need no look between


@dataclass(slots=True)
class Failure:
    """An organisation whose sweep failed: not tried again before `until` (monotonic seconds)."""

    times: int = 0
    until: float = 0.0


@dataclass(slots=True)
class Worker:
    """What a worker remembers between two looks. `sweeps` may be replaced in tests."""

    sweeps: tuple[Sweep, ...] = SWEEPS
    failures: dict[int, Failure] = field(default_factory=dict)
    last: int = 0  # the organisation that was swept last: the next look begins after it
    stopping: bool = False

    def tick(self, due: Due, now: float) -> int:
        """Does once what is due in each of these organisations, beginning after the one that was last, and what follows
        from it. Returns how much was done.

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
                done += self._sweep(organisation_id, due[organisation_id], now)
        return done

    def _sweep(self, organisation_id: int, due: Collection[str], now: float) -> int:
        done = 0
        for sweep in self.sweeps:
            if sweep.name not in due and not (done and sweep.name in _FOLLOWS):
                continue
            try:
                done += retried(partial(sweep.run, organisation_id))
            except Exception as error:
                if isinstance(error, (OperationalError, InterfaceError)) and not connection.is_usable():
                    raise
                self._push_away(organisation_id, sweep.name, now)
                return done
            crash_point(f"worker_after_{sweep.name}")
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
    gc.freeze()  # what was loaded stays: no need to look through it for garbage
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
        keepalives_idle=5,
        keepalives_interval=2,
        keepalives_count=3,
    )
    scheduler.execute("SET statement_timeout = '10s'")
    scheduler.execute(f"LISTEN {WORK_CHANNEL}")
    return scheduler


def what_is_due(scheduler: psycopg.Connection[Any], sweeps: Iterable[Sweep]) -> Due:
    """For which of these sweeps something is due now, by organisation."""
    names = ", ".join(f"CASE WHEN {sweep.due} THEN '{sweep.name}' END" for sweep in sweeps)
    rows = scheduler.execute(
        f"""SELECT o.id, d.names FROM accounts_organisation o
            CROSS JOIN LATERAL (SELECT array_remove(ARRAY[{names}], NULL) AS names) d WHERE d.names <> '{{}}'""",
        prepare=True,  # planning a dozen probes anew takes longer than making them
    )
    return dict(rows.fetchall())


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
    while not worker.stopping:
        began = time.monotonic()
        done = worker.tick(what_is_due(scheduler, worker.sweeps), began)
        hinted = _hinted(scheduler)
        if done:
            took = time.monotonic() - began
            alarm.sleep(min(max(BETWEEN_SECONDS - took, 1.5 * took), REST_SECONDS))
        elif not hinted:
            alarm.sleep(POLL_SECONDS, scheduler)
            _hinted(scheduler)


def _hinted(scheduler: psycopg.Connection[Any]) -> bool:
    """Whether notifications have come, all of which are taken; never waits."""
    return bool(list(scheduler.notifies(timeout=0)))


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
