"""Words that may be ten seconds old, because they tell how long something has been: kept as HTML under all that they
say."""

from collections.abc import Callable, Hashable
from typing import Final, Generic, TypeVar
from uuid import UUID

from rightaway.ledger.recent import Recent
from rightaway.web import formats
from rightaway.web.kept import Piece

SECONDS: Final = 10
Said = TypeVar("Said", bound=Hashable)


class KeptWords(Generic[Said]):
    """Makes the piece that says it once for all who read it in the same seconds, language, region and zone."""

    def __init__(self, make: Callable[[Said], Piece]) -> None:
        self._make = make
        self._made: Recent[Hashable, Piece] = Recent(2_048)  # of a few kilobytes each

    def of(self, id: UUID, said: Said) -> Piece:
        """`id` of what it is said about: not all are made anew at the same moment."""
        key = said, formats.reader(), int(formats.now().timestamp() + hash(id) % SECONDS) // SECONDS
        found = self._made.get(key)
        if found is None:
            found = self._made[key] = self._make(said)
        return found
