"""Settings of the organisation: when contacts count as looked after, and the pipelines they go through."""

from typing import Any

from django.http import HttpResponse
from ninja import Router

from rightaway.api.conditional import conditional, etag, expected, tagged
from rightaway.api.door import Call
from rightaway.routing.basics_schema import BasicsIn, PipelinesIn, basics_of, pipelines_of
from rightaway.routing.models import Config
from rightaway.work import access
from rightaway.work.actions.save_basics import save_basics, save_pipelines

router = Router(tags=["settings"])


@router.get("/settings/basics", response=BasicsIn, operation_id="get_basics", summary="The basics")
def get_basics(request: Call, response: HttpResponse) -> Any:
    """Opening times, and from when on what is missing counts as bad."""
    access.require(request.actor, "settings.view")
    found = basics_of(Config.objects.first())
    tagged(response, etag(found))
    return found


@router.put("/settings/basics", response=BasicsIn, operation_id="replace_basics", summary="Save the basics")
@conditional
def replace_basics(request: Call, response: HttpResponse, body: BasicsIn) -> Any:
    """Open items are graded by them within a moment."""
    tagged(response, save_basics(basics=body, if_match=expected(request), actor=request.actor))
    return body


@router.get("/settings/pipelines", response=PipelinesIn, operation_id="get_pipelines", summary="The pipelines")
def get_pipelines(request: Call, response: HttpResponse) -> Any:
    """The statuses of each kind whose pipeline differs from the usual one."""
    access.require(request.actor, "settings.view")
    found = pipelines_of(Config.objects.first())
    tagged(response, etag(found))
    return found


@router.put("/settings/pipelines", response=PipelinesIn, operation_id="replace_pipelines", summary="Save the pipelines")
@conditional
def replace_pipelines(request: Call, response: HttpResponse, body: PipelinesIn) -> Any:
    """An item keeps its status until somebody moves it."""
    tagged(response, save_pipelines(pipelines=body, if_match=expected(request), actor=request.actor))
    return body
