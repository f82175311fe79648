"""Numbers, dates and durations, by language and region."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation

from rightaway.web import formats

NOON = datetime(2026, 3, 3, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-3, "0 s"),
        (19.9, "19 s"),
        (60, "1 min"),
        (3599, "59 min"),
        (12_000, "3 h 20 min"),
        (7200, "2 h"),
        (172_800, "2 d"),
    ],
)
def test_durations(seconds: float, words: str) -> None:
    assert formats.duration(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-1, "0:00"), (84, "1:24"), (3599, "59:59"), (3600, "1 h"), (86_399, "23 h"), (200_000, "2 d")],
)
def test_countdowns(seconds: float, words: str) -> None:
    assert formats.countdown(seconds) == words


@pytest.mark.parametrize(
    ("language", "region", "number", "time"),
    [
        ("en", "US", "1,284", "5:05 pm"), ("en", "GB", "1,284", "17:05"),
        ("es", "US", "1,284", "17:05"), ("es", "ES", "1.284", "17:05"),
    ],
)  # fmt: skip
def test_language_and_region_count_separately(language: str, region: str, number: str, time: str) -> None:
    with translation.override(language), formats.for_reader(region, "UTC"):
        assert formats.number(1284) == number
        assert formats.clock_time(NOON + timedelta(hours=5, minutes=5)) == time


def test_times_are_of_the_reader_s_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "now", lambda: NOON)
    with translation.override("es"), formats.for_reader("CO", "America/Bogota"):
        assert formats.clock_time(NOON) == "07:00"
        assert formats.moment(NOON + timedelta(hours=2)) == "Hoy 09:00"
        assert formats.ago(NOON - timedelta(minutes=8)) == "hace 8 min"
        assert formats.ago(NOON - timedelta(days=8)) == "23 feb"
        assert formats.long_day(NOON) == "martes 3 de marzo"
    with translation.override("en"), formats.for_reader("", "Mars/Olympus"):
        assert formats.moment(NOON + timedelta(days=1)) == "Tomorrow 12:00"
        assert formats.long_day(NOON) == "Tuesday 3 March"


def test_initials() -> None:
    assert [formats.initials(name) for name in ("Marta Oyarzun", "ana", "", "María del Mar")] == ["MO", "A", "?", "MD"]
