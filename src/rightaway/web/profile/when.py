"""When a task is due, in few keys: an hour from now, the next mornings of work; or any other moment."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _

from rightaway.web import formats

OTHER: Final = "other"
_USUAL_START: Final = time(9)
_WEEK: Final = 7
_MONDAY: Final = 1


@dataclass(frozen=True, slots=True)
class Quick:
    """`code` is what is sent: the instant is worked out when it arrives."""

    code: str
    at: datetime

    @property
    def words(self) -> str:
        if self.code == "hour":
            return _("In 1 h")
        return formats.moment(self.at) if self.code == "next" else formats.weekday_time(self.at)


def quick(now: datetime, hours: Sequence[Any] | None) -> list[Quick]:
    """In an hour, tomorrow and on Monday, in the present time zone; the mornings as somebody's working hours begin, and
    the next day on which they work where that is not tomorrow. None for `hours`: they have none, and begin at nine."""
    found = [Quick("hour", now + timedelta(hours=1))]
    today = timezone.localtime(now).date()
    days = [today + timedelta(days=number) for number in range(1, 2 * _WEEK + 1)]
    workdays = [(day, start) for day in days if (start := _start(day, hours)) is not None]
    if workdays:
        found.append(Quick("next", _instant(*workdays[0])))
    monday = next(((day, start) for day, start in workdays[1:] if day.isoweekday() == _MONDAY), None)
    return found if monday is None else [*found, Quick("monday", _instant(*monday))]


def instant(code: str, now: datetime, hours: Sequence[Any] | None) -> datetime | None:
    """The instant that a quick choice means; None for a code that is none."""
    return next((each.at for each in quick(now, hours) if each.code == code), None)


def _start(day: date, hours: Sequence[Any] | None) -> time | None:
    """When somebody begins on that day; None: not at all."""
    if hours is None:
        return _USUAL_START if day.isoweekday() < 6 else None
    starts = sorted(start for weekday, start, _until in hours if weekday == day.isoweekday())
    return time.fromisoformat(starts[0]) if starts else None


def _instant(day: date, start: time) -> datetime:
    return datetime.combine(day, start, timezone.get_current_timezone())
