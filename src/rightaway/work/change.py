"""The one place that changes an item by hand: its state, its event, its counters, in one transaction.

The caller holds the item's lock (`access.item_for(…, lock=True)`), read `clock()` after it, and opens the
organisation's transaction. Lock order: items by id → their offers → agents → turns → tallies → agent_state, each in
the order of its key, as the planner's.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import F

from rightaway.accounts.actor import Actor
from rightaway.engine.moves import next_state
from rightaway.ledger.arrays import plain
from rightaway.ledger.crash import crash_point
from rightaway.ledger.errors import CapacityFull, Conflict, WrongState
from rightaway.ledger.events import Change, append, wake_worker
from rightaway.ledger.tenancy import current_organisation
from rightaway.people.models import AgentState
from rightaway.routing.models import Turn
from rightaway.work import basics, tally
from rightaway.work.models import Item, Wake


def move(
    item: Item,
    name: str,
    *,
    actor: Actor,
    at: datetime,
    event: str,
    body: Mapping[str, Any] | None = None,
    load: Mapping[UUID, int] | None = None,
    **columns: Any,
) -> None:
    """Makes one move of `engine/moves.py` and writes its event. Raises WrongState.

    `columns` are the item's new values; leaving `assigned` clears the owner, leaving `waiting` the timer, unless
    given. `load` are the changes of agents' loads (hundredths) that go with the event; this only records them:
    `settle` below makes them.
    """
    state = next_state(item.state, name)
    if state is None:
        raise WrongState(state=item.state, move=name)
    if state != "assigned":
        columns.setdefault("owner_id", None)
    columns.setdefault("due_at", at if state == "waiting" else None)
    columns.setdefault("waits_on", None)
    note(item, state=state, actor=actor, at=at, event=event, body=body, load=load, **columns)
    if item.due_at is not None:
        wake_worker()


def note(
    item: Item,
    *,
    actor: Actor,
    at: datetime,
    event: str,
    body: Mapping[str, Any] | None = None,
    load: Mapping[UUID, int] | None = None,
    **columns: Any,
) -> None:
    """Changes columns of an item and writes the event. A change of state goes through `move`.

    Whose it is decides what counts of the basics: with another owner they are counted anew. Their grades follow.
    """
    owner_id = item.owner_id
    for column, value in columns.items():
        setattr(item, column, value)
    if columns:
        if item.owner_id != owner_id:
            columns |= {**basics.COUNTED_ANEW, "basics_since": at}
            if item.private and owner_id is not None and item.state != "closed":
                columns["private"] = False  # it was the one's who had it
            for column, value in columns.items():
                setattr(item, column, value)
        columns |= basics.graded(item)
        Item.objects.filter(id=item.id).update(**columns)
    full: dict[str, Any] = {"state": item.state, "owner": item.owner_id, **actor.as_event(), **(body or {})}
    if load:
        full["load"] = sorted([str(agent), delta] for agent, delta in load.items() if delta)
    append(item, at, [Change(event, full)])
    crash_point(f"{event}_before_commit")


@dataclass(slots=True)
class Loads:
    """What one change brings to the counters of agents, gathered while it is made and applied once, last, in the
    planner's order of locks: nobody waits behind an agent's row while a verb is still reading.

    `units` (hundredths) and `questions` are changes of loads and of open questions; `turns` are given back to
    (route, band, agent); `given` are (agent, instant, one more or one less, enforced) in the tallies of limits.
    """

    units: Counter[UUID] = field(default_factory=Counter)
    questions: Counter[UUID] = field(default_factory=Counter)
    turns: Counter[tuple[UUID, int, UUID]] = field(default_factory=Counter)
    given: list[tuple[UUID, datetime, int, bool]] = field(default_factory=list)

    def add(self, agent_id: UUID, units: int, questions: int = 0) -> None:
        self.units[agent_id] += units
        self.questions[agent_id] += questions

    def count(self, agent_id: UUID, at: datetime, *, enforce: bool) -> None:
        """One more item in the agent's limits; `settle` raises LimitReached when `enforce` and one is passed."""
        self.given.append((agent_id, at, 1, enforce))

    def give_back(self, agent_id: UUID, at: datetime) -> None:
        """What was counted then came to nothing through no fault of the agent."""
        self.given.append((agent_id, at, -1, False))

    def include(self, other: "Loads") -> None:
        """Takes over what another change of the same transaction brings."""
        for agent, units in other.units.items():
            self.add(agent, units, other.questions[agent])
        self.turns.update(other.turns)
        self.given += other.given

    def told(self) -> dict[UUID, int]:
        """What the event says of them."""
        return {agent: units for agent, units in self.units.items() if units}


def settle(
    loads: Loads,
    *,
    receiver: UUID | None = None,
    receivers: Set[UUID] = frozenset(),
    at: datetime | None = None,
    over: bool = False,
    capped: bool = False,
) -> None:
    """Applies the changes, agents in order of id, and has waiting work look at everybody who came free.

    The `receiver` (or several) is guarded as `take` guards; so are rises of anybody else, which may never be refused:
    they are written to `over_by`. Raises CapacityFull, LimitReached.
    """
    settle_turns(loads)
    receivers = receivers | ({receiver} if receiver else set())
    agents = sorted({*loads.units, *loads.questions, *receivers})
    if len(agents) > 1:
        lock_agents(agents)
    for agent in agents:
        units, questions = loads.units[agent], loads.questions[agent]
        if agent in receivers:
            take(agent, units, unanswered=questions, at=at, over=over, capped=capped)
        elif units > 0:
            take(agent, units, unanswered=questions, over=True)
        else:
            free({agent: (-units, -questions)})


def settle_turns(loads: Loads) -> None:
    """The part of `settle` that comes before the agents' own counters; done once. Raises LimitReached."""
    for (route_id, band, agent_id), turns in sorted(loads.turns.items()):
        Turn.objects.filter(route_id=route_id, band=band, agent=agent_id).update(taken=F("taken") - turns)
    given: Counter[tuple[UUID, datetime, bool]] = Counter()
    for agent_id, at, by, enforce in loads.given:
        given[agent_id, at, enforce] += by
    for (agent_id, at, enforce), by in sorted(given.items()):
        tally.count(agent_id, at, by=by, enforce=enforce)
    loads.turns.clear()
    loads.given.clear()


def lock_agents(agent_ids: list[UUID]) -> dict[UUID, AgentState]:
    """The hot rows of these agents, locked in order of id."""
    rows = AgentState.objects.select_for_update(no_key=True).filter(agent__in=agent_ids).order_by("agent_id")
    return {row.agent_id: row for row in rows}


def require_active(agent_ids: Iterable[UUID]) -> None:
    """For what takes nothing of their capacity: holds off whoever would end their membership until the commit. Raises
    Conflict where somebody has left."""
    wanted = sorted(set(agent_ids))
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT agent_id, active FROM people_agentstate WHERE organisation_id = %s AND agent_id = ANY(%s::uuid[])
               ORDER BY agent_id FOR SHARE""",
            [current_organisation(), plain(wanted)],
        )
        gone = [str(agent_id) for agent_id, active in cursor.fetchall() if not active]
    if gone:
        raise Conflict(agents=gone, active=False)


def take(
    agent_id: UUID,
    units: int,
    *,
    unanswered: int = 0,
    at: datetime | None = None,
    over: bool = False,
    capped: bool = False,
) -> None:
    """Adds `units` to the agent's load, and `unanswered` open questions. Raises CapacityFull, unless `over`:
    then what exceeds the capacity is written to `over_by`. `capped` also guards the cap on unanswered items.
    `at` marks when the agent last received something; what they missed before is forgotten. Whoever has left meanwhile
    receives nothing: Conflict."""
    room = "" if over else "AND load + %(units)s <= capacity + over_by"
    if at is not None:
        room += " AND active"
    if capped:
        room += " AND (unanswered_cap IS NULL OR unanswered + %(unanswered)s <= unanswered_cap)"
    with connection.cursor() as cursor:
        cursor.execute(
            f"""UPDATE people_agentstate SET load = load + %(units)s, unanswered = unanswered + %(unanswered)s,
                over_by = greatest(over_by, load + %(units)s - capacity),
                last_given_at = coalesce(%(at)s, last_given_at),
                missed_in_row = CASE WHEN %(at)s::timestamptz IS NULL THEN missed_in_row ELSE 0 END
                WHERE organisation_id = %(organisation)s AND agent_id = %(agent)s {room}""",
            {"units": units, "unanswered": unanswered, "at": at, "agent": agent_id,
             "organisation": current_organisation()},
        )  # fmt: skip
        if cursor.rowcount != 1:
            raise _refused(agent_id, units)


def _refused(agent_id: UUID, units: int) -> CapacityFull | Conflict:
    state = AgentState.objects.get(agent=agent_id)
    if not state.active:
        return Conflict(agent=str(agent_id), active=False)
    return CapacityFull(
        agent=str(agent_id), units=units, load=state.load, capacity=state.capacity,
        unanswered=state.unanswered, unanswered_cap=state.unanswered_cap,
    )  # fmt: skip


def free(agents: Mapping[UUID, tuple[int, int]]) -> None:
    """Gives back (units, unanswered) of each agent, in order of id; an excess that is no longer needed goes first.

    Work that waits for one of them is woken after the commit.
    """
    given = sorted((agent, units, unanswered) for agent, (units, unanswered) in agents.items() if units or unanswered)
    if not given:
        return
    organisation_id = current_organisation()
    if len(given) > 1:
        lock_agents([row[0] for row in given])
    with connection.cursor() as cursor:
        cursor.execute(
            """UPDATE people_agentstate s SET load = s.load - d.units, unanswered = s.unanswered - d.unanswered,
                   over_by = least(s.over_by, greatest(0, s.load - d.units - s.capacity))
               FROM unnest(%s::uuid[], %s::int[], %s::int[]) d (agent_id, units, unanswered)
               WHERE s.organisation_id = %s AND s.agent_id = d.agent_id""",
            [plain(row[0] for row in given), plain(row[1] for row in given), plain(row[2] for row in given),
             organisation_id],
        )  # fmt: skip
    mark_free([row[0] for row in given])


def mark_free(agent_ids: Iterable[UUID] = (), route_ids: Iterable[UUID] = ()) -> None:
    """Has waiting work look at these agents and routes again, once this is committed (see `Wake`)."""
    rows = [Wake(agent_id=agent) for agent in agent_ids] + [Wake(route_id=route) for route in route_ids]
    if rows:
        Wake.objects.bulk_create(rows)
        wake_worker()
