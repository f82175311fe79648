"""A first run in five steps: team, agents, source, first route, a test lead. Each can be left and done again."""

import json
import shlex
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from rightaway.accounts.keys import make_key
from rightaway.accounts.models import User
from rightaway.routing.schema import RouteIn
from rightaway.routing.versions import current_draft, live_version
from rightaway.web.invitations.views import link_of
from rightaway.web.page import Done, PageRequest, Shown, Toast, action, by_method, page
from rightaway.web.start import doing
from rightaway.web.start.forms import LeadForm, PeopleForms, RouteForm, SourceForm, TeamForm
from rightaway.web.start.steps import Progress, intake_keys
from rightaway.web.start.words import example
from rightaway.work import access
from rightaway.work.actions.invite import Invited
from rightaway.work.actions.receive import receive
from rightaway.work.models import Item


def _step(
    show: Callable[[PageRequest], Shown], take: Callable[[PageRequest], Done | Shown]
) -> Callable[[HttpRequest], HttpResponse]:
    """One address: looked at by GET, done by POST, by whoever may manage routes."""

    def shown(request: PageRequest) -> Shown:
        access.require(request.actor, "routes.manage")
        return show(request)

    def taken(request: PageRequest) -> Done | Shown:
        access.require(request.actor, "routes.manage")
        return take(request)

    return by_method(page(shown), action(taken))


@page
def start(request: PageRequest) -> Shown:
    """Goes on where the first run stands."""
    access.require(request.actor, "routes.manage")
    return redirect(Progress().next)


def _show_team(request: PageRequest) -> Shown:
    known = doing.first_team()
    return _shown(request, "team", form=TeamForm(initial={"name": known.name if known else ""}, label_suffix=""))


def _name_team(request: PageRequest) -> Done | Shown:
    form = TeamForm(request.POST, label_suffix="")
    if not form.is_valid():
        return _shown(request, "team", form=form)
    doing.name_team(form.cleaned_data["name"], actor=request.actor)
    return Done(back=reverse("start-agents"))


team = _step(_show_team, _name_team)


def _show_agents(request: PageRequest, forms: Any = None, links: list[tuple[str, Invited]] | None = None) -> Shown:
    shown = [(name, link_of(request, made)) for name, made in links or []]
    return _shown(
        request, "agents", forms=forms or PeopleForms(form_kwargs={"label_suffix": ""}), links=shown,
        known=doing.known_people(),
    )  # fmt: skip


def _add_agents(request: PageRequest) -> Done | Shown:
    """Those who are named, and whoever does this where they say that they work leads too."""
    forms = PeopleForms(request.POST, form_kwargs={"label_suffix": ""})
    if not forms.is_valid():
        return _show_agents(request, forms)
    named = [form for form in forms if form.cleaned_data.get("name")]
    rows = [(form.cleaned_data["name"], form.cleaned_data["email"]) for form in named]
    for form, wrong in zip(named, doing.same_people(rows), strict=True):
        if wrong:
            form.add_error("name", wrong)
    if not forms.is_valid():
        return _show_agents(request, forms)
    if request.POST.get("me") == "on":
        agent_id = doing.work_too(_user(request), actor=request.actor)
        request.actor = replace(request.actor, agent_id=agent_id)  # what is shown now is shown to the agent
    links = doing.add_people(rows, actor=request.actor)
    return _show_agents(request, links=links) if links else Done(back=reverse("start-source"))


agents = _step(_show_agents, _add_agents)


@action
def new_link(request: PageRequest, agent_id: UUID) -> Shown:
    """The link that was shown before opens nothing any more."""
    agent = access.agent_for(request.actor, agent_id, "agent.manage")
    return _show_agents(request, links=[(agent.name, doing.renew_link(agent, actor=request.actor))])


def _show_source(request: PageRequest) -> Shown:
    return _shown(request, "source", form=SourceForm(label_suffix=""))


def _make_source(request: PageRequest) -> Shown:
    form = SourceForm(request.POST, label_suffix="")
    if not form.is_valid():
        return _shown(request, "source", form=form)
    name = form.cleaned_data["name"]
    made = make_key(name=name, scopes=["item.create"], actor=request.actor)
    another = SourceForm(label_suffix="")
    del another.fields["name"].widget.attrs["autofocus"]  # the key is what is looked at now
    return _shown(
        request, "source", form=another, secret=made.secret, source=name,
        curl=_curl(request, made.secret, name),
        command=f"rightaway import leads leads.csv --source {shlex.quote(name)}",
    )  # fmt: skip


source = _step(_show_source, _make_source)


def _show_route(request: PageRequest) -> Shown:
    initial = {"name": _("Everything else"), "strategy": "round_robin", "seconds": 120}
    return _shown(request, "route", form=RouteForm(initial=initial, label_suffix=""))


def _publish_route(request: PageRequest) -> Done | Shown:
    form = RouteForm(request.POST, label_suffix="")
    said = form.cleaned_data if form.is_valid() else {}
    if said and any(route.name == said["name"] for route in current_draft().routes.routes):
        form.add_error("name", _("A drafted route has this name already."))
    if form.errors:
        return _shown(request, "route", form=form)
    route = RouteIn(name=said["name"], strategy=said["strategy"], offer_seconds=said["seconds"])
    is_new = doing.publish_first(route, actor=request.actor)
    text = _("Published: from now on every lead has a way to go.") if is_new else _("Routes are live already.")
    return Done(back=reverse("start-lead"), toast=Toast(text))


route = _step(_show_route, _publish_route)


def _show_lead(request: PageRequest) -> Shown:
    key = intake_keys().first()
    initial = example(doing.organisation_now().language, Item.objects.count())
    return _shown(
        request, "lead", form=LeadForm(initial={**initial, "source": key.name if key else "test"}, label_suffix="")
    )


def _send_lead(request: PageRequest) -> Done | Shown:
    form = LeadForm(request.POST, label_suffix="")
    if not form.is_valid():
        return _shown(request, "lead", form=form)
    organisation = doing.organisation_now()
    sent = receive(enquiry=form.enquiry(organisation.region, organisation.language), actor=request.actor)
    return Done(back=f"{reverse('contact', args=[sent.item_id])}?panel=why")


lead = _step(_show_lead, _send_lead)


@action
def available(request: PageRequest) -> Done:
    """The manager works leads too, from now on."""
    access.require(request.actor, "routes.manage")
    doing.work_too(_user(request), actor=request.actor)
    return Done(back=reverse("start-lead"), toast=Toast(_("You are available: a lead may come to you.")))


def _shown(request: PageRequest, name: str, **told: Any) -> TemplateResponse:
    """The page of a step; with what is wrong where a form has errors."""
    progress = Progress()
    at = [step.name for step in progress.steps].index(name)
    told |= {
        "progress": progress, "step": progress.steps[at], "available": doing.available_agents(),
        "before": progress.steps[at - 1] if at else None, "after": next(iter(progress.steps[at + 1 :]), None),
        "live": live_version(), "drafted": len(current_draft().routes.routes), "keys": intake_keys()[:10],
    }  # fmt: skip
    bound = told.get("form") or told.get("forms")
    is_wrong = bound is not None and bound.is_bound and not bound.is_valid()
    return TemplateResponse(request, f"start/{name}.html", told, status=422 if is_wrong else 200)


def _user(request: PageRequest) -> User:
    assert request.user.is_authenticated
    return request.user


def _curl(request: HttpRequest, secret: str, source: str) -> str:
    """A command that sends one lead, ready for a terminal."""
    body = {"source": source, "name": "Ana Gómez", "phone": "+1 202 555 0123", "message": _("Is it still available?")}
    headers = [f"Authorization: Bearer {secret}", "Idempotency-Key: first-lead", "Content-Type: application/json"]
    lines = [f"curl {request.build_absolute_uri('/api/v1/leads')}", *(f"  -H '{header}'" for header in headers)]
    return " \\\n".join([*lines, f"  -d {shlex.quote(json.dumps(body, ensure_ascii=False))}"])
