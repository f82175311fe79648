"""The post: what reads mails that came in, and sends answers. A process of its own: mail servers may be slow, and
routing must not wait for them. Any number may run; leases keep them apart."""

import signal
import time
from threading import Event
from typing import Any, Final

import psycopg
import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from rightaway.intake.email.letters import work_letters
from rightaway.intake.email.listening import listen
from rightaway.notify.email.delivering import deliver_due, is_set_up
from rightaway.worker.loop import POLL_SECONDS, Worker, connect

_NAME: Final = "rightaway post"
_LETTERS: Final = """EXISTS (SELECT FROM conversations_letter l WHERE l.organisation_id = o.id AND l.state = 'new'
                     AND l.due_at <= clock_timestamp())"""
_DELIVERIES: Final = """EXISTS (SELECT FROM conversations_delivery d WHERE d.organisation_id = o.id
                        AND d.state = 'queued' AND d.due_at <= clock_timestamp())"""

log = structlog.get_logger()


def run() -> None:
    """Works until SIGTERM or SIGINT, after the mail that is in hand. Outlives the database."""
    bell, worker = Event(), Worker(sweeps=(("letters", work_letters), ("deliveries", deliver_due)))

    def stop(*_: object) -> None:
        worker.stopping = True
        bell.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    door = listen(settings.ENVIRONMENT.email_listen, bell.set) if settings.ENVIRONMENT.email_listen else None
    log.info("post_started", listening=settings.ENVIRONMENT.email_listen)
    try:
        _work(worker, bell)
    finally:
        if door is not None:
            door.stop()
        connection.close()
        log.info("post_stopped")


def _work(worker: Worker, bell: Event) -> None:
    failures = 0
    while not worker.stopping:
        try:
            with connect(_NAME) as scheduler:
                failures = 0
                while not worker.stopping:
                    bell.clear()
                    if not worker.tick(due_organisations(scheduler), time.monotonic()):
                        bell.wait(POLL_SECONDS)
        except (psycopg.OperationalError, OperationalError, InterfaceError) as error:
            failures += 1
            log.warning("database_unreachable", error=str(error).strip())
            connection.close()
            bell.wait(min(10.0, 0.1 * 2**failures))


def due_organisations(scheduler: psycopg.Connection[Any]) -> list[int]:
    """The organisations with a mail to read, or one to send where sending is set up."""
    conditions = f"{_LETTERS} OR {_DELIVERIES}" if is_set_up() else _LETTERS
    rows = scheduler.execute(f"SELECT o.id FROM accounts_organisation o WHERE {conditions} ORDER BY o.id")
    return [row[0] for row in rows.fetchall()]
