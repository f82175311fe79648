"""A contact out of every view, and back again: its item in front stands there no more."""

from datetime import datetime
from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.contacts.models import Contact
from rightaway.ledger.events import Change, append
from rightaway.work.models import Item


def put_away(contact: Contact, *, actor: Actor, at: datetime) -> None:
    """Archives a held contact that has no open item."""
    Item.objects.filter(contact=contact.id, front=True).update(front=False)
    _write(contact, "archived", actor=actor, at=at, archived_at=at)


def bring_back(contact: Contact, *, actor: Actor, at: datetime) -> None:
    """No longer archived. Which item stands in front is the caller's to say."""
    _write(contact, "restored", actor=actor, at=at, archived_at=None)


def to_front(contact: Contact, *, rather: UUID | None = None) -> None:
    """Puts one item in front of a contact: an open one before a closed one, then this one, then the latest. None stands
    there while it is archived."""
    items = Item.objects.filter(contact=contact.id)
    rows = [] if contact.archived_at else list(items.values_list("id", "state"))
    best = max(rows, key=lambda row: (row[1] != "closed", row[0] == rather, row[0]), default=None)
    items.filter(front=True).exclude(id=best and best[0]).update(front=False)
    if best is not None:
        items.filter(id=best[0]).update(front=True)


def _write(contact: Contact, event: str, *, actor: Actor, at: datetime, archived_at: datetime | None) -> None:
    contact.archived_at = archived_at
    Contact.objects.filter(id=contact.id).update(archived_at=archived_at)
    append(contact, at, [Change(event, actor.as_event())])
