"""Save a team: its place in the tree, its members and its managers. Routes to a team choose from its members."""

from dataclasses import dataclass
from uuid import UUID

from django.utils.translation import gettext as _

from rightaway.accounts.actor import EVERYWHERE, Actor
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import NotAllowed
from rightaway.ledger.events import Change, append
from rightaway.ledger.problems import Problem, refuse
from rightaway.people.models import Agent, Team, TeamMember
from rightaway.people.schema import TeamIn
from rightaway.routing.directory import touch_configuration
from rightaway.routing.versions import config_row
from rightaway.work.actions.save_campaign import follow_teams
from rightaway.work.actions.wake import wake_for_agents


@dataclass(frozen=True, slots=True)
class SavedTeam:
    """`changed` names what is different now; empty: nothing was written."""

    team_id: UUID
    created: bool
    changed: tuple[str, ...]


def save_team(*, team: TeamIn, actor: Actor) -> SavedTeam:
    """Makes the team of this key exactly so. Its parent and its people exist already.

    Runs inside `organisation(…)`. Raises Invalid (unknown parent or agent, a loop in the tree), NotAllowed.
    """
    if not actor.may("agent.manage", EVERYWHERE):
        raise NotAllowed(action="agent.manage")
    config_row()  # the lock of every change of configuration: the tree is read and written under it
    teams = {row.key: row for row in Team.objects.select_for_update(no_key=True).order_by("id")}
    agents = dict(Agent.objects.filter(key__in=[*team.members, *team.managers]).values_list("key", "id"))
    refuse(_problems(team, teams, agents))
    known = teams.get(team.key)
    roles = _roles(team, agents)
    before = _roles_now(known)
    changed = _changed(team, known, teams, roles, before)
    if changed:
        known = _record(team, known, teams, changed, actor=actor)
        _set_members(known.id, roles, before)
        follow_teams(actor=actor)
        touch_configuration()
        wake_for_agents(sorted(roles.keys() - before.keys()))
    assert known is not None
    return SavedTeam(known.id, created="key" in changed, changed=changed)


def _problems(team: TeamIn, teams: dict[str, Team], agents: dict[str, UUID]) -> list[Problem]:
    found = []
    if team.parent is not None and team.parent not in teams:
        found.append(Problem(("parent",), _("no team has the key %(key)s") % {"key": team.parent}))
    elif _loops(team, teams):
        found.append(Problem(("parent",), _("the team would be below itself")))
    for name, keys in (("members", team.members), ("managers", team.managers)):
        for place, key in enumerate(keys):
            if key not in agents:
                found.append(Problem((name, place), _("no agent has the key %(key)s") % {"key": key}))
    return found


def _loops(team: TeamIn, teams: dict[str, Team]) -> bool:
    by_id = {row.id: row for row in teams.values()}
    place = teams.get(team.parent or "")
    if team.parent == team.key:
        return True
    while place is not None:
        if place.key == team.key:
            return True
        place = by_id.get(place.parent_id) if place.parent_id else None
    return False


def _roles(team: TeamIn, agents: dict[str, UUID]) -> dict[UUID, bool]:
    """{agent: manages}. Named twice, the manager wins."""
    return {agents[key]: False for key in team.members} | {agents[key]: True for key in team.managers}


def _roles_now(known: Team | None) -> dict[UUID, bool]:
    if known is None:
        return {}
    return dict(TeamMember.objects.filter(team=known.id).values_list("agent", "manages"))


def _changed(
    team: TeamIn, known: Team | None, teams: dict[str, Team], roles: dict[UUID, bool], before: dict[UUID, bool]
) -> tuple[str, ...]:
    parent = teams[team.parent].id if team.parent else None
    parts = {
        "key": known is None,
        "name": known is None or known.name != team.name,
        "parent": (known.parent_id if known else None) != parent,
        "members": roles != before,
    }
    return tuple(part for part, differs in parts.items() if differs)


def _record(
    team: TeamIn, known: Team | None, teams: dict[str, Team], changed: tuple[str, ...], *, actor: Actor
) -> Team:
    now = clock()
    parent = teams[team.parent].id if team.parent else None
    if known is None:
        known = Team.objects.create(key=team.key, name=team.name, parent_id=parent)
    elif "name" in changed or "parent" in changed:
        Team.objects.filter(id=known.id).update(name=team.name, parent=parent)
    kind = "created" if "key" in changed else "changed"
    body = {"changed": list(changed), "parent": parent, "members": len({*team.members, *team.managers})}
    append(known, now, [Change(kind, {**body, **actor.as_event()})])
    return known


def _set_members(team_id: UUID, roles: dict[UUID, bool], before: dict[UUID, bool]) -> None:
    stays = {agent for agent, manages in roles.items() if before.get(agent) is manages}
    rows = TeamMember.objects.filter(team=team_id)
    rows.filter(agent__in=before.keys() - stays).delete()
    TeamMember.objects.bulk_create(
        [
            TeamMember(team_id=team_id, agent_id=agent, manages=manages)
            for agent, manages in sorted(roles.items())
            if agent not in stays
        ]
    )
