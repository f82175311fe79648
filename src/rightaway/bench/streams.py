"""Many open streams in one web process: memory of each, how fast a hint reaches all, and what a restart brings.

The listeners are members who hear everything, so that one hint goes to each of them. After the restart each of their
pages opens its stream again and reads its live parts, as a browser does.
"""

import asyncio
import json
import statistics
import time
from collections.abc import Callable
from typing import Any, Final

import psycopg

from rightaway.accounts.roles import Role
from rightaway.bench import house
from rightaway.bench.browser import OpenPage
from rightaway.bench.serving import Site, serving, sign_in
from rightaway.ledger.events import HINT_CHANNEL

STREAMS: Final = 2_000
_EACH: Final = 10  # of one member; the door allows twenty
_HINTS: Final = 10
_AT_ONCE: Final = 100
_LONGEST_STORM: Final = 240.0


def measure(dsn: str, tell: Callable[[str], None], *, streams: int = STREAMS) -> dict[str, Any]:
    ours = house.build(agents=streams // _EACH)
    sessions = sign_in(ours, role=Role.COMPANY_MANAGER)
    house.analyze(dsn)
    with serving() as site:
        return asyncio.run(_run(dsn, site, ours.organisation_id, sessions, streams, tell))


async def _run(
    dsn: str, site: Site, organisation_id: int, sessions: list[str], streams: int, tell: Callable[[str], None]
) -> dict[str, Any]:
    arrived: list[float] = []

    def heard(event: str, _data: str) -> None:
        if event == "hints":
            arrived.append(time.monotonic())

    pages = [
        OpenPage(site.port, sessions[n % len(sessions)], "/work", shown=_ignore, heard=heard) for n in range(streams)
    ]
    await _open(pages[:_AT_ONCE])  # what the process needs once: its first templates, threads and connections
    await asyncio.sleep(3.0)
    before = site.serving().memory_info().rss
    tell(f"opening {streams:,} streams …")
    began = time.monotonic()
    await _open(pages[_AT_ONCE:])
    opened = time.monotonic() - began
    await asyncio.sleep(1.0)
    grown = site.serving().memory_info().rss - before
    tell("hints …")
    reached = [await _hint(dsn, organisation_id, arrived, streams) for _ in range(_HINTS)]
    beats = await _busy(site, 10.0)
    tell("restart …")
    storm = await _storm(site, pages)
    return {
        "streams": streams, "kb_per_stream": round(grown / 1000 / (streams - _AT_ONCE), 1),
        "opened_s": round(opened, 1), "hint_to_all_p50_ms": round(1000 * statistics.median(reached)),
        "hint_to_all_worst_ms": round(1000 * max(reached)), "idle_cpu_share": beats, **storm,
    }  # fmt: skip


def _ignore(_text: str, _at: float) -> None:
    pass


async def _open(pages: list[OpenPage]) -> None:
    """Opens their streams, a hundred at once; their parts are empty until the page is loaded."""
    for start in range(0, len(pages), _AT_ONCE):
        some = pages[start : start + _AT_ONCE]
        for page in some:
            page.start()
        await asyncio.gather(*(page.opened.wait() for page in some))


async def _hint(dsn: str, organisation_id: int, arrived: list[float], streams: int) -> float:
    """Seconds from one NOTIFY until the last stream had it."""
    arrived.clear()
    payload = json.dumps({"organisation": organisation_id, "hints": [["config", "0", "published"]]})
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as conn:
        began = time.monotonic()
        await conn.execute("SELECT pg_notify(%s, %s)", [HINT_CHANNEL, payload])
    while len(arrived) < streams and time.monotonic() < began + 10:
        await asyncio.sleep(0.01)
    assert len(arrived) == streams, f"{len(arrived)} of {streams} heard it"
    return max(arrived) - began


async def _busy(site: Site, seconds: float) -> float:
    """The share of one processor that the process takes when nothing happens but beats and checks."""
    process = site.serving()
    began = sum(process.cpu_times()[:2])
    await asyncio.sleep(seconds)
    spent: float = sum(process.cpu_times()[:2]) - began
    return round(spent / seconds, 2)


async def _storm(site: Site, pages: list[OpenPage]) -> dict[str, Any]:
    """Ends the process and starts it again: seconds until every stream is open, and until every page is up to date."""
    example = OpenPage(site.port, pages[0].session, "/work", shown=_ignore)
    await example.load()
    for page in pages:
        page.parts = example.copy_parts()
        page.opened.clear()
        page.reads = page.refused = 0
    await asyncio.to_thread(site.restart)
    began = time.monotonic()
    await asyncio.wait_for(asyncio.gather(*(page.opened.wait() for page in pages)), _LONGEST_STORM)
    opened = time.monotonic() - began
    wanted = len(example.parts)
    while any(page.reads < wanted for page in pages) and time.monotonic() < began + _LONGEST_STORM:
        await asyncio.sleep(0.1)
    for page in pages:
        page.stop()
    return {
        "restart_all_open_s": round(opened, 1), "restart_all_read_s": round(time.monotonic() - began, 1),
        "restart_pages_up_to_date": sum(page.reads >= wanted for page in pages),
        "restart_reads": sum(page.reads for page in pages), "restart_refused": sum(page.refused for page in pages),
    }  # fmt: skip
