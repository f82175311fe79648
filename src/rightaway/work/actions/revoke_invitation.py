"""Revoke an invitation: its link opens nothing any more."""

from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import Conflict
from rightaway.ledger.events import Change, append
from rightaway.people.models import Invitation
from rightaway.routing.versions import config_row
from rightaway.work import access


def revoke_invitation(*, invitation_id: UUID, actor: Actor) -> Invitation:
    """Ends it for good; once revoked, nothing changes any more.

    Runs inside `organisation(…)`. Raises NotFound, NotAllowed, Conflict (somebody has come in with it).
    """
    access.invitation_for(actor, invitation_id)
    config_row()  # the lock under which links are used
    row: Invitation = Invitation.objects.select_for_update(no_key=True).get(id=invitation_id)
    if row.used_at is not None:
        raise Conflict(used=True)
    if row.revoked_at is None:
        end(row, actor)
    return row


def end(invitation: Invitation, actor: Actor) -> None:
    """Of a row that the caller has locked and that is open."""
    invitation.revoked_at = clock()
    Invitation.objects.filter(id=invitation.id).update(revoked_at=invitation.revoked_at)
    append(invitation, invitation.revoked_at, [Change("revoked", actor.as_event())])
