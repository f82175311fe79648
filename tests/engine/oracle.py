"""What the engine should decide, written a second time: slowly, plainly, one item and one agent after the other.

It shares no code with the engine, only its facts. It starts from rotations in which nobody has had a turn.
"""

from collections import Counter
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from rightaway.engine.facts import BANDS, Agent, AnyOf, Condition, Directory, Hours, Item, Live, Route, Snapshot

Outcome = tuple[str, str, UUID | None, tuple[int, ...]]


def decide_all(snapshot: Snapshot) -> list[Outcome]:
    """(act, cause, route, chosen) of each item."""
    world = World(snapshot.directory, snapshot.live, snapshot.now)
    return [world.decide(item) for item in snapshot.items]


def is_open(hours: Hours, now: datetime) -> bool:
    """Only right where no change of clocks is near."""
    local = now.astimezone(ZoneInfo(hours.zone))
    for back in (0, 1):
        day = local.date() - timedelta(days=back)
        minute = local.hour * 60 + local.minute + 1440 * back
        for weekday, start, end in hours.ranges:
            if weekday == day.isoweekday() and start <= minute < (end if end > start else end + 1440):
                return True
    return False


def holds(condition: Condition, item: Item) -> bool:
    value = condition.value
    if condition.field == "band":
        wanted = [BANDS.index(v) for v in value] if isinstance(value, list) else BANDS.index(value)
        return _number_holds(condition.op, item.band, wanted)
    if condition.field == "answered":
        return item.answered == (value if condition.op == "is" else not value)
    if condition.field == "enquiries":
        return _number_holds(condition.op, item.enquiries, value)
    if condition.field.startswith("attributes."):
        have = item.attributes.get(condition.field.removeprefix("attributes."))
    else:
        have = getattr(item, condition.field)
    return _any_holds(condition.op, have, value)


def _any_holds(op: str, have: Any, value: Any) -> bool:
    texts = [_text(one) for one in (have if isinstance(have, list) else [have])]
    texts = [text for text in texts if text]
    if op == "is_empty":
        return not texts
    if op == "is_set":
        return bool(texts)
    first = value[0] if isinstance(value, list) else value
    if isinstance(first, str):
        return _text_holds(op, have, texts, value)
    return _number_holds(op, _number(have), value)


def _text(value: Any) -> str:
    if value is None or isinstance(value, list):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value == int(value):
        value = int(value)
    return str(value).strip().casefold()


def _text_holds(op: str, have: Any, texts: list[str], value: Any) -> bool:
    if op in ("in", "not_in"):
        return any(text in [v.casefold() for v in value] for text in texts) == (op == "in")
    wanted = value.strip().casefold()
    if op in ("is", "is_not"):
        return (wanted in texts) == (op == "is")
    if op == "starts_with":
        return _text(have).startswith(wanted)
    assert op == "contains"
    return wanted in texts if isinstance(have, list) else wanted in _text(have)


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or value is None or isinstance(value, list):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def _number_holds(op: str, have: float | None, value: Any) -> bool:
    if op in ("is_not", "not_in"):
        return have is None or have not in (value if op == "not_in" else [value])
    if have is None:
        return False
    if op == "is":
        return bool(have == value)
    if op == "in":
        return have in value
    if op == "between":
        return bool(value[0] <= have <= value[1])
    return bool({"gt": have > value, "gte": have >= value, "lt": have < value, "lte": have <= value}[op])


class World:
    def __init__(self, directory: Directory, live: Live, now: datetime) -> None:
        self.directory = directory
        self.live = live
        self.now = now
        self.taken: Counter[tuple[UUID, int, int]] = Counter()

    def decide(self, item: Item) -> Outcome:
        passed, tries = set(item.passed), item.tries
        reason = "unaccepted" if passed else "no_route"
        waiting_agent_route = None
        for route in self.in_order():
            if route.id in passed or not self.matches(route, item):
                continue
            if route.strategy == "pool":
                return "pool", "pool_route", route.id, ()
            offering = route.act == "offer" or route.strategy == "first_to_accept"
            outcome = self.ask(route, item, tries if offering else 0)
            if outcome == "away":
                others = [p for p in route.audience if not _in(item.excluded, p)]
                if others and route.nobody == "wait" and waiting_agent_route is None:
                    waiting_agent_route = route
                continue
            if isinstance(outcome, tuple):
                act = "broadcast" if route.strategy == "first_to_accept" else "offer" if offering else "assign"
                return act, "routed", route.id, outcome
            waiting_agent_route = None
            resort = route.nobody if outcome == "nobody" else route.unaccepted
            if resort != "next":
                return resort, outcome, route.id, ()
            reason = outcome
            if outcome == "unaccepted":
                passed.add(route.id)
                tries = 0
        if waiting_agent_route is not None:
            return "wait", "nobody", waiting_agent_route.id, ()
        return "pool", reason, None, ()

    def in_order(self) -> list[Route]:
        named = [route for route in self.directory.routes if route.strategy == "agent"]
        named.sort(key=lambda route: (len(route.sources) or 10**6, self.directory.routes.index(route)))
        return named + [route for route in self.directory.routes if route.strategy != "agent"]

    def matches(self, route: Route, item: Item) -> bool:
        if route.id in self.directory.paused or route.kind != item.kind:
            return False
        if route.sources and item.source not in route.sources:
            return False
        if route.when and not is_open(route.when, self.now):
            return False
        for part in route.conditions:
            parts = part.conditions if isinstance(part, AnyOf) else (part,)
            if not any(holds(condition, item) for condition in parts):
                return False
        return True

    def ask(self, route: Route, item: Item, tries: int) -> Any:
        offering = route.act == "offer" or route.strategy == "first_to_accept"
        if offering and tries >= route.tries and route.unaccepted != "wait":
            return "unaccepted"
        able = [p for p in route.audience if not self.refusals(route, item, p)]
        able = [p for p in able if not _in(item.excluded, p)]
        able = [p for p in able if not _in(item.asked, p)] or able
        if able:
            return self.choose(route, item, able)
        at_work = [p for p in route.audience if not self.away(route, p)]
        if route.strategy == "agent" and all(_in(item.excluded, p) for p in at_work):
            return "away"
        qualified = [p for p in at_work if not self.unqualified(route, item, p)]
        if qualified and all(_in(item.excluded | item.asked, p) for p in qualified):
            return "unaccepted"
        return "nobody"

    def away(self, route: Route, position: int) -> bool:
        agent = self.directory.agents[position]
        weights = dict(zip(route.audience, route.weights, strict=True)) if route.weights else {}
        if not agent.active or agent.paused or route.id in agent.paused_routes:
            return True
        if route.strategy == "weighted" and weights.get(position, 1) == 0:
            return True
        return not route.ignore_absence and not self.at_work(agent)

    def at_work(self, agent: Agent) -> bool:
        if not _in(self.live.present, agent.position):
            return False
        if agent.hours is not None and not is_open(agent.hours, self.now):
            return False
        return not any(start <= self.now < end for start, end in agent.absences)

    def unqualified(self, route: Route, item: Item, position: int) -> bool:
        agent = self.directory.agents[position]
        if any(agent.skills.get(name, -1) < level for name, level in route.skills):
            return True
        base = item.language.split("-")[0]
        if route.match_language and base and base not in {spoken.split("-")[0] for spoken in agent.languages}:
            return True
        return item.campaign != -1 and not _in(item.campaign, position)

    def refusals(self, route: Route, item: Item, position: int) -> bool:
        agent, live = self.directory.agents[position], self.live
        if self.away(route, position) or self.unqualified(route, item, position):
            return True
        given = live.given.get(position, {})
        if any(given.get(period, 0) >= most for period, most in agent.limits):
            return True
        if route.ignore_capacity:
            return False
        if agent.unanswered_cap is not None and live.unanswered[position] >= agent.unanswered_cap:
            return True
        return live.room[position] < self.units(item)

    def units(self, item: Item) -> int:
        return self.directory.units.get((item.kind, item.status, item.answered), self.directory.default_units)

    def choose(self, route: Route, item: Item, able: list[int]) -> tuple[int, ...]:
        live = self.live
        turn = {p: self.taken[route.id, item.band, p] for p in able}
        if route.strategy == "first_to_accept":
            return tuple(sorted(able, key=self.load)[: route.first_wave])
        if route.strategy == "round_robin":
            chosen = min(able, key=lambda p: (turn[p], route.audience.index(p)))
        elif route.strategy == "weighted":
            chosen = self.by_weight(route, able, turn)
        elif route.strategy == "longest_idle":
            chosen = min(able, key=lambda p: (live.last_given[p], p))
        elif route.strategy == "agent":
            chosen = min(able, key=route.audience.index)
        else:
            chosen = min(able, key=self.load)
        self.give(chosen, item)
        self.taken[route.id, item.band, chosen] += 1
        return (chosen,)

    def load(self, position: int) -> tuple[Any, ...]:
        live = self.live
        full = Fraction(live.load[position], live.capacity[position]) if live.capacity[position] else Fraction(10**9)
        return full, live.last_given[position], position

    def by_weight(self, route: Route, able: list[int], turn: dict[int, int]) -> int:
        """Tijdeman, with fractions, over those who are able; a margin for as many as the route names."""
        weight = dict(zip(route.audience, route.weights, strict=True)) if route.weights else dict.fromkeys(able, 1)
        share = {p: Fraction(weight[p], sum(weight[q] for q in able)) for p in able}
        step = sum(turn.values()) + 1
        margin = Fraction(1, 2 * max(2, len(route.audience)) - 2)
        due = [p for p in able if share[p] * step - turn[p] >= margin]
        return min(due, key=lambda p: ((1 - margin - share[p] * step + turn[p]) / share[p], self.live.last_given[p], p))

    def give(self, position: int, item: Item) -> None:
        live, units = self.live, self.units(item)
        live.load[position] += units
        live.room[position] = max(0, live.room[position] - units)
        live.unanswered[position] += not item.answered
        live.last_given[position] = max(live.last_given[position], self.now.timestamp())
        given = live.given.setdefault(position, {})
        for period in ("hour", "day", "week", "month"):
            given[period] = given.get(period, 0) + 1


def _in(mask: int, position: int) -> bool:
    return bool(mask >> position & 1)
