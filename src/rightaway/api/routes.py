"""Routes: what is live, the one shared draft, versions, and pauses."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpResponse
from ninja import Router

from rightaway.api.conditional import conditional, expected, tagged
from rightaway.api.door import Call
from rightaway.api.schema import Id, Out, Prose, Strict
from rightaway.ledger.errors import NotFound
from rightaway.routing.models import PausedRoute, Version
from rightaway.routing.schema import RouteSet
from rightaway.routing.versions import current_draft, live_version
from rightaway.work import access
from rightaway.work.actions.pause_route import pause_route, pause_route_for
from rightaway.work.actions.publish import Published, publish
from rightaway.work.actions.resume_route import resume_route, resume_route_for
from rightaway.work.actions.save_draft import save_draft

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
    return {
        "number": version.number if version else None,
        "published_at": version.published_at if version else None,
        "paused": list(PausedRoute.objects.order_by("route_id").values_list("route_id", flat=True)),
        "routes": RouteSet.model_validate_json(version.body) if version else RouteSet(),
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
def list_versions(request: Call) -> list[Version]:
    """The latest first, 200 at most."""
    access.require(request.actor, "routes.view")
    return list(Version.objects.defer("body").order_by("-number")[:200])


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
