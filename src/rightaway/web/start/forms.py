"""The forms of a first run."""

from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rightaway.contacts.normalise import email_address, phone_e164
from rightaway.web.lines import LineField
from rightaway.work.enquiry import Enquiry

ROWS: Final = 5  # people at once
_SECONDS: Final = {
    30: gettext_lazy("30 seconds"),
    60: gettext_lazy("1 minute"),
    120: gettext_lazy("2 minutes"),
    300: gettext_lazy("5 minutes"),
    900: gettext_lazy("15 minutes"),
}
_STRATEGIES: Final = {
    "round_robin": gettext_lazy("One after the other, in turns"),
    "first_to_accept": gettext_lazy("Several at once: the first to accept gets it"),
}


class TeamForm(forms.Form):
    name = LineField(
        label=gettext_lazy("Name of the team"), max_length=200, widget=forms.TextInput({"autofocus": True}),
        help_text=gettext_lazy("Sales, North office, After-sales … You can add more teams later."),
    )  # fmt: skip


class PersonForm(forms.Form):
    """One row. An empty one is left out."""

    name = LineField(label=gettext_lazy("Name"), max_length=200, required=False)
    email = forms.EmailField(label=gettext_lazy("E-mail"), max_length=254, required=False)

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if found.get("email") and not found.get("name") and "name" not in self.errors:
            self.add_error("name", _("Whose e-mail is this?"))
        return found


PeopleForms = forms.formset_factory(PersonForm, extra=ROWS, max_num=ROWS, absolute_max=ROWS)


class SourceForm(forms.Form):
    name = LineField(
        label=gettext_lazy("Where leads come from"), max_length=200, widget=forms.TextInput({"autofocus": True}),
        help_text=gettext_lazy("Website, portal, phone … Routes can decide by it."),
    )  # fmt: skip


class RouteForm(forms.Form):
    name = LineField(label=gettext_lazy("Name of the route"), max_length=200)
    strategy = forms.ChoiceField(
        label=gettext_lazy("Who is asked"), choices=list(_STRATEGIES.items()), widget=forms.RadioSelect
    )
    seconds = forms.TypedChoiceField(
        label=gettext_lazy("Time to accept"), coerce=int, choices=[(str(key), label) for key, label in _SECONDS.items()]
    )


class LeadForm(forms.Form):
    name = LineField(label=gettext_lazy("Name"), max_length=300, required=False)
    phone = LineField(label=gettext_lazy("Phone"), max_length=64, required=False)
    email = LineField(label=gettext_lazy("E-mail"), max_length=320, required=False)
    source = LineField(label=gettext_lazy("Source"), max_length=200)
    message = forms.CharField(
        label=gettext_lazy("Message"), max_length=20_000, required=False, widget=forms.Textarea({"rows": 3})
    )

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        if not self.errors and not (found["name"] or found["phone"] or found["email"]):
            self.add_error("name", _("A name, a phone number or an e-mail address is needed."))
        return found

    def enquiry(self, region: str, language: str) -> Enquiry:
        """The lead as a form on a website would send it."""
        said = self.cleaned_data
        phone, email = phone_e164(said["phone"], region), email_address(said["email"])
        return Enquiry(
            source=said["source"], name=said["name"], phone=phone, phone_raw="" if phone else said["phone"],
            email=email, email_raw="" if email else said["email"], language=language, message=said["message"],
        )  # fmt: skip
