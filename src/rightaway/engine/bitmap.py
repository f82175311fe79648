"""Sets of agents as Python integers: bit p stands for position p."""

from collections.abc import Callable, Iterable, Sequence
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


_ready: list[int] = []


def _numbers(count: int) -> list[int]:
    """At least the first `count` numbers, made once."""
    if len(_ready) < count:
        _ready.extend(range(len(_ready), count + 1024))
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

    Without `members` the numbering is the positions themselves.
    """

    def __init__(self, size: int, members: Sequence[int] | None = None) -> None:
        self._size = size
        self._members = None if members is None else sorted(members)
        self._pick = _picker(size, self._members or [])
        self._index = {position: n for n, position in enumerate(self._members or ())}
        self._hex: dict[int, str] = {}

    def index(self, position: int) -> int:
        return position if self._members is None else self._index[position]

    def hex(self, mask: int) -> str:
        """The bitmap in this numbering, in base 16."""
        if self._members is None:
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
        return int("".join(self._pick(format(mask, f"0{self._size}b"))), 2) if mask else 0


def _picker(size: int, members: list[int]) -> Callable[[str], Iterable[str]]:
    """Of the digits of a bitmap, those of the members, the highest first."""
    places = [size - 1 - position for position in reversed(members)]
    if len(places) < 2:
        return lambda digits: [digits[place] for place in places] or "0"
    return itemgetter(*places)
