"""Whom the demo's agents act as: each is a member, so that every event names a person."""

from dataclasses import dataclass
from uuid import UUID

from rightaway.accounts.actor import SYSTEM, Actor
from rightaway.accounts.models import Membership, User
from rightaway.accounts.roles import Role
from rightaway.demo.cast import COMPANY_MANAGER
from rightaway.ledger.tenancy import organisation
from rightaway.people.models import Agent, TeamMember
from rightaway.work.actions.found import add_member
from rightaway.work.actions.link_agent import link_agent


@dataclass(frozen=True, slots=True)
class Person:
    """One of the demo's agents. `mode` is desk or field; `language` the one they write notes in."""

    agent_id: UUID
    actor: Actor
    mode: str
    language: str
    key: str


def make_members(organisation_id: int) -> None:
    """Gives every agent a user without a password, a membership and its role. What is there already stays."""
    with organisation(organisation_id, read_only=True):
        agents = list(Agent.objects.filter(membership=None).order_by("key"))
        managers = set(TeamMember.objects.filter(manages=True).values_list("agent", flat=True))
    for agent in agents:
        role = Role.AGENT_MANAGER if agent.id in managers else Role.AGENT
        role = Role.COMPANY_MANAGER if agent.key == COMPANY_MANAGER else role
        with organisation(organisation_id):
            user = User.objects.filter(email=agent.email).first()
            user = user or User.objects.create_user(agent.email, name=agent.name, language=agent.language)
            known = Membership.objects.filter(user=user).first()
            membership_id = known.id if known else add_member(organisation_id=organisation_id, user=user, role=role)
            link_agent(agent_id=agent.id, membership_id=membership_id, actor=SYSTEM)


def everybody(organisation_id: int) -> list[Person]:
    """The agents, in order of their keys."""
    with organisation(organisation_id, read_only=True):
        agents = list(Agent.objects.filter(active=True).exclude(membership=None).order_by("key"))
        roles = dict(Membership.objects.values_list("id", "role"))
    return [
        Person(
            agent_id=agent.id,
            actor=Actor("member", agent.membership_id, Role(roles[agent.membership_id]), agent.id),
            mode=agent.mode,
            language=agent.language,
            key=agent.key,
        )
        for agent in agents
    ]
