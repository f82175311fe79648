"""`rightaway up` from the first start to kill -9, with real processes."""

import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPConnection
from pathlib import Path

import psutil
import psycopg
import pytest

from rightaway.server.connections import Connections, conninfo, embedded

from .running import Up, data_folder, free_port

# One data folder, several starts: the order of these tests is the story of an installation.


@pytest.fixture(scope="module")
def data() -> Iterator[Path]:
    with data_folder() as folder:
        yield folder


@pytest.fixture
def up(data: Path) -> Iterator[Up]:
    started = Up(data, free_port())
    started.wait_until_ready()
    try:
        yield started
    finally:
        if started.process.poll() is None:
            started.stop()


def _connections(data: Path) -> Connections:
    found = embedded(data)
    assert found is not None
    return found


def _write(data: Path, number: int) -> None:
    with psycopg.connect(conninfo(_connections(data).owner)) as owner:
        owner.execute("CREATE TABLE IF NOT EXISTS kept (number int)")
        owner.execute("INSERT INTO kept VALUES (%s)", [number])


def _kept(data: Path) -> list[int]:
    with psycopg.connect(conninfo(_connections(data).owner)) as owner:
        return [row[0] for row in owner.execute("SELECT number FROM kept ORDER BY 1").fetchall()]


def _get(port: int, path: str) -> int:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("GET", path)
    return connection.getresponse().status


def test_first_start_prints_a_link_and_ctrl_c_stops_everything(data: Path) -> None:
    first = Up(data, free_port())
    first.wait_until_ready()
    path = first.setup_path()
    assert _get(first.port, path) == 200
    assert _get(first.port, "/setup/guessed") == 404
    children = psutil.Process(first.process.pid).children(recursive=True)
    first.stop()
    assert first.process.returncode == 0
    assert not [child for child in children if child.is_running()]


def test_a_later_start_prepares_nothing_again(data: Path) -> None:
    later = Up(data, free_port())
    later.wait_until_ready()
    later.stop()
    assert not [line for line in later.lines if "Making the database" in line or "Preparing the tables" in line]


@pytest.mark.skipif(sys.platform != "linux", reason="they are forked on Linux only")
def test_web_processes_are_forked_from_one_that_has_loaded_the_site(data: Path) -> None:
    several = Up(data, free_port(), RIGHTAWAY_WEB_PROCESSES="3")
    several.wait_until_ready()
    parent = several.child("server.web")
    children = parent.children()
    assert len(children) == 3
    assert {tuple(child.cmdline()) for child in children} == {tuple(parent.cmdline())}
    children[0].kill()
    several.wait_until(lambda: len(parent.children()) == 3 and children[0] not in parent.children())
    assert _get(several.port, several.setup_path()) == 200
    several.stop()


def test_a_later_start_replaces_the_link_that_nobody_used(up: Up, data: Path) -> None:
    first = up.setup_path()
    up.stop()
    later = Up(data, free_port())
    later.wait_until_ready()
    assert _get(later.port, first) == 404
    assert _get(later.port, later.setup_path()) == 200
    later.stop()


def test_doctor_is_content_while_it_runs_and_says_what_is_wrong_when_it_does_not(up: Up) -> None:
    content = up.command("doctor")
    assert content.returncode == 0, content.stdout
    up.stop()
    worried = up.command("doctor")
    assert worried.returncode == 1
    assert "The database does not run" in worried.stdout


def test_a_second_supervisor_of_the_same_data_is_refused(up: Up, data: Path) -> None:
    second = Up(data, free_port())
    assert second.process.wait(10) == 1
    assert "runs already" in "".join(second.lines)


def test_a_port_in_use_is_named(data: Path) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        refused = Up(data, busy.getsockname()[1])
        assert refused.process.wait(10) == 1
        assert "RIGHTAWAY_PORT" in "".join(refused.lines)
        doctor = refused.command("doctor")
        assert doctor.returncode == 1
        assert "RIGHTAWAY_PORT" in doctor.stdout


def test_an_armed_crash_point_is_refused(data: Path) -> None:
    refused = Up(data, free_port(), RIGHTAWAY_CRASH_AT="anywhere")
    assert refused.process.wait(10) == 1
    assert "tests only" in "".join(refused.lines)


@pytest.mark.parametrize("name", ["rightaway.server.web", "worker", "postgres"])
def test_a_killed_child_is_started_again_and_nothing_is_lost(up: Up, data: Path, name: str) -> None:
    _write(data, 1)
    before = _kept(data)
    old = up.child(name)
    old.kill()
    up.wait_until(lambda: any(name in line and pid != old.pid for pid, line in _alive(up).items()))
    up.wait_until(lambda: _answers(up, data))
    assert _kept(data) == before


def _alive(up: Up) -> dict[int, str]:
    """The command lines of the children, by pid. One may end while it is looked at."""
    found = {}
    for each in psutil.Process(up.process.pid).children():
        with suppress(psutil.NoSuchProcess):
            if each.status() != psutil.STATUS_ZOMBIE:
                found[each.pid] = " ".join(each.cmdline())
    return found


def _answers(up: Up, data: Path) -> bool:
    try:
        _kept(data)
        return _get(up.port, "/sign-in") == 200
    except (OSError, psycopg.OperationalError):
        return False


def test_a_killed_supervisor_leaves_nothing_running_after_the_next_start(up: Up, data: Path) -> None:
    _write(data, 2)
    before = _kept(data)
    left = psutil.Process(up.process.pid).children(recursive=True)
    up.process.kill()
    up.process.wait()
    following = Up(data, up.port)
    following.wait_until_ready()
    try:
        psutil.wait_procs(left, timeout=5)
        assert not [process for process in left if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]
        assert _kept(data) == before
    finally:
        following.stop()


def test_orphans_that_no_signal_told_are_ended_by_the_next_start(up: Up, data: Path) -> None:
    # Where the system tells no child that its parent died, children go on; here they are stopped in their tracks,
    # so that only the next start can end them.
    left = psutil.Process(up.process.pid).children(recursive=True)
    for process in left:
        process.send_signal(signal.SIGSTOP)
    up.process.kill()
    up.process.wait()
    following = Up(data, up.port)
    try:
        following.wait_until_ready()
        assert not [process for process in left if process.is_running() and process.status() != psutil.STATUS_ZOMBIE]
    finally:
        following.stop()
