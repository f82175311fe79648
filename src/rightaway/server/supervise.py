"""`rightaway up`: PostgreSQL, web and workers as children that are watched, restarted and stopped together."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from typing import IO

from rightaway.accounts import setup
from rightaway.ledger import crash
from rightaway.server import connections as known
from rightaway.server.connections import Connections, conninfo
from rightaway.server.environment import Environment
from rightaway.server.migrate import is_current
from rightaway.server.postgres import Postgres
from rightaway.server.processes import Record, dies_with_parent, end
from rightaway.server.safety import dangers
from rightaway.server.words import _

STOP_SECONDS = 2.5  # for web and workers; PostgreSQL follows
READY_SECONDS = 60.0
_FIRST_PAUSE, _LONGEST_PAUSE, _STEADY_SECONDS = 0.2, 30.0, 60.0
_LOOK_SECONDS = 0.1
_LOG_LOOK_SECONDS = 60.0


class CannotStart(Exception):
    """The message says why, and what to do."""


class _Stop(BaseException):
    """Somebody asked us to stop: Ctrl-C, or the system."""


@dataclass(slots=True)
class Child:
    """A process that is started again when it ends, after a pause that doubles while it keeps ending early."""

    name: str
    start: Callable[[], "subprocess.Popen[bytes]"]
    process: "subprocess.Popen[bytes] | None" = None
    pause: float = _FIRST_PAUSE
    started_at: float = 0.0
    due_at: float = field(default=0.0)

    def ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None


class Supervisor:
    """One a data folder. `say` gets the lines for whoever watches the console."""

    def __init__(self, environment: Environment, say: Callable[[str], None]) -> None:
        self.environment = environment
        self.say = say
        self.postgres = (
            None
            if known.is_foreign(environment)
            else Postgres(environment.data, binaries=environment.postgres_binaries)
        )
        self.record = Record(environment.data / "processes.json")
        self.children: list[Child] = []
        self._log_looked_at = 0.0

    def run(self, *, when_ready: Callable[[], None] | None = None) -> None:
        """Until Ctrl-C or SIGTERM. Raises CannotStart, PostgresFailed."""
        lock = self._only_one()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, _stop)
        try:
            self._start()
            if when_ready is not None:
                when_ready()
            self._watch()
        except _Stop:
            self.say(_("Stopping."))
        finally:
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)
            self._stop_all()
            lock.close()

    # starting

    def _only_one(self) -> IO[str]:
        if crash.armed():
            raise CannotStart(_("RIGHTAWAY_CRASH_AT is set. It kills the server on purpose and is for tests only."))
        data = self.environment.data
        try:
            data.mkdir(parents=True, exist_ok=True, mode=0o711)
            lock = (data / "lock").open("a")
        except OSError as error:
            raise CannotStart(
                _("%(folder)s cannot be written: %(why)s. Set RIGHTAWAY_DATA to another folder.")
                % {"folder": data, "why": error.strerror}
            ) from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotStart(_("rightaway runs already with the data in %(folder)s.") % {"folder": data}) from None
        return lock

    def _start(self) -> None:
        self._end_orphans()
        check_port(self.environment)
        found = self._start_database()
        self._refuse_dangers(found)
        self._migrate(found)
        self._print_setup_link(found)
        self._start_children()
        self._wait_for_pages()
        self.say(_("rightaway is ready: %(address)s") % {"address": self.environment.address})

    def _end_orphans(self) -> None:
        orphans = self.record.alive()
        # Their writers first, so that PostgreSQL ends without anybody in mid-sentence.
        end([process for name, process in orphans.items() if name != "postgres"], signal.SIGTERM)
        if "postgres" in orphans:
            end([orphans["postgres"]], signal.SIGINT)
        self.record.clear()

    def _start_database(self) -> Connections:
        if self.postgres is None:
            found = known.connections(self.environment)
            assert found is not None
            return found
        if not self.postgres.is_made():
            self.say(_("Making the database. This happens once."))
        self.postgres.prepare()
        child = Child("postgres", self.postgres.start)
        self.children.append(child)
        self._launch(child)
        return self.postgres.wait_until_ready()

    def _refuse_dangers(self, found: Connections) -> None:
        import psycopg

        try:
            all_dangers = dangers(found)
        except psycopg.OperationalError as error:
            raise CannotStart(_("The database does not answer: %(why)s") % {"why": error}) from None
        allowed = self.environment.unsafe_database
        fatal = [danger.text for danger in all_dangers if not (danger.durability and allowed)]
        if fatal:
            raise CannotStart("\n".join(fatal))

    def _migrate(self, found: Connections) -> None:
        import psycopg

        with psycopg.connect(conninfo(found.owner), autocommit=True) as owner:
            if is_current(owner):
                return
        self.say(_("Preparing the tables."))
        done = subprocess.run([sys.executable, "-m", "rightaway.server.migrate"], check=False)
        if done.returncode != 0:
            raise CannotStart(_("The tables could not be prepared. The lines above say why."))

    def _print_setup_link(self, found: Connections) -> None:
        import psycopg

        with psycopg.connect(conninfo(found.owner), autocommit=True) as owner:
            if owner.execute("SELECT FROM accounts_organisation LIMIT 1").fetchone() is not None:
                return
            token = setup.new_token()
            owner.execute(setup.REPLACE_LINKS, [setup.digest(token), setup.LINK_HOURS])
        self.say(_("Nobody is here yet. Make your organisation with this link. It works once, for a day:"))
        self.say(f"  {self.environment.address}/setup/{token}")

    def _start_children(self) -> None:
        self.children.append(Child("web", lambda: self._python("-m", "rightaway.server.web")))
        for number in range(1, self.environment.workers + 1):
            self.children.append(Child(f"worker-{number}", lambda: self._python("-m", "rightaway.cli.main", "worker")))
        if self.environment.email_domain:
            self.children.append(Child("post", lambda: self._python("-m", "rightaway.cli.main", "email", "work")))
        for child in self.children:
            if child.process is None:
                self._launch(child)

    def _python(self, *arguments: str) -> "subprocess.Popen[bytes]":
        return subprocess.Popen(
            [sys.executable, *arguments], stdin=subprocess.DEVNULL, start_new_session=True,
            preexec_fn=dies_with_parent(signal.SIGTERM),
        )  # fmt: skip

    def _launch(self, child: Child) -> None:
        child.process = child.start()
        child.started_at = time.monotonic()
        self.record.add(child.name, child.process.pid)

    def _wait_for_pages(self) -> None:
        until = time.monotonic() + READY_SECONDS
        while not answers(self.environment):
            web = next(child for child in self.children if child.name == "web")
            if web.ended():
                raise CannotStart(_("The web process ended while starting. The lines above say why."))
            if time.monotonic() > until:
                raise CannotStart(_("The web process did not answer in time. The lines above may say why."))
            time.sleep(0.03)

    # watching

    def _watch(self) -> None:
        while True:
            now = time.monotonic()
            for child in self.children:
                if child.ended():
                    self._look_after(child, now)
            if self.postgres is not None and now - self._log_looked_at > _LOG_LOOK_SECONDS:
                self._log_looked_at = now
                self.postgres.rotate_log()
            time.sleep(_LOOK_SECONDS)

    def _look_after(self, child: Child, now: float) -> None:
        assert child.process is not None
        if not child.due_at:
            _kill_group(child.process.pid)  # what it started itself may still hold the port
            child.pause = _FIRST_PAUSE if now - child.started_at > _STEADY_SECONDS else child.pause
            child.due_at = now + child.pause
            child.pause = min(child.pause * 2, _LONGEST_PAUSE)
            self.say(
                _("%(name)s ended (%(code)s). It is started again.")
                % {"name": child.name, "code": child.process.returncode}
            )
        elif now >= child.due_at:
            child.due_at = 0.0
            self._launch(child)

    # stopping

    def _stop_all(self) -> None:
        others = [child for child in self.children if child.name != "postgres" and child.process is not None]
        for child in others:
            assert child.process is not None
            with suppress(ProcessLookupError):
                child.process.send_signal(signal.SIGTERM)
        until = time.monotonic() + STOP_SECONDS
        for child in others:
            assert child.process is not None
            with suppress(subprocess.TimeoutExpired):
                child.process.wait(max(until - time.monotonic(), 0.01))
            _kill_group(child.process.pid)
            child.process.wait()
        if self.postgres is not None:
            self.postgres.stop()
        self.record.clear()


def _stop(_number: int, _frame: object) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # one request is enough
    raise _Stop


def _kill_group(leader: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def check_port(environment: Environment) -> None:
    """Raises CannotStart when somebody else listens where the pages should be."""
    family = socket.AF_INET6 if ":" in environment.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((environment.host, environment.port))
        except OSError as error:
            raise CannotStart(
                _("%(host)s port %(port)s cannot be used: %(why)s. Set RIGHTAWAY_PORT to another one.")
                % {"host": environment.host, "port": environment.port, "why": error.strerror}
            ) from None


def answers(environment: Environment) -> bool:
    """Whether the web process serves pages."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(environment.host, environment.host)
    connection = HTTPConnection(host, environment.port, timeout=5)
    try:
        connection.request("GET", "/sign-in", headers={"Host": "localhost"})
        return connection.getresponse().status < 500
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
