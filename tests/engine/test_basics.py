"""The basics as one table: what was done, and what is then good, neutral or bad."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rightaway.engine.basics import BASICS, Rules, Thresholds, TurnsBad, Work, turns_bad, waiting_grade
from rightaway.engine.facts import Hours
from rightaway.engine.hours import Calendar

T = datetime(2026, 3, 4, 12, tzinfo=UTC)  # a Wednesday


def at(minutes: float) -> datetime:
    return T + timedelta(minutes=minutes)


def work(**done: Any) -> Work:
    return Work(**{"kind": "lead", "status": "evaluate", "is_owned": True, "since": T, "unanswered_since": T, **done})


@pytest.mark.parametrize(("done", "expected"), [
    # nobody has done anything: status, waiting and the phone turn bad after ten minutes
    ({}, {"status": 10, "waiting": 10, "phone": 10}),
    # called at once, nothing else: answered, and whoever was called is to be written to, and next to be planned
    ({"unanswered_since": None, "answered_seconds": 60, "acted_at": at(1), "called_at": at(1)},
     {"status": 10, "email": 1, "notes": 61, "task": 1}),
    # the same, moved on, written to, noted and planned: all is well until the task is due
    ({"status": "working", "unanswered_since": None, "answered_seconds": 60, "acted_at": at(1), "called_at": at(1),
      "mailed_at": at(2), "notes": 1, "next_task_at": at(600)}, {"task": 600}),
    # a message is an attempt, and no call
    ({"status": "working", "unanswered_since": None, "answered_seconds": 60, "acted_at": at(1)},
     {"phone": 10, "notes": 61, "task": 1}),
    # asked again in a later stage: the question waits from when it was asked
    ({"status": "nurture", "unanswered_since": at(5), "called_at": at(-100), "acted_at": at(-100), "mailed_at": at(-90),
      "notes": 3, "next_task_at": at(60)}, {"status": 15, "waiting": 15, "task": 60}),
    # nobody owns it: that alone is bad after ten minutes, answered or not
    ({"status": "working", "is_owned": False, "unanswered_since": None, "phone": "none"}, {"waiting": 10}),
    # no number and no address: nothing to be done about them
    ({"phone": "none", "email": "none", "called_at": None}, {"status": 10, "waiting": 10}),
    # a wrong number and a bounced address are bad from the beginning
    ({"phone": "wrong", "email": "wrong"}, {"status": 10, "waiting": 10, "phone": 0, "email": 0}),
    # a migrated contact is not counted at all
    ({"since": None}, {}),
])  # fmt: skip
def test_each_turns_bad_when_the_table_says(done: dict[str, Any], expected: dict[str, float]) -> None:
    found = turns_bad(work(**done), Rules())
    assert {name: at_ for name in BASICS if (at_ := getattr(found, name))} == {n: at(m) for n, m in expected.items()}
    assert found.attention == (at(min(expected.values())) if expected else None)


def test_answered_late_is_told_but_nothing_can_be_mended() -> None:
    late = work(status="working", unanswered_since=None, answered_seconds=700, acted_at=at(12), called_at=at(12),
                mailed_at=at(13), notes=1, next_task_at=at(99))  # fmt: skip
    found = turns_bad(late, Rules())
    assert found.waiting == T and found.attention == at(99)
    assert waiting_grade(late, found.waiting, Rules(), at(20)) == "bad"


@pytest.mark.parametrize(("seconds", "grade"), [(0, "good"), (300, "good"), (301, "neutral"), (599, "neutral")])
def test_an_answer_is_good_within_the_target(seconds: int, grade: str) -> None:
    done = work(unanswered_since=None, answered_seconds=seconds, acted_at=at(seconds / 60), status="working")
    assert waiting_grade(done, turns_bad(done, Rules()).waiting, Rules(), at(60)) == grade


def test_thresholds_are_those_of_the_status_then_of_the_kind() -> None:
    rules = Rules(
        thresholds={("lead", ""): Thresholds(late=1200), ("lead", "nurture"): Thresholds(late=None, phone=None)}
    )
    assert turns_bad(work(), rules).status == at(20)
    assert turns_bad(work(status="nurture"), rules) == TurnsBad()
    assert turns_bad(work(kind="case"), rules).status == at(10)


OFFICE = Calendar("Europe/Madrid", Hours("Europe/Madrid", tuple((day, 540, 1080) for day in range(1, 6))))


@pytest.mark.parametrize(("start", "minutes", "end"), [
    ("2026-03-04 12:00", 10, "2026-03-04 12:10"),
    ("2026-03-04 17:55", 10, "2026-03-05 09:05"),  # 5 minutes today, 5 tomorrow
    ("2026-03-04 22:00", 10, "2026-03-05 09:10"),  # at night: due 9:10
    ("2026-03-06 17:59", 10, "2026-03-09 09:09"),  # over the weekend
    ("2026-03-27 17:00", 120, "2026-03-30 10:00"),  # summer time begins in between
    ("2026-03-04 08:00", 0, "2026-03-04 09:00"),
])  # fmt: skip
def test_opening_minutes(start: str, minutes: float, end: str) -> None:
    def local(text: str) -> datetime:
        from zoneinfo import ZoneInfo

        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Europe/Madrid")).astimezone(UTC)

    assert OFFICE.after(local(start), minutes * 60) == local(end)
    assert OFFICE.between(local(start), local(end)) == minutes * 60


def test_closed_days_are_passed_over_also_by_who_is_always_open() -> None:
    closed = frozenset({date(2026, 3, 5)})
    assert Calendar("UTC", None, closed).after(datetime(2026, 3, 4, 23, 55, tzinfo=UTC), 600) == datetime(
        2026, 3, 6, 0, 5, tzinfo=UTC
    )


def test_a_business_that_never_opens_lets_nothing_turn_bad_for_two_years() -> None:
    assert Calendar("UTC", Hours("UTC", ())).after(T, 600) == T + timedelta(days=731)


@settings(max_examples=300, deadline=None)
@given(
    start=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)),
    seconds=st.integers(0, 40 * 3600),
    ranges=st.lists(st.tuples(st.integers(1, 7), st.integers(0, 700), st.integers(800, 1439)), min_size=1, max_size=6),
    zone=st.sampled_from(["America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Casablanca"]),
)
def test_what_passes_until_then_is_what_was_asked_for(
    start: datetime, seconds: int, ranges: list[tuple[int, int, int]], zone: str
) -> None:
    calendar, begin = Calendar(zone, Hours(zone, tuple(sorted(set(ranges))))), start.replace(tzinfo=UTC)
    end = calendar.after(begin, seconds)
    assert calendar.between(begin, end) == seconds
    assert calendar.after(begin, seconds + 60) > end
