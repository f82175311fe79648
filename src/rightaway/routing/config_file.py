"""The organisation's configuration as one file: teams, agents, functional roles, routes and what items cost."""

from datetime import datetime
from typing import Annotated, Any

import yaml
from pydantic import Field, ValidationError

from rightaway.ledger.clock import clock
from rightaway.ledger.problems import Problem, problems_of
from rightaway.people.models import Absence, Agent, AgentState, FunctionalRole, RoleHolder, Team, TeamMember
from rightaway.people.schema import (
    AbsenceIn,
    AgentIn,
    LimitsIn,
    RoleIn,
    Strict,
    TeamIn,
    Text,
    hours_from_rows,
    hours_to_rows,
    utc_text,
)
from rightaway.people.written import ramp_of
from rightaway.routing.schema import RouteIn, RouteSet, UnitsIn
from rightaway.routing.versions import live_routes


class AgentEntry(AgentIn):
    """An agent in the file. Without `absences`, those that stand are left alone; with it, the coming ones are these."""

    absences: Annotated[list[AbsenceIn], Field(max_length=500)] | None = None


class RoleEntry(RoleIn):
    """A functional role in the file, with the keys of the agents who may hold it."""

    holders: Annotated[list[Text], Field(max_length=10_000)] = []


class ConfigFile(Strict):
    """A section that is left out stays as it is. Teams, agents and roles that are not named stay as they are; `routes`
    is the whole ordered set."""

    teams: Annotated[list[TeamIn], Field(max_length=10_000)] | None = None
    agents: Annotated[list[AgentEntry], Field(max_length=100_000)] | None = None
    roles: Annotated[list[RoleEntry], Field(max_length=100)] | None = None
    routes: Annotated[list[RouteIn], Field(max_length=1000)] | None = None
    units: Annotated[list[UnitsIn], Field(max_length=500)] | None = None
    default_units: Annotated[int, Field(ge=0, le=100_000)] | None = None

    def route_set(self) -> RouteSet:
        units = {} if self.default_units is None else {"default_units": self.default_units}
        return RouteSet(routes=self.routes or [], units=self.units or [], **units)


def parse(data: Any) -> ConfigFile | list[Problem]:
    """The file's data as a configuration, or everything that is wrong with it."""
    try:
        return canonical_form(ConfigFile.model_validate(data if data is not None else {}))
    except ValidationError as error:
        return problems_of(error)


def canonical_form(config: ConfigFile) -> ConfigFile:
    """The same configuration in its one written form: what order means nothing is sorted."""
    for team in config.teams or []:
        managers = set(team.managers)
        team.managers, team.members = sorted(managers), sorted(set(team.members) - managers)
    for role in config.roles or []:
        role.kinds, role.holders = sorted(set(role.kinds)), sorted(set(role.holders))
    for agent in config.agents or []:
        agent.languages = sorted(set(agent.languages))
        agent.skills = dict(sorted(agent.skills.items()))
        agent.attributes = dict(sorted(agent.attributes.items()))
        agent.hours = hours_from_rows(hours_to_rows(agent.hours))
        if agent.absences is not None:
            agent.absences = sorted(agent.absences, key=lambda row: (row.starts_at, row.ends_at, row.cause))
    return config


def export() -> ConfigFile:
    """The current organisation's whole configuration, teams and agents in order of their keys."""
    routes = live_routes()
    return ConfigFile(
        teams=_teams(), agents=_agents(), roles=_roles(), routes=routes.routes, units=routes.units,
        default_units=routes.default_units,
    )  # fmt: skip


def _teams() -> list[TeamIn]:
    people: dict[Any, dict[bool, list[str]]] = {}
    for team, agent, manages in TeamMember.objects.order_by("agent__key").values_list("team", "agent__key", "manages"):
        people.setdefault(team, {}).setdefault(manages, []).append(agent)
    return [
        TeamIn(
            key=key, name=name, parent=parent,
            managers=people.get(id, {}).get(True, []), members=people.get(id, {}).get(False, []),
        )
        for id, key, name, parent in Team.objects.order_by("key").values_list("id", "key", "name", "parent__key")
    ]  # fmt: skip


def _roles() -> list[RoleEntry]:
    holders: dict[Any, list[str]] = {}
    for role, agent in RoleHolder.objects.order_by("agent__key").values_list("role", "agent__key"):
        holders.setdefault(role, []).append(agent)
    return [
        RoleEntry(
            key=role.key, names=role.names, kinds=role.kinds, position=role.position, active=role.active,
            holders=holders.get(role.id, []),
        )
        for role in FunctionalRole.objects.order_by("key")
    ]  # fmt: skip


def _agents() -> list[AgentEntry]:
    absences: dict[Any, list[AbsenceIn]] = {}
    for row in Absence.objects.filter(ends_at__gt=clock()).order_by("starts_at", "ends_at", "cause"):
        absence = AbsenceIn(starts_at=row.starts_at, ends_at=row.ends_at, cause=row.cause)
        absences.setdefault(row.agent_id, []).append(absence)
    live = {row.agent_id: row for row in AgentState.objects.all()}
    return [
        AgentEntry(
            key=agent.key, name=agent.name, email=agent.email, active=agent.active, zone=agent.zone,
            language=agent.language, mode=agent.mode, languages=agent.languages,
            skills=dict(sorted(agent.skills.items())), attributes=dict(sorted(agent.attributes.items())),
            hours=hours_from_rows(agent.hours), capacity=live[agent.id].capacity,
            unanswered_cap=live[agent.id].unanswered_cap, limits=LimitsIn(**agent.limits),
            ramp=ramp_of(agent), absences=absences.get(agent.id, []),
        )
        for agent in Agent.objects.order_by("key")
    ]  # fmt: skip


def merged(current: ConfigFile, file: ConfigFile, *, now: datetime) -> ConfigFile:
    """What the whole configuration will be once the file is applied. Routes keep the id of their name; absences that
    are over are not part of it."""
    teams = {team.key: team for team in current.teams or []} | {team.key: team for team in file.teams or []}
    roles = {role.key: role for role in current.roles or []} | {role.key: role for role in file.roles or []}
    known = {agent.key: agent for agent in current.agents or []}
    agents = known | {agent.key: _with_absences(agent, known.get(agent.key), now) for agent in file.agents or []}
    return ConfigFile(
        teams=[teams[key] for key in sorted(teams)],
        agents=[agents[key] for key in sorted(agents)],
        roles=[roles[key] for key in sorted(roles)],
        routes=current.routes if file.routes is None else _named(file.routes, current.routes or []),
        units=current.units if file.units is None else file.units,
        default_units=current.default_units if file.default_units is None else file.default_units,
    )


def _with_absences(agent: AgentEntry, known: AgentEntry | None, now: datetime) -> AgentEntry:
    stands = (known.absences if known else None) or []
    absences = stands if agent.absences is None else [row for row in agent.absences if row.ends_at > now]
    return agent.model_copy(update={"absences": absences})


def _named(routes: list[RouteIn], known: list[RouteIn]) -> list[RouteIn]:
    ids = {route.name: route.id for route in known}
    return [
        route if "id" in route.model_fields_set else route.model_copy(update={"id": ids.get(route.name, route.id)})
        for route in routes
    ]


class _Dumper(yaml.SafeDumper):
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _flow_when_short(dumper: _Dumper, rows: list[Any]) -> yaml.Node:
    """Lists and groups of plain values on one line: [es, en]."""
    plain = all(not isinstance(row, list | dict) for row in rows)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", rows, flow_style=plain)


def _flow_when_small(dumper: _Dumper, row: dict[str, Any]) -> yaml.Node:
    """Small groups on one line, {field: language, op: is, value: es}; what has a name of its own is spread out."""
    deep = any(isinstance(part, dict) or _is_deep_list(part) for part in row.values())
    return dumper.represent_mapping("tag:yaml.org,2002:map", row, flow_style=not deep and "name" not in row)


def _is_deep_list(part: Any) -> bool:
    return isinstance(part, list) and any(isinstance(row, list | dict) for row in part)


_Dumper.add_representer(list, _flow_when_short)
_Dumper.add_representer(dict, _flow_when_small)


def dump(config: ConfigFile) -> str:
    """The file's text, without what is as it is by default. The same configuration always gives the same text."""
    sections: dict[str, Any] = {}
    if config.default_units is not None:
        sections["default_units"] = config.default_units
    for name in ("units", "teams", "agents", "roles", "routes"):
        rows = getattr(config, name)
        if rows:
            sections[name] = [_entry(row) for row in rows]
    return yaml.dump(sections, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=120)


def _entry(row: Strict) -> dict[str, Any]:
    found = row.model_dump(exclude_defaults=True, exclude={"id"})
    if absences := getattr(row, "absences", None):
        found["absences"] = [
            {"starts_at": utc_text(a.starts_at), "ends_at": utc_text(a.ends_at), "cause": a.cause} for a in absences
        ]
    else:
        found.pop("absences", None)
    return found
