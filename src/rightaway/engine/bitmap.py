"""Sets of agents as Python integers: bit p stands for position p."""

from collections.abc import Callable, Iterable
from itertools import compress
from operator import itemgetter

_FLAGS = bytes.maketrans(b"01", b"\0\1")
_SPARSE = 12  # below one in twelve, finding each is quicker than looking at every place


def positions(mask: int) -> list[int]:
    """The positions in a bitmap, ascending. The bitmap is not negative."""
    digits = format(mask, "b")[::-1]
    if mask.bit_count() * _SPARSE < len(digits):
        return _found(digits)
    return list(compress(_numbers(len(digits)), digits.encode().translate(_FLAGS)))


def _found(digits: str) -> list[int]:
    found: list[int] = []
    place = digits.find("1")
    while place >= 0:
        found.append(place)
        place = digits.find("1", place + 1)
    return found


_ready: tuple[int, ...] = ()


def _numbers(count: int) -> tuple[int, ...]:
    """At least the first `count` numbers, made once."""
    global _ready  # replaced, never changed: threads may share it
    if len(_ready) < count:
        _ready = tuple(range(count + 1024))
    return _ready


def bitmap(members: Iterable[int]) -> int:
    """The bitmap of these positions."""
    found = list(members)
    if len(found) < 16:
        return sum(1 << position for position in set(found))
    digits = bytearray(b"0" * (max(found) + 1))
    for position in found:
        digits[-1 - position] = 49  # "1"
    return int(digits, 2)


class Space:
    """The numbering under which some agents are written down: the n-th of them, by position, is bit n.

    `is_wide`: the numbering is the positions themselves.
    """

    def __init__(self, size: int, members: Iterable[int], *, is_wide: bool = False) -> None:
        self._size = size
        self._is_wide = is_wide
        self._members = sorted(members)
        self._highest_first = self._members[::-1]
        self._pick = _picker([size - 1 - position for position in self._highest_first])
        self._index = {position: n for n, position in enumerate(self._members)}
        self._hex: dict[int, str] = {}

    def positions(self, mask: int) -> list[int]:
        """The positions in a bitmap of members, ascending: as `positions`, at a cost of the members only."""
        if mask.bit_count() * _SPARSE < len(self._members) or len(self._members) * 2 > self._size:
            return positions(mask)
        flags = self._pick(format(mask, f"0{self._size}b").encode().translate(_FLAGS))
        return list(compress(self._highest_first, flags))[::-1]

    def index(self, position: int) -> int:
        return position if self._is_wide else self._index[position]

    def hex(self, mask: int) -> str:
        """The bitmap in this numbering, in base 16."""
        if self._is_wide:
            return format(mask, "x")
        if (text := self._hex.get(mask)) is None:
            if len(self._hex) >= 256:
                self._hex.clear()
            text = self._hex[mask] = format(self._gather(mask), "x")
        return text

    def written(self, mask: int) -> list[int] | str:
        """A few as a list of their numbers, many as a bitmap in base 16."""
        return [self.index(position) for position in positions(mask)] if mask.bit_count() <= 8 else self.hex(mask)

    def _gather(self, mask: int) -> int:
        return int(bytes(self._pick(format(mask, f"0{self._size}b").encode())), 2) if mask else 0


def _picker(places: list[int]) -> Callable[[bytes], Iterable[int]]:
    """Of the digits of a bitmap, those at some places."""
    if len(places) < 2:
        return lambda digits: [digits[place] for place in places]
    return itemgetter(*places)
