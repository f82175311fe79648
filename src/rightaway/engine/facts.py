"""What a decision is made from. Plain values: no database, no clock, no dice.

Agents are known by their *position* in `Directory.agents`, which is ordered by id; sets of agents are bitmaps
(Python integers whose bit p stands for position p). Instants are UTC datetimes. Loads and units are hundredths.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from rightaway.engine.basics import Rules

BANDS = ("low", "normal", "high", "top")


@dataclass(frozen=True, slots=True)
class Condition:
    """`field`: a name of `route.FIELDS` or `attributes.<name>`; `op`: one of `route.OPERATORS`; `value`: operand."""

    field: str
    op: str
    value: Any = None


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of these conditions holds. Groups go one level deep."""

    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Hours:
    """Opening times in a zone: (ISO weekday, from minute, until minute); until ≤ from ends on the next local day."""

    zone: str
    ranges: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class Route:
    """One rule of automatic distribution, as published. Seconds and hundredths throughout.

    strategy: round_robin, weighted, load_balanced, longest_idle, first_to_accept, pool, agent (*Assign to agent*).
    act: assign or offer. nobody (no eligible agent) and unaccepted (nobody took the offer): wait, next or pool.
    """

    id: UUID
    name: str
    kind: str = "lead"
    role: UUID | None = None  # the functional role that it fills; null: it gives the item itself
    sources: frozenset[str] = frozenset()  # empty: every source
    when: Hours | None = None  # null: always
    conditions: tuple[Condition | AnyOf, ...] = ()  # all of them hold
    strategy: str = "round_robin"
    act: str = "offer"
    audience: tuple[int, ...] = ()  # positions, in the route's order
    weights: tuple[int, ...] = ()  # beside audience; empty: equal
    skills: tuple[tuple[str, int], ...] = ()  # required skill and level
    match_language: bool = False  # the agent speaks the item's language
    offer_seconds: int = 120
    tries: int = 3
    first_wave: int = 3
    later_wave: int = 5
    wave_seconds: int = 30
    masked: bool = False
    ignore_capacity: bool = False
    ignore_absence: bool = False
    nobody: str = "wait"
    unaccepted: str = "pool"


@dataclass(frozen=True, slots=True)
class Agent:
    """The lasting facts about an agent. `limits`: (period, most) with period hour, day, week or month."""

    id: UUID
    position: int
    zone: str
    skills: Mapping[str, int]
    languages: frozenset[str]
    hours: Hours | None  # null: always
    absences: tuple[tuple[datetime, datetime], ...] = ()
    limits: tuple[tuple[str, int], ...] = ()
    active: bool = True
    paused: bool = False
    paused_routes: frozenset[UUID] = frozenset()
    unanswered_cap: int | None = None


@dataclass(frozen=True, slots=True)
class Directory:
    """Everything that changes only by configuration: cached by `revision`, shared by many snapshots.

    `rules` is `route.compile_rules(routes, …)`: all published rules as one generated function.
    `units` maps (kind, status, answered) to what an item costs; missing: `default_units`. `basics` say when somebody
    is not looked after.
    """

    revision: int
    version: int
    routes: tuple[Route, ...]  # in order, top first; paused ones keep their place
    paused: frozenset[UUID]
    agents: tuple[Agent, ...]
    units: Mapping[tuple[str, str, bool], int]
    default_units: int
    rules: Any = None
    basics: "Rules | None" = None
    cache: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)


@dataclass(slots=True)
class Item:
    """A due item, or with `role` that role of it, which somebody is to hold. `excluded`, `asked` and `holding` are
    bitmaps: excluded now; timed out on this walk; with an open offer of it. `passed` are routes given up on in this
    walk. `open_offers` are of the present route's broadcast."""

    id: UUID
    kind: str
    status: str
    source: str
    line: str
    language: str
    band: int
    enquiries: int
    answered: bool
    state: str  # waiting or offered (a broadcast whose next wave is due)
    arrived: datetime
    attributes: Mapping[str, Any]
    campaign: int = -1  # bitmap of the campaign's members; -1: no campaign
    excluded: int = 0
    asked: int = 0
    holding: int = 0
    tries: int = 0
    wave: int = 0
    passed: frozenset[UUID] = frozenset()
    route: UUID | None = None  # the route of its open offers
    deadline: datetime | None = None  # when its open offers end; null: worked out from the wave
    waits_on: UUID | None = None  # the route that found nobody last time: the same answer again is "leave"
    role: UUID | None = None


@dataclass(slots=True)
class Live:
    """What changes by the second, by position; advanced in place while a batch is planned.

    `given[p][period]` counts items given in the agent's current local hour, day, week, month; only agents with
    limits are in it. `turns[(route id, band)][p]` = [taken, credit in thousandths, rostered].
    `last_given[p]` is in epoch seconds, 0.0 for never. `present` is a bitmap: available, and not lapsed at now.
    """

    present: int
    load: list[int]
    room: list[int]  # capacity + over_by − load, never advanced below 0 by automation
    unanswered: list[int]
    last_given: list[float]
    given: dict[int, dict[str, int]]
    turns: dict[tuple[UUID, int], dict[int, list[Any]]]
    capacity: list[int]


@dataclass(slots=True)
class Snapshot:
    """Everything a decision may look at. `items` come best first."""

    now: datetime
    directory: Directory
    live: Live
    items: Sequence[Item]
