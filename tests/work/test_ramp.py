"""Ramp-up: what share a newcomer has, when it grows, and that routes by share keep to it."""

import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rightaway.ledger.clock import clock
from rightaway.people import ramp
from rightaway.people.models import Agent
from rightaway.routing import directory as known
from rightaway.work.actions.route import route_organisation
from rightaway.work.models import Assignment
from tests.making import House
from tests.making_routes import routed

START = date(2026, 11, 2)
SHARES = {"strategy": "weighted", "act": "assign"}


def at(day: int, hour: int = 0, month: int = 11) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


@pytest.mark.parametrize(("now", "have"), [
    (at(1), 1), (at(2), 1), (at(8, 23), 1), (at(9), 2), (at(16), 3), (at(22, 23), 3), (at(23), 4), (at(30), 4),
    (at(1, month=1), 1),
])  # fmt: skip
def test_four_weeks_have_four_steps(now: datetime, have: int) -> None:
    assert ramp.quarters(START, 4, "UTC", now) == have


def test_it_begins_at_the_agent_s_own_midnight() -> None:
    assert ramp.full_on(START, 4, "America/Bogota") == date(2026, 11, 23)
    assert ramp.next_step(START, 4, "America/Bogota", at(9, 4)) == at(9, 5)
    assert ramp.quarters(START, 4, "America/Bogota", at(9, 4)) == 1
    assert ramp.next_step(START, 4, "UTC", at(23)) is None


@given(
    st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, 52),
    st.sampled_from(["UTC", "Europe/Madrid", "America/Bogota", "Pacific/Kiritimati", "Pacific/Pago_Pago"]),
    st.timedeltas(timedelta(days=-400), timedelta(days=800)),
)  # fmt: skip
def test_each_step_grows_by_a_quarter_until_it_is_full(start: date, weeks: int, zone: str, after: timedelta) -> None:
    now = datetime(start.year, start.month, start.day, tzinfo=UTC) + after
    have, step = ramp.quarters(start, weeks, zone, now), ramp.next_step(start, weeks, zone, now)
    if step is None:
        assert have == ramp.FULL and now.date() >= ramp.full_on(start, weeks, zone) - timedelta(days=1)
    else:
        assert step > now
        assert ramp.quarters(start, weeks, zone, step) == have + 1
        assert ramp.quarters(start, weeks, zone, step - timedelta(seconds=1)) == have


@given(
    st.dictionaries(st.integers(0, 20), st.integers(0, 1000)), st.dictionaries(st.integers(0, 25), st.integers(1, 3))
)
def test_weights_keep_their_proportions(weights: dict[int, int], ramps: dict[int, int]) -> None:
    cut = ramp.ramped(dict(weights), ramps)
    assert list(cut) == list(weights)
    for one, weight in weights.items():
        assert (cut[one] == 0) == (weight == 0)
        for other, beside in weights.items():
            assert cut[one] * beside * ramps.get(other, 4) == cut[other] * weight * ramps.get(one, 4)


def ramping(agent: UUID, quarter: int, *, weeks: int = 4) -> None:
    """Lets the agent be in this quarter of their ramp, a day into it."""
    start = (clock() - timedelta(weeks=weeks) / 4 * (quarter - 1) - timedelta(days=1)).date()
    Agent.objects.filter(id=agent).update(ramp_start=start, ramp_weeks=weeks)
    known.touch_configuration()


def dealt(house: House, items: int) -> Counter[UUID]:
    for _ in range(items):
        house.item("waiting")
    before = Counter(row.agent_id for row in house.rows(Assignment))
    while (done := route_organisation(house.id)) and done.planned:
        pass
    return Counter(row.agent_id for row in house.rows(Assignment)) - before


def two(org: int, quarter: int, **route: str) -> tuple[House, UUID, UUID]:
    """A house with a route to somebody, and to a newcomer in this quarter of their ramp."""
    house = House(org)
    ana, newcomer = house.agent(capacity=1_000_000), house.agent(capacity=1_000_000)
    with house.inside():
        ramping(newcomer, quarter)
    routed(house, {**SHARES, **route, "agents": [ana, newcomer]})
    return house, ana, newcomer


@pytest.mark.parametrize(("quarter", "of_newcomer"), [(1, 4), (2, 8), (3, 12), (4, 16)])
def test_a_newcomer_gets_their_part_of_a_full_share(org: int, quarter: int, of_newcomer: int) -> None:
    house, _ana, newcomer = two(org, quarter)
    given = dealt(house, 16 + of_newcomer)
    assert abs(given[newcomer] - of_newcomer) <= 1 and given.total() == 16 + of_newcomer
    assert house.check() == []


def test_when_it_grows_the_next_ones_are_dealt_by_it(org: int) -> None:
    """And nobody catches up what came before."""
    house, _ana, newcomer = two(org, 1)
    assert abs(dealt(house, 20)[newcomer] - 4) <= 1
    with house.inside():
        ramping(newcomer, 4)
    assert abs(dealt(house, 20)[newcomer] - 10) <= 1
    assert house.check() == []


def test_only_routes_by_share_have_it(org: int) -> None:
    house, ana, newcomer = two(org, 1, strategy="round_robin")
    assert dealt(house, 10) == {ana: 5, newcomer: 5}


def test_a_directory_that_is_kept_grows_by_itself(org: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody changes anything: the instant alone makes it read again. Without a ramp it is kept for good."""
    house, ana, newcomer = two(org, 2)
    with house.inside():
        (route,) = [each.id for each in known.directory().routes]

    def weights() -> dict[UUID, int]:
        with house.inside():
            found = known.directory()
        (mine,) = [each for each in found.routes if each.id == route]
        return {found.agents[place].id: weight for place, weight in zip(mine.audience, mine.weights, strict=True)}

    assert weights() == {ana: 2, newcomer: 1}
    later, now = clock() + timedelta(days=7), time.monotonic()
    monkeypatch.setattr(known, "clock", lambda: later)
    assert weights() == {ana: 2, newcomer: 1}  # what was read is still so
    monkeypatch.setattr("rightaway.routing.directory.time.monotonic", lambda: now + 7 * 86_400)
    assert weights() == {ana: 4, newcomer: 3}
    monkeypatch.setattr(known, "clock", lambda: later + timedelta(days=7))
    monkeypatch.setattr("rightaway.routing.directory.time.monotonic", lambda: now + 14 * 86_400)
    assert weights() == {ana: 1, newcomer: 1}
    monkeypatch.setattr(known, "_load", lambda: pytest.fail("read again"))
    monkeypatch.setattr("rightaway.routing.directory.time.monotonic", lambda: now + 10_000 * 86_400)
    assert weights() == {ana: 1, newcomer: 1}
