"""Settings of the organisation: when contacts count as looked after, and the statuses they go through."""

from typing import Any
from urllib.parse import urlencode

from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from rightaway.accounts.actor import EVERYWHERE
from rightaway.ledger.errors import Stale
from rightaway.routing.basics_schema import PipelinesIn, basics_of, pipelines_of
from rightaway.routing.models import Config
from rightaway.routing.versions import etag_of
from rightaway.web.page import Done, PageRequest, Shown, Toast, action, page
from rightaway.web.settings import forms
from rightaway.work import access
from rightaway.work.actions.save_basics import save_basics, save_pipelines, text_of
from rightaway.work.basics_preview import Effect, effect_of, standing_elsewhere


@page
def settings(request: PageRequest) -> Shown:
    access.require(request.actor, "settings.view")
    return redirect("settings-basics")


@page
def basics(request: PageRequest) -> Shown:
    access.require(request.actor, "settings.view")
    found = basics_of(Config.objects.first())
    hours = forms.HoursForm(initial=forms.written_basics(found))
    rows = forms.Thresholds(initial=forms.written_thresholds(found), prefix="rows")
    return _basics(request, hours, rows, etag_of(text_of(found)))


@action
def save_the_basics(request: PageRequest) -> Done | Shown:
    """Saves them, or only says what they would change."""
    access.require(request.actor, "settings.manage")
    hours, rows = forms.HoursForm(request.POST), forms.Thresholds(request.POST, prefix="rows")
    etag = request.POST.get("etag", "")
    wanted = forms.read_basics(hours, rows)
    if wanted is None:
        return _basics(request, hours, rows, etag, status=422)
    if "preview" in request.POST:
        return _basics(request, hours, rows, etag, effect=effect_of(wanted))
    try:
        save_basics(basics=wanted, actor=request.actor, if_match=etag)
    except Stale:
        hours.add_error(None, _("Somebody else has saved these settings since you opened them. Open them again."))
        return _basics(request, hours, rows, etag, status=409)
    return Done(reverse("settings-basics"), toast=Toast(_("Saved. Contacts are graded by it within a moment.")))


def _basics(
    request: PageRequest, hours: Any, rows: Any, etag: str, *, effect: Effect | None = None, status: int = 200
) -> TemplateResponse:
    pipelines = pipelines_of(Config.objects.first())
    kinds = forms.kinds(pipelines)
    codes = dict.fromkeys(stage.code for kind, _name in kinds for stage in pipelines.of(kind))
    found = {
        "hours": hours, "rows": rows, "etag": etag, "effect": effect, "kinds": kinds, "codes": list(codes),
        "may": _may(request),
    }  # fmt: skip
    return TemplateResponse(request, "settings/basics.html", found, status=status)


@page
def statuses(request: PageRequest) -> Shown:
    access.require(request.actor, "settings.view")
    found = pipelines_of(Config.objects.first())
    kind = _kind(request.GET.get("kind", ""), found)
    rows = forms.Stages(initial=forms.written_stages(found, kind), prefix="rows")
    return _statuses(request, found, kind, rows, etag_of(text_of(found)))


@action
def save_statuses(request: PageRequest) -> Done | Shown:
    access.require(request.actor, "settings.manage")
    found = pipelines_of(Config.objects.first())
    kind, etag = _kind(request.POST.get("kind", ""), found), request.POST.get("etag", "")
    rows = forms.Stages(request.POST, initial=forms.written_stages(found, kind), prefix="rows")
    wanted = forms.read_pipelines(found, kind, rows)
    if wanted is None:
        return _statuses(request, found, kind, rows, etag, status=422)
    if "preview" in request.POST:
        left = standing_elsewhere(kind, {stage.code for stage in wanted.of(kind)})
        return _statuses(request, found, kind, rows, etag, left=left)
    try:
        save_pipelines(pipelines=wanted, actor=request.actor, if_match=etag)
    except Stale:
        return _statuses(request, found, kind, rows, etag, status=409, stale=True)
    back = f"{reverse('settings-statuses')}?{urlencode({'kind': kind})}"
    return Done(back, toast=Toast(_("Saved. A contact keeps its status until somebody moves it.")))


def _statuses(
    request: PageRequest, found: PipelinesIn, kind: str, rows: Any, etag: str, *, left: dict[str, int] | None = None,
    status: int = 200, stale: bool = False,
) -> TemplateResponse:  # fmt: skip
    shown = {
        "kinds": forms.kinds(found), "kind": kind, "rows": rows, "etag": etag, "left": left, "may": _may(request),
        "stale": stale,
    }  # fmt: skip
    return TemplateResponse(request, "settings/statuses.html", shown, status=status)


def _kind(wanted: str, found: PipelinesIn) -> str:
    known = [kind for kind, _name in forms.kinds(found)]
    return wanted if wanted in known else known[0]


def _may(request: PageRequest) -> bool:
    return request.actor.may("settings.manage", EVERYWHERE)
