"""The post: what reads mails that came in, and sends answers. A process of its own: mail servers may be slow, and
routing must not wait for them. Any number may run; leases keep them apart."""

import signal
import time
from threading import Event
from typing import Final

import psycopg
import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection

from rightaway.intake.email.letters import work_letters
from rightaway.intake.email.listening import listen
from rightaway.notify.email.delivering import deliver_due, is_set_up
from rightaway.worker.loop import POLL_SECONDS, Sweep, Worker, connect, past, what_is_due

_NAME: Final = "rightaway post"
_LETTERS: Final = Sweep("letters", work_letters, past("conversations_letter", condition="d.state = 'new'"))
_DELIVERIES: Final = Sweep("deliveries", deliver_due, past("conversations_delivery", condition="d.state = 'queued'"))

log = structlog.get_logger()


def run() -> None:
    """Works until SIGTERM or SIGINT, after the mail that is in hand. Outlives the database."""
    bell, worker = Event(), Worker(sweeps=(_LETTERS, _DELIVERIES) if is_set_up() else (_LETTERS,))

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
                    if not worker.tick(what_is_due(scheduler, worker.sweeps), time.monotonic()):
                        bell.wait(POLL_SECONDS)
        except (psycopg.OperationalError, OperationalError, InterfaceError) as error:
            failures += 1
            log.warning("database_unreachable", error=str(error).strip())
            connection.close()
            bell.wait(min(10.0, 0.1 * 2**failures))
