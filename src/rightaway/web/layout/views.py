"""The frame's own live parts, and the switch of one's presence."""

from contextlib import suppress
from html import escape
from typing import Final

from django.http import HttpResponse
from django.template.response import TemplateResponse

from rightaway.accounts.actor import Actor
from rightaway.accounts.roles import Role
from rightaway.ledger.errors import NotAllowed, NotFound
from rightaway.web.page import Done, PageRequest, action, back_from, page, part_at
from rightaway.web.presences import say

_TOGETHER: Final = ("/frame/together", "/frame/shared")
_MOST_TOGETHER: Final = 10
_NOT_IN_SELECTOR: Final = frozenset('"\\\n\r\f')


@page
def together(request: PageRequest) -> HttpResponse:
    """Several live parts of one page, each for its place: one signing in and one transaction for all of them.

    `read` are their addresses; whatever else is sent goes to each of them. What is not there, or not for this reader,
    is left as it stands.
    """
    found, sent = "", request.GET.copy()
    addresses = sent.pop("read", [])
    for address in addresses[:_MOST_TOGETHER]:
        if _NOT_IN_SELECTOR.isdisjoint(address) and not address.startswith(_TOGETHER):
            with suppress(NotFound, NotAllowed):
                found += _for_its_place(address, part_at(request, address, sent.urlencode()))
    return HttpResponse(found)


def _for_its_place(address: str, part: str) -> str:
    # Quotation marks of the selector, which are inside of an attribute.
    place = f"[data-live][hx-get=&quot;{escape(address)}&quot;]"
    return f'<hx-partial hx-target="{place}" hx-swap="outerMorph">{part}</hx-partial>'


@page
def nav(request: PageRequest) -> TemplateResponse:
    return TemplateResponse(request, "layout/nav_places.html", {"here": request.GET.get("here", "/")})


@page
def floor(request: PageRequest) -> TemplateResponse:
    if request.actor.role is Role.AGENT:
        raise NotAllowed(action="agent.manage")
    return TemplateResponse(request, "layout/floor.html")


@page
def my_presence(request: PageRequest) -> TemplateResponse:
    if request.actor.agent_id is None:
        raise NotAllowed(action="presence.set")
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
    say(actor.agent_id, said, actor=actor)
