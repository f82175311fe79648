"""The form of a company."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rightaway.accounts.actor import Actor
from rightaway.contacts.normalise import clean_text
from rightaway.web.profile.forms import choices_of_agents


class CompanyForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=300)
    owner = forms.ChoiceField(
        label=gettext_lazy("Account owner"), required=False,
        help_text=gettext_lazy("Who looks after the whole company."),
    )  # fmt: skip

    def __init__(self, actor: Actor, data: Any = None, *, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial, label_suffix="")
        agents = [("", _("Nobody")), *choices_of_agents(actor)[1:]]
        self.fields["owner"].choices = agents  # type: ignore[attr-defined]

    def clean_name(self) -> str:
        name = " ".join(clean_text(self.cleaned_data["name"]).split())
        if not name:
            raise forms.ValidationError(_("Write the company's name."))
        return name
