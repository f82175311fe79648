"""Whose turn it is: the state of a rotation, kept per agent, so that members may come and go.

An agent's *level* is the turns taken, in thousandths, plus a credit. A round robin gives to the lowest level; a
weighted one compares level and weight (`rank.Quota`). Whoever joins, or comes back, starts at the group's level: no
burst to make up for the time away, and nothing lost by those who stayed.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from rightaway.engine.decisions import TurnChange

TURN = 1000  # a turn, in the thousandths of `credit`


class Rotation:
    """The turns of one route and band during a batch. `states` is advanced in place."""

    def __init__(
        self, *, route: UUID, band: int, states: dict[int, list[Any]], weights: Mapping[int, int] | None
    ) -> None:
        self.route = route
        self.band = band
        self.states = states
        self.weights = weights

    def level(self, position: int) -> int:
        state = self.states[position]
        return int(state[0]) * TURN + int(state[1])

    def weight(self, position: int) -> int:
        return 1 if self.weights is None else self.weights[position]

    def take(self, position: int) -> None:
        self.states[position][0] += 1

    def call_roll(self, available: int, here: list[int]) -> list[TurnChange]:
        """Note who is here (a bitmap and its positions, not empty), level those who were not, and say what must be
        stored."""
        if self._is_unchanged(here):
            return []
        states = self.states
        before = {p: tuple(states[p]) for p in here if p in states}
        for p in here:
            states.setdefault(p, [0, 0, False, self.weight(p)])
        staying = [p for p in here if states[p][2]]
        self._carry(staying)
        self._level([p for p in here if not states[p][2]], staying or self._last_roster(available))
        rostered = sorted([p for p, state in states.items() if state[2]])
        changes = [self._leave(p) for p in rostered if not available >> p & 1]
        for p in here:
            states[p][2:] = (True, self.weight(p))
            if p not in before or (*before[p], self.weight(p))[:4] != tuple(states[p]):
                changes.append(self._change(p))
        return changes

    def _is_unchanged(self, here: list[int]) -> bool:
        """Whether exactly these were here when last looked at, with the same weights."""
        states, weights = self.states, self.weights
        known = [state for state in map(states.get, here) if state and state[2]]
        if len(known) != len(here) or sum([state[2] for state in states.values()]) != len(here):
            return False
        if weights is None:
            changed = [state for state in known if len(state) > 3 and state[3] != 1]
        else:
            changed = [s for p, s in zip(here, known, strict=True) if len(s) > 3 and s[3] != weights[p]]
        return not changed

    def _last_roster(self, available: int) -> list[int]:
        """Those here when last looked at, none of whom is here now: they still set the level."""
        return [p for p in sorted(self.states) if self.states[p][2] and not available >> p & 1 and self._known(p)]

    def _known(self, position: int) -> bool:
        return self.weights is None or position in self.weights

    def _carry(self, staying: list[int]) -> None:
        """Move the level of those whose weight changed: their lead or lag in turns stays what it was."""
        old = {p: self._old_weight(p) for p in staying}
        if all(old[p] == self.weight(p) for p in staying):
            return
        total, weight = _core([(self.level(p), old[p]) for p in staying])
        for p in staying:
            self.states[p][1] += (self.weight(p) - old[p]) * total // weight

    def _old_weight(self, position: int) -> int:
        state = self.states[position]
        return (int(state[3]) if len(state) > 3 else 0) or self.weight(position)

    def _level(self, joining: list[int], group: list[int]) -> None:
        if not group or not joining:
            return
        if self.weights is None:
            level = _common_level([self.level(p) for p in group])
            for p in joining:
                self.states[p][1] += max(0, level - self.level(p))
            return
        total, weight = _core([(self.level(p), self.weight(p)) for p in group])
        for p in joining:
            self.states[p][1] += max(0, -(-total * self.weight(p) // weight) - self.level(p))

    def _leave(self, position: int) -> TurnChange:
        self.states[position][2] = False
        return self._change(position)

    def _change(self, position: int) -> TurnChange:
        _, credit, rostered, *weight = self.states[position]
        return TurnChange(self.route, self.band, position, credit, rostered, weight[0] if weight else 1)


def _common_level(levels: list[int]) -> int:
    """The group's lowest level, leaving out those who lag because they cannot take what comes (a missing skill, a full
    desk): a newcomer who started there would be given everything until all the others' level is reached."""
    middle = sorted(levels)[len(levels) // 2]
    return min(level for level in levels if level >= middle - TURN)


def _core(levels: list[tuple[int, int]]) -> tuple[int, int]:
    """Summed level and weight of those who keep up with the group's middle rate: together the group's rate.

    Each may lead or lag by two turns, and so may the one in the middle, by whose rate they are measured.
    """
    level, weight = _middle(levels)
    core = [(x, w) for x, w in levels if abs(x * weight - level * w) <= 2 * TURN * (weight + w)]
    return sum(x for x, _ in core), sum(w for _, w in core)


def _middle(levels: list[tuple[int, int]]) -> tuple[int, int]:
    """The one at whose rate half of the weight is reached."""
    half = sum(w for _, w in levels) / 2
    for x, w in sorted(levels, key=lambda pair: pair[0] / pair[1]):
        half -= w
        if half < 0:
            return x, w
    raise AssertionError("unreachable: weights are positive")
