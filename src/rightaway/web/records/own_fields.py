"""The organisation's own fields in forms and on the profile."""

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _

from rightaway.contacts import fields, money
from rightaway.contacts.fields import Money, Value
from rightaway.contacts.models import CustomField
from rightaway.web import formats

PREFIX: Final = "own_"


def form_field(field: CustomField) -> forms.Field:
    """The input of one field. Texts are read by `fields.read_text`, as those of files are."""
    said: dict[str, Any] = {"label": fields.label(field.names, field.key), "required": field.required}
    labels = list(fields.choice_labels(field).items())
    match field.type:
        case "choice":
            return forms.ChoiceField(choices=[("", "–"), *labels], **said)
        case "choices":
            return forms.MultipleChoiceField(choices=labels, widget=forms.CheckboxSelectMultiple, **said)
        case "boolean":
            return forms.ChoiceField(choices=[("", "–"), ("yes", _("Yes")), ("no", _("No"))], **said)
        case "date":
            return forms.CharField(widget=forms.DateInput({"type": "date"}), **said)
        case "money":
            said["label"] = f"{said['label']} ({field.currency})"
            return forms.CharField(max_length=40, widget=forms.TextInput({"inputmode": "decimal"}), **said)
        case "number":
            return forms.CharField(max_length=40, widget=forms.TextInput({"inputmode": "decimal"}), **said)
        case _:
            return forms.CharField(max_length=fields.LONGEST_TEXT, **said)


def initial(known: Mapping[str, CustomField], values: Mapping[str, Value]) -> dict[str, Any]:
    return {
        PREFIX + key: list(value) if isinstance(value, tuple) else fields.shown(known[key], value)
        for key, value in values.items()
        if key in known
    }


def read(form: forms.Form, known: Mapping[str, CustomField]) -> dict[str, Any]:
    """What was typed, as JSON by key. What does not fit its field is told beside it."""
    found: dict[str, Any] = {}
    for key, field in known.items():
        raw = form.cleaned_data.get(PREFIX + key)
        if raw is None:
            continue
        try:
            value = fields.read(field, raw) if isinstance(raw, list) else fields.read_text(field, raw)
            found[key] = None if value is None else fields.as_json(value)
        except ValueError as error:
            form.add_error(PREFIX + key, str(error)[:1].upper() + str(error)[1:])
    return found


def told(field: CustomField, value: Value) -> str:
    """A value as people read it."""
    match value:
        case bool():
            return _("Yes") if value else _("No")
        case Money():
            return f"{_grouped(money.written(value.amount, value.currency))} {value.currency}"
        case tuple():
            names = fields.choice_labels(field)
            return ", ".join(names.get(key, key) for key in value)
        case str():
            return fields.choice_labels(field).get(value, value) if field.type == "choice" else value
        case int() | float():
            return _grouped(str(value))
        case _:
            return formats.calendar_day(value)


def _grouped(text: str) -> str:
    """1,284.5 or 1.284,5; without cents where there are none."""
    whole, _point, rest = text.partition(".")
    rest = "" if set(rest) <= {"0"} else rest
    shown = formats.number(abs(int(whole)))
    mark = "," if "." in formats.number(1000) else "."
    return f"{'-' if text.startswith('-') else ''}{shown}{mark + rest if rest else ''}"
