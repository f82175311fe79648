"""From the moment an enquiry is sent over HTTP until an agent's open page has the HTML that shows it.

The real web process, worker and streams; every agent has My work open, as a browser has it. What the customer's browser
then takes to paint it is not in these figures.
"""

import asyncio
import json
import re
import statistics
import time
from collections.abc import Callable
from typing import Any, Final, Literal
from uuid import uuid4

from rightaway.accounts.actor import SYSTEM
from rightaway.accounts.keys import make_key
from rightaway.bench import house
from rightaway.bench.browser import Connections, OpenPage
from rightaway.bench.processor import spent_ms, watched
from rightaway.bench.serving import serving, sign_in
from rightaway.ledger.tenancy import organisation

AGENTS: Final = 100
WEB_PROCESSES: Final = 2
_NAME: Final = re.compile(r"Person (\d+) of")
_LATEST_SECONDS: Final = 15.0


def measure(
    dsn: str, tell: Callable[[str], None], acts: tuple[Literal["offer", "assign"], ...] = ("offer", "assign")
) -> list[dict[str, Any]]:
    """At 10, 30 and 100 enquiries a second; held out to one agent, and assigned outright. `processor_ms` is what
    all processes together had of the processor, by enquiry; `loop_us` the median of a fixed loop meanwhile."""
    found = []
    for act in acts:
        ours = house.build(agents=AGENTS, act=act)
        tell(f"{AGENTS} agents sign in …")
        sessions = sign_in(ours)
        with organisation(ours.organisation_id):
            secret = make_key(name="bench", scopes=["item.create"], actor=SYSTEM).secret
        with serving(worker=True, web_processes=WEB_PROCESSES) as site:
            for per_second, seconds in ((10, 8.0), (30, 8.0), (100, 8.0)):
                tell(f"{act} at {per_second}/s …")
                house.analyze(dsn)
                figures = asyncio.run(_run(site.port, secret, sessions, per_second, seconds))
                tell(str(figures))
                found.append(
                    {
                        "act": act,
                        "per_second": per_second,
                        "open_pages": AGENTS,
                        "web_processes": WEB_PROCESSES,
                        **figures,
                    }
                )
    return found


async def _run(port: int, secret: str, sessions: list[str], per_second: int, seconds: float) -> dict[str, Any]:
    sent: dict[str, float] = {}
    stored: dict[str, float] = {}
    seen: dict[str, float] = {}
    run = uuid4().hex[:6]

    def shown(text: str, at: float) -> None:
        for number in _NAME.findall(text):
            if number in sent:
                seen.setdefault(number, at)

    pages = [OpenPage(port, session, "/work", shown=shown) for session in sessions]
    for start in range(0, len(pages), 8):
        await asyncio.gather(*(page.load() for page in pages[start : start + 8]))
    for page in pages:
        page.start()
    await asyncio.gather(*(page.opened.wait() for page in pages))
    await _settled(pages)
    before, spent = sum(page.reads for page in pages), spent_ms()
    customers = Connections(port, {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}, most=32)
    count, began = int(per_second * seconds), time.monotonic()
    sending = []
    async with watched() as loops:
        for number in range(count):
            await asyncio.sleep(max(0.0, began + number / per_second - time.monotonic()))
            name = str(int(run, 16) * 100_000 + number)
            sending.append(asyncio.create_task(_send(customers, name, sent, stored)))
        await asyncio.gather(*sending)
        until = time.monotonic() + _LATEST_SECONDS
        while len(seen) < len(stored) and time.monotonic() < until:
            await asyncio.sleep(0.05)
        spent = spent_ms() - spent
    for page in pages:
        page.stop()
    took = [seen[name] - sent[name] for name in seen]
    return {
        "enquiries": count, "turned_away": count - len(stored), "shown": len(seen), **_cut("visible", took),
        **_cut("stored", [stored[name] - sent[name] for name in stored]),
        "reads_per_enquiry": round((sum(page.reads for page in pages) - before) / count, 1),
        "processor_ms": round(spent / count, 1),
        "loop_us": round(statistics.median(loops)), "refused_reads": sum(page.refused for page in pages),
    }  # fmt: skip


async def _settled(pages: list[OpenPage]) -> None:
    """Until every page has read what it reads when its line opens: that is no enquiry's."""
    until = time.monotonic() + _LATEST_SECONDS
    while any(page.reads < len(page.parts) for page in pages) and time.monotonic() < until:
        await asyncio.sleep(0.1)
    await asyncio.sleep(1.0)


async def _send(customers: Connections, name: str, sent: dict[str, float], stored: dict[str, float]) -> None:
    enquiry = {"source": "web", "name": f"Person {name} of the bench", "email": f"{uuid4().hex}@example.com"}
    sent[name] = time.monotonic()
    answer = await customers.call(
        "POST", "/api/v1/leads", {"Idempotency-Key": uuid4().hex}, json.dumps(enquiry).encode()
    )
    assert answer.status in (201, 503), (answer.status, answer.body)
    if answer.status == 201:
        stored[name] = time.monotonic()


def _cut(name: str, seconds: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(seconds, n=100) if len(seconds) > 1 else [0.0] * 99
    return {f"{name}_p50_ms": round(cuts[49] * 1e3), f"{name}_p99_ms": round(cuts[98] * 1e3)}
