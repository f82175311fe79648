"""`rightaway up` as a real process with data of its own."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil


class Up:
    """A started supervisor: its console, its children, and how to reach it."""

    def __init__(self, data: Path, port: int, **settings: str) -> None:
        self.data, self.port = data, port
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("PG", "DATABASE_", "RIGHTAWAY_"))
        }
        self.environ = {**kept, "RIGHTAWAY_DATA": str(data), "RIGHTAWAY_PORT": str(port), "LC_ALL": "C", **settings}
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "rightaway.cli.main", "up"],
            env=self.environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)

    def wait_until(self, what: Callable[[], object], seconds: float = 30) -> None:
        until = time.monotonic() + seconds
        while not what():
            assert time.monotonic() < until, "".join(self.lines)
            time.sleep(0.02)

    def wait_until_ready(self) -> None:
        self.wait_until(lambda: any("is ready" in line for line in self.lines) or self.process.poll() is not None)
        assert self.process.poll() is None, "".join(self.lines)

    def setup_path(self) -> str:
        return str(re.findall(r"/setup/\S+", "".join(self.lines))[0])

    def child(self, name: str) -> psutil.Process:
        """The child whose command line has this word in it."""
        return next(each for each in psutil.Process(self.process.pid).children() if name in " ".join(each.cmdline()))

    def is_listening(self) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "rightaway.cli.main", *arguments],
            env=self.environ, capture_output=True, text=True, check=False, timeout=30,
        )  # fmt: skip

    def stop(self) -> None:
        """Ctrl-C."""
        self.process.send_signal(signal.SIGINT)
        self.process.wait(20)


@contextmanager
def data_folder() -> Iterator[Path]:
    """A folder with a short name, ended with everything that still runs in it."""
    data = Path(tempfile.mkdtemp(prefix="ra-", dir="/tmp"))
    try:
        yield data
    finally:
        shutil.rmtree(data, ignore_errors=True)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
