"""The form of a field: its names in both languages, and what can be chosen."""

from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy
from pydantic import ValidationError

from rightaway.contacts.normalise import fold
from rightaway.contacts.schema import FieldIn
from rightaway.ledger.problems import problems_of
from rightaway.web.fields.words import TYPES

_CHOICES: Final = gettext_lazy("One a line: key | English | Spanish. The key stays; it may be left out of a new one.")


class FieldForm(forms.Form):
    """`key` and `type` are asked once, when the field is made."""

    name_en = forms.CharField(label=gettext_lazy("Name in English"), required=False, max_length=200)
    name_es = forms.CharField(label=gettext_lazy("Name in Spanish"), required=False, max_length=200)
    choices = forms.CharField(
        label=gettext_lazy("Choices"), required=False, max_length=50_000, widget=forms.Textarea({"rows": 4}),
        help_text=_CHOICES,
    )  # fmt: skip
    place = forms.IntegerField(
        label=gettext_lazy("Place"), min_value=0, max_value=10_000, help_text=gettext_lazy("The lowest comes first.")
    )
    required = forms.BooleanField(label=gettext_lazy("Must be filled in"), required=False)
    retired = forms.BooleanField(label=gettext_lazy("No longer used"), required=False)

    def __init__(self, data: Any = None, *, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial, label_suffix="")

    def field(self, *, key: str, type_: str, currency: str) -> FieldIn | None:
        """What is to be saved. None: the schema refuses it, and the form says where."""
        said = self.cleaned_data
        names = {code: said[f"name_{code}"].strip() for code in ("en", "es") if said[f"name_{code}"].strip()}
        try:
            return FieldIn.model_validate(
                {
                    "key": key, "type": type_, "names": names, "choices": _read_choices(said["choices"]),
                    "currency": currency, "required": said["required"], "place": said["place"],
                    "retired": said["retired"],
                }
            )  # fmt: skip
        except ValidationError as error:
            for problem in problems_of(error):
                name = str(problem.path[0]) if problem.path else ""
                name = "name_en" if name == "names" else name
                self.add_error(name if name in self.fields else None, problem.message)
            return None


class NewFieldForm(FieldForm):
    type = forms.ChoiceField(label=gettext_lazy("Type"), choices=list(TYPES.items()))
    key = forms.CharField(
        label=gettext_lazy("Key"), max_length=50,
        help_text=gettext_lazy("Routes, imports and the API know it by this: small letters, digits and _."),
    )  # fmt: skip
    currency = forms.CharField(
        label=gettext_lazy("Currency"), required=False, max_length=3, help_text=gettext_lazy("Only of money: USD, MXN")
    )
    field_order = ("type", "key", "name_en", "name_es", "currency", "choices", "place", "required", "retired")

    def clean_currency(self) -> str:
        return str(self.cleaned_data["currency"]).strip().upper()


def _read_choices(text: str) -> list[dict[str, Any]]:
    found = []
    for line in text.splitlines():
        parts = [part.strip() for part in line.split("|")]
        if not any(parts):
            continue
        key, english, spanish = (["", *parts, ""] if len(parts) < 3 else parts)[:3] if len(parts) != 2 else ("", *parts)
        names = {code: name for code, name in (("en", english), ("es", spanish)) if name}
        found.append({"key": key or _key_of(english or spanish), "names": names or {"en": key}})
    return found


def _key_of(name: str) -> str:
    """A key made of a name: “Planta baja” is planta_baja."""
    letters = "".join(sign if sign.isascii() and sign.isalnum() else "_" for sign in fold(name)).strip("_")
    return (letters if letters[:1].isalpha() else f"c_{letters}")[:50]


def written(field: FieldIn) -> dict[str, Any]:
    """A field as the form shows it."""
    rows = [
        f"{choice['key']} | {choice['names'].get('en', '')} | {choice['names'].get('es', '')}"  # type: ignore[index]
        for choice in field.choices
    ]
    return {
        "name_en": field.names.get("en", ""), "name_es": field.names.get("es", ""), "choices": "\n".join(rows),
        "place": field.place, "required": field.required, "retired": field.retired,
    }  # fmt: skip
