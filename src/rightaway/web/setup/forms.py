"""The form of a first run."""

from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import gettext_lazy as _

from rightaway.accounts.models import User
from rightaway.web.lines import LineField


def _zones() -> list[tuple[str, str]]:
    """Names that people know: those of a region, without the old and the odd ones."""
    regions = {"Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"}
    names = sorted(zone for zone in available_timezones() if zone.split("/")[0] in regions)
    return [(name, name.replace("_", " ")) for name in ["UTC", *names]]


class AccountForm(forms.Form):
    """A person with a password of their own."""

    name = LineField(label=_("Your name"), max_length=120, widget=forms.TextInput({"autocomplete": "name"}))
    email = forms.EmailField(label=_("E-mail"), widget=forms.EmailInput({"autocomplete": "username"}))
    password = forms.CharField(
        label=_("Password"), max_length=200, strip=False, help_text=_("At least 12 characters. A sentence is fine."),
        widget=forms.PasswordInput({"autocomplete": "new-password", "minlength": "12"}),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label_suffix = ""

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        password = found.get("password")
        if password:
            try:
                validate_password(password, User(email=found.get("email", ""), name=found.get("name", "")))
            except forms.ValidationError as error:
                self.add_error("password", error)
        return found


class SetupForm(AccountForm):
    """An organisation and its first company manager."""

    organisation = LineField(label=_("Organisation"), max_length=120)
    language = forms.ChoiceField(label=_("Language"), choices=settings.LANGUAGES)
    zone = forms.ChoiceField(label=_("Time zone"), choices=_zones)

    field_order = ("organisation", "name", "email", "password")
