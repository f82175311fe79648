"""Routes: what is live, the one shared draft, versions, and pauses."""

from dataclasses import fields
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpResponse
from ninja import Query, Router

from rightaway.api.conditional import conditional, expected, tagged
from rightaway.api.door import Call
from rightaway.api.schema import Id, Out, Prose, Strict
from rightaway.ledger.errors import NotFound
from rightaway.ledger.problems import refuse
from rightaway.routing.models import PausedRoute, Version
from rightaway.routing.publishable import known_people, problems
from rightaway.routing.schema import RouteSet
from rightaway.routing.versions import current_draft, live_version
from rightaway.work import access
from rightaway.work.actions.discard_draft import discard_draft
from rightaway.work.actions.pause_route import pause_route, pause_route_for
from rightaway.work.actions.publish import Published, publish
from rightaway.work.actions.resume_route import resume_route, resume_route_for
from rightaway.work.actions.save_draft import save_draft
from rightaway.work.preview import RoutePreview, Unfinished, preview

router = Router(tags=["routes"])


class LiveRoutes(Out):
    """The version that routes now; `number` null: none was ever published. `paused` are ids of routes."""

    number: int | None
    published_at: datetime | None
    paused: list[UUID]
    routes: RouteSet


@router.get("/routes", response=LiveRoutes, operation_id="get_routes", summary="The live routes")
def get_routes(request: Call) -> dict[str, Any]:
    access.require(request.actor, "routes.view")
    version = live_version()
    routes = RouteSet.model_validate_json(version.body) if version else RouteSet()
    # A pause outlives its route, which may come back from a version.
    paused = PausedRoute.objects.filter(route_id__in=[route.id for route in routes.routes])
    return {
        "number": version.number if version else None,
        "published_at": version.published_at if version else None,
        "paused": list(paused.order_by("route_id").values_list("route_id", flat=True)),
        "routes": routes,
    }


class DraftOut(Out):
    """`saved` false: there is no draft, and these are the live routes."""

    saved: bool
    routes: RouteSet


@router.get("/routes/draft", response=DraftOut, operation_id="get_draft", summary="The draft")
def get_draft(request: Call, response: HttpResponse) -> Any:
    access.require(request.actor, "routes.view")
    draft = current_draft()
    tagged(response, draft.etag)
    return {"saved": draft.saved, "routes": draft.routes}


@router.put("/routes/draft", response=DraftOut, operation_id="replace_draft", summary="Save the draft")
@conditional
def replace_draft(request: Call, response: HttpResponse, body: RouteSet) -> Any:
    """The whole ordered set. Nothing is routed by it until it is published."""
    draft = save_draft(routes=body, if_match=expected(request), actor=request.actor)
    tagged(response, draft.etag)
    return {"saved": draft.saved, "routes": draft.routes}


@router.delete("/routes/draft", response=DraftOut, operation_id="discard_draft", summary="Discard the draft")
@conditional
def discard(request: Call, response: HttpResponse) -> Any:
    """What is live is what there is. Answers with it."""
    draft = discard_draft(if_match=expected(request), actor=request.actor)
    tagged(response, draft.etag)
    return {"saved": draft.saved, "routes": draft.routes}


class PreviewIn(Strict):
    """`routes` null: the draft. `route_id` null: all of them together."""

    routes: RouteSet | None = None
    route_id: Id | None = None


class TakenOut(Out):
    """Matching leads that another route takes first; `handed_on` of them come here when nobody there takes them."""

    route_id: UUID
    name: str
    count: int
    handed_on: int


class MovedOut(Out):
    """Leads that another route takes first than by the live version, by names of routes; null is the lead pool."""

    before: str | None
    after: str | None
    count: int


class NamedOut(Out):
    agent_id: UUID
    name: str
    weight: int


class NewestOut(Out):
    """`name` null: it is masked for you."""

    item_id: UUID
    name: str | None
    source: str
    language: str
    created_at: datetime


class WarningOut(Out):
    """`code` is one of shadowed, never_reached, unknown_source, never_met, nobody, nobody_skilled, no_cover."""

    code: str
    detail: str


class RoutePreviewOut(Out):
    """The route as if it were on. `live_…` null: it is not in the live version."""

    route_id: UUID
    matched: int
    reached: int
    live_matched: int | None
    live_reached: int | None
    taken: list[TakenOut]
    named: list[NamedOut]
    newest: list[NewestOut]
    warnings: list[WarningOut]


class PreviewOut(Out):
    """`looked_at`: how many leads were looked at, 1,000 at most. `version` is the live one."""

    looked_at: int
    version: int | None
    moved: list[MovedOut]
    route: RoutePreviewOut | None


@router.post("/routes/preview", response=PreviewOut, operation_id="preview_routes", summary="Preview routes")
def preview_routes(request: Call, body: PreviewIn) -> dict[str, Any]:
    """What these routes would have done with the last 1,000 leads, each as it came in. Nothing is changed."""
    if body.routes is not None:
        # Whoever may ask anything of all leads is whoever may route them.
        access.require(request.actor, "routes.manage")
    routes = current_draft().routes if body.routes is None else body.routes
    try:
        found = preview(routes, body.route_id, actor=request.actor)
    except Unfinished:
        refuse(problems(routes, known_people()))
        raise
    return {
        "looked_at": found.looked_at, "version": found.version, "moved": found.moved,
        "route": found.route and _route_preview(found.route),
    }  # fmt: skip


def _route_preview(route: RoutePreview) -> dict[str, Any]:
    newest = [
        {"item_id": item.id, "name": item.person and item.person.name, "source": item.source,
         "language": item.language, "created_at": item.created_at}
        for item in route.newest
    ]  # fmt: skip
    warnings = [{"code": warned.code, "detail": warned.sentence()} for warned in route.warnings]
    whole = {field.name: getattr(route, field.name) for field in fields(route)}
    return {**whole, "newest": newest, "warnings": warnings}


class PublishIn(Strict):
    comment: Annotated[str, Prose(2000)] = ""


@router.post("/routes/publish", response=Published, operation_id="publish_draft", summary="Publish the draft")
@conditional
def publish_draft(request: Call, body: PublishIn) -> Published:
    """Makes the draft an immutable version that is live at once."""
    return publish(actor=request.actor, comment=body.comment, if_match=expected(request))


class VersionOut(Out):
    number: int
    comment: str
    published_at: datetime
    published_by: UUID | None


@router.get("/routes/versions", response=list[VersionOut], operation_id="list_versions", summary="Every version")
def list_versions(request: Call, before: Annotated[int, Query(ge=1, lt=2**31)] = 2**31 - 1) -> list[Version]:
    """The latest first, 200 at most; `before`: only those with a lower number, to read on."""
    access.require(request.actor, "routes.view")
    return list(Version.objects.defer("body").filter(number__lt=before).order_by("-number")[:200])


class VersionBody(VersionOut):
    routes: RouteSet


@router.get("/routes/versions/{int:number}", response=VersionBody, operation_id="get_version", summary="One version")
def get_version(request: Call, number: int) -> dict[str, Any]:
    access.require(request.actor, "routes.view")
    version = Version.objects.filter(number=number).first() if number < 2**31 else None
    if version is None:
        raise NotFound
    return {
        "number": version.number, "comment": version.comment, "published_at": version.published_at,
        "published_by": version.published_by, "routes": RouteSet.model_validate_json(version.body),
    }  # fmt: skip


class PauseIn(Strict):
    """For one agent only, when named."""

    agent_id: Id | None = None


class PauseOut(Out):
    """`changed` false: it was so already."""

    route_id: UUID
    changed: bool


@router.post("/routes/{uuid:route_id}/pause", response=PauseOut, operation_id="pause_route", summary="Pause a route")
def pause(request: Call, route_id: UUID, body: PauseIn) -> dict[str, Any]:
    """No item takes this route until it is resumed."""
    if body.agent_id is not None:
        changed = pause_route_for(route_id=route_id, agent_id=body.agent_id, actor=request.actor)
    else:
        changed = pause_route(route_id=route_id, actor=request.actor)
    return {"route_id": route_id, "changed": changed}


@router.post("/routes/{uuid:route_id}/resume", response=PauseOut, operation_id="resume_route", summary="Resume a route")
def resume(request: Call, route_id: UUID, body: PauseIn) -> dict[str, Any]:
    if body.agent_id is not None:
        changed = resume_route_for(route_id=route_id, agent_id=body.agent_id, actor=request.actor)
    else:
        changed = resume_route(route_id=route_id, actor=request.actor)
    return {"route_id": route_id, "changed": changed}
