"""The ramp of a newcomer: on routes by share they have a quarter of theirs at first, then half, three quarters, all."""

from datetime import UTC, date, datetime, time, timedelta
from math import gcd
from typing import Final
from zoneinfo import ZoneInfo

FULL: Final = 4  # quarters


def quarters(start: date, weeks: int, zone: str, now: datetime) -> int:
    """How many quarters of a full share somebody has now, 1 to 4. It begins at the midnight of `start` in `zone`."""
    gone = (now - _midnight(start, zone)) // _quarter(weeks)
    return min(FULL, max(1, gone + 1))


def next_step(start: date, weeks: int, zone: str, now: datetime) -> datetime | None:
    """When the share grows next; None once it is full."""
    have = quarters(start, weeks, zone, now)
    return None if have == FULL else _midnight(start, zone) + have * _quarter(weeks)


def full_on(start: date, weeks: int, zone: str) -> date:
    """The day, in `zone`, on which the share becomes full."""
    return (_midnight(start, zone) + (FULL - 1) * _quarter(weeks)).astimezone(ZoneInfo(zone)).date()


def ramped(weights: dict[int, int], ramps: dict[int, int]) -> dict[int, int]:
    """The weights of a route's agents, by position, each cut to the quarters that `ramps` has of it; as small as the
    proportions allow."""
    if not weights.keys() & ramps.keys():
        return weights
    found = {position: weight * ramps.get(position, FULL) for position, weight in weights.items()}
    common = gcd(*found.values()) or 1
    return {position: weight // common for position, weight in found.items()}


def _midnight(start: date, zone: str) -> datetime:
    return datetime.combine(start, time(), ZoneInfo(zone)).astimezone(UTC)


def _quarter(weeks: int) -> timedelta:
    return timedelta(weeks=weeks) / FULL
