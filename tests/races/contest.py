"""Letting many contenders start at one instant, each in a process or thread with its own connection."""

import multiprocessing
import threading
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from typing import Any

from django.db import connection

from rightaway.ledger.errors import RightawayError
from rightaway.ledger.retry import retried
from rightaway.ledger.tenancy import organisation


@dataclass(frozen=True)
class Outcome:
    """What a contender got: `value`, or the name of the `error` that refused it and its parameters."""

    value: Any = None
    error: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)


def attempt(organisation_id: int | None, verb: Callable[[], Any]) -> Outcome:
    """Runs a verb as a door does: in its organisation, tried again after a deadlock. None: it does so itself."""

    def inside() -> Any:
        assert organisation_id is not None
        with organisation(organisation_id):
            return verb()

    try:
        return Outcome(value=verb() if organisation_id is None else retried(inside))
    except RightawayError as error:
        return Outcome(error=type(error).__name__, parameters=error.parameters)
    except Exception:
        return Outcome(error=traceback.format_exc())


def by_processes(organisation_id: int | None, verbs: Sequence[Callable[[], Any]]) -> list[Outcome]:
    """The outcomes of all verbs, one process each, which have all connected before any of them begins."""
    connection.close()  # a child must not inherit it
    fork = multiprocessing.get_context("fork")
    barrier = fork.Barrier(len(verbs))
    pipes = [fork.Pipe(duplex=False) for _ in verbs]

    def contend(verb: Callable[[], Any], pipe: Connection) -> None:
        connection.ensure_connection()
        barrier.wait(60)
        pipe.send(attempt(organisation_id, verb))

    children = [
        fork.Process(target=contend, args=(verb, pipe[1]), daemon=True) for verb, pipe in zip(verbs, pipes, strict=True)
    ]
    for child in children:
        child.start()
    for _, write in pipes:
        write.close()
    try:
        return [_received(read, child) for (read, _), child in zip(pipes, children, strict=True)]
    finally:
        for child in children:
            child.join(10)
            if child.is_alive():
                child.kill()


def _received(read: Connection, child: Any) -> Outcome:
    ready = wait([read, child.sentinel], timeout=60)
    if read in ready and read.poll():
        try:
            outcome: Outcome = read.recv()
            return outcome
        except EOFError:
            pass
    return Outcome(error="the process died")


class Started:
    """A verb that runs in a thread of its own."""

    def __init__(self, organisation_id: int | None, verb: Callable[[], Any]) -> None:
        self.outcome: Outcome | None = None
        self.thread = threading.Thread(target=self._run, args=(organisation_id, verb), daemon=True)
        self.thread.start()

    def _run(self, organisation_id: int | None, verb: Callable[[], Any]) -> None:
        try:
            self.outcome = attempt(organisation_id, verb)
        finally:
            connection.close()

    def result(self) -> Outcome:
        self.thread.join(30)
        assert self.outcome is not None
        return self.outcome
