"""The form of a saved view: how it is called, who has it, and whether it stands beside the other views."""

from typing import Any, Final
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from rightaway.accounts.actor import Actor
from rightaway.web.lines import LineField
from rightaway.work.actions.save_view import ViewSettings
from rightaway.work.models import SavedView
from rightaway.work.saved_views import may_share, teams_to_share_with

_MINE: Final = "nobody"


class ViewForm(forms.Form):
    name = LineField(label=_("Name"), max_length=60)
    who = forms.ChoiceField(label=_("Who sees it"))
    pinned = forms.BooleanField(label=_("Among the tabs"), required=False)

    def __init__(self, actor: Actor, data: Any = None, *, view: SavedView | None = None) -> None:
        initial = {"who": _MINE, "pinned": True}
        if view is not None:
            who = f"team {view.team_id}" if view.shared == "team" else view.shared
            initial = {"name": view.name, "who": who, "pinned": view.pinned}
        super().__init__(data, label_suffix="", initial=initial)
        choices: list[tuple[str, Any]] = [(_MINE, _("Nobody else"))]
        if view is not None and view.made_by != actor.id:
            choices = [(_MINE, _("Only whoever made it"))]
        choices += [(f"team {team.id}", team.name) for team in teams_to_share_with(actor)]
        if may_share(actor, "everybody", None):
            choices.append(("everybody", _("Everybody")))
        self.fields["who"].choices = choices  # type: ignore[attr-defined]
        self.shares = len(choices) > 1

    def settings(self) -> ViewSettings:
        shared, _space, team = self.cleaned_data["who"].partition(" ")
        return ViewSettings(
            name=self.cleaned_data["name"], shared=shared, team_id=UUID(team) if team else None,
            pinned=self.cleaned_data["pinned"],
        )  # fmt: skip
