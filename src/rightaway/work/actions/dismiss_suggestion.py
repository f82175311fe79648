"""Dismiss a suggestion to merge: they are two people after all."""

from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.contacts.models import MergeSuggestion
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import NotFound
from rightaway.ledger.events import Change, append
from rightaway.work import identities, merging


def dismiss_suggestion(*, suggestion_id: UUID, actor: Actor) -> bool:
    """Returns whether it was open until now. Runs inside `organisation(…)`. Raises NotFound, NotAllowed."""
    row: MergeSuggestion | None = MergeSuggestion.objects.filter(id=suggestion_id).first()
    if row is None:
        raise NotFound
    merging.both_for(actor, row.first_id, row.second_id)
    held = identities.hold([row.first_id, row.second_id])
    now = clock()
    pending = MergeSuggestion.objects.filter(id=suggestion_id, resolved_at=None)
    if not pending.update(resolved_at=now, resolution="dismissed"):
        return False
    body = {"suggestion": str(suggestion_id), **actor.as_event()}
    for contact in sorted(held.values(), key=lambda each: each.id):
        append(contact, now, [Change("not_merged", body)])
    return True
