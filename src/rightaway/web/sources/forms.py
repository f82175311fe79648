"""The form about one source. It keeps what was typed; what the schema finds wrong is told by its field."""

from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _
from pydantic import ValidationError

from rightaway.conversations.models import Source
from rightaway.ledger.problems import problems_of
from rightaway.work.actions.save_source import SourceIn

KINDS: Final = {"web_form": _("Web form"), "web_chat": _("Web chat"), "email": _("E-mail")}
_ROUTES: Final = [("yes", _("Distribute by the routes")), ("no", _("Leave unassigned for a manager"))]


class SourceForm(forms.Form):
    kind = forms.ChoiceField(label=_("What it is"), choices=list(KINDS.items()))
    name = forms.CharField(
        label=_("Name"), max_length=200, help_text=_("Visitors see it as the title of the form or the chat.")
    )
    source = forms.CharField(
        label=_("Source"), max_length=200, help_text=_("What routes and reports know it by, such as website.")
    )
    line = forms.CharField(
        label=_("Line of business"),
        max_length=200,
        required=False,
        help_text=_("Such as buyer or seller; may be empty."),
    )
    item_kind = forms.CharField(
        label=_("Makes"), max_length=200, initial="lead", help_text=_("lead, case or another kind.")
    )
    distribute = forms.ChoiceField(label=_("What happens with it"), choices=_ROUTES)
    origins = forms.CharField(
        label=_("Sites that may show it"), required=False, max_length=13_000, widget=forms.Textarea({"rows": 3}),
        help_text=_("One a line, such as https://www.example.com. Not needed for e-mail."),
    )  # fmt: skip
    active = forms.BooleanField(label=_("In use"), required=False, initial=True)

    def __init__(self, data: Any = None, *, source: Source | None = None) -> None:
        super().__init__(data, label_suffix="", initial=_written(source) if source else None)
        if source is not None:
            self.fields["kind"].disabled = True

    def source_in(self) -> SourceIn | None:
        """What is to be saved. None: the schema refuses it, and the form says where."""
        said = self.cleaned_data
        origins = [line.strip().rstrip("/").lower() for line in said["origins"].splitlines() if line.strip()]
        try:
            return SourceIn(**{**said, "distribute": said["distribute"] == "yes", "origins": origins})
        except ValidationError as error:
            for problem in problems_of(error):
                field = str(problem.path[0]) if problem.path else ""
                self.add_error(field if field in self.fields else None, problem.message)
            return None


def _written(source: Source) -> dict[str, Any]:
    columns = ("kind", "name", "source", "line", "item_kind", "active")
    return {
        **{name: getattr(source, name) for name in columns}, "distribute": "yes" if source.distribute else "no",
        "origins": "\n".join(source.origins),
    }  # fmt: skip
