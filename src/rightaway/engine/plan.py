"""The decision: `plan(snapshot)` says what to do with each due item, best first.

Same snapshot, same plan, byte for byte.

Every decision advances the counters of `Snapshot.live`, so that the next one sees it.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from json import JSONEncoder
from typing import Any, Final
from uuid import UUID

from rightaway.engine.decisions import Context, Decision, Plan, TurnChange
from rightaway.engine.eligible import Audience, Candidates, Scene
from rightaway.engine.facts import Item, Route, Snapshot
from rightaway.engine.rank import ROTATING, Queue, Quota, Rank, by_idle, by_load, by_order, by_turn
from rightaway.engine.route import Walks
from rightaway.engine.turns import Rotation

LOOK_AGAIN: Final = timedelta(seconds=60)  # how long to wait for what no snapshot foretells
MANY_NEWS: Final = 16  # refusals since the context was written that a body lists before a new context is due
TOP: Final = 3

_encode = JSONEncoder(separators=(",", ":"), sort_keys=True).encode


def plan(snapshot: Snapshot) -> Plan:
    """What to do with each item, in the order given. `snapshot.live` is advanced in place."""
    batch = Batch(snapshot)
    decisions = tuple(batch.decide(item) for item in snapshot.items)
    return Plan(decisions, tuple(batch.turn_changes))


def _context(value: dict[str, Any]) -> Context:
    text = _encode(value)
    return Context(sha256(text.encode()).digest(), text)


@dataclass(slots=True)
class Attempt:
    """One item's way through its routes. `tried` are routes given up in this decision: [place, code, context]."""

    item: Item
    signs: str
    passed: list[UUID]
    tries: int
    tried: list[list[Any]] = field(default_factory=list)
    more: list[Context] = field(default_factory=list)
    gave_up: str = "no_route"
    stay: int | None = None  # the *Assign to agent* route whose agent is away, in case no other route matches


class Batch:
    """The planning of one snapshot."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.now = snapshot.now
        self.directory = snapshot.directory
        self.live = snapshot.live
        self.scene = Scene(snapshot.directory, snapshot.live, snapshot.now)
        self.walks = Walks(snapshot.directory, snapshot.now)
        self.turn_changes: list[TurnChange] = []
        self._rotations: dict[tuple[int, int], Rotation] = {}
        self._sharing: dict[tuple[int, int], list[Queue]] = {}  # queues that rank by the same rotation
        self._places = self.walks.rules.place_of
        self._again = min(self.scene.until, self.walks.until, self.now + LOOK_AGAIN)

    # The way through the routes

    def decide(self, item: Item) -> Decision:
        if item.state == "offered":
            return self._next_wave(item)
        walk = self.walks.walk(item)
        attempt = Attempt(item, walk.signs, sorted(item.passed), item.tries)
        if item.passed:
            attempt.gave_up = "unaccepted"
        for index in walk.routes:
            if (decision := self._try(attempt, index)) is not None:
                return decision
        if attempt.stay is not None:
            return self._wait(attempt, attempt.stay, "nobody")
        return self._pool(attempt, None, attempt.gave_up)

    def _try(self, attempt: Attempt, index: int) -> Decision | None:
        """What this route decides; None when the next one is to be tried."""
        route, item = self.directory.routes[index], attempt.item
        if route.strategy == "pool":
            return self._pool(attempt, index, "pool_route")
        found = self.scene.candidates(index, item, self._units(item))
        is_offer = route.act == "offer" or route.strategy == "first_to_accept"
        if is_offer and attempt.tries >= route.tries and route.unaccepted != "wait":
            return self._last_resort(attempt, index, "unaccepted")
        barred = item.excluded | item.holding
        barred |= item.asked if found.open & ~(barred | item.asked) else 0
        if found.open & ~barred:
            return self._give(attempt, index, found, barred, is_offer)
        if route.strategy == "agent" and not found.available & ~item.excluded:
            self._agent_away(attempt, index, found)
            return None
        return self._last_resort(attempt, index, "unaccepted" if _was_offered_to_all(found, item) else "nobody")

    def _agent_away(self, attempt: Attempt, index: int, found: Candidates) -> None:
        """The named agent is away, or will not have it: the ordinary routes go on."""
        if found.audience.mask & ~attempt.item.excluded and self.directory.routes[index].nobody == "wait":
            attempt.stay = index if attempt.stay is None else attempt.stay
        self._note(attempt, index, "agent_away")

    def _last_resort(self, attempt: Attempt, index: int, code: str) -> Decision | None:
        route = self.directory.routes[index]
        what = route.nobody if code == "nobody" else route.unaccepted
        attempt.stay = None
        if what == "wait":
            return self._wait(attempt, index, code)
        if what == "pool":
            return self._pool(attempt, index, code)
        self._note(attempt, index, code)
        attempt.gave_up = code
        if code == "unaccepted":
            attempt.passed.append(route.id)
            attempt.tries = 0
        return None

    def _note(self, attempt: Attempt, index: int, code: str) -> None:
        found = self.scene.candidates(index, attempt.item, self._units(attempt.item))
        if found.context is None or found.news:
            self._write_context(found)
        context = found.context
        attempt.tried.append([self._places[index], code, context[0].hash.hex()])
        attempt.more += context

    # What to do

    def _give(self, attempt: Attempt, index: int, found: Candidates, barred: int, is_offer: bool) -> Decision:
        route, item = self.directory.routes[index], attempt.item
        queue = self._queue(found, route, item.band)
        if route.strategy == "first_to_accept":
            return self._broadcast(attempt, index, found, queue, barred, route.first_wave)
        first, *others = queue.best(2, barred)
        ranks = [self._rank_values(found, route, item.band, position) for position in (first, *others)]
        body = self._body(
            attempt, index, found, "offer" if is_offer else "assign", "routed", barred, ranks[:1], ranks[1:]
        )
        self._advance(item, index, route, first, found.units)
        root, *more = found.context
        return Decision(
            item=item.id,
            act="offer" if is_offer else "assign",
            cause="routed",
            route=route.id,
            chosen=(first,),
            units=found.units,
            turn=route.strategy in ROTATING,
            until=self.now + timedelta(seconds=route.offer_seconds) if is_offer else None,
            again=None,
            passed=tuple(attempt.passed),
            body=body,
            context=root,
            more=(*more, *attempt.more),
        )

    def _advance(self, item: Item, index: int, route: Route, position: int, units: int) -> None:
        self.scene.advance(position, units, not item.answered)
        if route.strategy in ROTATING:
            key = (index, item.band)
            self._rotations[key].take(position)
            for queue in self._sharing[key]:
                queue.taken(position)

    def _broadcast(
        self, attempt: Attempt, index: int, found: Candidates, queue: Queue, barred: int, count: int
    ) -> Decision:
        """Offer to the next `count`; look again for the next wave while there is anybody left for it."""
        route, item = self.directory.routes[index], attempt.item
        best = queue.best(count + 1, barred)
        chosen, others = best[:count], best[count:]
        until = self._deadline(item, route)
        next_wave = self.now + timedelta(seconds=route.wave_seconds)
        ranks = [self._rank_values(found, route, item.band, position) for position in best]
        body = self._body(attempt, index, found, "broadcast", "routed", barred, ranks[:count], ranks[count:])
        root, *more = found.context
        return Decision(
            item=item.id,
            act="broadcast",
            cause="routed",
            route=route.id,
            chosen=tuple(chosen),
            units=found.units,
            turn=False,
            until=until,
            again=next_wave if others and next_wave < until else None,
            passed=tuple(attempt.passed),
            body=body,
            context=root,
            more=(*more, *attempt.more),
        )

    def _deadline(self, item: Item, route: Route) -> datetime:
        """When the offers of this item end: all waves together, with the first."""
        if item.state != "offered":
            return self.now + timedelta(seconds=route.offer_seconds)
        if item.deadline is not None:
            return item.deadline
        return self.now + timedelta(
            seconds=max(route.wave_seconds, route.offer_seconds - item.wave * route.wave_seconds)
        )

    def _next_wave(self, item: Item) -> Decision:
        """An item on offer to many: a further wave, or nothing until the offers end."""
        index = next((n for n, route in enumerate(self.directory.routes) if route.id == item.route), None)
        if index is None or not item.holding or self.walks.is_paused(self.directory.routes[index]):
            return self._leave(item, "wave", item.route, None)
        route = self.directory.routes[index]
        if route.strategy != "first_to_accept" or self._deadline(item, route) <= self.now:
            return self._leave(item, "wave", route.id, None)
        found = self.scene.candidates(index, item, self._units(item))
        barred = item.excluded | item.holding | item.asked
        if not found.open & ~barred:
            return self._leave(item, "wave", route.id, None)
        attempt = Attempt(item, "", sorted(item.passed), item.tries)
        return self._broadcast(attempt, index, found, self._queue(found, route, item.band), barred, route.later_wave)

    def _wait(self, attempt: Attempt, index: int, code: str) -> Decision:
        item, route = attempt.item, self.directory.routes[index]
        if item.waits_on == route.id and len(attempt.passed) == len(item.passed):
            return self._leave(item, code, route.id, self._again)
        found = self.scene.candidates(index, item, self._units(item))
        body = self._body(attempt, index, found, "wait", code, item.excluded | item.holding, [], [])
        root, *more = found.context
        return self._resting(attempt, "wait", code, index, self._again, body, root, more)

    def _pool(self, attempt: Attempt, index: int | None, code: str) -> Decision:
        item = attempt.item
        if index is None or code == "pool_route":
            place = {} if index is None else {"p": self._places[index]}
            body = self._bare_body(attempt, "pool", code, place)
            return self._resting(attempt, "pool", code, index, None, body, self._routes_context(), [])
        found = self.scene.candidates(index, item, self._units(item))
        body = self._body(attempt, index, found, "pool", code, item.excluded | item.holding, [], [])
        root, *more = found.context
        return self._resting(attempt, "pool", code, index, None, body, root, more)

    def _resting(
        self,
        attempt: Attempt,
        act: str,
        code: str,
        index: int | None,
        again: datetime | None,
        body: str,
        root: Context,
        more: Iterable[Context],
    ) -> Decision:
        """A decision that gives the item to nobody."""
        return Decision(
            item=attempt.item.id,
            act=act,
            cause=code,
            route=None if index is None else self.directory.routes[index].id,
            chosen=(),
            units=0,
            turn=False,
            until=None,
            again=again,
            passed=tuple(attempt.passed),
            body=body,
            context=root,
            more=(*more, *attempt.more),
            steward=act == "pool" and attempt.item.band == TOP,
        )

    def _leave(self, item: Item, code: str, route: UUID | None, again: datetime | None) -> Decision:
        return Decision(item.id, "leave", code, route, (), 0, False, None, again, tuple(sorted(item.passed)), "", None)

    def _units(self, item: Item) -> int:
        if item.role is not None:
            return 0
        directory = self.directory
        return directory.units.get((item.kind, item.status, item.answered), directory.default_units)

    # Queues

    def _queue(self, found: Candidates, route: Route, band: int) -> Queue:
        band = band if route.strategy in ROTATING else -1
        queue: Queue | None = found.queues.get(band)
        if queue is None:
            queue = found.queues[band] = self._new_queue(found, route, band)
        return queue

    def _new_queue(self, found: Candidates, route: Route, band: int) -> Queue:
        members = found.members()
        if route.strategy not in ROTATING:
            return Queue(members, self._rank(route, found.audience))
        rotation = self._rotation(found, route, band)
        if route.strategy == "weighted":
            queue: Queue = Quota(members, rotation, found.audience.shares, self.live)
        else:
            queue = Queue(members, by_turn(rotation, found.audience.order))
        self._sharing.setdefault((found.index, band), []).append(queue)
        return queue

    def _rank(self, route: Route, audience: Audience) -> Rank:
        if route.strategy == "longest_idle":
            return by_idle(self.live)
        return by_order(audience.order) if route.strategy == "agent" else by_load(self.live)

    def _rotation(self, found: Candidates, route: Route, band: int) -> Rotation:
        key = (found.index, band)
        if key not in self._rotations:
            states = self.live.turns.setdefault((route.id, band), {})
            weights = found.audience.weights if route.strategy == "weighted" else None
            rotation = self._rotations[key] = Rotation(route=route.id, band=band, states=states, weights=weights)
            self.turn_changes += rotation.call_roll(found.available, found.here)
        return self._rotations[key]

    def _rank_values(self, found: Candidates, route: Route, band: int, position: int) -> list[int]:
        """[index, what ranked the agent …]: level and order, level and weight, load and capacity and seconds, …"""
        audience, live = found.audience, self.live
        index = audience.space.index(position)
        if route.strategy == "round_robin":
            return [index, self._rotations[found.index, band].level(position), audience.order[position]]
        if route.strategy == "weighted":
            return [index, self._rotations[found.index, band].level(position), audience.weights[position]]
        if route.strategy == "longest_idle":
            return [index, int(live.last_given[position])]
        if route.strategy == "agent":
            return [index, audience.order[position]]
        return [index, live.load[position], live.capacity[position], int(live.last_given[position])]

    # The record

    def _body(
        self,
        attempt: Attempt,
        index: int,
        found: Candidates,
        act: str,
        code: str,
        barred: int,
        chosen: list[list[int]],
        runner_up: list[list[int]],
    ) -> str:
        item, audience = attempt.item, found.audience
        value: dict[str, Any] = {"p": self._places[index], "e": (found.open & ~barred).bit_count()}
        if found.context is None or found.news_count > MANY_NEWS:
            self._write_context(found)
        if chosen:
            value["i"] = chosen
        if runner_up:
            value["n"] = runner_up[0]
        if found.news:
            value["d"] = [[code, params, numbers] for (code, params), numbers in found.news.items()]
        for key, mask in (("x", item.excluded), ("q", item.asked), ("h", item.holding)):
            if mask and (mask := mask & audience.mask):
                value[key] = audience.space.written(mask)
        return self._bare_body(attempt, act, code, value)

    def _bare_body(self, attempt: Attempt, act: str, code: str, value: dict[str, Any]) -> str:
        item = attempt.item
        value["a"] = act
        value["c"] = code
        value["b"] = item.band
        if attempt.signs:
            value["o"] = attempt.signs
        if facts := self.walks.facts(item):
            value["f"] = facts
        if attempt.tries:
            value["t"] = attempt.tries
        if item.wave:
            value["w"] = item.wave
        if attempt.tried:
            value["v"] = attempt.tried
        if act == "pool" and item.band == TOP:
            value["s"] = 1
        return _encode(value)

    def _write_context(self, found: Candidates) -> None:
        audience = found.audience
        agents, routes = self._agents_context(found.index, audience), self._routes_context()
        value: dict[str, Any] = {
            "agents": agents.hash.hex(),
            "place": self._places[found.index],
            "refusals": [[code, list(params), audience.space.hex(mask)] for code, params, mask in found.refusals()],
            "routes": routes.hash.hex(),
            "strategy": audience.route.strategy,
            "units": found.units,
        }
        if audience.is_wide:
            value["in"] = audience.space.hex(audience.mask)
        found.written((_context(value), agents, routes))

    def _agents_context(self, index: int, audience: Audience) -> Context:
        """The ids that the bits of a route's bitmaps stand for."""
        key = ("agents", -1 if audience.is_wide else index)
        cache = self.directory.cache
        if key not in cache:
            agents = self.directory.agents
            members = range(len(agents)) if audience.is_wide else sorted(audience.order)
            cache[key] = _context({"agents": [agents[position].id.hex for position in members]})
        context: Context = cache[key]
        return context

    def _routes_context(self) -> Context:
        """The ids of the routes, as the signs of a body go through them, and the names of its facts."""
        cache = self.directory.cache
        if "routes" not in cache:
            rules = self.walks.rules
            ids = [rules.routes[index].id.hex for index in rules.order]
            value = {"fields": list(rules.fields), "routes": ids, "version": self.directory.version}
            cache["routes"] = _context(value)
        context: Context = cache["routes"]
        return context


def _was_offered_to_all(found: Candidates, item: Item) -> bool:
    """Nobody is left who could ever have been asked: all who qualify declined, were asked, or gave it back."""
    qualified = found.qualified
    return bool(qualified) and not qualified & ~(item.excluded | item.asked | item.holding)
