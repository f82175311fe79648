"""Opening times on days of 23, 24 and 25 hours, half-hour changes, odd offsets, and a date that never was."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rightaway.engine.facts import Hours
from rightaway.engine.hours import Timetable, instant, is_open, openings, spans, state, without, zone_of

MANY = settings(max_examples=2000, deadline=None, print_blob=True)
EVERY_DAY = range(1, 8)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# zone, local date, from, until → the opening in UTC, and its length in minutes
TABLE = [
    # Kathmandu is at +5:45 all year: 9:00 − 5:45 = 3:15
    ("Asia/Kathmandu", "2026-03-08", 540, 1080, "2026-03-08T03:15", 540),
    # New York, 24 hours at −5, then at −4
    ("America/New_York", "2026-03-07", 0, 1440, "2026-03-07T05:00", 1440),
    ("America/New_York", "2026-03-08", 0, 1440, "2026-03-08T05:00", 1380),
    ("America/New_York", "2026-11-01", 0, 1440, "2026-11-01T04:00", 1500),
    # 2:30 does not exist: it opens when the clock jumps, at 7:00 UTC; 4:00 is 8:00 UTC
    ("America/New_York", "2026-03-08", 150, 240, "2026-03-08T07:00", 60),
    # 1:30 comes twice: the first, 5:30 UTC, opens; 3:00 is 8:00 UTC
    ("America/New_York", "2026-11-01", 90, 180, "2026-11-01T05:30", 150),
    # over the night of the change: 22:00 (3:00 UTC) to 6:00 (10:00 UTC), an hour short
    ("America/New_York", "2026-03-07", 1320, 360, "2026-03-08T03:00", 420),
    # Lord Howe moves by half an hour: 10:30 ↔ 11. The day of 2026-04-05 has 24:30 hours
    ("Australia/Lord_Howe", "2026-04-05", 0, 1440, "2026-04-04T13:00", 1470),
    ("Australia/Lord_Howe", "2026-10-04", 0, 1440, "2026-10-03T13:30", 1410),
    # 2:00–2:30 is skipped there on 2026-10-04: 2:15 opens at the jump, 15:30 UTC; 3:00 at +11 is 16:00
    ("Australia/Lord_Howe", "2026-10-04", 135, 180, "2026-10-03T15:30", 30),
    # Casablanca leaves +1 for Ramadan and comes back: 3:00 → 2:00 on 2026-02-15, 2:00 → 3:00 on 2026-03-22
    ("Africa/Casablanca", "2026-02-15", 0, 1440, "2026-02-14T23:00", 1500),
    ("Africa/Casablanca", "2026-03-22", 0, 1440, "2026-03-22T00:00", 1380),
    # Apia after its lost day: ordinary, at +14
    ("Pacific/Apia", "2011-12-31", 540, 600, "2011-12-30T19:00", 60),
]


@pytest.mark.parametrize(("zone", "day", "start", "end", "opens", "minutes"), TABLE)
def test_a_local_time_opens_at_this_instant(
    zone: str, day: str, start: int, end: int, opens: str, minutes: int
) -> None:
    on = date.fromisoformat(day)
    hours = Hours(zone, ((on.isoweekday(), start, end),))
    assert list(openings(hours, on)) == [(at(opens), at(opens) + timedelta(minutes=minutes))]
    assert not is_open(hours, at(opens) - timedelta(seconds=1))
    assert is_open(hours, at(opens))
    assert is_open(hours, at(opens) + timedelta(minutes=minutes, seconds=-1))
    assert not is_open(hours, at(opens) + timedelta(minutes=minutes))


def test_nothing_opens_on_the_date_that_apia_skipped() -> None:
    assert list(openings(Hours("Pacific/Apia", tuple((d, 540, 600) for d in EVERY_DAY)), date(2011, 12, 30))) == []


def test_an_end_not_after_its_start_is_on_the_next_day() -> None:
    hours = Hours("UTC", ((3, 1320, 360),))  # Wednesday 22:00 to Thursday 6:00
    assert [is_open(hours, at(f"2026-03-{day}")) for day in ("04T21:59", "04T22:00", "05T05:59", "05T06:00")] == [
        False,
        True,
        True,
        False,
    ]


def test_the_same_minute_twice_means_a_whole_day_and_no_ranges_mean_never() -> None:
    whole = Hours("UTC", ((3, 480, 480),))
    assert is_open(whole, at("2026-03-04T08:00")) and is_open(whole, at("2026-03-05T07:59"))
    assert not is_open(whole, at("2026-03-05T08:00"))
    assert not is_open(Hours("UTC", ()), at("2026-03-04T12:00"))


CHANGES = {
    "America/New_York": ("2026-03-08", "2026-11-01"),
    "Australia/Lord_Howe": ("2026-04-05", "2026-10-04"),
    "Africa/Casablanca": ("2026-02-15", "2026-03-22"),
    "Pacific/Apia": ("2011-12-30", "2011-12-31"),
    "Asia/Kathmandu": ("2026-03-08", "2026-11-01"),
}
near_changes = st.tuples(
    st.sampled_from([(zone, day) for zone, days in CHANGES.items() for day in days]), st.integers(-2 * 1440, 3 * 1440)
)


@MANY
@given(near_changes, st.integers(0, 1440), st.integers(0, 1440))
def test_local_order_is_never_turned_round(near: tuple[tuple[str, str], int], one: int, other: int) -> None:
    (name, text), _ = near
    zone, day = zone_of(name), date.fromisoformat(text)
    low, high = sorted((one, other))
    assert instant(zone, day, low) <= instant(zone, day, high) <= instant(zone, day + timedelta(days=1), 0)


@MANY
@given(near_changes, st.integers(0, 1439), st.integers(1, 1440))
def test_nothing_changes_before_the_instant_that_is_said(
    near: tuple[tuple[str, str], int], start: int, end: int
) -> None:
    (name, text), offset = near
    hours = Hours(name, tuple((day, start, end) for day in EVERY_DAY))
    now = at(text) + timedelta(minutes=offset)
    found, until = state(hours, now)
    assert now < until <= now + timedelta(days=3)
    step = (until - now) / 7
    assert all(is_open(hours, now + n * step) == found for n in range(7))


@MANY
@given(st.lists(near_changes, min_size=1, max_size=3), st.integers(0, 1439), st.integers(1, 1440))
def test_a_timetable_remembers_without_being_wrong(
    instants: list[tuple[tuple[str, str], int]], start: int, end: int
) -> None:
    """Also when time is asked for in any order, as replays do."""
    zones = {zone for (zone, _), _ in instants} | {"UTC"}
    hours = [Hours(zone, tuple((day, start, end) for day in EVERY_DAY)) for zone in sorted(zones)]
    timetable = Timetable(hours)
    for (_, text), offset in instants:
        for step in (0, 20):
            now = at(text) + timedelta(minutes=offset + step)
            assert timetable.at(now) == tuple(is_open(one, now) for one in hours)


def test_spans_are_joined_and_cut_at_the_window() -> None:
    start, end = datetime(2026, 3, 2, 12, tzinfo=UTC), datetime(2026, 3, 4, tzinfo=UTC)
    hours = Hours("UTC", tuple((day, 0, 0) for day in range(1, 8)))
    assert spans(hours, start, end) == spans(None, start, end) == [(start, end)]  # whole days touch each other
    night = Hours("UTC", ((1, 20 * 60, 8 * 60),))
    assert spans(night, start, end) == [(start.replace(hour=20), datetime(2026, 3, 3, 8, tzinfo=UTC))]


def test_holes_are_cut_out() -> None:
    at = [datetime(2026, 3, 2, hour, tzinfo=UTC) for hour in range(24)]
    whole = [(at[8], at[12]), (at[14], at[18])]
    assert without(whole, [(at[10], at[15])]) == [(at[8], at[10]), (at[15], at[18])]
    assert without(whole, [(at[9], at[10]), (at[0], at[8])]) == [(at[8], at[9]), (at[10], at[12]), (at[14], at[18])]
    assert without(whole, [(at[0], at[23])]) == [] and without(whole, []) == whole
