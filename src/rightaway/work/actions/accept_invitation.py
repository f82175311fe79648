"""Accept an invitation: who holds its link becomes a member, and the agent that it names or a new one."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, transaction

from rightaway.accounts.actor import SYSTEM
from rightaway.accounts.models import Membership, Organisation, User
from rightaway.accounts.roles import Role
from rightaway.contacts.normalise import clean_text
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import AlreadyThere, Conflict, NotFound
from rightaway.ledger.events import Change, append
from rightaway.ledger.tenancy import current_organisation, organisation
from rightaway.people.invitations import opened_by, organisation_of
from rightaway.people.keys import free_key
from rightaway.people.models import Agent, AgentState, Invitation
from rightaway.people.schema import AgentIn
from rightaway.people.written import agent_settings, with_people
from rightaway.routing.versions import config_row
from rightaway.work.actions.found import add_member
from rightaway.work.actions.link_agent import link_agent
from rightaway.work.actions.save_agent import save_agent
from rightaway.work.actions.save_team import save_team


@dataclass(frozen=True, slots=True)
class NewUser:
    """Somebody who has no account yet. The password was checked; the name is one line."""

    name: str
    email: str
    password: str
    language: str


@dataclass(frozen=True, slots=True)
class Joined:
    organisation_id: int
    user: User
    membership_id: UUID
    agent_id: UUID | None


def inviting_organisation(token: str) -> str:
    """Whose invitation this is, which is all that a stranger hears. Raises NotFound: unknown, used or too old."""
    with _inside(token):
        if not opened_by(token).exists():
            raise NotFound
        return str(Organisation.objects.values_list("name", flat=True).get(id=current_organisation()))


def accept_invitation(*, token: str, who: User | NewUser) -> Joined:
    """Uses the link up, all or nothing. What follows from it was allowed to whoever invited, so the system does it.

    Raises NotFound (unknown, used, revoked, too old), AlreadyThere (an account with this e-mail; a member already),
    Conflict (the agent has become somebody else's).
    """
    with _inside(token):
        if not opened_by(token).exists():
            raise NotFound
        user = who if isinstance(who, User) else _made(who)  # hashing takes its time: before the locks
        config_row()  # the lock of every change of people
        invitation: Invitation | None = opened_by(token).select_for_update(no_key=True).first()
        if invitation is None:  # another browser was faster
            raise NotFound
        membership_id = _membership(user, Role(invitation.role))
        agent_id = _agent(invitation, membership_id, user) if invitation.works else None
        if invitation.team_id is not None and agent_id is not None:
            manages = invitation.role != Role.AGENT
            save_team(team=with_people(invitation.team_id, {agent_id: manages}), actor=SYSTEM)
        _record(invitation, membership_id, agent_id)
        return Joined(current_organisation(), user, membership_id, agent_id)


def _inside(token: str) -> AbstractContextManager[None]:
    organisation_id = organisation_of(token)
    if organisation_id is None:
        raise NotFound
    return organisation(organisation_id)


def _made(who: NewUser) -> User:
    try:
        with transaction.atomic():
            return User.objects.create_user(who.email, who.password, name=who.name, language=who.language)
    except IntegrityError:
        raise AlreadyThere from None


def _membership(user: User, role: Role) -> UUID:
    """A member who was let go comes back, in the role of the invitation."""
    known: Membership | None = Membership.objects.select_for_update(no_key=True).filter(user=user).first()
    if known is None:
        return add_member(organisation_id=current_organisation(), user=user, role=role)
    if known.active:
        raise AlreadyThere
    Membership.objects.filter(id=known.id).update(active=True, role=role.value)
    append(known, clock(), [Change("member_returned", {"role": role.value})])
    id: UUID = known.id
    return id


def _agent(invitation: Invitation, membership_id: UUID, user: User) -> UUID:
    """Whom they work as: who they were, the agent of the invitation, or a new one."""
    known: Agent | None = Agent.objects.filter(membership=membership_id).first()
    if known is not None:
        if invitation.agent_id not in (None, known.id):
            raise Conflict(agent=str(invitation.agent_id))
        settings = agent_settings(known, AgentState.objects.get(agent=known.id))
        return save_agent(agent=settings.model_copy(update={"active": True}), actor=SYSTEM).agent_id
    agent_id = invitation.agent_id or _new_agent(user, invitation.name)
    if Agent.objects.filter(id=agent_id).exclude(membership=None).exists():
        raise Conflict(agent=str(agent_id))
    link_agent(agent_id=agent_id, membership_id=membership_id, actor=SYSTEM)
    return agent_id


def _new_agent(user: User, invited_as: str) -> UUID:
    name = " ".join(clean_text(user.name).split()) or invited_as
    zone = Organisation.objects.values_list("zone", flat=True).get(id=current_organisation())
    agent = AgentIn(
        key=free_key(Agent, name), name=name, email=user.email, zone=zone,
        language="es" if user.language == "es" else "en",
    )  # fmt: skip
    return save_agent(agent=agent, actor=SYSTEM).agent_id


def _record(invitation: Invitation, membership_id: UUID, agent_id: UUID | None) -> None:
    now = clock()
    Invitation.objects.filter(id=invitation.id).update(used_at=now, membership=membership_id, agent=agent_id)
    body = {"membership": membership_id, "agent": agent_id, "by": "member", "by_id": str(membership_id)}
    append(invitation, now, [Change("accepted", body)])
