"""Apply a configuration file: all of it in one transaction, or nothing."""

from dataclasses import dataclass

from django.utils.translation import gettext_noop

from rightaway.accounts.actor import EVERYWHERE, Actor
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import Conflict, NotAllowed
from rightaway.ledger.problems import refuse
from rightaway.people.models import Agent
from rightaway.people.schema import AgentIn, RoleIn, TeamIn
from rightaway.routing.config_check import check, way_up
from rightaway.routing.config_diff import changes
from rightaway.routing.config_file import AgentEntry, ConfigFile, RoleEntry, export, merged
from rightaway.routing.versions import config_row, draft_of
from rightaway.work import access
from rightaway.work.actions.absence import replace_absences
from rightaway.work.actions.publish import publish
from rightaway.work.actions.save_agent import save_agent
from rightaway.work.actions.save_draft import save_draft
from rightaway.work.actions.save_role import save_role
from rightaway.work.actions.save_team import save_team
from rightaway.work.actions.set_holders import set_holders


class DraftInTheWay(Conflict):
    """There is an unpublished draft of the routes; applying the file would replace it."""

    slug = "draft-in-the-way"


# The docstring is what people read, in their language.
gettext_noop("There is an unpublished draft of the routes; applying the file would replace it.")


@dataclass(frozen=True, slots=True)
class Applied:
    """What changed (or, on a dry run, would change), one sentence each; empty: everything was so already."""

    changes: tuple[str, ...]


def apply_configuration(
    *, file: ConfigFile, actor: Actor, dry_run: bool = False, replace_draft: bool = False
) -> Applied:
    """Makes the organisation's configuration what the file says. The same file again changes nothing.

    Runs inside `organisation(…)`. Raises Invalid (each problem with its place in the file), DraftInTheWay, NotAllowed.
    """
    access.require(actor, "routes.manage")
    if not actor.may("agent.manage", EVERYWHERE):
        raise NotAllowed(action="agent.manage")
    row = config_row()
    current = export()
    whole = merged(current, file, now=clock())
    refuse(check(file, whole))
    found = tuple(changes(current, whole))
    if _routes_differ(current, whole) and draft_of(row).saved and not replace_draft:
        raise DraftInTheWay
    if not dry_run:
        _record(current, whole, actor=actor)
    return Applied(found)


def _routes_differ(current: ConfigFile, whole: ConfigFile) -> bool:
    return current.route_set() != whole.route_set()


def _record(current: ConfigFile, whole: ConfigFile, *, actor: Actor) -> None:
    known = {agent.key: agent for agent in current.agents or []}
    differ = [agent for agent in whole.agents or [] if agent != known.get(agent.key)]
    for agent in _in_lock_order(differ):
        saved = save_agent(agent=_without_absences(agent), actor=actor)
        if agent.absences is not None:
            replace_absences(agent_id=saved.agent_id, absences=agent.absences, actor=actor)
    _save_teams(current.teams or [], whole.teams or [], actor=actor)
    _save_roles(current.roles or [], whole.roles or [], actor=actor)
    if _routes_differ(current, whole):
        save_draft(routes=whole.route_set(), actor=actor)
        publish(actor=actor)


def _without_absences(agent: AgentEntry) -> AgentIn:
    return AgentIn(**{name: getattr(agent, name) for name in AgentIn.model_fields})


def _in_lock_order(agents: list[AgentEntry]) -> list[AgentEntry]:
    """Who is taken out first, because that locks items; then by id, as everybody locks agents."""
    ids = dict(Agent.objects.filter(key__in=[agent.key for agent in agents]).values_list("key", "id"))
    return sorted(agents, key=lambda agent: (agent.active, agent.key in ids, str(ids.get(agent.key, agent.key))))


def _save_teams(before: list[TeamIn], after: list[TeamIn], *, actor: Actor) -> None:
    """Parents before children: then whatever stands above a team is in its final place, and no step makes a loop."""
    known = {team.key: team for team in before}
    parent_of = {team.key: team.parent for team in after}
    differ = [team for team in after if team != known.get(team.key)]
    for team in sorted(differ, key=lambda team: len(way_up(team.key, parent_of))):
        save_team(team=team, actor=actor)


def _save_roles(before: list[RoleEntry], after: list[RoleEntry], *, actor: Actor) -> None:
    known = {role.key: role for role in before}
    differ = [role for role in after if role != known.get(role.key)]
    keys = {key for role in differ for key in role.holders}
    ids = dict(Agent.objects.filter(key__in=keys).values_list("key", "id"))
    for role in differ:
        saved = save_role(role=RoleIn(**{name: getattr(role, name) for name in RoleIn.model_fields}), actor=actor)
        set_holders(role_id=saved.role_id, agent_ids=[ids[key] for key in role.holders], actor=actor)
