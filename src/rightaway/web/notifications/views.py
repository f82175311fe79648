"""The bell and what is behind it."""

from uuid import UUID

from django.template.response import TemplateResponse
from django.urls import reverse

from rightaway.ledger.errors import NotFound
from rightaway.notify.in_app import reading
from rightaway.notify.in_app.mark_read import mark_read
from rightaway.web.notifications.lines import lines_of
from rightaway.web.page import Done, PageRequest, action, page

_PAGE, _RECENT = 100, 40


@page
def notifications(request: PageRequest) -> TemplateResponse:
    return TemplateResponse(request, "notifications/page.html", _listed(request, _PAGE))


@page
def recent(request: PageRequest) -> TemplateResponse:
    """What the bell opens."""
    return TemplateResponse(request, "notifications/recent.html", _listed(request, _RECENT))


@page
def new(request: PageRequest) -> TemplateResponse:
    """How many came in after those that the page shows."""
    return TemplateResponse(request, "notifications/new.html", {"unread": reading.unread(request.actor)})


@page
def bell(request: PageRequest) -> TemplateResponse:
    return TemplateResponse(request, "notifications/bell.html")


@action
def read(request: PageRequest) -> Done:
    mark_read(actor=request.actor, until=_id(request.POST.get("until", "")))
    return Done(back=reverse("notifications"), show=lambda inside: TemplateResponse(inside, "notifications/bell.html"))


def _listed(request: PageRequest, limit: int) -> dict[str, object]:
    before = request.GET.get("before", "")
    found = reading.notices(request.actor, before=_id(before) if before else None, limit=limit)
    return {
        "lines": lines_of(found), "next": found.next, "newest": found.newest, "first": not before,
        "unread": reading.unread(request.actor),
    }  # fmt: skip


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise NotFound from None
