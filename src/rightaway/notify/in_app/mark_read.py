"""Marks notices as read. It is no event: nobody's work changes by it."""

from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.accounts.memberships import membership_of
from rightaway.ledger.clock import clock
from rightaway.ledger.events import tell
from rightaway.notify.models import Notice


def mark_read(*, actor: Actor, until: UUID) -> int:
    """Marks the member's notices up to this one, and says how many were new. What came after it stays unread.

    Other open pages of the member hear of it. Runs inside `organisation(…)`.
    """
    membership_id = membership_of(actor)
    unread = Notice.objects.filter(membership=membership_id, read_at=None, id__lte=until)
    changed: int = unread.update(read_at=clock()) if membership_id is not None else 0
    if changed and membership_id is not None:
        tell([("notice", membership_id, "read", 0)])
    return changed
