"""The agents: who is there and what they carry, and one of them with everything that decides what they get."""

from typing import Any
from uuid import UUID

from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from rightaway.accounts.actor import EVERYWHERE
from rightaway.accounts.roles import Role
from rightaway.ledger.errors import NotAllowed, NotFound
from rightaway.people.models import Absence, Agent, AgentState, Team
from rightaway.people.schema import AgentIn
from rightaway.people.written import agent_settings
from rightaway.routing.versions import config_row, etag_of
from rightaway.web.agents.forms import AbsenceForm, AgentForm, NewAgentForm, written
from rightaway.web.agents.shown import Shown, listing
from rightaway.web.page import Done, PageRequest, Toast, action, back_from, is_fragment, page
from rightaway.web.page import Shown as Answer
from rightaway.work import access
from rightaway.work.actions.absence import clear_absence, set_absence
from rightaway.work.actions.copy_agent import copy_agent
from rightaway.work.actions.pause_agent import pause_agent, resume_agent
from rightaway.work.actions.pause_route import pause_route_for
from rightaway.work.actions.resume_route import resume_route_for
from rightaway.work.actions.save_agent import save_agent


@page
def agents(request: PageRequest) -> Answer:
    if request.actor.role is Role.AGENT:
        raise NotAllowed(action="agent.manage")
    find, team, after = (request.GET.get(name, "").strip() for name in ("find", "team", "after"))
    found = {
        "listing": listing(request.actor, find=find, team=team, after=_id(after)), "find": find, "team": team,
        "teams": Team.objects.order_by("name", "id"), "may_add": request.actor.may("agent.manage", EVERYWHERE),
        "may_invite": access.may_invite(request.actor), "proposed": access.proposals_to_decide(request.actor).count(),
        "may_import": request.actor.may("import", EVERYWHERE),
    }  # fmt: skip
    return TemplateResponse(request, "agents/table.html" if is_fragment(request) else "agents/agents.html", found)


@page
def agent(request: PageRequest, agent_id: UUID) -> Answer:
    """One's own page is there for everybody."""
    return _agent(request, agent_id)


@page
def edit(request: PageRequest, agent_id: UUID) -> Answer:
    found = access.agent_for(request.actor, agent_id, "agent.manage")
    known = _settings(found)
    return _editing(request, found, AgentForm(initial=written(known)), _etag(known))


@action
def save(request: PageRequest, agent_id: UUID) -> Done | Answer:
    found = access.agent_for(request.actor, agent_id, "agent.manage")
    config_row()  # what is compared must still hold when it is written
    found.refresh_from_db()
    known = _settings(found)
    form = AgentForm(request.POST, initial=written(known))
    if form.is_valid():
        if request.POST.get("etag") != _etag(known):
            form.add_error(None, _("Somebody else changed this agent in the meantime. Look again, then save."))
        else:
            wanted = form.agent(key=known.key, attributes=known.attributes)
            if wanted is not None:
                save_agent(agent=wanted, actor=request.actor)
                return Done(back=reverse("agent", args=[agent_id]), toast=Toast(_("Saved.")))
    response = _editing(request, found, form, _etag(known))
    response.status_code = 422
    return response


@page
def new(request: PageRequest) -> Answer:
    _require_everywhere(request)
    like = _like(request, request.GET.get("like", ""))
    known = AgentIn(key="new", name="new", zone="UTC") if like is None else _settings(like)
    initial = {**written(known.model_copy(update={"ramp": None})), "name": "", "email": "", "active": True}
    return _editing(request, None, NewAgentForm(initial=initial), "", like)


@action
def create(request: PageRequest) -> Done | Answer:
    _require_everywhere(request)
    like = _like(request, request.POST.get("like", ""))
    form = NewAgentForm(request.POST)
    if form.is_valid():
        config_row()
        attributes = {} if like is None else dict(like.attributes)
        wanted = form.agent(key=form.cleaned_data["key"], attributes=attributes)
        if wanted is not None and Agent.objects.filter(key=wanted.key).exists():
            form.add_error("key", _("There is an agent with this key already."))
        elif wanted is not None and like is not None:
            copied = copy_agent(like_id=like.id, agent=wanted, actor=request.actor)
            text = _("Saved. The draft of the routes names them too: publish it.") if copied.drafted else _("Saved.")
            return Done(back=reverse("agent", args=[copied.agent_id]), toast=Toast(text))
        elif wanted is not None:
            saved = save_agent(agent=wanted, actor=request.actor)
            return Done(back=reverse("agent", args=[saved.agent_id]), toast=Toast(_("Saved.")))
    response = _editing(request, None, form, "", like)
    response.status_code = 422
    return response


@action
def pause(request: PageRequest, agent_id: UUID) -> Done:
    pause_agent(agent_id=agent_id, actor=request.actor)
    return _done(request, agent_id, _("Paused: nothing new is given to them."), "agent-resume")


@action
def resume(request: PageRequest, agent_id: UUID) -> Done:
    resume_agent(agent_id=agent_id, actor=request.actor)
    return _done(request, agent_id, _("Resumed."), "agent-pause")


@action
def pause_one_route(request: PageRequest, agent_id: UUID, route_id: UUID) -> Done:
    pause_route_for(route_id=route_id, agent_id=agent_id, actor=request.actor)
    return _done(request, agent_id, _("This route passes them over now."))


@action
def resume_one_route(request: PageRequest, agent_id: UUID, route_id: UUID) -> Done:
    resume_route_for(route_id=route_id, agent_id=agent_id, actor=request.actor)
    return _done(request, agent_id, _("This route may choose them again."))


@action
def add_absence(request: PageRequest, agent_id: UUID) -> Done | Answer:
    found = access.agent_for(request.actor, agent_id, "agent.manage")
    form = AbsenceForm(request.POST)
    if form.is_valid():
        set_absence(agent_id=agent_id, absence=form.absence(found.zone), actor=request.actor)
        return _done(request, agent_id, _("Absence saved."))
    response = _agent(request, agent_id, form)
    response.status_code = 422
    return response


@action
def remove_absence(request: PageRequest, agent_id: UUID, absence_id: UUID) -> Done:
    if not Absence.objects.filter(id=absence_id, agent=agent_id).exists():
        raise NotFound
    clear_absence(absence_id=absence_id, actor=request.actor)
    return _done(request, agent_id, _("Absence taken away."))


def _done(request: PageRequest, agent_id: UUID, text: str, undo: str = "") -> Done:
    address = reverse(undo, args=[agent_id]) if undo else ""
    back = back_from(request, reverse("agent", args=[agent_id]))
    # The live part in which the switch stands reads itself again at once.
    return Done(back=back, toast=Toast(text, undo=address), events={"live": {}})


def _agent(request: PageRequest, agent_id: UUID, form: AbsenceForm | None = None) -> TemplateResponse:
    found = access.agent_for(request.actor, agent_id, "agent.view")
    shown: dict[str, Any] = {"shown": Shown(request.actor, found), "absence_form": form or AbsenceForm()}
    return TemplateResponse(request, "agents/facts.html" if is_fragment(request) else "agents/agent.html", shown)


def _editing(
    request: PageRequest, found: Agent | None, form: AgentForm, etag: str, like: Agent | None = None
) -> TemplateResponse:
    shown: dict[str, Any] = {"agent": found, "form": form, "etag": etag, "like": like}
    if found is None:
        shown["colleagues"] = access.visible_agents(request.actor).filter(active=True).order_by("name", "id")[:500]
    return TemplateResponse(request, "agents/edit.html", shown)


def _like(request: PageRequest, text: str) -> Agent | None:
    """The colleague whom somebody new is to resemble."""
    return access.agent_for(request.actor, UUID(_id(text)), "agent.manage") if _id(text) else None


def _settings(found: Agent) -> AgentIn:
    return agent_settings(found, AgentState.objects.get(agent=found.id))


def _etag(known: AgentIn) -> str:
    return etag_of(known.model_dump_json())


def _require_everywhere(request: PageRequest) -> None:
    if not request.actor.may("agent.manage", EVERYWHERE):
        raise NotAllowed(action="agent.manage")


def _id(text: str) -> str:
    """The text where it is an id, else nothing."""
    try:
        return str(UUID(text))
    except ValueError:
        return ""
