"""The forms of the settings. They keep what was typed; what the schema finds wrong is told by its field."""

from datetime import date
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import ValidationError

from rightaway.ledger.problems import problems_of
from rightaway.people.schema import Strict
from rightaway.routing.basics_schema import (
    EVALUATE,
    USUAL,
    BasicsIn,
    PipelineIn,
    PipelinesIn,
    StageIn,
    ThresholdsIn,
)
from rightaway.web.agents.forms import read_ranges, zone_choices
from rightaway.web.agents.shown import range_text
from rightaway.web.agents.words import DAYS
from rightaway.web.contacts.words import plain

_TIMES: Final = ("target_seconds", "late_seconds", "phone_seconds", "notes_seconds")


class HoursForm(forms.Form):
    """When the business is open."""

    zone = forms.ChoiceField(label=gettext_lazy("Time zone"))
    always = forms.BooleanField(label=gettext_lazy("Always open"), required=False)
    closed = forms.CharField(
        label=gettext_lazy("Closed days"), required=False, max_length=20_000, widget=forms.Textarea({"rows": 3}),
        help_text=gettext_lazy("One a line: 2027-01-01"),
    )  # fmt: skip

    def __init__(self, data: Any = None, *, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial, label_suffix="")
        known = data.get("zone", "") if data else (initial or {}).get("zone", "")
        self.fields["zone"].choices = zone_choices(known)  # type: ignore[attr-defined]
        for day, label in DAYS.items():
            self.fields[f"hours_{day}"] = forms.CharField(label=label, required=False, max_length=200)

    @property
    def days(self) -> list[forms.BoundField]:
        return [self[f"hours_{day}"] for day in DAYS]

    def clean_closed(self) -> list[date]:
        lines = [line.strip() for line in self.cleaned_data["closed"].splitlines()]
        try:
            return [date.fromisoformat(line) for line in lines if line]
        except ValueError:
            raise forms.ValidationError(_("Write each day as 2027-01-01, one a line.")) from None

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        for day in DAYS:
            try:
                found[f"hours_{day}"] = read_ranges(found.get(f"hours_{day}", ""), day)
            except ValueError:
                self.add_error(f"hours_{day}", _("Write times as 09:00–13:00, 15:00–19:00."))
        return found


class ThresholdForm(forms.Form):
    """The thresholds of one type, and of one of its statuses or of all."""

    kind = forms.CharField(label=gettext_lazy("Type"), max_length=200)
    status = forms.CharField(label=gettext_lazy("Status"), max_length=40, required=False)
    target_seconds = forms.DecimalField(
        label=gettext_lazy("Answered within"), initial=5, min_value=0, max_value=500_000
    )
    late_seconds = forms.DecimalField(label=gettext_lazy("Late from"), required=False, min_value=0, max_value=500_000)
    phone_seconds = forms.DecimalField(
        label=gettext_lazy("Call within"), required=False, min_value=0, max_value=500_000
    )
    notes_seconds = forms.DecimalField(
        label=gettext_lazy("Note within"), required=False, min_value=0, max_value=500_000
    )
    email = forms.BooleanField(label=gettext_lazy("E-mail after a call"), required=False, initial=True)
    task = forms.BooleanField(label=gettext_lazy("Next task"), required=False, initial=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        for name in _TIMES:
            self.fields[name].widget.attrs["step"] = "any"
        for name, field in self.fields.items():  # in a table, whose headings are not labels
            field.widget.attrs["aria-label"] = str(field.label)
            if name in ("kind", "status"):
                field.widget.attrs["list"] = f"known-{name}"


Thresholds: Final = forms.formset_factory(ThresholdForm, extra=1, max_num=200, validate_max=True, can_delete=True)


class StageForm(forms.Form):
    """One status: its code, and what it is called."""

    place = forms.IntegerField(label=gettext_lazy("Place"), min_value=1, max_value=1000)
    code = forms.CharField(label=gettext_lazy("Code"), max_length=40)
    en = forms.CharField(label=gettext_lazy("English"), max_length=60, required=False)
    es = forms.CharField(label=gettext_lazy("Spanish"), max_length=60, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"label_suffix": "", **kwargs})
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = str(field.label)
        if self.initial.get("code") == EVALUATE:  # which always stands first
            self.fields["code"].widget.attrs["readonly"] = True
            self.fields["place"].widget.attrs["readonly"] = True


Stages: Final = forms.formset_factory(StageForm, extra=2, max_num=50, validate_max=True, can_delete=True)


def written_basics(found: BasicsIn) -> dict[str, Any]:
    """The opening times as the form shows them."""
    hours: dict[str, list[str]] = {}
    for each in found.hours or []:
        for day in each.days:
            hours.setdefault(f"hours_{day}", []).append(range_text(each))
    return {
        "zone": found.zone, "always": found.hours is None,
        "closed": "\n".join(day.isoformat() for day in found.closed),
        **{name: ", ".join(sorted(ranges)) for name, ranges in hours.items()},
    }  # fmt: skip


def written_thresholds(found: BasicsIn) -> list[dict[str, Any]]:
    """The thresholds as the form shows them, times in minutes; the usual ones where there are none."""
    return [
        {**row.model_dump(), "status": row.status or "", **{name: _minutes(getattr(row, name)) for name in _TIMES}}
        for row in found.thresholds or [ThresholdsIn()]
    ]


def _minutes(seconds: int | None) -> str:
    return "" if seconds is None else f"{seconds / 60:g}"


def read_basics(hours: HoursForm, rows: Any) -> BasicsIn | None:
    """What is to be saved. None: the schema refuses it, and the forms say where."""
    if not hours.is_valid() or not rows.is_valid():
        return None
    said = hours.cleaned_data
    read: dict[str, Any] = {"zone": said["zone"], "closed": sorted(set(said["closed"]))}
    read["hours"] = None if said["always"] else [each for day in DAYS for each in said[f"hours_{day}"]]
    used = [form for form in rows.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]
    read["thresholds"] = [_threshold(form.cleaned_data) for form in used]
    found = _checked(BasicsIn, read, hours, used, "thresholds")
    return found if isinstance(found, BasicsIn) else None


def _threshold(said: dict[str, Any]) -> dict[str, Any]:
    times = {name: None if said[name] is None else int(said[name] * Decimal(60)) for name in _TIMES}
    return {
        "kind": said["kind"],
        "status": said["status"] or None,
        "email": said["email"],
        "task": said["task"],
        **times,
    }


def written_stages(found: PipelinesIn, kind: str) -> list[dict[str, Any]]:
    return [{"place": place, **stage.model_dump()} for place, stage in enumerate(found.of(kind), 1)]


def read_pipelines(found: PipelinesIn, kind: str, rows: Any) -> PipelinesIn | None:
    """All pipelines with this one changed. None: the schema refuses it, and the forms say where."""
    if not rows.is_valid():
        return None
    used = [form for form in rows.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]
    used.sort(key=lambda form: (form.cleaned_data["code"] != EVALUATE, form.cleaned_data["place"]))
    stages = [{name: form.cleaned_data[name] for name in ("code", "en", "es")} for form in used]
    own = _checked(PipelineIn, {"kind": kind, "stages": stages}, rows, used, "stages")
    if not isinstance(own, PipelineIn):
        return None
    others = [each for each in found.pipelines if each.kind != kind]
    usual = [StageIn(code=code) for code in USUAL.get(kind, USUAL["lead"])]
    return PipelinesIn(pipelines=others if own.stages == usual else sorted([*others, own], key=lambda each: each.kind))


def _checked(schema: type[Strict], read: dict[str, Any], whole: Any, rows: list[Any], name: str) -> Strict | None:
    try:
        return schema.model_validate(read)
    except ValidationError as error:
        for problem in problems_of(error):
            path = [str(part) for part in problem.path]
            if len(path) > 1 and path[0] == name and path[1].isdigit():
                form = rows[int(path[1])]
                form.add_error(path[2] if len(path) > 2 and path[2] in form.fields else None, problem.message)
            elif isinstance(whole, forms.Form):
                whole.add_error(None, problem.message)
            else:
                whole.non_form_errors().append(problem.message)
        return None


def kinds(found: PipelinesIn) -> list[tuple[str, str]]:
    names = dict.fromkeys([*USUAL, *(pipeline.kind for pipeline in found.pipelines)])
    return [(kind, plain(kind)) for kind in names]
