"""What agents say of themselves on their own page, and the list in which whoever manages them agrees."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from pydantic import ValidationError

from rightaway.people.models import Agent, AgentState, Proposal
from rightaway.people.schema import AgentIn, ProfileIn
from rightaway.people.written import agent_settings
from rightaway.web import formats
from rightaway.web.agents.forms import AgentForm, written
from rightaway.web.agents.words import DAYS
from rightaway.web.page import Done, PageRequest, Shown, Toast, action, back_from, page
from rightaway.work import access
from rightaway.work.actions.propose import decide, differences, propose
from rightaway.work.models import Item

_WEEK = timedelta(days=7)


class ProfileForm(AgentForm):
    """The part of an agent that they know best."""

    def __init__(self, data: Any = None, *, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        kept = {"languages", "skills", "always", *(f"hours_{day}" for day in DAYS)}
        self.fields = {name: field for name, field in self.fields.items() if name in kept}

    def profile(self) -> ProfileIn | None:
        """What is proposed. None: the schema refuses it, and the form says where."""
        said = self.cleaned_data
        hours = None if said["always"] else [each for day in DAYS for each in said[f"hours_{day}"]]
        try:
            return ProfileIn(languages=said["languages"], skills=said["skills"], hours=hours)
        except ValidationError as error:
            self.tell(error)
            return None


@dataclass(frozen=True, slots=True)
class Meaning:
    """Of the leads of the last seven days: how many there were, and how many in a language that one speaks."""

    leads: int
    spoken: int


@dataclass(frozen=True, slots=True)
class Waiting:
    """A proposal beside what is so now: [(part, now, then)], as the form writes them."""

    id: UUID
    agent: Agent
    made_at: datetime
    parts: tuple[tuple[Any, str, str], ...]


def of_me(actor: Any, data: Any = None) -> dict[str, Any]:
    """What the card on one's own page shows; nothing for somebody who is no agent."""
    if actor.agent_id is None:
        return {}
    agent = Agent.objects.get(id=actor.agent_id)
    settings = _settings(agent)
    open_ = Proposal.objects.filter(agent=agent.id, state="open").first()
    shown = settings if open_ is None else _with(settings, open_)
    return {
        "profile_form": ProfileForm(data, initial=written(shown)), "proposal": open_, "meaning": meaning(shown),
    }  # fmt: skip


def meaning(settings: AgentIn) -> Meaning:
    recent = Item.objects.filter(created_at__gt=formats.now() - _WEEK)
    spoken = Q(language="")
    for code in settings.languages:
        spoken |= Q(language=code) | Q(language__startswith=f"{code}-")
    return Meaning(recent.count(), recent.filter(spoken).count())


@action
def mine(request: PageRequest) -> Done | Shown:
    found = of_me(request.actor, request.POST)
    form = found.get("profile_form")
    if form is not None and form.is_valid() and (wanted := form.profile()) is not None:
        said = propose(profile=wanted, actor=request.actor)
        text = {
            "open": _("Sent to whoever manages you. It counts once they agree."), "approved": _("Saved."),
            "same": _("Nothing was different."),
        }[said.state]  # fmt: skip
        return Done(back=reverse("me"), toast=Toast(text))
    return TemplateResponse(request, "home/me.html", found, status=422)


@page
def proposals(request: PageRequest) -> Shown:
    rows = access.proposals_to_decide(request.actor).select_related("agent").order_by("made_at", "id")[:200]
    return TemplateResponse(request, "agents/proposals.html", {"rows": [waiting(row, row.agent) for row in rows]})


@action
def approve(request: PageRequest, proposal_id: UUID) -> Done:
    decide(proposal_id=proposal_id, approve=True, actor=request.actor)
    return Done(back=back_from(request, reverse("proposals")), toast=Toast(_("Saved.")), events={"live": {}})


@action
def refuse(request: PageRequest, proposal_id: UUID) -> Done:
    decide(proposal_id=proposal_id, approve=False, actor=request.actor)
    return Done(back=back_from(request, reverse("proposals")), toast=Toast(_("Refused.")), events={"live": {}})


def waiting(row: Proposal, agent: Agent) -> Waiting:
    settings = _settings(agent)
    wanted = _with(settings, row)
    now, then, fields = written(settings), written(wanted), ProfileForm().fields
    parts = []
    for part in differences(settings, ProfileIn.model_validate(row.wanted)):
        if part != "hours":
            parts.append((fields[part].label, now[part], then[part]))
            continue
        for name in ("always", *(f"hours_{day}" for day in DAYS)):
            if now.get(name) != then.get(name):
                parts.append((fields[name].label, _told(now.get(name)), _told(then.get(name))))
    return Waiting(row.id, agent, row.made_at, tuple(parts))


def _told(value: Any) -> str:
    return (_("yes") if value else _("no")) if isinstance(value, bool) else str(value or "–")


def _with(settings: AgentIn, row: Proposal) -> AgentIn:
    return AgentIn.model_validate({**settings.model_dump(), **row.wanted})


def _settings(agent: Agent) -> AgentIn:
    return agent_settings(agent, AgentState.objects.get(agent=agent.id))
