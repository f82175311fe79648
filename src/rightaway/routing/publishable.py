"""Whether a set of routes can be published: what pydantic cannot see, because it takes the whole set and the people."""

from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from rightaway.engine.route import check_conditions
from rightaway.ledger.problems import Path, Problem
from rightaway.people.models import Agent, FunctionalRole, RoleHolder, Team, TeamMember
from rightaway.routing.schema import ROLE_STRATEGIES, MemberIn, RouteIn, RouteSet, engine_condition


@dataclass(frozen=True, slots=True)
class People:
    """Whom routes may name: keys of agents, the active ones among them, the agents of each team and below, and of each
    functional role that is not retired the kinds of items that have it (none: all) and who may hold it."""

    agents: frozenset[str]
    active: frozenset[str]
    teams: dict[str, frozenset[str]]
    roles: dict[str, tuple[frozenset[str], frozenset[str]]]

    def named_by(self, route: RouteIn) -> frozenset[str]:
        """Everybody in its audience; without one, all."""
        named = (self.of(member) for member in route.audience)
        return frozenset().union(*named) if route.audience else self.agents

    def holders_of(self, role: str) -> frozenset[str]:
        return self.roles[role][1] if role in self.roles else frozenset()

    def of(self, member: MemberIn) -> frozenset[str]:
        if member.agent is not None:
            return frozenset({member.agent}) & self.agents
        return self.teams.get(member.team or "", frozenset())


def known_people() -> People:
    """The people of the current organisation."""
    rows = list(Agent.objects.values_list("id", "key", "active"))
    key_of = {id: key for id, key, _active in rows}
    teams = list(Team.objects.values_list("id", "key", "parent"))
    inside: dict[UUID, set[str]] = {id: set() for id, _key, _parent in teams}
    for team_id, agent_id in TeamMember.objects.values_list("team", "agent"):
        inside[team_id].add(key_of[agent_id])
    parent_of = {id: parent for id, _key, parent in teams}
    below: dict[UUID, set[str]] = {id: set() for id in inside}
    for id, members in inside.items():
        seen: set[UUID] = set()
        place: UUID | None = id
        while place is not None and place not in seen:
            seen.add(place)
            below[place] |= members
            place = parent_of[place]
    return People(
        agents=frozenset(key_of.values()),
        active=frozenset(key for _id, key, active in rows if active),
        teams={key: frozenset(below[id]) for id, key, _parent in teams},
        roles=_roles(key_of),
    )


def _roles(key_of: dict[UUID, str]) -> dict[str, tuple[frozenset[str], frozenset[str]]]:
    holders: dict[UUID, set[str]] = {}
    for role_id, agent_id in RoleHolder.objects.values_list("role", "agent"):
        holders.setdefault(role_id, set()).add(key_of[agent_id])
    rows = FunctionalRole.objects.filter(active=True).values_list("id", "key", "kinds")
    return {key: (frozenset(kinds), frozenset(holders.get(id, ()))) for id, key, kinds in rows}


def problems(routes: RouteSet, people: People) -> list[Problem]:
    """Everything that keeps these routes from being published."""
    found: list[Problem] = []
    seen: dict[str, int] = {}
    for place, route in enumerate(routes.routes):
        at: Path = ("routes", place)
        for value, name in ((route.name, "name"), (str(route.id), "id")):
            if seen.setdefault(f"{name}:{value}", place) != place:
                found.append(Problem((*at, name), _("another route has it already: %(value)s") % {"value": value}))
        found += _audience(route, people, at) or _role(route, people, at)
        found += _conditions(route, at)
    return found


def _role(route: RouteIn, people: People, at: Path) -> list[Problem]:
    if route.role is None:
        return []
    if route.role not in people.roles:
        return [Problem((*at, "role"), _("no role in use has the key %(key)s") % {"key": route.role})]
    if route.strategy not in ROLE_STRATEGIES:
        return [Problem((*at, "strategy"), _("a role is given in turn, by share, to the first or to one agent"))]
    kinds = people.roles[route.role][0]
    if kinds and route.kind not in kinds:
        return [Problem((*at, "role"), _("items of this kind do not have the role"))]
    if not people.named_by(route) & people.active & people.holders_of(route.role):
        return [Problem((*at, "audience"), _("nobody active in it may hold the role"))]
    return []


def _audience(route: RouteIn, people: People, at: Path) -> list[Problem]:
    found = []
    chosen: set[str] = set()
    for place, member in enumerate(route.audience):
        where = (*at, "audience", place)
        if member.agent is not None and member.agent not in people.agents:
            found.append(Problem((*where, "agent"), _("no agent has the key %(key)s") % {"key": member.agent}))
        if member.team is not None and member.team not in people.teams:
            found.append(Problem((*where, "team"), _("no team has the key %(key)s") % {"key": member.team}))
        chosen |= people.of(member)
    if found or route.strategy == "pool":
        return found
    if route.strategy == "agent" and not route.audience:
        return [Problem((*at, "audience"), _("say which agent"))]
    if route.audience and not chosen & people.active:
        return [Problem((*at, "audience"), _("nobody active is in it"))]
    return []


def _conditions(route: RouteIn, at: Path) -> list[Problem]:
    rows = tuple(engine_condition(row) for row in route.conditions)
    sentences = _mistakes()
    return [
        Problem((*at, *_steps(mistake.path)), sentences.get(mistake.code, mistake.code))
        for mistake in check_conditions(rows)
    ]


def _steps(path: str) -> Path:
    """The engine's `conditions[2].value` as a path."""
    return tuple(int(part) if part.isdigit() else part for part in path.replace("[", ".").replace("]", "").split("."))


def _mistakes() -> dict[str, str]:
    return {
        "too_many_conditions": _("has too many conditions"),
        "group_empty": _("a group needs at least one condition"),
        "group_nested": _("a group may hold conditions only, no further group"),
        "unknown_field": _("no field has this name; fields of your own begin with “attributes.”"),
        "unknown_operator": _("no operator has this name"),
        "operator_not_for_field": _("this operator does not fit the field"),
        "value_not_wanted": _("this operator takes no value"),
        "value_missing": _("needs a value"),
        "value_type": _("this value does not fit the field"),
        "value_too_long": _("is too long"),
        "values_empty": _("needs at least one value"),
        "values_mixed": _("must be all texts or all numbers"),
        "too_many_values": _("has too many values"),
        "pair_wanted": _("needs two values, from and to"),
        "pair_order": _("the first value must not be above the second"),
        "unknown_band": _("a band is low, normal, high or top"),
    }
