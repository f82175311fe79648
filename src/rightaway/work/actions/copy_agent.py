"""Copy a colleague: a new agent with what somebody else can do and carries, in their teams and routes."""

from dataclasses import dataclass
from uuid import UUID

from rightaway.accounts.actor import EVERYWHERE, Actor
from rightaway.people.models import Agent, TeamMember
from rightaway.people.schema import AgentIn
from rightaway.people.written import with_people
from rightaway.routing.schema import MemberIn, RouteSet
from rightaway.routing.versions import config_row, draft_of
from rightaway.work import access
from rightaway.work.actions.save_agent import save_agent
from rightaway.work.actions.save_draft import save_draft
from rightaway.work.actions.save_team import save_team


@dataclass(frozen=True, slots=True)
class Copied:
    """`drafted`: how many routes of the draft name them now, beside the colleague; they act once it is published."""

    agent_id: UUID
    teams: int
    drafted: int


def copy_agent(*, like_id: UUID, agent: AgentIn, actor: Actor) -> Copied:
    """Makes the agent, as a member of every team of `like_id`, and names them with the same share in the draft of each
    route that names the colleague by name. Runs inside `organisation(…)`. Raises NotFound, NotAllowed, Invalid."""
    like = access.agent_for(actor, like_id, "agent.manage")
    row = config_row()
    saved = save_agent(agent=agent, actor=actor)
    teams = list(TeamMember.objects.filter(agent=like.id).order_by("team_id").values_list("team_id", flat=True))
    for team_id in teams:
        save_team(team=with_people(team_id, {saved.agent_id: False}), actor=actor)
    drafted = 0
    if actor.may("routes.manage", EVERYWHERE):
        routes, drafted = _beside(draft_of(row).routes, like, agent.key)
        if drafted:
            save_draft(routes=routes, actor=actor)
    return Copied(saved.agent_id, len(teams), drafted)


def _beside(routes: RouteSet, like: Agent, key: str) -> tuple[RouteSet, int]:
    """The routes, and in how many of them the new one now follows the colleague with the same share."""
    found, named = [], 0
    for route in routes.routes:
        beside = next((member for member in route.audience if member.agent == like.key), None)
        # One that is to be assigned to a person is that person's alone.
        if beside is not None and route.strategy != "agent":
            named += 1
            route = route.model_copy(update={"audience": [*route.audience, MemberIn(agent=key, weight=beside.weight)]})
        found.append(route)
    return routes.model_copy(update={"routes": found}), named
