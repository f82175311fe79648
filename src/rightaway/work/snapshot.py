"""GATHER: the only reader for the engine. A handful of queries, however many items."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

import psycopg

from rightaway.engine import facts
from rightaway.engine.route import needed_routes
from rightaway.ledger.arrays import plain, quoted
from rightaway.ledger.hot import run
from rightaway.routing.directory import directory
from rightaway.work.tally import period_starts

_NONE: Mapping[str, Any] = MappingProxyType({})
_BANDS = range(len(facts.BANDS) - 1, -1, -1)

# Each band has its own arm, so that a hot item is found however long the queue before it is. Rows are taken by their
# place in the table: an organisation that has just grown is unknown to the planner's statistics, and looked up by id
# it may walk all of it instead.
_DUE = f"""
SELECT ctid::text, id, kind, status, source, line, language, band, enquiries, unanswered_since, created_at, state,
       nullif(attributes, '{{}}'), campaign_id, tries, wave, nullif(passed, '[]'), cause, waits_on, event_seq,
           event_hash,
       (SELECT revision FROM routing_config WHERE organisation_id = %(organisation)s)
FROM work_item
WHERE organisation_id = %(organisation)s AND due_at <= now() AND ctid = ANY(ARRAY(
    SELECT ctid FROM ({
    " UNION ALL ".join(
        f"(SELECT ctid FROM work_item WHERE organisation_id = %(organisation)s AND band = {band} "
        "AND due_at <= now() ORDER BY due_at LIMIT %(limit)s)"
        for band in _BANDS
    )
}) due LIMIT %(limit)s))
FOR NO KEY UPDATE SKIP LOCKED
"""

# In the order in which everybody locks them. The tallies that the record may add to are made on the way, because what
# is not there cannot be locked.
_HOLD_TURNS = (
    "SELECT 1 FROM routing_turn WHERE organisation_id = %s ORDER BY route_id, band, agent_id FOR NO KEY UPDATE"
)
_HOLD_TALLIES = """
INSERT INTO people_tally (organisation_id, agent_id, period, starts_at, given)
SELECT %s, agent_id, period, starts_at, 0
FROM unnest(%s::uuid[], %s::text[], %s::timestamptz[]) l (agent_id, period, starts_at)
ON CONFLICT (organisation_id, agent_id, period, starts_at) DO UPDATE SET given = people_tally.given
"""
_HOLD_AGENTS = "SELECT 1 FROM people_agentstate WHERE organisation_id = %s ORDER BY agent_id FOR NO KEY UPDATE"

# Agents come back by their place in the array that was asked for: numbers, where ids would cost more than the rest.
_AGENTS = """
FROM unnest(%(agents)s::uuid[]) WITH ORDINALITY a (id, place)
JOIN people_agentstate s ON s.organisation_id = %(organisation)s AND s.agent_id = a.id
"""
_COLUMNS = """
SELECT a.place, load, capacity, over_by, unanswered, extract(epoch FROM last_given_at)::float8,
       presence = 'available' AND (present_until IS NULL OR present_until > %(now)s)
"""
_STATE = _COLUMNS + _AGENTS
# The same with the turns of one route and band: what a single item needs, in one round trip.
_STATE_AND_TURNS = f"""
{_COLUMNS}, taken, credit, rostered, weight {_AGENTS}
LEFT JOIN routing_turn t ON t.organisation_id = %(organisation)s AND t.route_id = %(route)s AND t.band = %(band)s
    AND t.agent_id = a.id
"""
_TURNS = """
SELECT r.place, band, a.place, taken, credit, rostered, weight
FROM routing_turn t JOIN unnest(%(routes)s::uuid[]) WITH ORDINALITY r (id, place) ON t.route_id = r.id
JOIN unnest(%(agents)s::uuid[]) WITH ORDINALITY a (id, place) ON t.agent_id = a.id
WHERE t.organisation_id = %(organisation)s AND band = ANY(%(bands)s::int[])
"""
_TALLY = """
SELECT agent_id, period, starts_at, given FROM people_tally
WHERE organisation_id = %(organisation)s AND agent_id = ANY(%(limited)s::uuid[]) AND starts_at >= %(oldest)s
"""
_EXCLUSIONS = """
SELECT item_id, agent_id, cause = 'missed' FROM work_exclusion
WHERE organisation_id = %(organisation)s AND item_id = ANY(%(items)s::uuid[])
  AND lifted_at IS NULL AND (until IS NULL OR until > %(now)s)
"""
_OFFERS = """
SELECT item_id, agent_id, route_id, group_id, expires_at FROM work_offer
WHERE organisation_id = %(organisation)s AND item_id = ANY(%(items)s::uuid[]) AND state = 'open' AND role_id IS NULL
"""
_MEMBERS = """
SELECT campaign_id, agent_id FROM work_campaignmember
WHERE organisation_id = %(organisation)s AND campaign_id = ANY(%(campaigns)s::uuid[])
"""


@dataclass(slots=True)
class Row:
    """What the engine need not know of an item and the record must: its chain, and why it waits."""

    id: str  # as text: it is written many times
    place: str  # its ctid: it stays while we hold the lock
    seq: int
    hash: bytes
    cause: str
    waits_on: UUID | None
    tries: int
    wave: int
    group: str | None
    first_question: bool


@dataclass(slots=True)
class Gathered:
    snapshot: facts.Snapshot
    rows: dict[UUID, Row]


def gather(
    conn: psycopg.Connection[Any], *, organisation_id: int, now: datetime, limit: int, hold_still: bool = False
) -> Gathered | None:
    """The due items of the organisation, locked, best band first, with all that a decision about them may read.

    None when nothing is due. The caller holds the organisation's planner lock, and read `now` after it.
    `hold_still` locks every agent's counters before they are read: slower for everybody, but then no guard can
    refuse what is planned.
    """
    found, _ = run(conn, _DUE, {"organisation": organisation_id, "limit": limit})
    if not found:
        return None
    known = directory(revision=found[0][-1])
    if hold_still:
        _hold_still(conn, known, organisation_id=organisation_id, now=now)
    items, rows = _items(conn, known, found, organisation_id=organisation_id, now=now)
    live = read_live(conn, known, items, organisation_id=organisation_id, now=now)
    return Gathered(facts.Snapshot(now=now, directory=known, live=live, items=items), rows)


def _hold_still(conn: psycopg.Connection[Any], known: facts.Directory, *, organisation_id: int, now: datetime) -> None:
    limited = [agent for agent in known.agents if agent.limits]
    tallies = [(agent.id, *row) for agent in limited for row in period_starts(agent.zone, now).items()]
    conn.execute(_HOLD_TURNS, [organisation_id])
    if tallies:
        agents, periods, starts = zip(*tallies, strict=True)
        conn.execute(_HOLD_TALLIES, [organisation_id, plain(agents), plain(periods), quoted(map(str, starts))])
    conn.execute(_HOLD_AGENTS, [organisation_id])


def position_of(known: facts.Directory) -> dict[UUID, int]:
    """Agent id → position, made once per directory."""
    found: dict[UUID, int] | None = known.cache.get("position")
    if found is None:
        found = known.cache["position"] = {agent.id: agent.position for agent in known.agents}
    return found


def id_texts(known: facts.Directory) -> tuple[list[str], dict[UUID, str]]:
    """Ids as text: of agents by position, of routes by id. Made once per directory."""
    found: tuple[list[str], dict[UUID, str]] | None = known.cache.get("id_texts")
    if found is None:
        found = [str(agent.id) for agent in known.agents], {route.id: str(route.id) for route in known.routes}
        known.cache["id_texts"] = found
    return found


def _items(
    conn: psycopg.Connection[Any], known: facts.Directory, found: list[Any], *, organisation_id: int, now: datetime
) -> tuple[list[facts.Item], dict[UUID, Row]]:
    items, rows, campaigns = {}, {}, {}
    for (
        place, id, kind, status, source, line, language, band, enquiries, unanswered, created, state, attributes,
        campaign, tries, wave, passed, cause, waits_on, seq, digest, _,
    ) in found:  # fmt: skip
        items[id] = facts.Item(
            id=id, kind=kind, status=status, source=source, line=line, language=language, band=band,
            enquiries=enquiries, answered=unanswered is None, state=state, arrived=unanswered or created,
            waits_on=waits_on, attributes=attributes or _NONE, tries=tries, wave=wave,
            passed=frozenset(UUID(route) for route in passed) if passed else frozenset(),
        )  # fmt: skip
        rows[id] = Row(str(id), place, seq, bytes(digest), cause, waits_on, tries, wave, None, unanswered is not None)
        if campaign is not None:
            campaigns[id] = campaign
    _read_history(psycopg.Cursor(conn), known, items, rows, organisation_id=organisation_id, now=now)
    _read_campaigns(psycopg.Cursor(conn), known, items, campaigns, organisation_id=organisation_id)
    return sorted(items.values(), key=lambda item: (-item.band, item.arrived, item.id)), rows


def _read_history(
    cursor: psycopg.Cursor[Any],
    known: facts.Directory,
    items: dict[UUID, facts.Item],
    rows: dict[UUID, Row],
    *,
    organisation_id: int,
    now: datetime,
) -> None:
    """Exclusions in force and open offers; only items with more than their arrival behind them have any."""
    touched = [id for id, row in rows.items() if row.seq > 1]
    if not touched:
        return
    position = position_of(known)
    parameters = {"organisation": organisation_id, "items": plain(touched), "now": now}
    cursor.execute(_EXCLUSIONS, parameters, binary=True)
    for item_id, agent_id, missed in cursor.fetchall():
        item, bit = items[item_id], 1 << position[agent_id]
        if missed:
            item.asked |= bit
        else:
            item.excluded |= bit
    cursor.execute(_OFFERS, parameters, binary=True)
    for item_id, agent_id, route_id, group_id, expires_at in cursor.fetchall():
        items[item_id].holding |= 1 << position[agent_id]
        items[item_id].route, items[item_id].deadline = route_id, expires_at
        rows[item_id].group = None if group_id is None else str(group_id)


def _read_campaigns(
    cursor: psycopg.Cursor[Any],
    known: facts.Directory,
    items: dict[UUID, facts.Item],
    campaigns: dict[UUID, UUID],
    *,
    organisation_id: int,
) -> None:
    if not campaigns:
        return
    cursor.execute(
        _MEMBERS, {"organisation": organisation_id, "campaigns": plain(set(campaigns.values()))}, binary=True
    )
    position, members = position_of(known), dict.fromkeys(campaigns.values(), 0)
    for campaign_id, agent_id in cursor.fetchall():
        members[campaign_id] |= 1 << position[agent_id]
    for item_id, campaign_id in campaigns.items():
        items[item_id].campaign = members[campaign_id]


@dataclass(frozen=True, slots=True)
class _Crew:
    """The agents of a set of routes: their positions, and as the text of an array; which of them have limits."""

    positions: list[int]
    ids: str
    limited: list[int]
    turning: list[facts.Route]


def _crew(known: facts.Directory, indexes: list[int]) -> _Crew:
    """Made once per directory and set of routes."""
    key = ("crew", *indexes)
    found: _Crew | None = known.cache.get(key)
    if found is None:
        routes, ids = [known.routes[index] for index in indexes], id_texts(known)[0]
        positions = sorted({position for route in routes for position in route.audience})
        found = known.cache[key] = _Crew(
            positions=positions,
            ids=plain(ids[position] for position in positions),
            limited=[position for position in positions if known.agents[position].limits],
            turning=[route for route in routes if route.strategy in ("round_robin", "weighted")],
        )
    return found


def read_live(
    conn: psycopg.Connection[Any], known: facts.Directory, items: list[facts.Item], *, organisation_id: int,
    now: datetime,
) -> facts.Live:  # fmt: skip
    """Loads, presence, limits and turns of the agents of the routes that these items may take, and of no others."""
    crew, bands = _crew(known, needed_routes(known, items, now)), sorted({item.band for item in items})
    parameters = {"organisation": organisation_id, "now": now, "agents": crew.ids}
    if len(crew.turning) == len(bands) == 1:
        route = crew.turning[0].id
        rows, _ = run(conn, _STATE_AND_TURNS, parameters | {"route": route, "band": bands[0]})
        turns = {crew.positions[row[0] - 1]: list(row[7:]) for row in rows if row[7] is not None}
        live = _agents_now(known, crew, rows)
        live.turns[route, bands[0]] = turns
    else:
        live = _agents_now(known, crew, run(conn, _STATE, parameters)[0])
        if crew.turning:
            routes = plain(route.id for route in crew.turning)
            rows, _ = run(conn, _TURNS, parameters | {"routes": routes, "bands": plain(bands)})
            for place, band, agent, *turn in rows:
                key = crew.turning[place - 1].id, band
                live.turns.setdefault(key, {})[crew.positions[agent - 1]] = turn
    if crew.limited:
        _read_limits(conn, known, crew, live, organisation_id=organisation_id, now=now)
    return live


def _agents_now(known: facts.Directory, crew: _Crew, states: list[Any]) -> facts.Live:
    size = len(known.agents)
    present = bytearray(size // 8 + 1)
    live = facts.Live(
        present=0, load=[0] * size, room=[0] * size, unanswered=[0] * size, last_given=[0.0] * size, given={},
        turns={}, capacity=[0] * size,
    )  # fmt: skip
    for place, load, capacity, over_by, unanswered, given_at, here, *_ in states:
        p = crew.positions[place - 1]
        live.load[p], live.capacity[p], live.room[p] = load, capacity, capacity + over_by - load
        live.unanswered[p], live.last_given[p] = unanswered, given_at or 0.0
        if here:
            present[p >> 3] |= 1 << (p & 7)
    live.present = int.from_bytes(present, "little")
    return live


def _read_limits(
    conn: psycopg.Connection[Any], known: facts.Directory, crew: _Crew, live: facts.Live, *, organisation_id: int,
    now: datetime,
) -> None:  # fmt: skip
    """How much agents with limits were given in the current periods of their own calendars."""
    zone = {position: known.agents[position].zone for position in crew.limited}
    starts = {name: period_starts(name, now) for name in set(zone.values())}
    for position in crew.limited:
        live.given[position] = dict.fromkeys(starts[zone[position]], 0)
    oldest = min(start for periods in starts.values() for start in periods.values())
    ids = plain(known.agents[position].id for position in crew.limited)
    rows, _ = run(conn, _TALLY, {"organisation": organisation_id, "limited": ids, "oldest": oldest})
    at = position_of(known)
    for agent_id, period, starts_at, given in rows:
        position = at[agent_id]
        if starts[zone[position]].get(period) == starts_at:
            live.given[position][period] = given
