"""The form of a sequence: its name, the subject of its mails, and what goes out when."""

from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import ValidationError

from rightaway.web.lines import LineField
from rightaway.work.drips import LONGEST_STEP, MOST_STEPS, SequenceIn, StepIn

_UNITS: Final = {1440: gettext_lazy("days"), 60: gettext_lazy("hours"), 1: gettext_lazy("minutes")}
_FEWEST: Final = 3  # steps that a new one has room for


@dataclass(frozen=True, slots=True)
class StepFields:
    number: int
    after: forms.BoundField
    unit: forms.BoundField
    text: forms.BoundField


class SequenceForm(forms.Form):
    """Steps without a text are left out; there is always room for one more."""

    name = LineField(label=gettext_lazy("Name"), max_length=200)
    subject = LineField(label=gettext_lazy("Subject"), max_length=200)
    active = forms.BooleanField(label=gettext_lazy("In use"), required=False)

    def __init__(self, data: Any = None, *, known: SequenceIn | None = None) -> None:
        self.known = known
        super().__init__(data, label_suffix="", initial=_initial(known))
        self.rooms = min(MOST_STEPS, max(_FEWEST, len(known.steps) + 1 if known else 0, _sent(data)))
        for n in range(self.rooms):
            self.fields[f"after_{n}"] = forms.IntegerField(
                label=_("After"), required=False, min_value=0, max_value=100_000, initial=0 if n == 0 else 2
            )
            self.fields[f"unit_{n}"] = forms.TypedChoiceField(
                label=_("Unit"), coerce=int, required=False, choices=list(_UNITS.items())
            )
            self.fields[f"text_{n}"] = forms.CharField(
                label=_("Text"), required=False, max_length=LONGEST_STEP, widget=forms.Textarea({"rows": 4})
            )

    @property
    def steps(self) -> list[StepFields]:
        return [StepFields(n + 1, self[f"after_{n}"], self[f"unit_{n}"], self[f"text_{n}"]) for n in range(self.rooms)]

    def sequence(self, key: str) -> SequenceIn | None:
        """What was typed; None when it cannot be, which the form then tells."""
        said = self.cleaned_data
        steps = []
        for n in range(self.rooms):
            text = said[f"text_{n}"].replace("\r\n", "\n").strip()
            if not text:
                continue
            try:
                steps.append(StepIn(after_minutes=(said[f"after_{n}"] or 0) * (said[f"unit_{n}"] or 1440), text=text))
            except ValidationError as error:
                field = f"text_{n}" if "text" in error.errors()[0]["loc"] else f"after_{n}"
                long = _("A year at most.")
                self.add_error(field, _("Remove the characters that cannot be shown.") if "text" in field else long)
        if not steps and not self.errors:
            self.add_error("text_0", _("Write at least one e-mail."))
        if self.errors:
            return None
        return SequenceIn(key=key, name=said["name"], subject=said["subject"], steps=steps, active=said["active"])


def _sent(data: Any) -> int:
    """How many steps a form that was sent had."""
    return 0 if data is None else sum(f"text_{n}" in data for n in range(MOST_STEPS))


def _initial(known: SequenceIn | None) -> dict[str, Any]:
    if known is None:
        return {"active": True}
    found: dict[str, Any] = {"name": known.name, "subject": known.subject, "active": known.active}
    for n, step in enumerate(known.steps):
        unit = next(each for each in _UNITS if step.after_minutes % each == 0)
        found |= {f"after_{n}": step.after_minutes // unit, f"unit_{n}": unit, f"text_{n}": step.text}
    return found
