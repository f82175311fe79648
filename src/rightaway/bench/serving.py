"""The real web process and worker on the bench's database, and members who are signed in to them."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import psutil
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

from rightaway.accounts.models import User
from rightaway.accounts.roles import Role
from rightaway.bench.house import House
from rightaway.ledger.ids import new_id
from rightaway.ledger.tenancy import organisation
from rightaway.people.acting import ORGANISATION_KEY
from rightaway.people.models import Agent
from rightaway.server.processes import dies_with_parent
from rightaway.work.actions.found import add_member

_WEB = "from rightaway.server.web import serve; serve()"
_WORKER = "import django; django.setup(); from rightaway.worker.loop import run; run()"


@dataclass(slots=True)
class Site:
    """The site on a port of its own. `restart` ends it as a deployment would, and starts it again."""

    port: int
    process: "subprocess.Popen[bytes]"
    web_processes: int = 1

    def serving(self) -> psutil.Process:
        """The process that answers, or the largest of them: granian's own, below its parent."""
        children = psutil.Process(self.process.pid).children()
        found: psutil.Process = max(children, key=lambda child: child.memory_info().rss)
        return found

    def restart(self) -> None:
        _end(self.process)
        self.process = _start_web(self.port, self.web_processes)


@contextmanager
def serving(*, worker: bool = False, web_processes: int = 1) -> Iterator[Site]:
    """The site, and a worker if wanted; both end with the block."""
    port = free_port()
    site = Site(port, _start_web(port, web_processes), web_processes)
    working = _start(_WORKER, {}) if worker else None
    try:
        yield site
    finally:
        for process in (site.process, working):
            if process is not None:
                _end(process)


def sign_in(ours: House, *, role: Role = Role.AGENT) -> list[str]:
    """Makes each agent of the house a member in this role, signed in. The keys of their sessions, by agent."""
    keys = []
    for agent_id in ours.agents:
        user = User.objects.create_user(email=f"{new_id().hex}@example.com", password=None)
        membership_id = add_member(organisation_id=ours.organisation_id, user=user, role=role)
        with organisation(ours.organisation_id):
            Agent.objects.filter(id=agent_id).update(membership=membership_id)
        keys.append(session_of(user, ours.organisation_id))
    return keys


def session_of(user: Any, organisation_id: int) -> str:
    """The key of a new session, as signing in would make it."""
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session[ORGANISATION_KEY] = organisation_id
    session["signed_in_at"] = session["seen_at"] = int(time.time())
    session.create()
    return str(session.session_key)


def _start_web(port: int, processes: int) -> "subprocess.Popen[bytes]":
    process = _start(_WEB, {"RIGHTAWAY_PORT": str(port), "RIGHTAWAY_WEB_PROCESSES": str(processes)})
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return process
        except OSError:
            time.sleep(0.1)
    _end(process)
    raise RuntimeError("the web process did not start")


def _start(code: str, environment: dict[str, str]) -> "subprocess.Popen[bytes]":
    quiet = {"RIGHTAWAY_LOG_LEVEL": "warning"}
    return subprocess.Popen(
        [sys.executable, "-c", code], env=os.environ | quiet | environment, stdout=sys.stderr,
        preexec_fn=dies_with_parent(signal.SIGKILL),
    )  # fmt: skip


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
