"""Small random worlds for the engine, from a seed: every strategy, filter and last resort comes up."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from rightaway.engine.facts import BANDS, Agent, AnyOf, Condition, Directory, Hours, Item, Live, Route, Snapshot
from rightaway.engine.route import compile_rules

NOW = datetime(2026, 3, 4, 15, 20, tzinfo=UTC)  # a Wednesday, far from any change of clocks
ZONES = ("UTC", "America/New_York", "Asia/Kathmandu", "America/Lima")
SKILLS = ("sales", "rentals")
LANGUAGES = ("en", "es", "pt-BR")
SOURCES = ("web", "portal", "fair")
UNITS = {("lead", "evaluate", True): 25, ("lead", "nurture", False): 0}
STRATEGIES = ("round_robin", "weighted", "load_balanced", "longest_idle", "first_to_accept", "pool", "agent")

seeds = st.integers(min_value=0, max_value=2**48)


@dataclass
class World:
    """What a snapshot is made of. `snapshot()` makes a fresh one each time, since planning advances what is live."""

    now: datetime
    directory: Directory
    live: Live
    items: list[Item]

    def snapshot(self) -> Snapshot:
        return Snapshot(self.now, self.directory, copy_of(self.live), [replace(item) for item in self.items])


def copy_of(live: Live) -> Live:
    return Live(
        present=live.present,
        load=list(live.load),
        room=list(live.room),
        unanswered=list(live.unanswered),
        last_given=list(live.last_given),
        given={p: dict(counts) for p, counts in live.given.items()},
        turns={key: {p: list(state) for p, state in states.items()} for key, states in live.turns.items()},
        capacity=list(live.capacity),
    )


def agent(position: int, **facts: Any) -> Agent:
    defaults: dict[str, Any] = {"zone": "UTC", "skills": {}, "languages": frozenset({"en"}), "hours": None}
    return Agent(id=UUID(int=100 + position), position=position, **{**defaults, **facts})


def item(n: int = 0, **facts: Any) -> Item:
    defaults: dict[str, Any] = {
        "kind": "lead",
        "status": "evaluate",
        "source": "web",
        "line": "sale",
        "language": "en",
        "band": 1,
        "enquiries": 1,
        "answered": False,
        "state": "waiting",
        "arrived": NOW,
        "attributes": {},
    }
    return Item(id=UUID(int=10_000 + n), **{**defaults, **facts})


def route(n: int = 0, **facts: Any) -> Route:
    return Route(id=UUID(int=1_000 + n), name=f"route {n}", **facts)


def directory_of(agents: list[Agent], routes: list[Route], **facts: Any) -> Directory:
    defaults: dict[str, Any] = {"revision": 1, "version": 1, "paused": frozenset(), "units": {}, "default_units": 100}
    found = {**defaults, **facts}
    return Directory(
        agents=tuple(agents), routes=tuple(routes), rules=compile_rules(tuple(routes), found["paused"]), **found
    )


def live_of(count: int, *, capacity: int = 1_000_000, present: int = -1) -> Live:
    return Live(
        present=(1 << count) - 1 if present < 0 else present,
        load=[0] * count,
        room=[capacity] * count,
        unanswered=[0] * count,
        last_given=[0.0] * count,
        given={},
        turns={},
        capacity=[capacity] * count,
    )


def make(
    seed: int, *, strategies: tuple[str, ...] = STRATEGIES, agents: int = 5, routes: int = 4, items: int = 8
) -> World:
    dice = random.Random(seed)
    people = [_agent(dice, position, routes) for position in range(dice.randint(1, agents))]
    rules = [_route(dice, n, len(people), strategies) for n in range(dice.randint(0, routes) or routes)]
    paused = frozenset(rule.id for rule in rules if dice.random() < 0.06)
    directory = directory_of(people, rules, units=UNITS, paused=paused)
    return World(
        NOW, directory, _live(dice, people), [_item(dice, n, people, rules) for n in range(dice.randint(1, items))]
    )


def _hours(dice: random.Random) -> Hours:
    ranges = tuple(
        (dice.choice((2, 3, 4)), dice.randrange(0, 1440, 30), dice.randrange(30, 1441, 30))
        for _ in range(dice.randint(0, 4))
    )
    return Hours(dice.choice(ZONES), ranges)


def _agent(dice: random.Random, position: int, routes: int) -> Agent:
    hour = timedelta(hours=1)
    return agent(
        position,
        zone=dice.choice(ZONES),
        skills={name: dice.randint(0, 10) for name in SKILLS if dice.random() < 0.8},
        languages=frozenset(dice.sample(LANGUAGES, dice.randint(1, 2))),
        hours=_hours(dice) if dice.random() < 0.15 else None,
        absences=((NOW - hour, NOW + hour * dice.choice((-0.5, 2))),) if dice.random() < 0.15 else (),
        limits=tuple((period, dice.randint(0, 4)) for period in ("day", "hour") if dice.random() < 0.2),
        active=dice.random() < 0.95,
        paused=dice.random() < 0.05,
        paused_routes=frozenset(UUID(int=1_000 + n) for n in range(routes) if dice.random() < 0.05),
        unanswered_cap=dice.randint(0, 3) if dice.random() < 0.3 else None,
    )


def _route(dice: random.Random, n: int, people: int, strategies: tuple[str, ...]) -> Route:
    audience = dice.sample(range(people), dice.randint(min(1, people), people) if dice.random() < 0.95 else 0)
    return route(
        n,
        kind="case" if dice.random() < 0.08 else "lead",
        sources=frozenset(dice.sample(SOURCES, dice.randint(1, 2))) if dice.random() < 0.25 else frozenset(),
        when=_hours(dice) if dice.random() < 0.12 else None,
        conditions=tuple(_part(dice) for _ in range(dice.choice((0, 0, 0, 1, 2)))),
        strategy=dice.choice(strategies),
        act=dice.choice(("assign", "offer")),
        audience=tuple(audience),
        weights=tuple(dice.randint(0, 4) for _ in audience) if dice.random() < 0.5 else (),
        skills=tuple((name, dice.randint(0, 6)) for name in SKILLS if dice.random() < 0.15),
        match_language=dice.random() < 0.2,
        tries=dice.randint(1, 3),
        first_wave=dice.randint(1, 3),
        ignore_capacity=dice.random() < 0.1,
        ignore_absence=dice.random() < 0.1,
        nobody=dice.choice(("wait", "next", "pool")),
        unaccepted=dice.choice(("wait", "next", "pool")),
    )


def _part(dice: random.Random) -> Condition | AnyOf:
    if dice.random() < 0.2:
        return AnyOf(tuple(_condition(dice) for _ in range(dice.randint(1, 3))))
    return _condition(dice)


def _condition(dice: random.Random) -> Condition:
    """Any field with any operator that it knows, and a value that may well hold."""
    kind = dice.choice(("text", "number", "band", "flag", "words", "amount", "empty"))
    if kind == "text":
        return _texts(
            dice, dice.choice(("kind", "status", "source", "line", "language")), ("lead", "Web", "evaluate", "Sale")
        )
    if kind == "number":
        return _ordered(dice, "enquiries", [dice.randint(0, 4), dice.randint(0, 4)])
    if kind == "band":
        return _ordered(dice, "band", dice.sample(BANDS, 2), key=BANDS.index)
    if kind == "flag":
        return Condition("answered", dice.choice(("is", "is_not")), dice.random() < 0.5)
    name = "attributes." + dice.choice(("zone", "tags", "price", "nothing"))
    if kind == "words":
        return _texts(dice, name, ("Centro", "Norte", "vip", "3"))
    if kind == "amount":
        return _ordered(dice, name, [dice.choice((3, 3.5, 100)), dice.choice((3, 7, 250))])
    return Condition(name, dice.choice(("is_empty", "is_set")))


def _texts(dice: random.Random, name: str, values: tuple[str, ...]) -> Condition:
    op = dice.choice(("is", "is_not", "in", "not_in", "contains", "starts_with"))
    if op in ("in", "not_in"):
        return Condition(name, op, dice.sample(values, dice.randint(1, 2)))
    value = dice.choice(values)
    return Condition(name, op, value[: dice.randint(1, 3)] if op in ("contains", "starts_with") else value)


def _ordered(dice: random.Random, name: str, values: list[Any], key: Any = None) -> Condition:
    op = dice.choice(("is", "is_not", "in", "not_in", "gt", "gte", "lt", "lte", "between"))
    if op == "between":
        return Condition(name, op, sorted(values, key=key))
    return Condition(name, op, values if op in ("in", "not_in") else values[0])


def _item(dice: random.Random, n: int, people: list[Agent], rules: list[Route]) -> Item:
    bits = (1 << len(people)) - 1

    def rare(chance: float) -> int:
        return dice.getrandbits(len(people)) & bits if dice.random() < chance else 0

    attributes: dict[str, Any] = {
        "zone": dice.choice(("centro", "NORTE ", "", None)),
        "tags": dice.choice((["VIP", "garden"], [], "vip", None)),
        "price": dice.choice((3, 3.0, 7.5, "3", "120", "dear", None, True)),
    }
    return item(
        n,
        status=dice.choice(("evaluate", "nurture")),
        source=dice.choice(SOURCES),
        language=dice.choice(("en", "es-419", "")),
        band=dice.randint(0, 3),
        enquiries=dice.randint(1, 4),
        answered=dice.random() < 0.4,
        attributes={name: value for name, value in attributes.items() if dice.random() < 0.8},
        campaign=dice.getrandbits(len(people)) & bits if dice.random() < 0.1 else -1,
        excluded=rare(0.2),
        asked=rare(0.2),
        tries=dice.choice((0, 0, 1, 2)),
        passed=frozenset(rule.id for rule in rules if dice.random() < 0.05),
    )


def _live(dice: random.Random, people: list[Agent]) -> Live:
    count = len(people)
    capacity = [100 * dice.randint(0, 9) for _ in people]
    load = [dice.randrange(0, most // 2 + 1, 25) for most in capacity]
    limited: Mapping[int, Agent] = {a.position: a for a in people if a.limits}
    return Live(
        present=sum(1 << p for p in range(count) if dice.random() < 0.85),
        load=load,
        room=[most - now for most, now in zip(capacity, load, strict=True)],
        unanswered=[dice.randint(0, 2) for _ in people],
        last_given=[NOW.timestamp() - dice.randint(0, 3) * 60 for _ in people],
        given={p: {"hour": dice.randint(0, 2), "day": dice.randint(0, 3)} for p in limited},
        turns={},
        capacity=capacity,
    )
