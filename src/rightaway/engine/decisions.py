"""What was decided, as data: `work/record.py` writes it, `explain.py` says it in words, replay compares it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Context:
    """Shared by decisions of a batch, stored once under sha256(text). `text` is canonical JSON."""

    hash: bytes
    text: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with one item.

    act:
      assign — to `chosen[0]`; offer — to `chosen[0]` until `until`; broadcast — to all of `chosen` until `until`
      (and look again at `again` for the next wave); wait — look again at `again`, or when an agent of `route` is
      freed; pool — with `cause`; leave — nothing changes but `again` (the same answer as last time).
    `chosen` are positions. `units` is what it costs the taker (hundredths). `turn`: it counts in the rotation.
    `passed`: routes given up on so far. `body` is the canonical JSON text of the explanation (≤ 300 bytes for a
    typical item), to be read with `context`; `more` are the contexts that `context` and `body` refer to by hash, to be
    stored beside it. A decision to leave has neither. `steward`: the top band ends in the pool, somebody must be told.
    """

    item: UUID
    act: str
    cause: str
    route: UUID | None
    chosen: tuple[int, ...]
    units: int
    turn: bool
    until: datetime | None
    again: datetime | None
    passed: tuple[UUID, ...]
    body: str
    context: Context | None
    more: tuple[Context, ...] = ()
    steward: bool = False


@dataclass(frozen=True, slots=True)
class TurnChange:
    """A change of an agent's place in a rotation that is not a turn taken: levelled on joining, left on leaving.

    `weight` is the agent's share when it was last looked at (1 in a round robin), so that a new weight carries the
    agent's lead or lag over instead of making up for the past.
    """

    route: UUID
    band: int
    agent: int
    credit: int
    rostered: bool
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Plan:
    decisions: tuple[Decision, ...]
    turn_changes: tuple[TurnChange, ...]
