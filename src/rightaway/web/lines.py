"""A field for one line of text, as the schemas take it."""

from django import forms
from django.utils.translation import gettext as _

from rightaway.people.schema import one_line


def _visible(text: str) -> None:
    try:
        one_line(text)
    except ValueError:
        raise forms.ValidationError(_("Remove the characters that cannot be shown.")) from None


class LineField(forms.CharField):
    default_validators = [_visible]
