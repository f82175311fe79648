"""The form of an invitation: what its maker may give, and nothing else, is there to choose."""

from typing import Any, Final
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from rightaway.accounts.actor import EVERYWHERE, Actor
from rightaway.accounts.roles import Role
from rightaway.people.models import Team
from rightaway.people.schema import InvitationIn
from rightaway.web.lines import LineField
from rightaway.web.names import ROLE_NAMES
from rightaway.work import access

MOST_AGENTS: Final = 500  # in a plain list to choose from
NEW, NONE = "new", "none"


class InvitationForm(forms.Form):
    name = LineField(label=_("Name"), max_length=200)
    email = forms.EmailField(label=_("E-mail"), max_length=254, required=False, help_text=_("For your list only."))
    role = forms.ChoiceField(label=_("Role"))
    team = forms.ChoiceField(label=_("Team"), required=False)
    agent = forms.ChoiceField(label=_("Works as"))

    def __init__(self, actor: Actor, data: Any = None) -> None:
        super().__init__(data, label_suffix="", initial={"role": Role.AGENT, "agent": NEW})
        everywhere = actor.may("members.manage", EVERYWHERE)
        self._choose("role", [(role.value, ROLE_NAMES[role]) for role in reversed(Role) if actor.may_invite(role)])
        teams = Team.objects.order_by("name", "id")
        teams = teams if everywhere else teams.filter(id__in=access.managed_teams(actor))
        none = [("", _("No team"))] if everywhere else []
        known_teams = [(str(id), name) for id, name in teams.values_list("id", "name")]
        self._choose("team", [*none, *known_teams])
        if len(known_teams) == 1:
            self.initial["team"] = known_teams[0][0]
        free = access.visible_agents(actor).filter(active=True, membership=None).order_by("name", "id")
        agents = [(str(id), name) for id, name in free.values_list("id", "name")[:MOST_AGENTS]]
        nobody = [(NONE, _("Nobody: does not work leads"))] if everywhere else []
        self._choose("agent", [(NEW, _("A new agent")), *agents, *nobody])

    def _choose(self, field: str, choices: list[tuple[str, Any]]) -> None:
        self.fields[field].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if found.get("agent") == NONE and found.get("role") != Role.COMPANY_MANAGER:
            self.add_error("agent", _("Only a company manager does without."))
        elif found.get("agent") == NONE and found.get("team"):
            self.add_error("team", _("Whoever is in a team works leads."))
        return found

    def invitation(self) -> InvitationIn:
        said = self.cleaned_data
        return InvitationIn(
            name=said["name"], email=said["email"], role=said["role"],
            team_id=UUID(said["team"]) if said["team"] else None,
            agent_id=None if said["agent"] in (NEW, NONE) else UUID(said["agent"]), works=said["agent"] != NONE,
        )  # fmt: skip
