"""The form of a campaign: its name, its dates, what it takes in and who belongs to it."""

from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import ValidationError

from rightaway.people.models import Agent, Team
from rightaway.people.schema import one_line
from rightaway.web.lines import LineField
from rightaway.work.campaigns import CampaignIn

MOST_LISTED: Final = 1000  # agents or teams to choose from
_LONGEST_SOURCE: Final = 200


class CampaignForm(forms.Form):
    """Whole days of the organisation: the first and the last on which it takes in."""

    name = LineField(label=gettext_lazy("Name"), max_length=200)
    starts = forms.DateField(
        label=gettext_lazy("First day"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )
    ends = forms.DateField(
        label=gettext_lazy("Last day"), required=False, widget=forms.DateInput({"type": "date"}, "%Y-%m-%d")
    )
    sources = forms.CharField(
        label=gettext_lazy("Sources"), required=False, max_length=5_000,
        help_text=gettext_lazy("With commas. What comes from one of them belongs to the campaign."),
    )  # fmt: skip
    teams = forms.MultipleChoiceField(label=gettext_lazy("Teams"), required=False, widget=forms.CheckboxSelectMultiple)
    agents = forms.MultipleChoiceField(
        label=gettext_lazy("Agents"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, data: Any = None, *, known: CampaignIn | None = None, zone: ZoneInfo) -> None:
        self.known, self.zone = known, zone
        super().__init__(data, label_suffix="", initial=_initial(known, zone))
        agents = list(Agent.objects.filter(active=True).order_by("name", "id").values_list("key", "name")[:MOST_LISTED])
        teams = list(Team.objects.order_by("name", "id").values_list("key", "name")[:MOST_LISTED])
        # Who is not listed, because they are inactive say, stays: what is not shown is not taken away.
        self.unlisted = {*(known.agents if known else ())} - {key for key, _name in agents}
        self.fields["agents"].choices = agents  # type: ignore[attr-defined]
        self.fields["teams"].choices = teams  # type: ignore[attr-defined]

    def clean_sources(self) -> list[str]:
        found = sorted({name.strip() for name in self.cleaned_data["sources"].split(",")} - {""})
        for name in found:
            if len(name) > _LONGEST_SOURCE:
                raise forms.ValidationError(_("A source has 200 characters at most."))
            try:
                one_line(name)
            except ValueError:
                raise forms.ValidationError(_("Remove the characters that cannot be shown.")) from None
        if len(found) > 100:
            raise forms.ValidationError(_("A campaign has a hundred sources at most."))
        return found

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        starts, ends = found.get("starts"), found.get("ends")
        if starts and ends and ends < starts:
            self.add_error("ends", _("The last day is before the first."))
        return found

    def campaign(self, key: str) -> CampaignIn | None:
        """What was typed; None when it cannot be, which the form then tells."""
        said, known = self.cleaned_data, self.known
        starts_at = _start_of(said["starts"], self.zone)
        ends_at = _start_of(said["ends"] + timedelta(days=1), self.zone) if said["ends"] else None
        if known is not None:  # an instant within a day, which only the API can say, stays while its day stays
            starts_at = known.starts_at if said["starts"] == self.initial["starts"] else starts_at
            ends_at = known.ends_at if said["ends"] == self.initial["ends"] else ends_at
        try:
            return CampaignIn(
                key=key, name=said["name"], starts_at=starts_at, ends_at=ends_at, sources=said["sources"],
                agents=sorted({*said["agents"], *self.unlisted}), teams=sorted(said["teams"]),
            )  # fmt: skip
        except ValidationError:
            self.add_error("ends", _("The last day is before the first."))
            return None


def _start_of(day: date | None, zone: ZoneInfo) -> datetime | None:
    return datetime.combine(day, time.min, zone) if day else None


def _initial(known: CampaignIn | None, zone: ZoneInfo) -> dict[str, Any]:
    if known is None:
        return {}
    return {
        "name": known.name, "starts": known.starts_at.astimezone(zone).date() if known.starts_at else None,
        "ends": (known.ends_at - timedelta(microseconds=1)).astimezone(zone).date() if known.ends_at else None,
        "sources": ", ".join(known.sources), "agents": known.agents, "teams": known.teams,
    }  # fmt: skip
