"""Invite somebody by a link that works once, for a week."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext as _

from rightaway.accounts.actor import Actor
from rightaway.accounts.roles import Role
from rightaway.accounts.setup import digest
from rightaway.contacts.normalise import email_address
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import AlreadyThere, NotAllowed, NotFound
from rightaway.ledger.events import Change, append
from rightaway.ledger.problems import Problem, refuse
from rightaway.people.invitations import OPEN_FOR, new_link_token, open_invitations
from rightaway.people.models import Agent, Invitation, Team
from rightaway.people.schema import InvitationIn
from rightaway.routing.versions import config_row
from rightaway.work import access
from rightaway.work.actions.revoke_invitation import end


@dataclass(frozen=True, slots=True)
class Invited:
    """A new invitation. `token` is the secret part of its link, shown once and kept nowhere."""

    id: UUID
    token: str
    expires_at: datetime


def invite(*, invitation: InvitationIn, actor: Actor) -> Invited:
    """Makes the invitation. A new link for an agent ends the ones before it.

    Runs inside `organisation(…)`. Raises Invalid, NotFound (no such team or agent), NotAllowed (this role, or outside
    the actor's teams), AlreadyThere (somebody signs in as this agent already).
    """
    _allow(invitation, actor)
    refuse(_problems(invitation))
    config_row()  # the lock of every change of people
    if invitation.agent_id is not None:
        _free(invitation.agent_id, actor)
    token, now = new_link_token(), clock()
    row: Invitation = Invitation.objects.create(
        hash=digest(token), name=invitation.name, email=invitation.email, role=invitation.role,
        team_id=invitation.team_id, works=invitation.works, agent_id=invitation.agent_id, made_by=actor.id,
        made_at=now, expires_at=now + OPEN_FOR,
    )  # fmt: skip
    body = {"role": row.role, "team": row.team_id, "agent": row.agent_id, "works": row.works}
    append(row, now, [Change("invited", {**body, **actor.as_event()})])
    return Invited(row.id, token, row.expires_at)


def _allow(invitation: InvitationIn, actor: Actor) -> None:
    if not access.may_invite(actor) or not actor.may_invite(Role(invitation.role)):
        raise NotAllowed(action="members.manage")
    if invitation.team_id is not None and not Team.objects.filter(id=invitation.team_id).exists():
        raise NotFound
    if not actor.may("members.manage", access.relations_to_team(actor, invitation.team_id)):
        raise NotAllowed(action="members.manage")


def _problems(invitation: InvitationIn) -> list[Problem]:
    found = []
    if invitation.email and email_address(invitation.email) is None:
        found.append(Problem(("email",), _("not an e-mail address")))
    if not invitation.works:
        if Role(invitation.role) is not Role.COMPANY_MANAGER:
            found.append(Problem(("works",), _("only a company manager does without being an agent")))
        if invitation.team_id is not None or invitation.agent_id is not None:
            found.append(Problem(("works",), _("whoever is in a team or is an agent works leads")))
    return found


def _free(agent_id: UUID, actor: Actor) -> None:
    """Nobody is this agent yet, and no other link will make anybody so."""
    agent: Agent = access.agent_for(actor, agent_id, "agent.manage")
    if agent.membership_id is not None:
        raise AlreadyThere(_("Somebody signs in as this agent already."), agent=str(agent_id))
    for before in open_invitations().filter(agent=agent_id).select_for_update(no_key=True).order_by("id"):
        end(before, actor)
