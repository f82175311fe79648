"""The forms of the profile. Each stands in its own part of the page; what was typed stays when it is refused."""

from collections.abc import Callable
from typing import Any, Final

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from rightaway.accounts.actor import Actor
from rightaway.people.models import Agent, AgentState
from rightaway.web import formats
from rightaway.web.contacts.words import CALLS, STATUSES, outcome, status
from rightaway.web.presences import shown_presence
from rightaway.web.profile import when
from rightaway.web.profile.words import MESSAGES, TASK_KINDS
from rightaway.web.tags import PRESENCES
from rightaway.work import access
from rightaway.work.actions.add_task import LONGEST_TEXT as LONGEST_TASK
from rightaway.work.actions.finish import OUTCOMES as ENDS
from rightaway.work.models import Item
from rightaway.work.tasks import takers

MOST_AGENTS: Final = 500  # in a plain list to choose from
LONGEST_TEXT: Final = 10_000
COMPOSED: Final = ("call", "message", "visit", "task", "finish")
_MINUTES: Final = (2, 5, 15, 30, 60, 240, 1440)

Choices = list[tuple[str, Any]]


def choices_of_status(now: str) -> Choices:
    """The usual ones, and the present one where it is another."""
    found: Choices = list(STATUSES.items())
    return found if now in STATUSES else [*found, (now, status(now))]


def choices_of_agents(actor: Actor) -> Choices:
    """Whom the actor can give something, by name, each with their presence and load."""
    rows = access.visible_agents(actor).filter(active=True).order_by("name", "id").values_list("id", "name")
    agents = list(rows[:MOST_AGENTS])
    states = {row.agent_id: row for row in AgentState.objects.filter(agent__in=[id for id, _name in agents])}
    return [("", _("Choose an agent")), *((str(id), _told(name, states[id])) for id, name in agents)]


def _told(name: str, state: AgentState) -> str:
    presence = str(PRESENCES[shown_presence(state)]).lower()
    return f"{name} · {presence} · {state.load // 100}/{state.capacity // 100}"


def _text(label: Any, *, required: bool = True, rows: int = 2, help_text: Any = "") -> forms.CharField:
    widget = forms.Textarea({"rows": rows})
    return forms.CharField(label=label, required=required, max_length=LONGEST_TEXT, widget=widget, help_text=help_text)


class OfferForm(forms.Form):
    agent = forms.ChoiceField(label=_("Agent"))
    minutes = forms.TypedChoiceField(label=_("Time to accept"), coerce=int, initial=5)
    note = _text(_("Note"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["minutes"].choices = [(str(minutes), _length(minutes)) for minutes in _MINUTES]  # type: ignore[attr-defined]


class RevokeForm(forms.Form):
    to = forms.ChoiceField(
        label=_("Where it goes"),
        choices=[
            ("routes", _("The routes decide again")), ("pool", _("To the lead pool")), ("agent", _("To somebody else")),
        ],
    )  # fmt: skip
    agent = forms.ChoiceField(label=_("Agent"), required=False, help_text=_("Only for somebody else."))
    reason = _text(_("Reason"))
    protected_too = forms.BooleanField(label=_("Take it although it is protected"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not self.is_bound:
            del self.fields["protected_too"]  # asked only when it is

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if found.get("to") == "agent" and not found.get("agent"):
            self.add_error("agent", _("Choose who gets it."))
        return found


class HandBackForm(forms.Form):
    reason = _text(_("Reason"), help_text=_("The routes go on without you."))


class NoteForm(forms.Form):
    text = _text(_("Note"), rows=3)


class CallForm(forms.Form):
    outcome = forms.ChoiceField(label=_("Outcome"), choices=list(CALLS.items()))
    minutes = forms.IntegerField(label=_("Minutes"), required=False, min_value=0, max_value=1440)
    text = _text(_("What was said"), required=False)


class MessageForm(forms.Form):
    """What was written elsewhere: nothing is sent from here."""

    kind = forms.ChoiceField(label=_("Kind"), choices=list(MESSAGES.items()))
    outcome = forms.ChoiceField(
        label=_("Outcome"), required=False,
        choices=[("", _("Sent")), ("replied", _("They answered")), ("bounced", _("It came back"))],
    )  # fmt: skip
    text = _text(_("What was written"), required=False)

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if found.get("kind") == "message" and found.get("outcome") == "bounced":
            self.add_error("outcome", _("Only an e-mail comes back."))
        return found


class VisitForm(forms.Form):
    outcome = forms.ChoiceField(
        label=_("Outcome"), required=False, choices=[("", _("They met")), ("missed", _("Nobody came"))]
    )
    minutes = forms.IntegerField(label=_("Minutes"), required=False, min_value=0, max_value=1440)
    text = _text(_("What was said"), required=False)


class TaskForm(forms.Form):
    """`due` is one of the quick choices, whose instants count from when it arrives, or another moment in `at`."""

    text = forms.CharField(label=_("What is to be done"), required=False, max_length=LONGEST_TASK)
    kind = forms.ChoiceField(label=_("Kind"), choices=list(TASK_KINDS.items()))
    due = forms.ChoiceField(label=_("Due"), widget=forms.RadioSelect())
    at = forms.DateTimeField(
        label=_("Another time"),
        required=False,
        widget=forms.DateTimeInput({"type": "datetime-local"}, "%Y-%m-%dT%H:%M"),
    )
    remind = forms.TypedChoiceField(
        label=_("Reminder"), coerce=int, empty_value=None, required=False, initial="0",
        choices=[("0", _("When it is due")), ("15", _("15 min before")), ("60", _("1 h before")), ("", _("None"))],
    )  # fmt: skip
    receiver = forms.ChoiceField(label=_("For whom"), required=False)

    def __init__(self, *args: Any, hours: Any = None, takers: Choices = (), **kwargs: Any) -> None:  # type: ignore[assignment]
        super().__init__(*args, **kwargs)
        self.hours = hours
        found = when.quick(formats.now(), hours)
        self.fields["due"].choices = [(each.code, each.words) for each in found] + [(when.OTHER, _("Another time"))]  # type: ignore[attr-defined]
        self.fields["due"].initial = found[-1 if len(found) == 1 else 1].code
        self.fields["receiver"].choices = [("", _("Whoever owns it")), *takers]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if found.get("due") == when.OTHER:
            if not found.get("at") and "at" not in self.errors:
                self.add_error("at", _("Choose when."))
            found["due_at"] = found.get("at")
        elif "due" in found:
            found["due_at"] = when.instant(found["due"], formats.now(), self.hours)
        if found.get("kind") == "other" and not found.get("text"):
            self.add_error("text", _("Say what is to be done."))
        return found


class FinishForm(forms.Form):
    outcome = forms.ChoiceField(label=_("Outcome"), choices=lambda: [(code, outcome(code)) for code in ENDS])


class Forms:
    """All of them for one page; the one that was refused is bound, and its part of the page stands open."""

    def __init__(self, actor: Actor, item: Item, *, refused: str = "", bound: forms.Form | None = None) -> None:
        self._actor, self._item, self.refused, self._bound = actor, item, refused, bound

    @classmethod
    def empty(cls, actor: Actor, item: Item) -> "Forms":
        return cls(actor, item)

    @cached_property
    def agents(self) -> Choices:
        return choices_of_agents(self._actor)

    def _form(self, name: str) -> forms.Form:
        if self.refused == name and self._bound is not None:
            return self._bound
        return make(name, self._actor, self._item, agents=lambda: self.agents)

    @cached_property
    def offer(self) -> forms.Form:
        return self._form("offer")

    @cached_property
    def revoke(self) -> forms.Form:
        return self._form("revoke")

    @cached_property
    def hand_back(self) -> forms.Form:
        return self._form("hand_back")

    @cached_property
    def note(self) -> forms.Form:
        return self._form("note")

    @cached_property
    def call(self) -> forms.Form:
        return self._form("call")

    @cached_property
    def message(self) -> forms.Form:
        return self._form("message")

    @cached_property
    def visit(self) -> forms.Form:
        return self._form("visit")

    @cached_property
    def task(self) -> forms.Form:
        return self._form("task")

    @cached_property
    def finish(self) -> forms.Form:
        return self._form("finish")

    @cached_property
    def composing(self) -> str:
        return self.refused if self.refused in COMPOSED else "note"


_KINDS: Final[dict[str, type[forms.Form]]] = {
    "offer": OfferForm, "revoke": RevokeForm, "hand_back": HandBackForm, "note": NoteForm,
    "call": CallForm, "message": MessageForm, "visit": VisitForm, "task": TaskForm, "finish": FinishForm,
}  # fmt: skip


def make(
    name: str, actor: Actor, item: Item, data: Any = None, *, agents: Callable[[], Choices] | None = None
) -> forms.Form:
    """One form; its ids begin with its name. Choices of agents are those that the actor may see."""
    more: dict[str, Any] = {}
    if name == "task":
        more = {"hours": hours_of(actor), "takers": [(str(id), told) for id, told in takers(actor, item).items()]}
    form = _KINDS[name](data, auto_id=f"{name.replace('_', '-')}-%s", label_suffix="", **more)
    if "agent" in form.fields:
        form.fields["agent"].choices = agents() if agents else choices_of_agents(actor)  # type: ignore[attr-defined]
    return form


def hours_of(actor: Actor) -> Any:
    """The working hours of whoever acts, as `when` takes them."""
    return Agent.objects.filter(id=actor.agent_id).values_list("hours", flat=True).first() if actor.agent_id else None


def _length(minutes: int) -> Any:
    return {60: "1 h", 240: "4 h", 1440: "24 h"}.get(minutes, f"{minutes} min")
