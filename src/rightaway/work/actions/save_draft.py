"""Save the draft of the routes. Nothing is routed by it until it is published."""

from rightaway.accounts.actor import Actor
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import Stale
from rightaway.ledger.events import Change, append
from rightaway.routing.models import Config
from rightaway.routing.schema import RouteSet
from rightaway.routing.versions import Draft, config_row, draft_of, etag_of, route_text
from rightaway.work import access


def save_draft(*, routes: RouteSet, if_match: str | None = None, actor: Actor) -> Draft:
    """Replaces the draft. `if_match` is the etag of what it was made from; None overwrites whatever is there.

    Runs inside `organisation(…)`. Raises Stale, NotAllowed.
    """
    access.require(actor, "routes.manage")
    row = config_row()
    before = draft_of(row)
    if if_match is not None and if_match != before.etag:
        raise Stale
    text = route_text(routes)
    draft = Draft(routes, etag_of(text), saved=True)
    if draft.etag == before.etag:
        return before
    now = clock()
    Config.objects.filter(id=row.id).update(draft=text)
    append(row, now, [Change("drafted", {"etag": draft.etag, "routes": len(routes.routes), **actor.as_event()})])
    return draft
