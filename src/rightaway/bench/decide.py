"""How long the engine takes to decide: seeded, without a database.

Single: 10,000 agents, 200 routes of 20 conditions with skills, hours and limits; one item a plan.
Batch: an audience of 200 agents, 20 routes; 1,000 items a plan.
"""

import gc
import random
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from statistics import median, quantiles
from time import perf_counter
from typing import Any
from uuid import UUID

from rightaway.engine.facts import Agent, AnyOf, Condition, Directory, Hours, Item, Live, Route, Snapshot
from rightaway.engine.plan import plan
from rightaway.engine.rank import ROTATING
from rightaway.engine.route import compile_rules, needed_routes

NOW = datetime(2026, 3, 4, 15, 0, tzinfo=UTC)  # a Wednesday
ZONES = ("America/New_York", "America/Mexico_City", "Europe/Madrid", "America/Lima", "Europe/London")
SKILLS = ("sales", "rentals", "commercial", "mortgage", "luxury", "land")
SOURCES = ("web", "portal", "mail", "phone", "fair", "referral", "advert", "walk_in")
STRATEGIES = ("round_robin", "weighted", "load_balanced", "longest_idle")

Turns = dict[tuple[UUID, int], dict[int, list[Any]]]


@dataclass(frozen=True, slots=True)
class Size:
    agents: int
    routes: int
    conditions: int
    audience: tuple[int, int]  # fewest and most agents of a route; the last route has them all
    skills: int = 1
    capacity: int = 1000


SINGLE = Size(agents=10_000, routes=200, conditions=20, audience=(50, 2_000))
BATCH = Size(agents=200, routes=20, conditions=3, audience=(200, 200), capacity=5000)


def agents(dice: random.Random, size: Size) -> tuple[Agent, ...]:
    hours = [
        Hours(zone, tuple((day, start * 60, (start + 9) * 60) for day in range(1, 6)))
        for zone in ZONES
        for start in (7, 8, 9, 10, 13)
    ]
    return tuple(
        Agent(
            id=UUID(int=position + 1),
            position=position,
            zone=dice.choice(ZONES),
            skills={name: dice.randint(1, 10) for name in dice.sample(SKILLS, 4)},
            languages=frozenset(dice.sample(("en", "es", "pt"), 2)),
            hours=dice.choice(hours) if dice.random() < 0.9 else None,
            absences=((NOW - timedelta(days=1), NOW + timedelta(days=3)),) if dice.random() < 0.05 else (),
            limits=(("hour", 6), ("day", 20)) if dice.random() < 0.3 else (),
            unanswered_cap=20,
        )
        for position in range(size.agents)
    )


def routes(dice: random.Random, size: Size) -> tuple[Route, ...]:
    return tuple(_route(dice, size, n) for n in range(size.routes))


def _route(dice: random.Random, size: Size, n: int) -> Route:
    is_last = n == size.routes - 1
    count = size.agents if is_last else dice.randint(*size.audience)
    audience = dice.sample(range(size.agents), count)
    return Route(
        id=UUID(int=1_000_000 + n),
        name=f"route {n}",
        conditions=() if is_last else _conditions(dice, size, n),
        strategy=STRATEGIES[n % len(STRATEGIES)],
        act=dice.choice(("assign", "offer")),
        audience=tuple(audience),
        weights=tuple(dice.randint(1, 5) for _ in audience),
        skills=tuple((name, dice.randint(1, 6)) for name in dice.sample(SKILLS, size.skills)),
        match_language=n % 2 == 0,
        when=Hours(ZONES[n % len(ZONES)], tuple((day, 0, 1440) for day in range(1, 8))) if n % 5 == 0 else None,
    )


def _conditions(dice: random.Random, size: Size, n: int) -> tuple[Condition | AnyOf, ...]:
    """Nearly all hold for nearly every item; the one that tells the routes apart stands at a random place."""
    makers: tuple[Callable[[], Condition | AnyOf], ...] = (
        lambda: Condition("attributes.price", "gte", dice.randint(0, 20)),
        lambda: Condition("source", "not_in", ["nowhere", "unknown"]),
        lambda: Condition("attributes.district", "is_set"),
        lambda: Condition("attributes.rooms", "between", [0, 12]),
        lambda: Condition("attributes.note", "contains", "house"),
        lambda: AnyOf((Condition("band", "gte", "low"), Condition("enquiries", "gt", 3))),
        lambda: Condition("line", "starts_with", "s"),
    )
    found = [dice.choice(makers)() for _ in range(size.conditions - 1)]
    found.insert(dice.randint(0, len(found)), Condition("attributes.zone", "is", f"Zone {n}"))
    return tuple(found)


def items(dice: random.Random, size: Size, count: int) -> list[Item]:
    return [
        Item(
            id=UUID(int=2_000_000 + n),
            kind="lead",
            status="evaluate",
            source=dice.choice(SOURCES),
            line="sale",
            language=dice.choice(("en", "es", "pt")),
            band=dice.randint(0, 3),
            enquiries=1,
            answered=dice.random() < 0.3,
            state="waiting",
            arrived=NOW - timedelta(minutes=dice.randint(0, 60)),
            attributes={
                "price": dice.randint(20, 900),
                "rooms": dice.randint(1, 9),
                "district": "Centro",
                "note": "a house by the park",
                "zone": f"zone {dice.randrange(size.routes)}",
            },
            excluded=1 << dice.randrange(size.agents) if dice.random() < 0.1 else 0,
        )
        for n in range(count)
    ]


def live(dice: random.Random, size: Size, directory: Directory) -> Live:
    capacity = [size.capacity] * size.agents
    load = [100 * dice.randint(0, size.capacity // 100) for _ in range(size.agents)]
    given = {a.position: {"hour": dice.randint(0, 6), "day": dice.randint(0, 20)} for a in directory.agents if a.limits}
    return Live(
        present=sum(1 << position for position in range(size.agents) if dice.random() < 0.6),
        load=load,
        room=[most - now for most, now in zip(capacity, load, strict=True)],
        unanswered=[dice.randint(0, 8) for _ in range(size.agents)],
        last_given=[NOW.timestamp() - dice.randint(0, 86_400) for _ in range(size.agents)],
        given=given,
        turns={},
        capacity=capacity,
    )


def directory(dice: random.Random, size: Size) -> Directory:
    found = routes(dice, size)
    return Directory(
        revision=1,
        version=1,
        routes=found,
        paused=frozenset(),
        agents=agents(dice, size),
        units={("lead", "evaluate", False): 100, ("lead", "evaluate", True): 25},
        default_units=100,
        rules=compile_rules(found),
    )


def single(size: Size = SINGLE, *, decisions: int = 600, seed: int = 1) -> list[float]:
    """Seconds of each decision, alone in its plan, after every route and band has been used once.

    What is live about all agents is there, the turns only of the routes that the item may take, as the planner reads
    them.
    """
    dice = random.Random(seed)
    known = directory(dice, size)
    now_live = live(dice, size, known)
    stored: Turns = {}
    for item in _one_of_each(dice, size):
        _read_turns(dice, known, now_live, [item], stored)
        plan(Snapshot(NOW, known, now_live, [item]))

    def prepared(item: Item) -> Snapshot:
        _read_turns(dice, known, now_live, [item], stored)
        return Snapshot(NOW, known, now_live, [item])

    return _timed(plan, map(prepared, items(dice, size, decisions)))


def _one_of_each(dice: random.Random, size: Size) -> list[Item]:
    """One item for each route and band, so that caches are warm and the rosters are today's."""
    found = items(dice, size, 4 * size.routes)
    for n, item in enumerate(found):
        item.attributes = {**item.attributes, "zone": f"zone {n // 4}"}
        item.band = n % 4
    return found


def _read_turns(dice: random.Random, known: Directory, now_live: Live, due: list[Item], stored: Turns) -> None:
    """Fresh copies of the stored turns that these items need, in place of those of the last ones."""
    stored.update(now_live.turns)
    now_live.turns = {}
    for index in needed_routes(known, due, NOW):
        route = known.routes[index]
        for band in {item.band for item in due} if route.strategy in ROTATING else ():
            states = stored.get((route.id, band)) or {p: [dice.randint(10, 11), 0, True, 1] for p in route.audience}
            now_live.turns[route.id, band] = {position: list(state) for position, state in states.items()}


def _timed(act: Callable[[Snapshot], object], snapshots: Iterable[Snapshot]) -> list[float]:
    gc.collect()
    gc.disable()
    try:
        found = []
        for snapshot in snapshots:
            start = perf_counter()
            act(snapshot)
            found.append(perf_counter() - start)
        return found
    finally:
        gc.enable()


def batch(size: Size = BATCH, *, count: int = 1_000, rounds: int = 7, seed: int = 2) -> float:
    """Seconds of an item in a batch: the median of some rounds, each with live facts of its own."""
    dice = random.Random(seed)
    known = directory(dice, size)
    lives = [live(dice, size, known) for _ in range(rounds)]
    snapshots = []
    for now_live in lives:
        due = _one_of_each(dice, size)
        _read_turns(dice, known, now_live, due, {})
        plan(Snapshot(NOW, known, now_live, due))
        snapshots.append(Snapshot(NOW, known, now_live, items(dice, size, count)))
    return median(_timed(plan, snapshots)) / count


def measure() -> dict[str, float]:
    """The engine's figures: milliseconds of a single decision, microseconds of an item in a batch."""
    seconds = single()
    cuts = quantiles(seconds, n=100)
    return {
        "p50_ms": round(cuts[49] * 1e3, 3),
        "p99_ms": round(cuts[98] * 1e3, 3),
        "batch_us_per_item": round(batch() * 1e6, 1),
    }
