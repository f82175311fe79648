"""Where somebody begins, and what they can set for themselves."""

from django.shortcuts import redirect
from django.template.response import TemplateResponse

from rightaway.accounts.roles import Role
from rightaway.web.agents.proposing import of_me
from rightaway.web.layout.frame import Frame
from rightaway.web.page import PageRequest, Shown, page


@page
def home(request: PageRequest) -> Shown:
    """An agent's work, a manager's contacts."""
    places = {place.name: place.address for place in Frame(request, request.actor).places}
    first = "work" if request.actor.role is Role.AGENT else "contacts"
    return redirect(places.get(first) or next(iter(places.values()), None) or "me")


@page
def me(request: PageRequest) -> Shown:
    return TemplateResponse(request, "home/me.html", of_me(request.actor))
