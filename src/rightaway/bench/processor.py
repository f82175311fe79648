"""What work costs of the processor, in all of our processes, beside what a fixed loop costs on the same machine now.

Times on a machine that others use too say little by themselves: how many such loops something takes says more.
"""

import statistics
import time
from typing import Final

import psutil

_ROUNDS: Final = 15


def loop_ms() -> float:
    """Milliseconds of this thread that a fixed loop of dictionary and text takes here: the median of some."""
    found = []
    for _ in range(_ROUNDS):
        began, words = time.thread_time(), {}
        for number in range(60_000):
            words[number & 255] = str(number)
        found.append(time.thread_time() - began)
    return statistics.median(found) * 1e3


def spent_ms() -> float:
    """Milliseconds that the bench and all that it has started, PostgreSQL too, have had of the processor so far."""
    bench = psutil.Process()
    return sum(_spent(each) for each in (bench, *bench.children(recursive=True)))


def _spent(process: psutil.Process) -> float:
    """Of the process itself, and of those of its children that have ended."""
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return 1e3 * float(times.user + times.system + times.children_user + times.children_system)
