"""What `rightaway doctor` looks at. Each finding is one sentence about one thing, good or bad."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rightaway.server import connections as known
from rightaway.server.connections import Connections, conninfo
from rightaway.server.environment import Environment
from rightaway.server.migrate import is_current
from rightaway.server.processes import Record
from rightaway.server.safety import dangers
from rightaway.server.supervise import CannotStart, answers, check_port
from rightaway.server.words import _

if TYPE_CHECKING:
    import psycopg

LEAST_FREE_BYTES = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Finding:
    good: bool
    text: str


def examine(environment: Environment) -> Iterator[Finding]:
    """Looks from the ground up: folder, disk, database, tables, processes, pages."""
    yield _folder(environment)
    yield _disk(environment)
    running = Record(environment.data / "processes.json").alive()
    found = known.connections(environment)
    if found is None:
        yield Finding(False, _("rightaway was never started with this data. Start it: rightaway up"))
        yield _port(environment)
        return
    if found.embedded and "postgres" not in running:
        yield Finding(False, _("The database does not run. Start everything: rightaway up"))
        yield _port(environment)
        return
    yield from _database(found, environment)
    yield from _processes(set(running), environment)


def _folder(environment: Environment) -> Finding:
    data = environment.data
    nearest = next(path for path in (data, *data.parents) if path.exists())
    if not os.access(nearest, os.W_OK):
        return Finding(
            False, _("%(folder)s cannot be written. Set RIGHTAWAY_DATA to another folder.") % {"folder": data}
        )
    for name in ("secret_key", known.EMBEDDED_FILE):
        path = data / name
        if path.exists() and path.stat().st_mode & 0o077:
            return Finding(False, _("Others can read %(file)s. Run: chmod 600 %(file)s") % {"file": path})
    return Finding(True, _("Data is kept in %(folder)s.") % {"folder": data})


def _disk(environment: Environment) -> Finding:
    nearest = next(path for path in (environment.data, *environment.data.parents) if path.exists())
    free = shutil.disk_usage(nearest).free
    words = {"folder": nearest, "free": f"{free / 1e9:.1f}"}
    if free < LEAST_FREE_BYTES:
        return Finding(False, _("The disk of %(folder)s is nearly full: %(free)s GB are free.") % words)
    return Finding(True, _("%(free)s GB are free on the disk.") % words)


def _port(environment: Environment) -> Finding:
    try:
        check_port(environment)
    except CannotStart as error:
        return Finding(False, str(error))
    return Finding(True, _("Port %(port)s is free.") % {"port": environment.port})


def _database(found: Connections, environment: Environment) -> Iterator[Finding]:
    import psycopg

    try:
        all_dangers = dangers(found)
        for danger in all_dangers:
            yield Finding(danger.durability and environment.unsafe_database, danger.text)
        with psycopg.connect(conninfo(found.owner), autocommit=True, connect_timeout=5) as owner:
            version = str(owner.info.server_version // 10000)
            if not all_dangers:
                yield Finding(True, _("PostgreSQL %(version)s answers, with safe settings.") % {"version": version})
            yield _tables(owner)
    except psycopg.OperationalError as error:
        yield Finding(False, _("The database does not answer: %(why)s") % {"why": str(error).strip()})


def _tables(owner: "psycopg.Connection[tuple[object, ...]]") -> Finding:
    if is_current(owner):
        return Finding(True, _("The tables are up to date."))
    return Finding(
        False, _("The tables are of another version. Start again, and they are brought up to date: rightaway up")
    )


def _processes(running: set[str], environment: Environment) -> Iterator[Finding]:
    workers = sum(name.startswith("worker") for name in running)
    if workers:
        yield Finding(True, _("Workers that run here: %(count)s.") % {"count": workers})
    elif environment.workers:
        yield Finding(False, _("No worker runs here, so nothing is routed. Start everything: rightaway up"))
    if answers(environment):
        yield Finding(True, _("The pages answer at %(address)s.") % {"address": environment.address})
    elif "web" in running:
        yield Finding(False, _("The web process runs but does not answer. Its log says why."))
    else:
        port = _port(environment)
        yield (
            port if not port.good else Finding(False, _("The web process does not run. Start everything: rightaway up"))
        )
