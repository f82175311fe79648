"""Who comes first, by the route's strategy. Every tie ends in least recently given, then agent id.

Keys are tuples whose last element is the agent's position (which is the order of ids). While a batch is planned they
only rise, so a queue may keep old ones and look again when one comes to the top.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from heapq import heapify, heappop, heappush, heapreplace
from typing import Any, Final

from rightaway.engine.facts import Live
from rightaway.engine.turns import TURN, Rotation

Key = tuple[Any, ...]
Rank = Callable[[Iterable[int]], list[Key]]

STRATEGIES: Final = (
    "round_robin",
    "weighted",
    "load_balanced",
    "longest_idle",
    "first_to_accept",
    "pool",
    "agent",
)
ROTATING: Final = frozenset({"round_robin", "weighted"})  # strategies that keep turns


def by_turn(rotation: Rotation, order: Mapping[int, int]) -> Rank:
    """Strict turns: the lowest level, among equals in the route's order."""
    states = rotation.states

    def rank(members: Iterable[int]) -> list[Key]:
        return [(state[0] * TURN + state[1], order[p], p) for p in members for state in (states[p],)]

    return rank


def by_load(live: Live) -> Rank:
    """Load over capacity. The correctly rounded quotient of two integers below 2^26 orders as the fraction does."""
    load, capacity, given = live.load, live.capacity, live.last_given

    def rank(members: Iterable[int]) -> list[Key]:
        return [
            (load[p] / places if places > 0 else math.inf, given[p], p) for p in members for places in (capacity[p],)
        ]

    return rank


def by_idle(live: Live) -> Rank:
    """Longest since last given something."""
    given = live.last_given
    return lambda members: [(given[p], p) for p in members]


def by_order(order: Mapping[int, int]) -> Rank:
    """In the route's order."""
    return lambda members: [(order[p], p) for p in members]


@dataclass(frozen=True, slots=True)
class Shares:
    """The weights of a weighted route, made ready for `Quota`. `scale` is what 1/weight is in whole numbers."""

    weights: Mapping[int, int]
    scale: Mapping[int, int]

    @classmethod
    def of(cls, weights: Mapping[int, int]) -> "Shares":
        multiple = math.lcm(*{weight for weight in weights.values() if weight > 0})
        return cls(weights, {position: multiple // weight for position, weight in weights.items() if weight > 0})


class Queue:
    """Candidates, best first."""

    def __init__(self, members: Iterable[int], rank: Rank) -> None:
        self.members = set(members)
        self.rank = rank
        self._heap = rank(self.members)
        heapify(self._heap)

    def drop(self, position: int) -> None:
        """Never again in this batch."""
        self.members.discard(position)

    def taken(self, position: int) -> None:
        """A turn of the same rotation went to this agent."""

    def best(self, count: int, barred: int) -> list[int]:
        """The first `count`, or fewer, that are not in the bitmap `barred`."""
        found: list[int] = []
        aside: list[Key] = []
        while len(found) < count and (entry := self._pop()) is not None:
            aside.append(entry)
            if not barred or not barred >> entry[-1] & 1:
                found.append(entry[-1])
        for entry in aside:
            heappush(self._heap, entry)
        return found

    def _pop(self) -> Key | None:
        heap = self._heap
        while heap:
            position = heap[0][-1]
            if position not in self.members:
                heappop(heap)
            elif (now := self.rank((position,))[0]) != heap[0]:
                heapreplace(heap, now)
            else:
                return heappop(heap)
        return None


class Quota(Queue):
    """Shares by weight: after N items each has received within 1 of N·w/W, at every prefix.

    R. Tijdeman, "The chairman assignment problem", Discrete Mathematics 32 (1980) 323–330. With k agents, shares λ and
    counts x, item N goes to the one of {i: λᵢN − xᵢ ≥ 1/(2k−2)} whose (1 − 1/(2k−2) − (λᵢN − xᵢ))/λᵢ is least. N does
    not change that order, so it is (1 − 1/(2k−2) + xᵢ)/λᵢ, here in integers. A larger k than the true one only
    weakens the bound (agents of weight 0), so it is the size of the audience and stays.
    """

    LOOK_ON: Final = 8  # how far to look for a runner-up once somebody is chosen

    def __init__(self, members: Iterable[int], rotation: Rotation, shares: Shares, live: Live) -> None:
        self._rotation = rotation
        self._weights = shares.weights
        self._double = double = 2 * max(2, len(shares.weights)) - 2
        base, scale = (double - 1) * TURN, shares.scale
        states, given = rotation.states, live.last_given

        def rank(members: Iterable[int]) -> list[Key]:
            return [
                ((base + double * (state[0] * TURN + state[1])) * scale[p], given[p], p)
                for p in members
                for state in (states[p],)
            ]

        super().__init__(members, rank)
        weights = self._weights
        self._sum = sum([state[0] * TURN + state[1] for p in self.members for state in (states[p],)])
        self._weight = sum([weights[position] for position in self.members])

    def drop(self, position: int) -> None:
        if position in self.members:
            self._sum -= self._rotation.level(position)
            self._weight -= self._weights[position]
            self.members.discard(position)

    def taken(self, position: int) -> None:
        if position in self.members:
            self._sum += TURN

    def best(self, count: int, barred: int) -> list[int]:
        from_here = [position for position in self.members if barred >> position & 1] if barred else []
        total = self._sum - sum(self._rotation.level(position) for position in from_here) + TURN
        weight = self._weight - sum(self._weights[position] for position in from_here)
        found: list[int] = []
        early: list[int] = []  # not to be given one yet
        aside: list[Key] = []
        while len(found) < count and not (found and len(early) >= self.LOOK_ON):
            entry = self._pop()
            if entry is None:
                break
            aside.append(entry)
            if not barred or not barred >> entry[-1] & 1:
                (found if self._is_due(entry[-1], total, weight) else early).append(entry[-1])
        for entry in aside:
            heappush(self._heap, entry)
        return (found + early)[:count]

    def _is_due(self, position: int, total: int, weight: int) -> bool:
        lag = self._weights[position] * total - weight * self._rotation.level(position)
        return lag * self._double >= weight * TURN
