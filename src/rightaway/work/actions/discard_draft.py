"""Discard the draft of the routes: what is live is what there is."""

from rightaway.accounts.actor import Actor
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import Stale
from rightaway.ledger.events import Change, append
from rightaway.routing.models import Config
from rightaway.routing.versions import Draft, config_row, draft_of
from rightaway.work import access


def discard_draft(*, if_match: str | None = None, actor: Actor) -> Draft:
    """Forgets the draft. Returns what stands now: the live routes.

    Pauses of its routes stay: whoever brings one back from a version finds it as it was.

    `if_match` is the etag of the draft that is meant. Runs inside `organisation(…)`. Raises Stale, NotAllowed.
    """
    access.require(actor, "routes.manage")
    row = config_row()
    before = draft_of(row)
    if if_match is not None and if_match != before.etag:
        raise Stale
    if not before.saved:
        return before
    Config.objects.filter(id=row.id).update(draft="")
    row.draft = ""
    append(row, clock(), [Change("draft_discarded", {"etag": before.etag, **actor.as_event()})])
    return draft_of(row)
