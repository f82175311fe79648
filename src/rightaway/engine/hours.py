"""Opening times: local times in an IANA zone, worked out per local date (days of 23, 24 and 25 hours, or none)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from rightaway.engine.facts import Hours

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
LOOKED_AHEAD_DAYS = 731


@lru_cache(maxsize=1024)
def zone_of(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def instant(zone: ZoneInfo, day: date, minute: int) -> datetime:
    """The UTC instant of a local time; `minute` counts from midnight and may pass 1440.

    A time that comes twice means the first; one that the clock skips means the moment of the jump. So local order
    is never turned round, and each boundary comes once per local date.
    """
    local = datetime.combine(day, time()) + timedelta(minutes=minute)
    found = local.replace(tzinfo=zone).astimezone(UTC)
    if found.astimezone(zone).replace(tzinfo=None, fold=0) == local:
        return found
    return _jump(zone, local.replace(tzinfo=zone, fold=1).astimezone(UTC), found)


def _jump(zone: ZoneInfo, before: datetime, after: datetime) -> datetime:
    offset = before.astimezone(zone).utcoffset()
    while after - before > SECOND:
        middle = before + timedelta(seconds=(after - before) // SECOND // 2)
        if middle.astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after


def openings(hours: Hours, day: date) -> Iterator[tuple[datetime, datetime]]:
    """The opening times that begin on a local date, as UTC instants; none on a date that the zone skipped."""
    zone = zone_of(hours.zone)
    weekday = day.isoweekday()
    ranges = [(start, end) for on, start, end in hours.ranges if on == weekday]
    if not ranges or instant(zone, day, 0) == instant(zone, day, 1440):
        return
    for start, end in ranges:
        yield instant(zone, day, start), instant(zone, day, end if end > start else end + 1440)


def state(hours: Hours, now: datetime) -> tuple[bool, datetime]:
    """Whether it is open at `now`, and an instant until which that cannot change (two local days at most)."""
    zone = zone_of(hours.zone)
    today = now.astimezone(zone).date()
    until = instant(zone, today + 2 * DAY, 0)
    is_open = False
    for day in (today - DAY, today, today + DAY):
        for start, end in openings(hours, day):
            is_open = is_open or start <= now < end
            until = min(until, start if start > now else until, end if end > now else until)
    return is_open, until


def is_open(hours: Hours, now: datetime) -> bool:
    return state(hours, now)[0]


Span = tuple[datetime, datetime]


def spans(hours: Hours | None, start: datetime, end: datetime) -> list[Span]:
    """When it is open between two instants: in order, none touching the next. None is always."""
    if hours is None:
        return [(start, end)]
    zone = zone_of(hours.zone)
    day, last = start.astimezone(zone).date() - DAY, end.astimezone(zone).date()
    found: list[Span] = []
    while day <= last:
        found += openings(hours, day)
        day += DAY
    return union((max(since, start), min(until, end)) for since, until in found if since < end and until > start)


def union(some: Iterable[Span]) -> list[Span]:
    """The same times in order, none touching the next."""
    found: list[Span] = []
    for since, until in sorted(some):
        if found and since <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], until)
        else:
            found.append((since, until))
    return found


def without(some: Iterable[Span], holes: Iterable[Span]) -> list[Span]:
    """What is left of these times outside the holes."""
    left = list(some)
    for start, end in holes:
        parts = [((since, min(until, start)), (max(since, end), until)) for since, until in left]
        left = [part for pair in parts for part in pair if part[0] < part[1]]
    return left


class Timetable:
    """Many opening times at once; each is worked out again only when it may have changed."""

    def __init__(self, hours: Iterable[Hours]) -> None:
        self.hours = tuple(dict.fromkeys(hours))
        self._states: list[tuple[bool, datetime]] = []
        self._since: datetime | None = None
        self.until: datetime = datetime.max.replace(tzinfo=UTC)

    def at(self, now: datetime) -> tuple[bool, ...]:
        """Which are open at `now`, in the order of `hours`; sets `until`, when that may change."""
        fresh = self._since is not None and self._since <= now
        if not (fresh and now < self.until):
            old = self._states if fresh else [(False, now)] * len(self.hours)
            self._states = [s if now < s[1] else state(h, now) for h, s in zip(self.hours, old, strict=True)]
            self._since = now
            self.until = min((s[1] for s in self._states), default=datetime.max.replace(tzinfo=UTC))
        return tuple([s[0] for s in self._states])


@dataclass(frozen=True, slots=True)
class Calendar:
    """When the business is open: opening times (null: always) without the local dates in `closed`.

    `zone` says what a local date is.
    """

    zone: str = "UTC"
    hours: Hours | None = None
    closed: frozenset[date] = frozenset()

    def after(self, start: datetime, seconds: float) -> datetime:
        """The instant at which so many seconds of opening time have passed since `start`.

        Two years later, where the business does not open so long until then.
        """
        left = timedelta(seconds=seconds)
        if self._is_always_open:
            return start + left
        for begin, end in self._open_from(start):
            if end - begin >= left:
                return begin + left
            left -= end - begin
        return start + LOOKED_AHEAD_DAYS * DAY

    def between(self, start: datetime, end: datetime) -> float:
        """Seconds of opening time from `start` until `end`."""
        if self._is_always_open:
            return max(0.0, (end - start).total_seconds())
        total = timedelta()
        for begin, until in self._open_from(start):
            if begin >= end:
                break
            total += min(until, end) - begin
        return total.total_seconds()

    @property
    def _is_always_open(self) -> bool:
        return self.hours is None and not self.closed

    def _open_from(self, start: datetime) -> Iterator[tuple[datetime, datetime]]:
        """What is left of the opening times from `start` on, in order and without overlap."""
        zone, seen = zone_of(self.zone), start
        today = start.astimezone(zone).date()
        for number in range(-1, LOOKED_AHEAD_DAYS):
            for begin, end in sorted(self._openings(zone, today + number * DAY)):
                if end > seen:
                    yield max(begin, seen), end
                    seen = end

    def _openings(self, zone: ZoneInfo, day: date) -> Iterator[tuple[datetime, datetime]]:
        if day in self.closed:
            return
        if self.hours is None:
            yield instant(zone, day, 0), instant(zone, day, 1440)
        else:
            yield from openings(self.hours, day)
