"""The frame's own live parts, and the switch of one's presence."""

from datetime import timedelta
from typing import Final

from django.template.response import TemplateResponse

from rightaway.accounts.actor import Actor
from rightaway.accounts.roles import Role
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
    _declare(request.actor, request.POST.get("presence", ""))
    return Done(back=back_from(request), show=lambda inside: TemplateResponse(inside, "layout/presence.html"))


def come_in(actor: Actor) -> None:
    """An agent says that they are available; nobody else says anything."""
    if actor.agent_id is not None and actor.role is Role.AGENT:
        _declare(actor, "available")


def _declare(actor: Actor, said: str) -> None:
    if actor.agent_id is None:
        raise NotAllowed(action="presence.set")
    mode = Agent.objects.values_list("mode", flat=True).get(id=actor.agent_id)
    until = clock() + FIELD if mode == "field" and said == "available" else None
    declare(agent_id=actor.agent_id, presence=said, until=until, actor=actor)
