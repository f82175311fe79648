"""Settings, sources: the doors by which enquiries come in, and what to put on one's own site for each."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from rightaway.conversations.models import Source
from rightaway.ledger.errors import NotFound
from rightaway.web.page import Done, PageRequest, Shown, Toast, action, by_method, page
from rightaway.web.sources.forms import KINDS, SourceForm
from rightaway.work import access
from rightaway.work.actions.save_source import change_source, make_source


@dataclass(frozen=True, slots=True)
class Door:
    """A source, and what its organisation does with it: a line of HTML for their site, or a mail address."""

    source: Source

    @property
    def kind(self) -> Any:
        return KINDS[self.source.kind]

    @property
    def code(self) -> str:
        here, key = settings.PUBLIC_ADDRESS, self.source.key
        if self.source.kind == "web_chat":
            return f'<script src="{here}/chat/{key}.js" async></script>'
        if self.source.kind == "web_form":
            return f'<iframe src="{here}/f/{key}" title="{_("Contact form")}" width="100%" height="640"></iframe>'
        domain = settings.ENVIRONMENT.email_domain
        return f"{key}@{domain}" if domain else ""

    @property
    def try_it(self) -> str:
        names = {"web_chat": "chat", "web_form": "form"}
        return reverse(names[self.source.kind], args=[self.source.key]) if self.source.kind in names else ""


@page
def sources(request: PageRequest) -> TemplateResponse:
    access.require(request.actor, "sources.manage")
    doors = [Door(source) for source in Source.objects.order_by("-active", "-id")[:500]]
    return TemplateResponse(request, "sources/sources.html", {"doors": doors})


@page
def _new(request: PageRequest) -> TemplateResponse:
    access.require(request.actor, "sources.manage")
    return TemplateResponse(request, "sources/edit.html", {"form": SourceForm(), "source": None})


@page
def _edit(request: PageRequest, source_id: UUID) -> TemplateResponse:
    source = _found(request, source_id)
    return TemplateResponse(request, "sources/edit.html", {"form": SourceForm(source=source), "source": source})


@action
def _make(request: PageRequest) -> Done | Shown:
    form = SourceForm(request.POST)
    wanted = form.source_in() if form.is_valid() else None
    if wanted is None:
        return TemplateResponse(request, "sources/edit.html", {"form": form, "source": None}, status=422)
    make_source(source=wanted, actor=request.actor)
    return Done(back=reverse("sources"), toast=Toast(_("The source is there.")))


@action
def _change(request: PageRequest, source_id: UUID) -> Done | Shown:
    source = _found(request, source_id)
    form = SourceForm(request.POST, source=source)
    wanted = form.source_in() if form.is_valid() else None
    if wanted is None:
        return TemplateResponse(request, "sources/edit.html", {"form": form, "source": source}, status=422)
    change_source(source_id=source_id, source=wanted, actor=request.actor)
    return Done(back=reverse("sources"), toast=Toast(_("Saved.")))


def _found(request: PageRequest, source_id: UUID) -> Source:
    access.require(request.actor, "sources.manage")
    source: Source | None = Source.objects.filter(id=source_id).first()
    if source is None:
        raise NotFound
    return source


adding = by_method(_new, _make)
changing = by_method(_edit, _change)
