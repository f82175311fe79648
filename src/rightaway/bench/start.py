"""How long `rightaway up` takes on data that is there already, from the command to the first page that answers.

The floor: one process that loads the same site and one that imports the libraries a worker needs, side by side, and no
database, no supervisor and no page.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any, Final

from rightaway.bench.serving import free_port

ROUNDS: Final = 5
GOAL_SECONDS: Final = 3.0
_UP: Final = [sys.executable, "-m", "rightaway.cli.main", "up"]
_SITE: Final = [sys.executable, "-c", "from rightaway.server.web import load; load()"]
_WORKER: Final = [sys.executable, "-c", "import django; django.setup(); import rightaway.worker.loop"]


def measure(tell: Callable[[str], None]) -> dict[str, Any]:
    """Seconds, medians of some starts and stops; `ratio` is the median of each start beside its floor."""
    with tempfile.TemporaryDirectory(prefix="ra-bench-", dir="/tmp", ignore_cleanup_errors=True) as data:
        first, _ = _up(data)
        rounds = []
        for _ in range(ROUNDS):
            rounds.append((_floor(), *_up(data)))
            tell(f"start in {rounds[-1][1]:.1f} s, floor {rounds[-1][0]:.1f} s")
    floors, starts, stops = zip(*rounds, strict=True)
    return {
        "first_s": round(first, 2),
        "later_s": round(statistics.median(starts), 2),
        "stop_s": round(statistics.median(stops), 2),
        "floor_s": round(statistics.median(floors), 2),
        "ratio": round(statistics.median(start / floor for floor, start, _ in rounds), 2),
        "goal_s": GOAL_SECONDS,
    }


def _floor() -> float:
    began = time.perf_counter()
    both = [subprocess.Popen(command, env=os.environ) for command in (_SITE, _WORKER)]
    assert [each.wait() for each in both] == [0, 0]
    return time.perf_counter() - began


def _up(data: str) -> tuple[float, float]:
    """The seconds until it says that it is ready, and those from the request to stop until nothing runs."""
    environment = os.environ | {"RIGHTAWAY_DATA": data, "RIGHTAWAY_PORT": str(free_port()), "LC_ALL": "C"}
    began = time.perf_counter()
    process = subprocess.Popen(_UP, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line)
        if "is ready" in line:
            break
    else:
        raise RuntimeError("rightaway did not start:\n" + "".join(lines))
    ready = time.perf_counter() - began
    process.terminate()
    began = time.perf_counter()
    process.stdout.read()
    process.wait()
    return ready, time.perf_counter() - began
