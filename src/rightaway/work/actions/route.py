"""Route what is due: gather, plan, record, for one organisation at a time."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from rightaway.engine.plan import plan
from rightaway.ledger.crash import crash_point
from rightaway.ledger.tenancy import planning
from rightaway.work import record
from rightaway.work.snapshot import gather

BATCH = 1000
_TRIES = 3
# One planner an organisation; then the clock.
_BEGIN = "SELECT pg_try_advisory_xact_lock(1, {:d}), to_json(clock_timestamp())#>>'{{}}'"


@dataclass(frozen=True, slots=True)
class Routed:
    """What became of the items of one batch. `planned` 0: nothing was due."""

    planned: int
    assigned: int = 0
    offered: int = 0
    pooled: int = 0
    waiting: int = 0


def route_organisation(organisation_id: int, *, limit: int = BATCH) -> Routed | None:
    """Decides about up to `limit` due items, best band first, in a transaction of its own.

    None when another planner has this organisation: there is one at a time, so that rotation is exact.
    """
    with _no_collecting():
        for attempt in range(1, _TRIES + 1):
            try:
                return _route(organisation_id, limit, hold_still=attempt == _TRIES)
            except record.AgentsChanged:
                if attempt == _TRIES:
                    raise
    raise AssertionError("unreachable")


@contextmanager
def _no_collecting() -> Iterator[None]:
    """A batch's many small objects all live until its end: looking for garbage among them takes long and finds none."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _route(organisation_id: int, limit: int, *, hold_still: bool) -> Routed | None:
    with planning(organisation_id, _BEGIN.format(organisation_id)) as (conn, (planner, clock)):
        if planner != b"t":
            return None
        now = datetime.fromisoformat((clock or b"").decode())
        gathered = gather(conn, organisation_id=organisation_id, now=now, limit=limit, hold_still=hold_still)
        if gathered is None:
            return Routed(planned=0)
        acts = record.write(conn, gathered, plan(gathered.snapshot), organisation_id=organisation_id)
        crash_point("route_before_commit")
    crash_point("route_after_commit")
    return Routed(
        planned=acts.total(), assigned=acts["assign"], offered=acts["offer"] + acts["broadcast"],
        pooled=acts["pool"], waiting=acts["wait"] + acts["leave"],
    )  # fmt: skip
