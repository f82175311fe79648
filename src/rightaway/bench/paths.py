"""The paths of an item, each measured beside its floor in interleaved rounds; medians of the rounds."""

import multiprocessing
import statistics
import time
from collections.abc import Callable
from multiprocessing.synchronize import Event
from typing import Any

from django.db import connection

from rightaway.accounts.actor import Actor
from rightaway.accounts.roles import Role
from rightaway.bench import floors, house
from rightaway.bench.house import House
from rightaway.ledger.tenancy import organisation
from rightaway.work.actions.accept import accept
from rightaway.work.actions.route import route_organisation
from rightaway.work.models import Offer

ROUNDS = 5
Figures = dict[str, float]


def backlog(dsn: str) -> Figures:
    """Waiting items → durable assignments with decisions and events, in batches, against COPY."""
    ours, floor = house.build(agents=20), house.build(agents=20)
    house.fill(ours, 3000)
    _drain(ours)
    rounds = [(floors.copy(dsn, floor, 6000), _backlog(dsn, ours, 6000)) for _ in range(ROUNDS)]
    return _ratio(rounds)


def single(dsn: str) -> Figures:
    """One waiting item → durable assignment, in process; and ten at once; against the CTE, one connection."""
    ours, floor = house.build(agents=20), house.build(agents=20)
    house.fill(ours, 1000)
    _drain(ours)
    house.analyze(dsn)
    ones, tens = [], []
    for _ in range(ROUNDS):
        per_s = floors.cte(dsn, floor, 500)
        ones.append((per_s, _one_by_one(ours, 1, 300)))
        tens.append((per_s, _one_by_one(ours, 10, 60)))
    return _ratio(ones) | {"ratio_n10": _ratio(tens)["ratio"]}


def growth(dsn: str) -> list[Figures]:
    """The backlog's speed, from few items to many and from a small team to a large one, beside COPY for such a team."""
    floor = {agents: floors.copy(dsn, house.build(agents=agents), 5_000) for agents in (20, 200, 2_000)}
    figures = []
    for items, agents in ((500, 20), (5_000, 20), (50_000, 20), (5_000, 200), (5_000, 2_000)):
        per_s = _grown(dsn, items, agents)
        figures.append(
            {"items": items, "agents": agents, "per_s": round(per_s), "ratio": round(per_s / floor[agents], 3)}
        )
    return figures


def accept_beside_planner(*, per_second: int = 50, accepts: int = 250) -> Figures:
    """How long people wait for their acceptance, while a planner works through a backlog of the same organisation."""
    held_out = house.build(agents=50, act="offer", routes=1)
    house.fill(held_out, accepts)
    _drain(held_out)
    house.fill(held_out, 20_000)
    connection.close()  # the planner's process must not inherit it
    context = multiprocessing.get_context("fork")
    stop = context.Event()
    planner = context.Process(target=_plan_until, args=(held_out, stop))
    planner.start()
    with organisation(held_out.organisation_id, read_only=True):
        offers = list(Offer.objects.filter(state="open").values_list("id", "agent")[:accepts])
    times = []
    for offer_id, agent_id in offers:
        began = time.perf_counter()
        actor = Actor(kind="member", id=agent_id, role=Role.AGENT, agent_id=agent_id)
        with organisation(held_out.organisation_id):
            accept(offer_id=offer_id, actor=actor)
        times.append(time.perf_counter() - began)
        time.sleep(max(0.0, 1 / per_second - times[-1]))
    stop.set()
    planner.join()
    return {"p50_ms_beside_planner": _ms(times, 50), "p99_ms_beside_planner": _ms(times, 99)}


def _plan_until(held_out: House, stop: Event) -> None:
    while not stop.is_set():
        routed = route_organisation(held_out.organisation_id)
        if routed is not None and routed.planned == 0:
            house.fill(held_out, 5_000)


def _drain(ours: House) -> int:
    planned = 0
    while (routed := route_organisation(ours.organisation_id)) and routed.planned:
        planned += routed.planned
    return planned


def _timed(step: Callable[[], int]) -> float:
    """Items a second."""
    began = time.perf_counter()
    return step() / (time.perf_counter() - began)


def _backlog(dsn: str, ours: House, items: int) -> float:
    house.fill(ours, items)
    house.analyze(dsn)
    return _timed(lambda: _drain(ours))


def _grown(dsn: str, items: int, agents: int) -> float:
    ours = house.build(agents=agents)
    return _backlog(dsn, ours, items)


def _one_by_one(ours: House, items: int, times: int) -> float:
    took = 0.0
    for _ in range(times):
        house.fill(ours, items)
        began = time.perf_counter()
        _drain_once(ours, items)
        took += time.perf_counter() - began
    return items * times / took


def _drain_once(ours: House, items: int) -> None:
    routed = route_organisation(ours.organisation_id)
    assert routed is not None and routed.assigned == items, routed


def _ratio(rounds: list[tuple[float, float]]) -> Figures:
    """Medians of what was reached and of its floor; the ratio is the median of the rounds' own ratios."""
    return {
        "per_s": round(statistics.median(reached for _, reached in rounds)),
        "floor_per_s": round(statistics.median(floor for floor, _ in rounds)),
        "ratio": round(statistics.median(reached / floor for floor, reached in rounds), 3),
    }


def _ms(times: list[float], percentile: int) -> float:
    return round(1000 * statistics.quantiles(times, n=100)[percentile - 1], 2)


def everything(dsn: str, tell: Callable[[str], None], *, only: str = "") -> dict[str, Any]:
    """All figures (or those of one part), as `rightaway bench --json` prints them."""
    from rightaway.bench import bulk, decide, intake, start, streams, visible, weight

    parts: list[tuple[str, Callable[[], Any]]] = [
        ("decide", decide.measure),
        ("backlog", lambda: backlog(dsn)),
        ("single", lambda: single(dsn)),
        ("intake", lambda: intake.measure(dsn)),
        ("accept", accept_beside_planner),
        ("bulk", lambda: bulk.measure(dsn)),
        ("growth", lambda: growth(dsn)),
        ("visible", lambda: visible.measure(dsn, tell)),
        ("streams", lambda: streams.measure(dsn, tell)),
        ("weight", lambda: weight.measure(dsn, tell)),
        ("start", lambda: start.measure(tell)),
    ]
    figures = {}
    for name, measure in parts:
        if only and name != only:
            continue
        tell(f"{name} …")
        figures[name] = measure()
    return figures
