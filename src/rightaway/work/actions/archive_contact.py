"""Archive a contact, out of every view; and restore it. Nothing is deleted."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.contacts.models import Contact
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import Conflict, NeedsConfirmation
from rightaway.work import access, archiving, change, identities, in_step
from rightaway.work.actions.finish import close


@dataclass(frozen=True, slots=True)
class Archived:
    """`closed` are the items that were open until now."""

    contact_id: UUID
    archived_at: datetime | None
    closed: tuple[UUID, ...] = ()


def archive_contact(*, contact_id: UUID, actor: Actor, close_open: bool = False) -> Archived:
    """Takes a contact out of every view until somebody restores it or the person asks again.

    What is open of it is closed as `other` with `close_open`, and otherwise in the way. Runs inside `organisation(…)`.
    Raises NotFound, NotAllowed, NeedsConfirmation (something is open), Conflict (archived or merged already).
    """
    access.contact_for(actor, contact_id, "contact.archive")
    contact = _held(contact_id, archived=False)
    items = in_step.open_items([contact_id])
    if items and not close_open:
        raise NeedsConfirmation(open_items=[str(item.id) for item in items])
    now, loads = clock(), change.Loads()
    for item in items:
        access.item_for(actor, item.id, "item.finish")
        close(item, "other", actor=actor, now=now, loads=loads)
    archiving.put_away(contact, actor=actor, at=now)
    change.settle(loads)
    return Archived(contact_id, now, tuple(item.id for item in items))


def restore_contact(*, contact_id: UUID, actor: Actor) -> Archived:
    """Back into the views, its latest item in front. Raises NotFound, NotAllowed, Conflict (not archived)."""
    access.contact_for(actor, contact_id, "contact.archive")
    contact = _held(contact_id, archived=True)
    archiving.bring_back(contact, actor=actor, at=clock())
    archiving.to_front(contact)
    return Archived(contact_id, None)


def _held(contact_id: UUID, *, archived: bool) -> Contact:
    contact = identities.hold([contact_id])[contact_id]
    if contact.merged_into_id is not None or (contact.archived_at is not None) != archived:
        raise Conflict(archived=not archived)
    return contact
