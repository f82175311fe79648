"""The forms of the profile. Each stands in its own part of the page; what was typed stays when it is refused."""

from collections.abc import Callable
from typing import Any, Final

from django import forms
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from rightaway.accounts.actor import Actor
from rightaway.people.models import AgentState
from rightaway.web.contacts.words import STATUSES, outcome, status
from rightaway.web.presences import shown_presence
from rightaway.web.profile.words import CALLS
from rightaway.web.tags import PRESENCES
from rightaway.work import access
from rightaway.work.actions.finish import OUTCOMES as ENDS

MOST_AGENTS: Final = 500  # in a plain list to choose from
LONGEST_TEXT: Final = 10_000
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


class FinishForm(forms.Form):
    outcome = forms.ChoiceField(label=_("Outcome"), choices=lambda: [(code, outcome(code)) for code in ENDS])


class Forms:
    """All of them for one page; the one that was refused is bound, and its part of the page stands open."""

    def __init__(self, actor: Actor, *, refused: str = "", bound: forms.Form | None = None) -> None:
        self._actor, self.refused, self._bound = actor, refused, bound

    @classmethod
    def empty(cls, actor: Actor) -> "Forms":
        return cls(actor)

    @cached_property
    def agents(self) -> Choices:
        return choices_of_agents(self._actor)

    def _form(self, name: str) -> forms.Form:
        if self.refused == name and self._bound is not None:
            return self._bound
        return make(name, self._actor, agents=lambda: self.agents)

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
    def finish(self) -> forms.Form:
        return self._form("finish")

    @cached_property
    def composing(self) -> str:
        return self.refused if self.refused in ("call", "finish") else "note"


_KINDS: Final[dict[str, type[forms.Form]]] = {
    "offer": OfferForm, "revoke": RevokeForm, "hand_back": HandBackForm, "note": NoteForm,
    "call": CallForm, "finish": FinishForm,
}  # fmt: skip


def make(name: str, actor: Actor, data: Any = None, *, agents: Callable[[], Choices] | None = None) -> forms.Form:
    """One form; its ids begin with its name. Choices of agents are those that the actor may see."""
    form = _KINDS[name](data, auto_id=f"{name.replace('_', '-')}-%s", label_suffix="")
    if "agent" in form.fields:
        form.fields["agent"].choices = agents() if agents else choices_of_agents(actor)  # type: ignore[attr-defined]
    return form


def _length(minutes: int) -> Any:
    return {60: "1 h", 240: "4 h", 1440: "24 h"}.get(minutes, f"{minutes} min")
