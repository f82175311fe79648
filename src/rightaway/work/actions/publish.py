"""Publish the draft: an immutable version, live from this transaction's commit."""

from dataclasses import dataclass
from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import Stale
from rightaway.ledger.events import Change, append
from rightaway.ledger.problems import refuse
from rightaway.routing.directory import touch_configuration
from rightaway.routing.models import Config, Version
from rightaway.routing.publishable import known_people, problems
from rightaway.routing.schema import RouteSet
from rightaway.routing.versions import config_row, draft_of, etag_of, route_text
from rightaway.work import access
from rightaway.work.actions.wake import wake_for_routes


@dataclass(frozen=True, slots=True)
class Published:
    """`changed` is false when the draft said nothing new: then this is the version that was live already."""

    version_id: UUID
    number: int
    etag: str
    changed: bool


def publish(*, actor: Actor, comment: str = "", if_match: str | None = None) -> Published:
    """Makes the draft the live version. `if_match` is the etag of the draft that is meant.

    Runs inside `organisation(…)`. Raises Stale, Invalid (each problem with its place), NotAllowed.
    """
    access.require(actor, "routes.manage")
    row = config_row()
    draft = draft_of(row)
    if if_match is not None and if_match != draft.etag:
        raise Stale
    text = route_text(draft.routes)
    before = row.live
    if before is not None and before.body == text:
        Config.objects.filter(id=row.id).update(draft="")
        return Published(before.id, before.number, draft.etag, changed=False)
    refuse(problems(draft.routes, known_people()))
    return _record(row, draft.routes, text, comment=comment, actor=actor)


def _record(row: Config, routes: RouteSet, text: str, *, comment: str, actor: Actor) -> Published:
    before = RouteSet.model_validate_json(row.live.body) if row.live else RouteSet()
    number = row.live.number + 1 if row.live else 1
    now = clock()
    version = Version.objects.create(number=number, body=text, comment=comment, published_at=now, published_by=actor.id)
    Config.objects.filter(id=row.id).update(live=version.id, draft="")
    touch_configuration()
    body = {"number": number, "version": version.id, "etag": etag_of(text), "routes": len(routes.routes)}
    append(row, now, [Change("published", {**body, **actor.as_event()})])
    # Routes that are gone, too: what waited for them looks again.
    wake_for_routes(sorted({route.id for route in [*before.routes, *routes.routes]}))
    return Published(version.id, number, etag_of(text), changed=True)
