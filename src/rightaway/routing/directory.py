"""The organisation's directory for the engine: everything that changes only by configuration, or at an instant that is
known (a ramp's step); cached by revision until then."""

import math
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db.models import F

from rightaway.engine import facts
from rightaway.engine.route import compile_rules
from rightaway.ledger.clock import clock
from rightaway.ledger.recent import Recent
from rightaway.ledger.statements import Row, asked, fetched
from rightaway.ledger.tenancy import current_organisation
from rightaway.people.models import (
    Absence,
    Agent,
    AgentState,
    FunctionalRole,
    RoleHolder,
    RoutePause,
    Team,
    TeamMember,
)
from rightaway.people.ramp import next_step, quarters, ramped
from rightaway.people.schema import minutes
from rightaway.routing.basics_schema import basics_of
from rightaway.routing.models import Config, PausedRoute
from rightaway.routing.schema import RouteIn, RouteSet, engine_route

_REVISION = "SELECT revision FROM routing_config WHERE organisation_id = %(organisation)s::smallint"
RETIRED = UUID(int=0)  # instead of a role that is retired: no item has it, and its routes give nothing
_cache: Recent[int, tuple[facts.Directory, float]] = Recent(64)  # by organisation, and until when it holds, monotonic

# What an item costs unless a version says otherwise: a fresh question fills a place, an answered one a quarter.
DEFAULT_UNITS = {("lead", "evaluate", True): 25, ("lead", "working", True): 25, ("lead", "nurture", True): 0}


def touch_configuration() -> None:
    """Tells every planner that its cached directory is out of date. Call it in the transaction of the change."""
    if not Config.objects.update(revision=F("revision") + 1):
        Config.objects.get_or_create()


def directory_asked() -> Callable[[], facts.Directory]:
    """`directory`, of which the revision is asked for together with the next statement."""
    rows = asked(_REVISION)
    return lambda: directory(_of(rows()))


def directory(revision: int | None = None) -> facts.Directory:
    """The current organisation's directory, as of its revision now (or as just read by the caller)."""
    organisation_id = current_organisation()
    if revision is None:
        revision = _revision()
    known, until = _cache.get(organisation_id, (None, 0.0))
    if known is None or known.revision != revision or time.monotonic() >= until:
        known, _until = _cache[organisation_id] = _load()
    _cache.move_to_end(organisation_id)
    return known


def _revision() -> int:
    return _of(fetched(_REVISION))


def _of(rows: list[Row]) -> int:
    return int(rows[0][0]) if rows else 0


def directory_with(routes: RouteSet, *, paused: frozenset[UUID] | None = None) -> facts.Directory:
    """The directory as it would be with these routes (and these pauses), compiled for this caller alone.

    Raises ValueError when a condition of theirs has a mistake.
    """
    known = directory()
    members = _Members({agent.id: agent.position for agent in known.agents}, clock())
    wanted = tuple(members.route(route) for route in routes.routes)
    off = known.paused if paused is None else paused
    return replace(known, routes=wanted, paused=off, rules=compile_rules(wanted, off), cache={})


def _load() -> tuple[facts.Directory, float]:
    """The directory, and until when it holds if nothing is changed: a ramp goes on by itself."""
    config = Config.objects.select_related("live").first() or Config(revision=0)
    now, read_at = clock(), time.monotonic()
    agents = _agents(now)
    position = {agent.id: agent.position for agent in agents}
    route_set = RouteSet.model_validate_json(config.live.body) if config.live else RouteSet()
    members = _Members(position, now)
    routes = tuple(members.route(route) for route in route_set.routes)
    paused = frozenset(PausedRoute.objects.values_list("route_id", flat=True))
    units = DEFAULT_UNITS | {(row.kind, row.status, row.answered): row.units for row in reversed(route_set.units)}
    found = facts.Directory(
        revision=config.revision, version=config.live.number if config.live else 0, routes=routes, paused=paused,
        agents=agents, units=units, default_units=route_set.default_units, rules=compile_rules(routes, paused),
        basics=basics_of(config).rules(),
    )  # fmt: skip
    return found, read_at + members.seconds_left


def _agents(now: datetime) -> tuple[facts.Agent, ...]:
    absences: dict[UUID, list[tuple[datetime, datetime]]] = {}
    for agent_id, starts, ends in Absence.objects.filter(ends_at__gt=now).values_list("agent", "starts_at", "ends_at"):
        absences.setdefault(agent_id, []).append((starts, ends))
    pauses: dict[UUID, set[UUID]] = {}
    for agent_id, route_id in RoutePause.objects.values_list("agent", "route_id"):
        pauses.setdefault(agent_id, set()).add(route_id)
    caps = dict(AgentState.objects.values_list("agent", "unanswered_cap"))
    return tuple(
        facts.Agent(
            id=row.id, position=position, zone=row.zone, skills=row.skills, languages=frozenset(row.languages),
            hours=None if row.hours is None else _hours(row), absences=tuple(sorted(absences.get(row.id, ()))),
            limits=tuple(sorted(row.limits.items())), active=row.active, paused=row.paused_at is not None,
            paused_routes=frozenset(pauses.get(row.id, ())), unanswered_cap=caps.get(row.id),
        )
        for position, row in enumerate(Agent.objects.order_by("id"))
    )  # fmt: skip


def _hours(agent: Agent) -> facts.Hours:
    ranges = sorted((day, minutes(start), minutes(until)) for day, start, until in agent.hours or [])
    return facts.Hours(zone=agent.zone, ranges=tuple(ranges))


def _ramps(position: dict[UUID, int], now: datetime) -> tuple[dict[int, int], float]:
    """The quarters of a full share, by position, of those whose share still grows; and seconds until one does."""
    found: dict[int, int] = {}
    soonest = math.inf
    growing = Agent.objects.filter(ramp_start__isnull=False, id__in=position)
    for id, start, weeks, zone in growing.values_list("id", "ramp_start", "ramp_weeks", "zone"):
        step = next_step(start, weeks, zone, now)
        if step is not None:
            found[position[id]] = quarters(start, weeks, zone, now)
            soonest = min(soonest, (step - now).total_seconds())
    return found, soonest


class _Members:
    """Teams and keys of agents to positions. A team's agents come in order of id, with those of teams below it."""

    def __init__(self, position: dict[UUID, int], now: datetime) -> None:
        self.ramps, self.seconds_left = _ramps(position, now)
        # Somebody who came since the directory was read is in the next one.
        self.by_key = {key: position[id] for id, key in Agent.objects.values_list("id", "key") if id in position}
        self.team_id = dict(Team.objects.values_list("key", "id"))
        self.children: dict[UUID | None, list[UUID]] = {}
        for id, parent in Team.objects.values_list("id", "parent"):
            self.children.setdefault(parent, []).append(id)
        self.in_team: dict[UUID, list[int]] = {}
        for team, agent in TeamMember.objects.order_by("agent_id").values_list("team", "agent"):
            if agent in position:
                self.in_team.setdefault(team, []).append(position[agent])

        self.roles = dict(FunctionalRole.objects.filter(active=True).values_list("key", "id"))
        self.holders: dict[UUID, set[int]] = {}
        for role, agent in RoleHolder.objects.values_list("role", "agent"):
            if agent in position:
                self.holders.setdefault(role, set()).add(position[agent])

    def route(self, route: RouteIn) -> facts.Route:
        """As the engine reads it; one that fills a role is for those who may hold it."""
        members = self._of(route)
        if route.role is None:
            return engine_route(route, members)
        role = self.roles.get(route.role, RETIRED)
        may = self.holders.get(role, set())
        return engine_route(route, [member for member in members if member[0] in may], role)

    def _of(self, route: RouteIn) -> list[tuple[int, int]]:
        """[(position, weight)]: each agent once, where first named. No audience: everybody."""
        if not route.audience:
            return [(position, 1) for position in range(len(self.by_key))]
        found: dict[int, int] = {}
        for member in route.audience:
            for position in self._positions(member.agent, member.team):
                found.setdefault(position, member.weight)
        return list(ramped(found, self.ramps).items())

    def _positions(self, agent: str | None, team: str | None) -> list[int]:
        if agent is not None:
            return [self.by_key[agent]] if agent in self.by_key else []
        return self._below(self.team_id.get(team))

    def _below(self, team_id: UUID | None) -> list[int]:
        if team_id is None:
            return []
        found = set(self.in_team.get(team_id, ()))
        for child in self.children.get(team_id, ()):
            found.update(self._below(child))
        return sorted(found)
