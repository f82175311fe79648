"""What the pages about agents call codes."""

from typing import Final

from django.utils.translation import gettext_lazy as _

DAYS: Final = {
    1: _("Monday"),
    2: _("Tuesday"),
    3: _("Wednesday"),
    4: _("Thursday"),
    5: _("Friday"),
    6: _("Saturday"),
    7: _("Sunday"),
}
CAUSES: Final = {
    "holiday": _("Holiday"),
    "illness": _("Illness"),
    "training": _("Training"),
    "leave": _("Leave"),
    "other": _("Other"),
}
LIMITS: Final = {
    "hour": _("Hourly limit"),
    "day": _("Daily limit"),
    "week": _("Weekly limit"),
    "month": _("Monthly limit"),
}
MODES: Final = {"desk": _("At a desk"), "field": _("In the field")}
