"""The frame's own live parts, and the switch of one's presence."""

from datetime import timedelta
from typing import Final

from django.template.response import TemplateResponse

from rightaway.ledger.clock import clock
from rightaway.ledger.errors import NotAllowed
from rightaway.people.models import Agent
from rightaway.web.page import Done, PageRequest, action, back_from, page
from rightaway.work.actions.presence import declare

FIELD: Final = timedelta(hours=8)  # how long somebody in the field is available when they do not say


@page
def nav(request: PageRequest) -> TemplateResponse:
    return TemplateResponse(request, "layout/nav_places.html", {"here": request.GET.get("here", "/")})


@page
def floor(request: PageRequest) -> TemplateResponse:
    return TemplateResponse(request, "layout/floor.html")


@page
def my_presence(request: PageRequest) -> TemplateResponse:
    return TemplateResponse(request, "layout/presence.html")


@action
def presence(request: PageRequest) -> Done:
    agent_id, said = request.actor.agent_id, request.POST.get("presence", "")
    if agent_id is None:
        raise NotAllowed(action="presence.set")
    mode = Agent.objects.values_list("mode", flat=True).get(id=agent_id)
    until = clock() + FIELD if mode == "field" and said == "available" else None
    declare(agent_id=agent_id, presence=said, until=until, actor=request.actor)
    return Done(back=back_from(request), show=lambda inside: TemplateResponse(inside, "layout/presence.html"))
