"""What is wrong with a configuration file beyond its shape: names that lead nowhere, loops, doubles."""

from collections import Counter
from collections.abc import Iterable

from django.utils.translation import gettext as _

from rightaway.ledger.problems import Problem
from rightaway.people.schema import TeamIn
from rightaway.routing.config_file import ConfigFile
from rightaway.routing.publishable import People, problems


def check(file: ConfigFile, whole: ConfigFile) -> list[Problem]:
    """Every problem of `file`, given the `whole` configuration that it would lead to."""
    people = people_of(whole)
    found = _doubles(file)
    for place, team in enumerate(file.teams or []):
        found += [Problem(("teams", place, *problem.path), problem.message) for problem in _team(team, whole, people)]
    for place, role in enumerate(file.roles or []):
        for key in role.holders:
            if key not in people.agents:
                message = _("no agent has the key %(key)s") % {"key": key}
                found.append(Problem(("roles", place, "holders"), message))
    # Routes that the file leaves alone can still be broken by its people.
    return found + problems(whole.route_set(), people)


def people_of(whole: ConfigFile) -> People:
    """Whom the routes of this configuration may name."""
    inside = {team.key: {*team.members, *team.managers} for team in whole.teams or []}
    below: dict[str, set[str]] = {key: set() for key in inside}
    parent_of = {team.key: team.parent for team in whole.teams or []}
    for key, members in inside.items():
        for above in way_up(key, parent_of):
            below[above] |= members
    return People(
        agents=frozenset(agent.key for agent in whole.agents or []),
        active=frozenset(agent.key for agent in whole.agents or [] if agent.active),
        teams={key: frozenset(members) for key, members in below.items()},
        roles={role.key: (frozenset(role.kinds), frozenset(role.holders)) for role in whole.roles or [] if role.active},
    )


def way_up(key: str | None, parent_of: dict[str, str | None]) -> list[str]:
    """The team and those above it; a loop ends where it closes."""
    way: list[str] = []
    while key in parent_of and key not in way:
        assert key is not None
        way.append(key)
        key = parent_of[key]
    return way


def _team(team: TeamIn, whole: ConfigFile, people: People) -> Iterable[Problem]:
    parent_of = {row.key: row.parent for row in whole.teams or []}
    if team.parent is not None and team.parent not in people.teams:
        yield Problem(("parent",), _("no team has the key %(key)s") % {"key": team.parent})
    elif team.key in way_up(team.parent, parent_of):
        yield Problem(("parent",), _("the team would be below itself"))
    for name, keys in (("managers", team.managers), ("members", team.members)):
        for key in keys:
            if key not in people.agents:
                yield Problem((name,), _("no agent has the key %(key)s") % {"key": key})


def _doubles(file: ConfigFile) -> list[Problem]:
    found = []
    keys = {
        "teams": [team.key for team in file.teams or []],
        "agents": [agent.key for agent in file.agents or []],
        "roles": [role.key for role in file.roles or []],
    }
    for section, written in keys.items():
        times = Counter(written)
        for place, key in enumerate(written):
            if times[key] > 1:
                found.append(Problem((section, place, "key"), _("%(key)s stands here twice") % {"key": key}))
    return found
