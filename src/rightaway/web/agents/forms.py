"""The forms about an agent. They keep what was typed; what the schema finds wrong is told by its field."""

import re
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import ValidationError

from rightaway.ledger.problems import problems_of
from rightaway.people.schema import AbsenceIn, AgentIn, RangeIn
from rightaway.web.agents.shown import range_text
from rightaway.web.agents.words import CAUSES, DAYS, LIMITS, MODES
from rightaway.web.setup.forms import SetupForm

_RANGE: Final = re.compile(r"(\d{1,2}):(\d{2})\s*[-–—]\s*(\d{1,2}):(\d{2})")
_SKILL: Final = re.compile(r"(.+?)[\s:=]+(\d+)")


class AgentForm(forms.Form):
    """Who they are, what they can do, when they work and how much they carry."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    email = forms.EmailField(label=gettext_lazy("E-mail"), max_length=254, required=False)
    active = forms.BooleanField(label=gettext_lazy("Active"), required=False)
    mode = forms.ChoiceField(label=gettext_lazy("Works"), choices=list(MODES.items()))
    zone = forms.ChoiceField(label=gettext_lazy("Time zone"))
    language = forms.ChoiceField(label=gettext_lazy("Language of the pages"), choices=settings.LANGUAGES)
    languages = forms.CharField(
        label=gettext_lazy("Languages they speak"), required=False, max_length=500,
        help_text=gettext_lazy("Codes, with commas: en, es"),
    )  # fmt: skip
    skills = forms.CharField(
        label=gettext_lazy("Skills"), required=False, max_length=20_000, widget=forms.Textarea({"rows": 3}),
        help_text=gettext_lazy("One a line, with its level from 0 to 10: mortgages 7"),
    )  # fmt: skip
    capacity = forms.DecimalField(
        label=gettext_lazy("Capacity"), min_value=0, max_value=10_000, decimal_places=2,
        help_text=gettext_lazy("How many unanswered questions at once"),
    )  # fmt: skip
    unanswered_cap = forms.IntegerField(
        label=gettext_lazy("Most unanswered"), required=False, min_value=0, max_value=10_000,
        help_text=gettext_lazy("Empty: no limit"),
    )  # fmt: skip
    ramp_start = forms.DateField(
        label=gettext_lazy("Ramp-up from"), required=False, widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("On routes by share: a quarter of theirs at first, in the end all. Empty: all at once"),
    )  # fmt: skip
    ramp_weeks = forms.IntegerField(
        label=gettext_lazy("Weeks of ramp-up"), required=False, min_value=1, max_value=52,
        help_text=gettext_lazy("Empty: 4"),
    )  # fmt: skip
    always = forms.BooleanField(label=gettext_lazy("At any hour"), required=False)

    def __init__(self, data: Any = None, *, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial, label_suffix="")
        self.fields["zone"].choices = zone_choices(self.initial.get("zone", ""))  # type: ignore[attr-defined]
        for period, label in LIMITS.items():
            self.fields[f"limit_{period}"] = forms.IntegerField(
                label=label, required=False, min_value=0, max_value=100_000
            )
        for day, label in DAYS.items():
            self.fields[f"hours_{day}"] = forms.CharField(label=label, required=False, max_length=200)

    @property
    def who(self) -> list[forms.BoundField]:
        return [self[name] for name in ("name", "email", "mode", "zone", "language", "active")]

    @property
    def can(self) -> list[forms.BoundField]:
        return [self[name] for name in ("languages", "skills")]

    @property
    def carries(self) -> list[forms.BoundField]:
        limits = [f"limit_{period}" for period in LIMITS]
        return [self[name] for name in ("capacity", "unanswered_cap", *limits, "ramp_start", "ramp_weeks")]

    @property
    def works(self) -> list[forms.BoundField]:
        return [self["always"], *(self[f"hours_{day}"] for day in DAYS)]

    def clean_skills(self) -> dict[str, int]:
        try:
            return read_skills(self.cleaned_data["skills"])
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None

    def clean_languages(self) -> list[str]:
        return [code.strip() for code in self.cleaned_data["languages"].split(",") if code.strip()]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if found.get("ramp_weeks") and not found.get("ramp_start"):
            self.add_error("ramp_start", _("Say from which day."))
        for day in DAYS:
            name = f"hours_{day}"
            if name in found:
                try:
                    found[name] = read_ranges(found[name], day)
                except ValueError:
                    self.add_error(name, _("Write times as 09:00–13:00, 15:00–19:00."))
        return found

    def agent(self, *, key: str, attributes: dict[str, Any]) -> AgentIn | None:
        """What is to be saved. None: the schema refuses it, and the form says where."""
        said = self.cleaned_data
        hours = None if said["always"] else [each for day in DAYS for each in said[f"hours_{day}"]]
        try:
            return AgentIn(
                key=key, name=said["name"], email=said["email"], active=said["active"], zone=said["zone"],
                language=said["language"], mode=said["mode"], languages=said["languages"], skills=said["skills"],
                attributes=attributes, hours=hours, capacity=int(said["capacity"] * 100),
                unanswered_cap=said["unanswered_cap"],
                limits={period: said[f"limit_{period}"] for period in LIMITS},  # type: ignore[arg-type]
                ramp={"start": said["ramp_start"], "weeks": said["ramp_weeks"] or 4} if said["ramp_start"] else None,  # type: ignore[arg-type]
            )  # fmt: skip
        except ValidationError as error:
            self.tell(error)
            return None

    def tell(self, error: ValidationError) -> None:
        """What the schema found wrong, each by its field."""
        for problem in problems_of(error):
            names = ("_".join(map(str, problem.path)), str(problem.path[0]) if problem.path else "")
            self.add_error(next((name for name in names if name in self.fields), None), problem.message)


class NewAgentForm(AgentForm):
    key = forms.CharField(
        label=gettext_lazy("Key"), max_length=200,
        help_text=gettext_lazy("Their name in files and imports; it does not change later."),
    )  # fmt: skip

    @property
    def who(self) -> list[forms.BoundField]:
        return [self["key"], *super().who]


class AbsenceForm(forms.Form):
    """Times are read in the agent's zone."""

    starts_at = forms.DateTimeField(label=gettext_lazy("From"), widget=forms.DateTimeInput({"type": "datetime-local"}))
    ends_at = forms.DateTimeField(label=gettext_lazy("Until"), widget=forms.DateTimeInput({"type": "datetime-local"}))
    cause = forms.ChoiceField(label=gettext_lazy("Cause"), choices=list(CAUSES.items()))

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, label_suffix="", auto_id="absence-%s")

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        starts, ends = found.get("starts_at"), found.get("ends_at")
        if starts and ends and ends <= starts:
            self.add_error("ends_at", _("The end must be after the beginning."))
        return found

    def absence(self, zone: str) -> AbsenceIn:
        said = self.cleaned_data
        return AbsenceIn(
            starts_at=in_zone(said["starts_at"], zone), ends_at=in_zone(said["ends_at"], zone), cause=said["cause"]
        )


def written(agent: AgentIn) -> dict[str, Any]:
    """An agent as the form shows them."""
    hours: dict[str, list[str]] = {}
    for each in agent.hours or []:
        for day in each.days:
            hours.setdefault(f"hours_{day}", []).append(range_text(each))
    limits = agent.limits.model_dump()
    return {
        **agent.model_dump(include={"name", "email", "active", "mode", "zone", "language", "unanswered_cap"}),
        "languages": ", ".join(agent.languages),
        "skills": written_skills(agent.skills),
        "capacity": f"{agent.capacity / 100:g}",
        "ramp_start": agent.ramp and agent.ramp.start,
        "ramp_weeks": agent.ramp and agent.ramp.weeks,
        "always": agent.hours is None,
        **{f"limit_{period}": limits[period] for period in LIMITS},
        **{name: ", ".join(sorted(ranges)) for name, ranges in hours.items()},
    }


def zone_choices(known: str) -> list[tuple[str, str]]:
    """Those of the first form, and the one that is set already."""
    found = list(SetupForm.base_fields["zone"].choices)  # type: ignore[attr-defined]
    return found if not known or known in dict(found) else [(known, known), *found]


def read_skills(text: str) -> dict[str, int]:
    """Skills with their levels, one a line. Raises ValueError with what is to be told."""
    found: dict[str, int] = {}
    for line in text.splitlines():
        if not line.strip():
            continue
        read = _SKILL.fullmatch(line.strip())
        if read is None or int(read[2]) > 10:
            raise ValueError(_("Not a skill with a level from 0 to 10: %(line)s") % {"line": line})
        found[read[1].strip()] = int(read[2])
    return found


def written_skills(skills: dict[str, int]) -> str:
    return "\n".join(f"{name} {level}" for name, level in skills.items())


def read_ranges(text: str, day: int) -> list[RangeIn]:
    """Raises ValueError: not times, or no such time."""
    if not text.strip():
        return []
    found = []
    for part in text.split(","):
        read = _RANGE.fullmatch(part.strip())
        if read is None:
            raise ValueError(part)
        until = f"{int(read[3]):02d}:{read[4]}"
        found.append(
            RangeIn(days=[day], start=f"{int(read[1]):02d}:{read[2]}", until="00:00" if until == "24:00" else until)
        )
    return found


def in_zone(at: datetime, zone: str) -> datetime:
    """The wall clock that was typed, in the agent's zone."""
    return at.replace(tzinfo=ZoneInfo(zone))
