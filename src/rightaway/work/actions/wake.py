"""Wake by cause: a freed place, a returned person, a resumed route has the work that waits for them looked at again."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from rightaway.engine.eligible import primary
from rightaway.engine.facts import Agent, Directory
from rightaway.ledger.arrays import plain
from rightaway.ledger.clock import clock
from rightaway.ledger.tenancy import current_organisation, organisation
from rightaway.people.models import AgentState
from rightaway.routing.directory import directory
from rightaway.work import change, vacancies
from rightaway.work.snapshot import position_of

_AT_ONCE = 10_000  # items woken of one route

_OF_ROUTES = """
UPDATE work_item SET due_at = %(now)s WHERE organisation_id = %(organisation)s AND id IN (
    SELECT id FROM work_item WHERE organisation_id = %(organisation)s AND waits_on = ANY(%(routes)s::uuid[])
      AND state = 'waiting' AND due_at > %(now)s
    ORDER BY band DESC, coalesce(unanswered_since, created_at), id LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED)
"""
_OF_AGENT = """
UPDATE work_item SET due_at = %(now)s WHERE organisation_id = %(organisation)s AND id IN (
    SELECT id FROM work_item i WHERE organisation_id = %(organisation)s AND waits_on = ANY(%(routes)s::uuid[])
      AND state = 'waiting' AND due_at > %(now)s
      AND (language = '' OR NOT waits_on = ANY(%(by_language)s::uuid[])
           OR split_part(lower(language), '-', 1) = ANY(%(languages)s::text[]))
      AND (campaign_id IS NULL OR EXISTS (SELECT FROM work_campaignmember m WHERE m.organisation_id = i.organisation_id
           AND m.campaign_id = i.campaign_id AND m.agent_id = %(agent)s))
      AND NOT EXISTS (SELECT FROM work_exclusion x WHERE x.organisation_id = i.organisation_id AND x.item_id = i.id
           AND x.agent_id = %(agent)s AND x.cause <> 'missed' AND x.lifted_at IS NULL
           AND (x.until IS NULL OR x.until > %(now)s))
    ORDER BY band DESC, coalesce(unanswered_since, created_at), id LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED)
"""


def wake_for_agents(agent_ids: Iterable[UUID]) -> None:
    """Has what waits for these agents looked at again after the commit: one item per free place, best first."""
    change.mark_free(agent_ids=agent_ids)


def wake_for_routes(route_ids: Iterable[UUID]) -> None:
    """Has everything that waits on these routes looked at again after the commit."""
    change.mark_free(route_ids=route_ids)


def wake_due(organisation_id: int, *, limit: int = 1000) -> int:
    """Does what was asked for above. Returns how many items are due now that were not.

    Under the planner's lock: an item that a planner is about to leave waiting is not seen by anybody else yet, and
    what came free meanwhile would never reach it.
    """
    with organisation(organisation_id):
        if not hold_planner():
            return 0
        agents, routes = _asked(limit)
        if not agents and not routes:
            return 0
        now = clock()
        woken = _wake_routes(routes, now) if routes else 0
        return woken + _wake_agents(agents, now) + _wake_roles(agents, routes, now)


def hold_planner() -> bool:
    """Whether nobody plans this organisation until this transaction ends; the lock is that of `snapshot.gather`."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(1, %s)", [current_organisation()])
        return bool(cursor.fetchone()[0])


def _asked(limit: int) -> tuple[set[UUID], set[UUID]]:
    """The agents and routes asked for, whose requests are deleted with it."""
    with connection.cursor() as cursor:
        cursor.execute(
            """DELETE FROM work_wake WHERE organisation_id = %s AND id IN (
                   SELECT id FROM work_wake WHERE organisation_id = %s ORDER BY id LIMIT %s)
               RETURNING agent_id, route_id""",
            [current_organisation(), current_organisation(), limit],
        )
        rows = cursor.fetchall()
    return {row[0] for row in rows if row[0]}, {row[1] for row in rows if row[1]}


def _wake_routes(routes: set[UUID], now: datetime) -> int:
    woken = _update(_OF_ROUTES, {"now": now, "routes": plain(routes), "limit": _AT_ONCE})
    if woken == _AT_ONCE:
        wake_for_routes(routes)
    return woken


def _wake_agents(agent_ids: set[UUID], now: datetime) -> int:
    if not agent_ids:
        return 0
    known = directory()
    position = position_of(known)
    room = {
        state.agent_id: state.capacity + state.over_by - state.load
        for state in AgentState.objects.filter(agent__in=agent_ids)
    }
    found = sorted(position[agent] for agent in agent_ids if agent in position)
    return sum(_wake_agent(known, known.agents[p], room[known.agents[p].id], now) for p in found)


def _wake_roles(agent_ids: set[UUID], route_ids: set[UUID], now: datetime) -> int:
    """Roles cost nothing: whoever is back may hold all that wait for them."""
    known = directory()
    position = position_of(known)
    back = {position[agent] for agent in agent_ids if agent in position}
    filling = {route.id for route in known.routes if route.role is not None}
    wanted = {id for id in filling if id in route_ids or back & _audience(known, id)}
    return vacancies.wake(wanted, at=now) if wanted else 0


def _wake_agent(known: Directory, agent: Agent, room: int, now: datetime) -> int:
    routes = [route for route in known.routes if agent.position in _audience(known, route.id)]
    if not routes:
        return 0
    parameters = {
        "now": now, "agent": agent.id, "languages": sorted({primary(language) for language in agent.languages}),
        "routes": plain(route.id for route in routes),
        "by_language": plain(route.id for route in routes if route.match_language),
        # At least one: routes may ignore capacity, and some work costs nothing.
        "limit": max(1, room // _smallest(known)),
    }  # fmt: skip
    return _update(_OF_AGENT, parameters)


def _audience(known: Directory, route_id: UUID) -> frozenset[int]:
    """Positions of the route's members, made once per directory."""
    audiences: dict[UUID, frozenset[int]] | None = known.cache.get("audiences")
    if audiences is None:
        audiences = known.cache["audiences"] = {route.id: frozenset(route.audience) for route in known.routes}
    return audiences[route_id]


def _smallest(known: Directory) -> int:
    """The least that a waiting question may cost, and more than nothing (hundredths)."""
    costs = [units for (_, _, answered), units in known.units.items() if not answered] + [known.default_units]
    return max(1, min(cost for cost in [*costs, 1_000_000] if cost > 0))


def _update(sql: str, parameters: dict[str, Any]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, {**parameters, "organisation": current_organisation()})
        woken: int = cursor.rowcount
        return woken
