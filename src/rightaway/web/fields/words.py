"""What types of fields are called."""

from typing import Final

from django.utils.translation import gettext_lazy as _

TYPES: Final = {
    "text": _("Text"),
    "number": _("Number"),
    "money": _("Money"),
    "date": _("Date"),
    "choice": _("One choice"),
    "choices": _("Several choices"),
    "boolean": _("Yes or no"),
}
