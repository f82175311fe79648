"""Child processes that never outlive their supervisor for long: written down when started, ended at the next start."""

import ctypes
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

import psutil

_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None
GRACE_SECONDS = 3.0
# The kernel tells start times from boot, and the instant of boot moves when the clock is set.
_CLOCK_SLACK_SECONDS = 2.0


def dies_with_parent(number: signal.Signals) -> Callable[[], None]:
    """For Popen's preexec_fn: Linux sends `number` to the child when its parent dies.

    Elsewhere nothing does, and the record of processes ends the child at the next start.
    """
    parent = os.getpid()

    def in_child() -> None:
        if _LIBC is not None:
            _LIBC.prctl(_PR_SET_PDEATHSIG, int(number), 0, 0, 0)
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)

    return in_child


class Record:
    """The children of a supervisor, in a file: name, process id and start time, which tells apart a reused id."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._children: dict[str, tuple[int, float]] = {}

    def add(self, name: str, pid: int) -> None:
        try:
            self._children[name] = (pid, psutil.Process(pid).create_time())
        except psutil.NoSuchProcess:
            self._children.pop(name, None)
        self._write()

    def clear(self) -> None:
        self._children = {}
        self.path.unlink(missing_ok=True)

    def alive(self) -> dict[str, psutil.Process]:
        """The processes that the file names and that still run."""
        try:
            known = json.loads(self.path.read_text())
        except (FileNotFoundError, ValueError):  # a write that a power cut cut short names nobody
            return {}
        found = {name: _same_process(pid, started) for name, (pid, started) in known.items()}
        return {name: process for name, process in found.items() if process is not None}

    def _write(self) -> None:
        temporary = self.path.with_suffix(".new")
        temporary.write_text(json.dumps(self._children))
        temporary.replace(self.path)


def _same_process(pid: int, started: float) -> psutil.Process | None:
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE or abs(process.create_time() - started) > _CLOCK_SLACK_SECONDS:
            return None
        return process
    except psutil.NoSuchProcess:
        return None


def end(processes: list[psutil.Process], first: signal.Signals, seconds: float = GRACE_SECONDS) -> None:
    """Asks with `first`, waits, then kills what is left together with its own children."""
    for process in processes:
        _send(process, first)
    _, left = psutil.wait_procs(processes, timeout=seconds)
    for process in left:
        for each in [*_children(process), process]:
            _send(each, signal.SIGKILL)
    psutil.wait_procs(left, timeout=seconds)


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return list(process.children(recursive=True))
    except psutil.NoSuchProcess:
        return []


def _send(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        pass
