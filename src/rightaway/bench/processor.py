"""What work costs of the processor, in all of our processes, and how fast the processor was meanwhile.

Where others use a machine too, its cores may do half as much from one second to the next: without that a time says
little.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import psutil

_EVERY_SECONDS: Final = 0.1


def spent_ms() -> float:
    """Milliseconds that the bench and all that it has started, PostgreSQL too, have had of the processor so far."""
    bench = psutil.Process()
    return sum(_spent(each) for each in (bench, *bench.children(recursive=True)))


@asynccontextmanager
async def watched() -> AsyncIterator[list[float]]:
    """How many microseconds of the processor a fixed loop takes, ten times a second while the block runs: half a
    millisecond each."""
    found: list[float] = []
    watching = asyncio.create_task(_watch(found))
    try:
        yield found
    finally:
        watching.cancel()


async def _watch(found: list[float]) -> None:
    while True:
        found.append(_loop_us())
        await asyncio.sleep(_EVERY_SECONDS)


def _loop_us() -> float:
    began, words = time.thread_time(), {}
    for number in range(6_000):
        words[number & 255] = str(number)
    return (time.thread_time() - began) * 1e6


def _spent(process: psutil.Process) -> float:
    """Of the process itself, and of those of its children that have ended."""
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return 1e3 * float(times.user + times.system + times.children_user + times.children_system)
