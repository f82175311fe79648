"""The forms of a contact: typed in, edited, merged."""

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rightaway.accounts.actor import Actor
from rightaway.contacts.models import CustomField
from rightaway.contacts.normalise import clean_text
from rightaway.web import formats
from rightaway.web.contacts.words import plain
from rightaway.web.profile.forms import LONGEST_TEXT, choices_of_agents
from rightaway.web.records import own_fields
from rightaway.work import access
from rightaway.work.actions.edit_contact import MOST_IDENTITIES
from rightaway.work.models import Campaign, Item
from rightaway.work.sentences import language_name

KINDS: Final = {
    "lead": gettext_lazy("Lead"),
    "case": gettext_lazy("Case"),
    "opportunity": gettext_lazy("Opportunity"),
    "work_order": gettext_lazy("Work order"),
}
_LANGUAGES: Final = ("es", "en", "pt", "fr", "de", "it", "zh", "ar", "ru", "ja", "ko")
_ONE_A_LINE: Final = gettext_lazy("One a line; the first is the main one.")
_LINE: Final = 200


def _lines(label: Any, kind: str) -> forms.CharField:
    widget = forms.Textarea({"rows": 1, "inputmode": kind, "autocomplete": "off"})
    return forms.CharField(label=label, required=False, max_length=4000, widget=widget, help_text=_ONE_A_LINE)


class PersonForm(forms.Form):
    """Who they are and how they are reached; the organisation's own fields come after."""

    name = forms.CharField(label=gettext_lazy("Name"), required=False, max_length=300)
    phones = _lines(gettext_lazy("Phones"), "tel")
    emails = _lines(gettext_lazy("E-mails"), "email")
    company = forms.CharField(label=gettext_lazy("Company"), required=False, max_length=300)
    language = forms.ChoiceField(label=gettext_lazy("Language"), required=False)
    campaign = forms.ChoiceField(label=gettext_lazy("Campaign"), required=False)

    def __init__(
        self, data: Any = None, *, known: Mapping[str, CustomField], initial: dict[str, Any] | None = None
    ) -> None:
        super().__init__(data, initial=initial, label_suffix="")
        self.known = known
        for key, field in known.items():
            self.fields[own_fields.PREFIX + key] = own_fields.form_field(field)
        spoken = self.initial.get("language", "")
        codes = [*_LANGUAGES, *([spoken] if spoken and spoken not in _LANGUAGES else [])]
        languages = [("", "–"), *((code, plain(language_name(code))) for code in codes)]
        self.fields["language"].choices = languages  # type: ignore[attr-defined]
        # What has ended, or not begun, is not chosen, but stays where it is.
        now = formats.now()
        running = Q(starts_at=None) | Q(starts_at__lte=now), Q(ends_at=None) | Q(ends_at__gt=now)
        found = Campaign.objects.filter(Q(*running) | Q(key=self.initial.get("campaign", "")))
        campaigns = found.order_by("name", "id").values_list("key", "name")[:500]
        self.fields["campaign"].choices = [("", _("None")), *campaigns]  # type: ignore[attr-defined]

    @property
    def who(self) -> list[forms.BoundField]:
        return [self[name] for name in ("name", "company", "language")]

    @property
    def reach(self) -> list[forms.BoundField]:
        return [self[name] for name in ("phones", "emails")]

    @property
    def own(self) -> list[forms.BoundField]:
        return [self[own_fields.PREFIX + key] for key in self.known]

    def clean_name(self) -> str:
        return _one_line(self.cleaned_data["name"])

    def clean_company(self) -> str:
        return _one_line(self.cleaned_data["company"])

    def clean_phones(self) -> list[str]:
        return _several(self.cleaned_data["phones"], 64)

    def clean_emails(self) -> list[str]:
        return _several(self.cleaned_data["emails"], 320)

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        self.values = own_fields.read(self, self.known)
        if not self.errors and not (found["name"] or found["phones"] or found["emails"]):
            self.add_error("name", _("Write a name, a phone number or an e-mail address."))
        return found


class NewContactForm(PersonForm):
    """`owner` is me, private, nobody, routes, or an agent's id for managers. `anyway` with a note goes beyond their
    capacity."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=list(KINDS.items()))
    line = forms.CharField(label=gettext_lazy("Line of business"), required=False, max_length=_LINE)
    source = forms.CharField(label=gettext_lazy("Source"), required=False, max_length=_LINE)
    message = forms.CharField(
        label=gettext_lazy("Message"), required=False, max_length=LONGEST_TEXT,
        widget=forms.Textarea({"rows": 3}),
    )  # fmt: skip
    owner = forms.ChoiceField(label=gettext_lazy("Owner"))
    anyway = forms.BooleanField(label=gettext_lazy("Assign anyway"), required=False)
    note = forms.CharField(label=gettext_lazy("Why they should get it now"), required=False, max_length=2000)

    def __init__(self, actor: Actor, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["owner"].choices = _owners(actor)  # type: ignore[attr-defined]
        self.fields["owner"].help_text = _("Your team does not see your private book.") if actor.agent_id else ""

    @property
    def wants(self) -> list[forms.BoundField]:
        return [self[name] for name in ("kind", "line", "source", "campaign")]

    def clean_line(self) -> str:
        return _one_line(self.cleaned_data["line"])

    def clean_source(self) -> str:
        return _one_line(self.cleaned_data["source"])

    def clean_message(self) -> str:
        return clean_text(self.cleaned_data["message"])


def _owners(actor: Actor) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    if actor.agent_id:
        found = [("me", _("Me")), ("private", _("Me, in my private book"))]
    found += [("routes", _("Let the routes decide")), ("nobody", _("Nobody yet"))]
    if access.may_some(actor, "item.assign"):
        found += [(id, name) for id, name in choices_of_agents(actor) if id and id != str(actor.agent_id)]
    return found


def campaign_key(item: Item | None) -> str:
    return "" if item is None or item.campaign_id is None else str(item.campaign.key)


def _one_line(text: str) -> str:
    return " ".join(clean_text(text).split())


def _several(text: str, longest: int) -> list[str]:
    found = list(dict.fromkeys(line for raw in text.splitlines() if (line := _one_line(raw))))
    if len(found) > MOST_IDENTITIES or any(len(line) > longest for line in found):
        raise forms.ValidationError(_("Too long: one a line, at most %(most)s.") % {"most": MOST_IDENTITIES})
    return found
