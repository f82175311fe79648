"""Invitations: make a link that brings somebody in, list, revoke. A person comes in by the link's own page."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.urls import reverse
from ninja import Router, Status

from rightaway.api.door import Call, unkeyed
from rightaway.api.schema import Out
from rightaway.ledger.errors import NotAllowed
from rightaway.people.models import Invitation
from rightaway.people.schema import InvitationIn
from rightaway.work import access
from rightaway.work.actions.invite import invite
from rightaway.work.actions.revoke_invitation import revoke_invitation

router = Router(tags=["invitations"])


class InvitationMade(Out):
    """`link` is shown this once: hand it to the person. It works once, until `expires_at`."""

    id: UUID
    link: str
    expires_at: datetime


class InvitationOut(Out):
    """`agent_id` is whom they will work as, or came to work as; null with `works`: a new agent."""

    id: UUID
    name: str
    email: str
    role: Literal["company_manager", "organisation_manager", "agent_manager", "agent"]
    team_id: UUID | None
    agent_id: UUID | None
    works: bool
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


@router.get("/invitations", response=list[InvitationOut], operation_id="list_invitations", summary="Invitations")
def list_invitations(request: Call) -> list[Invitation]:
    """Those that you may manage, the newest first, 500 at most; used and revoked ones, too."""
    if not access.may_invite(request.actor):
        raise NotAllowed(action="members.manage")
    return list(access.visible_invitations(request.actor).order_by("-id")[:500])


@router.post(
    "/invitations", response={201: InvitationMade}, operation_id="create_invitation", summary="Invite somebody"
)
@unkeyed
def create_invitation(request: Call, body: InvitationIn) -> Status[Any]:
    """A new link for an agent ends the ones before it."""
    made = invite(invitation=body, actor=request.actor)
    link = request.build_absolute_uri(reverse("join", args=[made.token]))
    return Status(201, {"id": made.id, "link": link, "expires_at": made.expires_at})


@router.post(
    "/invitations/{uuid:invitation_id}/revoke",
    response=InvitationOut, operation_id="revoke_invitation", summary="Revoke an invitation",
)  # fmt: skip
def revoke(request: Call, invitation_id: UUID) -> Invitation:
    """Its link opens nothing any more."""
    return revoke_invitation(invitation_id=invitation_id, actor=request.actor)
