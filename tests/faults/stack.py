"""A whole installation of real processes with data of its own, each of which may be killed and started again."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

import psutil
import psycopg

from rightaway.server.connections import conninfo, embedded
from rightaway.server.postgres import Postgres
from rightaway.server.processes import dies_with_parent
from tests.server.running import free_port

ROOT = Path(__file__).parents[2]


class Stack:
    """PostgreSQL, web and worker. `start` them; `kill` ends one as kill -9 does, and starts it again."""

    def __init__(self, data: Path) -> None:
        self.data, self.port = data, free_port()
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "DATABASE_", "RIGHTAWAY_"))}
        self.environ = {
            **kept, "RIGHTAWAY_DATA": str(data), "RIGHTAWAY_PORT": str(self.port), "LC_ALL": "C",
            "PYTHONPATH": str(ROOT), "DJANGO_SETTINGS_MODULE": "rightaway.server.settings",
        }  # fmt: skip
        self.postgres = Postgres(data, settings={"shared_buffers": "64MB"})
        self.children: dict[str, subprocess.Popen[bytes]] = {}

    # started

    def start(self) -> None:
        self.postgres.prepare()
        self.postgres.start()
        self.postgres.wait_until_ready()
        self.run("-m", "rightaway.server.migrate")
        self.launch("worker")
        self.launch("web")
        self.wait_until(self.answers)

    def launch(self, name: str, *instead: str, **environ: str) -> None:
        """Starts a child; `instead` are Python's arguments for another one under its name."""
        usual = {"worker": ("-m", "rightaway.cli.main", "worker"), "web": ("-m", "rightaway.server.web")}[name]
        self.children[name] = subprocess.Popen(
            [sys.executable, *(instead or usual)], env={**self.environ, **environ}, cwd=ROOT, start_new_session=True,
            stdin=subprocess.DEVNULL, stdout=(self.data / f"{name}.log").open("ab"), stderr=subprocess.STDOUT,
            preexec_fn=dies_with_parent(signal.SIGKILL),
        )  # fmt: skip

    def stop(self) -> None:
        for name in list(self.children):
            self.end(name)
        self.postgres.stop()

    def run(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        """A Python of this installation, run to its end. Raises when it fails."""
        return subprocess.run(
            [sys.executable, *arguments], env={**self.environ, **environ}, cwd=ROOT, check=True, text=True,
            stdout=subprocess.PIPE, timeout=60,
        )  # fmt: skip

    def seeded(self, agents: int, *routes: dict[str, Any]) -> "Seeded":
        """A new organisation with these routes and members who are agents, made by `seed.py`."""
        wanted = json.dumps({"agents": agents, "routes": routes})
        return Seeded(**json.loads(self.run("-m", "tests.faults.seed", wanted).stdout))

    # killed

    def kill(self, what: str, dice: random.Random) -> None:
        if what == "postgres":
            self._kill_postgres()
        elif what == "backend":
            self._kill_backend(dice)
        elif what == "web child":
            # The one that answers; its parent starts another.
            psutil.Process(self.children["web"].pid).children()[0].kill()
        else:
            self.end(what)
            self.launch(what)

    def end(self, name: str) -> None:
        child = self.children.pop(name)
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()

    def _kill_postgres(self) -> None:
        """The postmaster and every backend, in any order, in mid-sentence."""
        process = self.postgres.process
        assert process is not None
        for each in [psutil.Process(process.pid), *self._backends()]:
            with suppress(psutil.NoSuchProcess):
                each.kill()
        process.wait()
        self.postgres.start()
        self.postgres.wait_until_ready()

    def _kill_backend(self, dice: random.Random) -> None:
        """One session: the postmaster ends all others and recovers, because shared memory may be damaged."""
        sessions = [each for each in self._backends() if "rightaway_app" in " ".join(each.cmdline())]
        dice.choice(sessions or self._backends()).kill()

    def _backends(self) -> list[psutil.Process]:
        assert self.postgres.process is not None
        return list(psutil.Process(self.postgres.process.pid).children(recursive=True))

    # asked

    def answers(self) -> bool:
        return self.call("GET", "/api/v1/offers")[0] == 401

    def call(
        self, method: str, path: str, body: Any = None, *, headers: Mapping[str, str] | None = None
    ) -> tuple[int, Any]:
        """(status, JSON) of one request on a connection of its own; status 0 when nobody knows what became of it."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=12)
        try:
            data = None if body is None else json.dumps(body)
            connection.request(
                method, path, data, {"Host": "localhost", "Content-Type": "application/json", **(headers or {})}
            )
            response = connection.getresponse()
            text = response.read()
            return response.status, json.loads(text or b"null")
        except (OSError, HTTPException, ValueError) as error:
            return 0, str(error)
        finally:
            connection.close()

    def wait_until(self, what: Callable[[], object], seconds: float = 30) -> None:
        until = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < until, self.logs()
            time.sleep(0.05)

    def logs(self) -> str:
        return "\n".join(path.read_text()[-3000:] for path in self.data.glob("*.log"))

    def admin(self) -> psycopg.Connection[Any]:
        """As the superuser, who sees everything; once the server has recovered."""
        found = embedded(self.data)
        assert found is not None
        assert found.admin is not None
        until = time.monotonic() + 30
        while True:
            try:
                return psycopg.connect(conninfo(found.admin), autocommit=True)
            except psycopg.OperationalError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)

    def rows(self, sql: str, *values: Any) -> list[Any]:
        for _ in range(5):
            with suppress(psycopg.OperationalError), self.admin() as admin:  # it may just be on its way down
                return admin.execute(sql, values).fetchall()
        raise AssertionError("PostgreSQL does not stay")

    def check(self, organisation_id: int, acknowledged: list[str]) -> tuple[int, str]:
        """What `rightaway check` says: (exit status, text)."""
        acks = self.data / "acknowledged"
        acks.write_text("\n".join(acknowledged))
        done = subprocess.run(
            [sys.executable, "-m", "rightaway.cli.main", "check", "--organisation", str(organisation_id),
             "--acks", str(acks)],
            env=self.environ, cwd=ROOT, check=False, text=True, capture_output=True, timeout=60,
        )  # fmt: skip
        return done.returncode, done.stdout + done.stderr


class Seeded:
    """An organisation of a stack: keys of the API, and `agents` as [(agent's id, key)]."""

    def __init__(
        self, *, organisation: int, intake: str, boss: str, agents: list[list[str]], routes: list[str]
    ) -> None:
        self.id, self.intake, self.boss, self.routes = organisation, intake, boss, routes
        self.agents = [(id, key) for id, key in agents]


@contextmanager
def running_stack() -> Iterator[Stack]:
    # A short name, not below pytest's folder: the socket's path has a limit, and PostgreSQL may run as nobody.
    data = Path(tempfile.mkdtemp(prefix="ra-", dir="/tmp"))
    stack = Stack(data)
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()
        shutil.rmtree(data, ignore_errors=True)
