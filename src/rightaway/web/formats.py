"""Numbers, dates and durations as the reader writes them: the language and the region count separately."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext, gettext_noop
from django.utils.translation import gettext as _

from rightaway.ledger.clock import clock
from rightaway.web.kept import is_keeping

_region: ContextVar[str] = ContextVar("region", default="")
_read_at: ContextVar[tuple[datetime, float] | None] = ContextVar("read_at", default=None)

# Where Spanish writes 1,284 and not 1.284 (CLDR), and where clocks count to twelve.
_COMMA_IN_SPANISH: Final = frozenset(["MX", "US", "PR", "GT", "HN", "NI", "SV", "DO", "PA", "PE", "CU"])
_TWELVE_HOURS: Final = frozenset(["US", "CA", "AU", "NZ", "IN", "PH"])
_NEAR: Final = {0: gettext_noop("Today"), 1: gettext_noop("Tomorrow"), -1: gettext_noop("Yesterday")}  # by days
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


@contextmanager
def for_reader(region: str, zone: str, now: datetime | None = None) -> Iterator[None]:
    """Formats and local times are this reader's. An unknown zone is UTC. `now`: the database's time, where it is
    known already."""
    token, at = _region.set(region), _read_at.set(None if now is None else (now, time.monotonic()))
    try:
        try:
            local = ZoneInfo(zone)
        except (ZoneInfoNotFoundError, ValueError):
            local = ZoneInfo("UTC")
        with timezone.override(local):
            yield
    finally:
        _read_at.reset(at)
        _region.reset(token)


def reader() -> tuple[str | None, str, str]:
    """What makes the same thing look different to different people: language, region, zone."""
    return get_language(), _region.get(), timezone.get_current_timezone_name()


def now() -> datetime:
    """The database's time, asked once a page: everything on it is as old as its reading."""
    assert not is_keeping(), "a piece that is kept shows the time in its gaps only"
    found = _read_at.get()
    if found is None:
        found = (clock(), time.monotonic())
        _read_at.set(found)
    return found[0] + timedelta(seconds=time.monotonic() - found[1])


def now_ms() -> int:
    """The same in milliseconds, for the countdowns in the browser, whose own clock may be wrong."""
    return int(now().timestamp() * 1000)


def number(value: int) -> str:
    """Grouped by thousands: 1,284 or 1.284."""
    grouped = f"{value:,}"
    comma = not _spanish() or _region.get() in _COMMA_IN_SPANISH
    return grouped if comma else grouped.replace(",", ".")


def duration(seconds: float) -> str:
    """19 s, 4 min, 3 h 20 min, 2 d; never negative."""
    whole = max(0, int(seconds))
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min"
    if whole < _DAY:
        minutes = whole % _HOUR // _MINUTE
        return f"{whole // _HOUR} h {minutes} min" if minutes else f"{whole // _HOUR} h"
    return f"{whole // _DAY} d"


def countdown(seconds: float) -> str:
    """1:24, 0:19; from an hour on 3 h, 2 d: a ring has room for no more."""
    whole = max(0, int(seconds))
    if whole >= _HOUR:
        return duration(whole - whole % _HOUR)
    return f"{whole // 60}:{whole % 60:02d}"


def ago(instant: datetime) -> str:
    """8 min ago, hace 8 min; from a week on the day."""
    seconds = (now() - instant).total_seconds()
    if seconds < 5:
        return _("just now")
    if seconds < 7 * _DAY:
        return _("%(time)s ago") % {"time": duration(seconds)}
    return day(instant)


def day(instant: datetime) -> str:
    """3 Mar, with its year where that is another one."""
    local, today = timezone.localtime(instant), timezone.localtime(now())
    written = date_format(local, "j M" if local.year == today.year else "j M Y")
    return written.lower() if _spanish() else written


def calendar_day(at: date) -> str:
    """3 Mar 2026, wherever the reader is."""
    written = date_format(at, "j M Y")
    return written.lower() if _spanish() else written


def clock_time(instant: datetime) -> str:
    """14:05, or 2:05 pm where English-speaking people write it so."""
    local = timezone.localtime(instant)
    if not _spanish() and _region.get() in _TWELVE_HOURS:
        return f"{local.hour % 12 or 12}:{local:%M} {'am' if local.hour < 12 else 'pm'}"
    return f"{local:%H:%M}"


def moment(instant: datetime) -> str:
    """Today 14:05, Tomorrow 9:00, 3 Mar 14:05."""
    days = (timezone.localtime(instant).date() - timezone.localtime(now()).date()).days
    name = gettext(_NEAR[days]) if days in _NEAR else day(instant)
    return f"{name} {clock_time(instant)}"


def weekday_time(instant: datetime) -> str:
    """Monday 9:00; today and tomorrow by their names, from a week on the date."""
    local, today = timezone.localtime(instant).date(), timezone.localtime(now()).date()
    if not 1 < (local - today).days < 7:
        return moment(instant)
    name = date_format(timezone.localtime(instant), "l")
    return f"{name[:1].upper()}{name[1:]} {clock_time(instant)}"


def upcoming(instant: datetime, seen_at: datetime) -> str:
    """today 12:15, tomorrow 9:00, Thu 10:00; from a week on 3 Mar 10:00. As it stands within a line."""
    local, today = timezone.localtime(instant), timezone.localtime(seen_at).date()
    days = (local.date() - today).days
    if days in (0, 1):
        name = _("today") if days == 0 else _("tomorrow")
    else:
        name = date_format(local, "D") if 1 < days < 7 else day(instant)
    return f"{name.lower() if _spanish() else name} {clock_time(instant)}"


def exact(instant: datetime) -> str:
    """To the second, with its zone: for tooltips."""
    return _exact(instant, get_language(), timezone.get_current_timezone())


@lru_cache(maxsize=4_096)  # a list that is open is read again and again, and shows the same instants
def _exact(instant: datetime, _language: str | None, zone: tzinfo) -> str:
    local = instant.astimezone(zone)
    return f"{date_format(local, 'j M Y')}, {local:%H:%M:%S %Z}"


def long_day(instant: datetime) -> str:
    """Tuesday 3 March, martes 3 de marzo."""
    written = date_format(timezone.localtime(instant), _("l j F"))
    return written.lower() if _spanish() else written


def initials(name: str) -> str:
    """Of the first and the second word: MO for Marta Oyarzun."""
    words = [word for word in name.split() if word[:1].isalnum()]
    return "".join(word[0] for word in words[:2]).upper() or "?"


def _spanish() -> bool:
    return (get_language() or "").startswith("es")
