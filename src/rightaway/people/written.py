"""Rows of people as the API writes them: in the shape in which they are sent back."""

from collections.abc import Iterable
from uuid import UUID

from rightaway.people.models import Agent, AgentState, FunctionalRole, Team, TeamMember
from rightaway.people.schema import AgentIn, LimitsIn, RampIn, RoleIn, RoleNames, TeamIn, hours_from_rows


def agent_settings(agent: Agent, state: AgentState) -> AgentIn:
    return AgentIn.model_construct(
        key=agent.key, name=agent.name, email=agent.email, active=agent.active, zone=agent.zone,
        language=agent.language, mode=agent.mode, languages=sorted(agent.languages),
        skills=dict(sorted(agent.skills.items())), attributes=dict(sorted(agent.attributes.items())),
        hours=hours_from_rows(agent.hours), capacity=state.capacity, unanswered_cap=state.unanswered_cap,
        limits=LimitsIn(**agent.limits), ramp=ramp_of(agent),
    )  # fmt: skip


def ramp_of(agent: Agent) -> RampIn | None:
    if agent.ramp_start is None or agent.ramp_weeks is None:
        return None
    return RampIn(start=agent.ramp_start, weeks=agent.ramp_weeks)


def role_settings(role: FunctionalRole) -> RoleIn:
    return RoleIn.model_construct(
        key=role.key, names=RoleNames.model_validate(role.names), kinds=role.kinds, position=role.position,
        active=role.active,
    )  # fmt: skip


def team_settings(teams: Iterable[Team]) -> dict[UUID, TeamIn]:
    """Each team by its id, people by their keys; two queries for any number of teams."""
    rows = list(teams)
    parents = dict(Team.objects.filter(id__in={row.parent_id for row in rows}).values_list("id", "key"))
    people: dict[tuple[UUID, bool], list[str]] = {}
    members = TeamMember.objects.filter(team__in=[row.id for row in rows]).order_by("agent__key")
    for team_id, key, manages in members.values_list("team", "agent__key", "manages"):
        people.setdefault((team_id, manages), []).append(key)
    return {
        row.id: TeamIn.model_construct(
            key=row.key, name=row.name, parent=parents.get(row.parent_id),
            managers=people.get((row.id, True), []), members=people.get((row.id, False), []),
        )
        for row in rows
    }  # fmt: skip


def with_people(team_id: UUID, more: dict[UUID, bool]) -> TeamIn:
    """The team as it is, and these agents in it, each as a manager of it or not."""
    known = team_settings(Team.objects.filter(id=team_id))[team_id]
    keys = dict(Agent.objects.filter(id__in=list(more)).values_list("id", "key"))
    managers = {keys[id] for id, manages in more.items() if manages}
    members = {keys[id] for id, manages in more.items() if not manages}
    return known.model_copy(
        update={
            "managers": sorted({*known.managers, *managers}),
            "members": sorted({*known.members, *members} - {*known.managers, *managers}),
        }
    )
