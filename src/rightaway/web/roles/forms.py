"""The form of a functional role: its names in both languages, which items have it, where it stands, who may hold it."""

from typing import Any, Final
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from rightaway.people.models import Agent, FunctionalRole, RoleHolder
from rightaway.people.schema import RoleIn
from rightaway.web.lines import LineField
from rightaway.web.my_work.words import KINDS_MANY

MOST_AGENTS: Final = 1000  # in a plain list to choose from
LANGUAGES: Final = ("en", "es")


class RoleForm(forms.Form):
    long_en = LineField(label=_("Name in English"), max_length=60)
    short_en = LineField(label=_("Short, in English"), max_length=8)
    long_es = LineField(label=_("Name in Spanish"), max_length=60)
    short_es = LineField(label=_("Short, in Spanish"), max_length=8)
    position = forms.IntegerField(
        label=_("Place"), min_value=0, max_value=1000, help_text=_("The smallest number stands first.")
    )
    kinds = forms.MultipleChoiceField(label=_("Who has it"), required=False, widget=forms.CheckboxSelectMultiple)
    holders = forms.MultipleChoiceField(label=_("Who may hold it"), required=False, widget=forms.CheckboxSelectMultiple)
    active = forms.BooleanField(label=_("In use"), required=False)

    def __init__(self, data: Any = None, *, role: FunctionalRole | None = None) -> None:
        held = set(RoleHolder.objects.filter(role=role.id).values_list("agent", flat=True)) if role else set()
        super().__init__(data, label_suffix="", initial=_initial(role, held))
        agents = list(Agent.objects.filter(active=True).order_by("name", "id").values_list("id", "name")[:MOST_AGENTS])
        listed = {id for id, _name in agents}
        # Who is not listed, because they are inactive say, stays: what is not shown is not taken away.
        self.unlisted = held - listed
        self.holds = held
        kinds = {**KINDS_MANY, **{kind: kind for kind in (role.kinds if role else ()) if kind not in KINDS_MANY}}
        self.fields["kinds"].choices = list(kinds.items())  # type: ignore[attr-defined]
        self.fields["holders"].choices = [(str(id), name) for id, name in agents]  # type: ignore[attr-defined]

    @property
    def named(self) -> list[forms.BoundField]:
        return [self[f"{part}_{language}"] for language in LANGUAGES for part in ("long", "short")]

    def role(self, key: str) -> RoleIn:
        said = self.cleaned_data
        names = {each: {"short": said[f"short_{each}"], "long": said[f"long_{each}"]} for each in LANGUAGES}
        return RoleIn.model_validate(
            {
                "key": key, "names": names, "kinds": sorted(said["kinds"]), "position": said["position"],
                "active": said["active"],
            }
        )  # fmt: skip

    def holder_ids(self) -> set[UUID]:
        return {UUID(id) for id in self.cleaned_data["holders"]} | self.unlisted


def _initial(role: FunctionalRole | None, held: set[UUID]) -> dict[str, Any]:
    if role is None:
        return {"position": FunctionalRole.objects.count() + 1, "active": True}
    names = {f"{part}_{each}": role.names[each][part] for each in LANGUAGES for part in ("short", "long")}
    return {
        **names, "position": role.position, "kinds": role.kinds, "active": role.active,
        "holders": [str(id) for id in held],
    }  # fmt: skip
