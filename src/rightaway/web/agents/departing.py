"""Somebody leaves for good, or is ill for the rest of a day: what would move is shown, then it moves."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from rightaway.accounts.actor import EVERYWHERE, Actor
from rightaway.ledger.errors import Invalid
from rightaway.people.models import Agent, Team
from rightaway.web import formats
from rightaway.web.agents.forms import in_zone
from rightaway.web.agents.shown import Shown
from rightaway.web.contacts.rows import name_of
from rightaway.web.page import Done, PageRequest, Toast, action, back_from, by_method, is_fragment, page
from rightaway.web.page import Shown as Answer
from rightaway.web.presences import say
from rightaway.work import access, departures
from rightaway.work.actions.ill import come_back, fall_ill
from rightaway.work.actions.leave import cancel_leave, leave, take_back
from rightaway.work.models import Departure
from rightaway.work.person_view import ItemView, person_views

_NAMED: Final = 50  # contacts that are listed by name
WHERE_TO: Final = {
    "routes": gettext_lazy("The routes decide"),
    "team": gettext_lazy("Shared out in a team, by load"),
    "agent": gettext_lazy("All to one person"),
}


class LeaveForm(forms.Form):
    """When, and to whom. Times are read in the agent's zone; an empty one means now."""

    at = forms.DateTimeField(
        label=gettext_lazy("When"), required=False, widget=forms.DateTimeInput({"type": "datetime-local"}),
        help_text=gettext_lazy("Empty: now"),
    )  # fmt: skip
    to = forms.ChoiceField(label=gettext_lazy("Their contacts"), choices=list(WHERE_TO.items()))
    team = forms.ChoiceField(label=gettext_lazy("Team"), required=False)
    receiver = forms.ChoiceField(label=gettext_lazy("Person"), required=False)

    def __init__(self, actor: Actor, agent: Agent, data: Any = None, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial, label_suffix="")
        self.agent = agent
        teams = Team.objects.order_by("name", "id")
        if not actor.may("agent.leave", EVERYWHERE):
            teams = teams.filter(id__in=access.managed_teams(actor))
        people = access.visible_agents(actor).filter(active=True).exclude(id=agent.id).order_by("name", "id")
        self.fields["team"].choices = [("", "–"), *((str(t.id), t.name) for t in teams)]  # type: ignore[attr-defined]
        self.fields["receiver"].choices = [("", "–"), *((str(a.id), a.name) for a in people)]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if found.get("to") == "team" and not found.get("team"):
            self.add_error("team", _("Say which team."))
        if found.get("to") == "agent" and not found.get("receiver"):
            self.add_error("receiver", _("Say which person."))
        return found

    def wanted(self) -> dict[str, Any]:
        """What the verb takes."""
        said, to = self.cleaned_data, self.cleaned_data["to"]
        return {
            "at": in_zone(said["at"], self.agent.zone) if said["at"] else None, "to": to,
            "team_id": UUID(said["team"]) if to == "team" else None,
            "receiver_id": UUID(said["receiver"]) if to == "agent" else None,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Share:
    name: str
    items: int


@dataclass(frozen=True, slots=True)
class Moving:
    """What would move: numbers, who would get how many, and the first contacts by name."""

    found: departures.Preview
    shares: tuple[Share, ...]
    contacts: tuple[tuple[UUID, str], ...]

    @property
    def more(self) -> int:
        return self.found.items - len(self.contacts)


@page
def _wizard(request: PageRequest, agent_id: UUID) -> Answer:
    agent = access.agent_for(request.actor, agent_id, "agent.leave")
    known = departures.running(agent_id, "leave")
    initial: dict[str, Any] = {"to": "routes"}
    if known is not None:
        initial = {
            "to": known.to, "team": str(known.team_id or ""), "receiver": str(known.receiver_id or ""),
            "at": known.starts_at.astimezone(ZoneInfo(agent.zone)).strftime("%Y-%m-%dT%H:%M"),
        }  # fmt: skip
    return _leaving(request, LeaveForm(request.actor, agent, initial=initial), agent)


@action
def look(request: PageRequest, agent_id: UUID) -> Answer:
    """What is chosen in the form, and what would move by it; nothing is written."""
    agent = access.agent_for(request.actor, agent_id, "agent.leave")
    return _leaving(request, LeaveForm(request.actor, agent, request.POST), agent)


@action
def _leave(request: PageRequest, agent_id: UUID) -> Done | Answer:
    agent = access.agent_for(request.actor, agent_id, "agent.leave")
    form = LeaveForm(request.actor, agent, request.POST)
    if form.is_valid():
        try:
            leave(agent_id=agent_id, actor=request.actor, **form.wanted())
            undo = reverse("agent-stay", args=[agent_id]) if form.cleaned_data["at"] else ""
            return Done(back=reverse("agent", args=[agent_id]), toast=Toast(_("Noted. It happens by itself."), undo))
        except Invalid as error:
            form.add_error("at", error.detail or _("This is in the past, or too far ahead."))
    response = _leaving(request, form, agent)
    response.status_code = 422
    return response


def _leaving(request: PageRequest, form: LeaveForm, agent: Agent) -> TemplateResponse:
    known = Departure(agent_id=agent.id, to="routes")
    if form.is_bound and form.is_valid():
        wanted = form.wanted()
        known = Departure(
            agent_id=agent.id, to=wanted["to"], team_id=wanted["team_id"], receiver_id=wanted["receiver_id"]
        )
    elif not form.is_bound:
        known = departures.running(agent.id, "leave") or known
    moving = _moving(request.actor, agent, departures.book(agent.id), departures.receivers(known))
    shown = {"agent": agent, "form": form, "moving": moving, "shown": Shown(request.actor, agent)}
    template = "agents/moving.html" if is_fragment(request) else "agents/leave.html"
    return TemplateResponse(request, template, shown)


def _moving(actor: Actor, agent: Agent, ids: list[UUID], takers: list[UUID]) -> Moving:
    found = departures.preview(agent.id, ids, takers)
    names = dict(access.visible_agents(actor).filter(id__in=takers).values_list("id", "name"))
    shares = tuple(Share(names[taker], items) for taker, items in found.shares if taker in names)
    # Of a private book the number is told, and not whom it holds.
    items = {item.id: item for item in access.visible_items(actor).filter(id__in=ids[:_NAMED])}
    views: list[ItemView] = list(person_views(actor, [items[id] for id in ids[:_NAMED] if id in items]))
    return Moving(found, shares, tuple((view.id, name_of(view)) for view in views))


@action
def stay(request: PageRequest, agent_id: UUID) -> Done:
    cancel_leave(agent_id=agent_id, actor=request.actor)
    return Done(back=reverse("agent", args=[agent_id]), toast=Toast(_("They stay.")), events={"live": {}})


@action
def taking_back(request: PageRequest, agent_id: UUID) -> Done:
    take_back(agent_id=agent_id, actor=request.actor)
    text = _("They are back. What nobody has touched returns to them.")
    return Done(back=reverse("agent", args=[agent_id]), toast=Toast(text), events={"live": {}})


@page
def _before(request: PageRequest, agent_id: UUID) -> Answer:
    agent = access.agent_for(request.actor, agent_id, "agent.ill")
    now = formats.now()
    until = departures.end_of_day(agent, now)
    ids, mates = departures.pressing(agent.id, until), departures.present_mates(agent.id, now)
    shown = {
        "agent": agent, "until": until, "mates": len(mates), "shown": Shown(request.actor, agent),
        "moving": _moving(request.actor, agent, ids, mates), "own": agent.id == request.actor.agent_id,
    }  # fmt: skip
    return TemplateResponse(request, "agents/ill.html", shown)


@action
def _fall_ill(request: PageRequest, agent_id: UUID) -> Done:
    said = fall_ill(agent_id=agent_id, actor=request.actor)
    text = ngettext(
        "Ill today: %(count)d contact goes to colleagues.", "Ill today: %(count)d contacts go to colleagues.",
        said.moving,
    ) % {"count": said.moving}  # fmt: skip
    toast = Toast(text, undo=reverse("agent-well", args=[agent_id]))
    return Done(back=_back(request, agent_id), toast=toast, events={"live": {}})


@action
def well(request: PageRequest, agent_id: UUID) -> Done:
    come_back(agent_id=agent_id, actor=request.actor)
    if agent_id == request.actor.agent_id:
        say(agent_id, "available", actor=request.actor)
    text = _("Back. What nobody has touched returns.")
    return Done(back=_back(request, agent_id), toast=Toast(text), events={"live": {}})


def _back(request: PageRequest, agent_id: UUID) -> str:
    """Where they were; from the page that shows what would move, to the agent's."""
    back = back_from(request, reverse("agent", args=[agent_id]))
    return reverse("agent", args=[agent_id]) if back == reverse("agent-ill", args=[agent_id]) else back


leaving = by_method(_wizard, _leave)
illness = by_method(_before, _fall_ill)
