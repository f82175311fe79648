"""Sharing items out among agents: each to whoever then carries least of what they can."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Place:
    """What an agent carries, and could (hundredths)."""

    agent_id: UUID
    load: int
    capacity: int


def deal(costs: Sequence[int], places: Sequence[Place]) -> list[UUID]:
    """An agent for each item, in the items' order. `costs` are in hundredths.

    Each goes to the lowest load ÷ capacity; among equals to whoever was dealt fewest, then in the order of `places`.
    What costs nothing counts as a hundredth, so that it is spread all the same.
    """
    heap = [(place.load / max(place.capacity, 1), 0, number, place.load) for number, place in enumerate(places)]
    heapq.heapify(heap)
    dealt = []
    for cost in costs:
        _share, count, number, load = heap[0]
        load += max(cost, 1)
        heapq.heapreplace(heap, (load / max(places[number].capacity, 1), count + 1, number, load))
        dealt.append(places[number].agent_id)
    return dealt
