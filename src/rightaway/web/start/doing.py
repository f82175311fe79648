"""What a step does, with the verbs that there are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from rightaway.accounts.actor import Actor
from rightaway.accounts.models import Organisation
from rightaway.contacts.normalise import clean_text
from rightaway.ledger.tenancy import current_organisation
from rightaway.people.invitations import open_invitations
from rightaway.people.keys import free_key
from rightaway.people.models import Agent, AgentState, Team
from rightaway.people.schema import AgentIn, InvitationIn, TeamIn
from rightaway.people.written import team_settings, with_people
from rightaway.routing.schema import RouteIn
from rightaway.routing.versions import config_row, draft_of
from rightaway.web import formats
from rightaway.web.presences import say, shown_presence
from rightaway.work.actions.invite import Invited, invite
from rightaway.work.actions.link_agent import link_agent
from rightaway.work.actions.publish import publish
from rightaway.work.actions.save_agent import save_agent
from rightaway.work.actions.save_draft import save_draft
from rightaway.work.actions.save_team import save_team
from rightaway.work.present import here


@dataclass(frozen=True, slots=True)
class Known:
    """An agent who is there already. `until`: how long a link is open that makes somebody them."""

    id: UUID
    name: str
    email: str
    presence: str
    signs_in: bool
    until: datetime | None


def organisation_now() -> Organisation:
    return Organisation.objects.get(id=current_organisation())


def first_team() -> Team | None:
    """The team that a first run is about."""
    found: Team | None = Team.objects.order_by("id").first()
    return found


def name_team(name: str, *, actor: Actor) -> None:
    """Makes the first team, or gives it another name."""
    config_row()  # two at once make one team
    known = first_team()
    if known is None:
        settings = TeamIn(key=free_key(Team, name), name=name)
    else:
        settings = team_settings([known])[known.id].model_copy(update={"name": name})
    save_team(team=settings, actor=actor)


def same_people(rows: Sequence[tuple[str, str]]) -> list[str | None]:
    """Of each row, what keeps it from being somebody new. Takes the lock under which this stays true."""
    config_row()
    names = {name.casefold() for name in Agent.objects.values_list("name", flat=True)}
    emails = {email.casefold() for email in Agent.objects.exclude(email="").values_list("email", flat=True)}
    found: list[str | None] = []
    for name, email in rows:
        wrong = None
        if name.casefold() in names:
            wrong = _("There is an agent of this name already.")
        elif email and email.casefold() in emails:
            wrong = _("There is an agent with this e-mail already.")
        found.append(wrong)
        names.add(name.casefold())
        emails.add(email.casefold())
    return found


def add_people(rows: Sequence[tuple[str, str]], *, actor: Actor) -> list[tuple[str, Invited]]:
    """Makes an agent of each (name, e-mail), in the first team, and a link that makes somebody them."""
    made = [(name, email, save_agent(agent=_agent(name, email), actor=actor).agent_id) for name, email in rows]
    team = first_team()
    if team is not None and made:
        save_team(team=with_people(team.id, {id: False for _name, _email, id in made}), actor=actor)
    return [(name, _invited(id, name, email, team, actor)) for name, email, id in made]


def renew_link(agent: Agent, *, actor: Actor) -> Invited:
    return _invited(agent.id, agent.name, agent.email, first_team(), actor)


def _invited(agent_id: UUID, name: str, email: str, team: Team | None, actor: Actor) -> Invited:
    wanted = InvitationIn(name=name, email=email, agent_id=agent_id, team_id=team.id if team else None)
    return invite(invitation=wanted, actor=actor)


def work_too(user: Any, *, actor: Actor) -> UUID:
    """Makes the member an agent who manages the first team, where they are none, and says that they are available.

    Returns the agent's id.
    """
    agent_id = actor.agent_id
    if agent_id is None:
        assert actor.id is not None  # of a member
        config_row()
        name = " ".join(clean_text(user.name).split()) or user.email
        agent_id = save_agent(agent=_agent(name, user.email), actor=actor).agent_id
        link_agent(agent_id=agent_id, membership_id=actor.id, actor=actor)
        team = first_team()
        if team is not None:
            save_team(team=with_people(team.id, {agent_id: True}), actor=actor)
    say(agent_id, "available", actor=actor)
    return agent_id


def publish_first(route: RouteIn, *, actor: Actor) -> bool:
    """Publishes the route below what is drafted already. False: routes are live, and nothing was changed."""
    row = config_row()
    if row.live is not None:
        return False
    drafted = draft_of(row).routes
    save_draft(routes=drafted.model_copy(update={"routes": [*drafted.routes, route]}), actor=actor)
    publish(actor=actor)
    return True


def known_people() -> list[Known]:
    agents = list(Agent.objects.filter(active=True).order_by("name", "id")[:200])
    states = {row.agent_id: row for row in AgentState.objects.filter(agent__in=[agent.id for agent in agents])}
    until = dict(open_invitations().exclude(agent=None).values_list("agent", "expires_at"))
    return [
        Known(
            agent.id, agent.name, agent.email, shown_presence(states[agent.id]), agent.membership_id is not None,
            until.get(agent.id),
        )
        for agent in agents
    ]  # fmt: skip


def available_agents() -> int:
    """How many could get something now."""
    return sum(state.load < state.capacity for state in here(formats.now()).filter(agent__active=True))


def _agent(name: str, email: str) -> AgentIn:
    organisation = organisation_now()
    return AgentIn(
        key=free_key(Agent, name), name=name, email=email, zone=organisation.zone,
        language="es" if organisation.language == "es" else "en",
    )  # fmt: skip
