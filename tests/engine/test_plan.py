"""What becomes of an item, case by case."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from rightaway.engine.decisions import Decision
from rightaway.engine.facts import Condition, Hours, Item, Route, Snapshot
from rightaway.engine.plan import plan
from tests.engine.worlds import NOW, agent, directory_of, item, live_of, route

ALL = (0, 1, 2)


def decide(
    one: Item, *routes: Route, present: int = 0b111, capacity: int = 1000, now: datetime = NOW, **facts: Any
) -> Decision:
    people = [agent(p, **facts.get(f"agent{p}", {})) for p in ALL]
    live = live_of(3, present=present, capacity=capacity)
    directory = directory_of(people, list(routes))
    (decision,) = plan(Snapshot(now, directory, live, [one])).decisions
    return decision


def brief(decision: Decision) -> tuple[str, str, int | None, tuple[int, ...]]:
    return decision.act, decision.cause, decision.route.int - 1000 if decision.route else None, decision.chosen


def test_without_a_route_it_goes_to_the_pool() -> None:
    assert brief(decide(item())) == ("pool", "no_route", None, ())


def test_the_route_nearest_the_top_wins() -> None:
    both = route(0, audience=(2,), act="assign"), route(1, audience=(1,), act="assign")
    assert brief(decide(item(), *both)) == ("assign", "routed", 0, (2,))


def test_a_named_agent_beats_the_routes_above() -> None:
    above, named = route(0, audience=(2,)), route(1, strategy="agent", audience=(1,), act="assign")
    assert brief(decide(item(), above, named)) == ("assign", "routed", 1, (1,))


def test_of_two_named_agents_the_narrower_source_wins() -> None:
    broad = route(0, strategy="agent", audience=(0,), act="assign")
    two = route(1, strategy="agent", audience=(1,), act="assign", sources=frozenset({"web", "fair"}))
    one = route(2, strategy="agent", audience=(2,), act="assign", sources=frozenset({"Web"}))
    assert decide(item(), broad, two, one).chosen == (2,)
    assert decide(item(source="fair"), broad, two, one).chosen == (1,)
    assert decide(item(source="mail"), broad, two, one).chosen == (0,)


def test_while_the_named_agent_is_away_the_ordinary_routes_go_on() -> None:
    named, other = route(0, strategy="agent", audience=(1,), act="assign"), route(1, audience=(2,), act="assign")
    assert brief(decide(item(), named, other, present=0b101)) == ("assign", "routed", 1, (2,))
    assert brief(decide(item(excluded=0b010), named, other)) == ("assign", "routed", 1, (2,))
    assert brief(decide(item(), named, present=0b101)) == ("wait", "nobody", 0, ())


def test_the_named_agent_gets_it_while_away_if_the_route_says_so() -> None:
    named = route(0, strategy="agent", audience=(1,), act="assign", ignore_absence=True, ignore_capacity=True)
    assert brief(decide(item(), named, present=0, capacity=0)) == ("assign", "routed", 0, (1,))


@pytest.mark.parametrize(
    ("nobody", "expected"),
    [("wait", ("wait", "nobody", 0, ())), ("pool", ("pool", "nobody", 0, ())), ("next", ("assign", "routed", 1, (2,)))],
)
def test_when_nobody_is_eligible_the_route_says_what_follows(nobody: str, expected: object) -> None:
    routes = route(0, audience=(0, 1), nobody=nobody), route(1, audience=ALL, act="assign")
    assert brief(decide(item(), *routes, present=0b100)) == expected


def test_after_the_last_next_comes_the_pool() -> None:
    assert brief(decide(item(), route(0, audience=(0,), nobody="next"), present=0)) == ("pool", "nobody", None, ())


def test_an_offer_ends_at_the_route_s_deadline() -> None:
    decision = decide(item(), route(0, audience=ALL, offer_seconds=90))
    assert (decision.act, decision.until, decision.turn, decision.units) == (
        "offer",
        NOW + timedelta(seconds=90),
        True,
        100,
    )


def test_who_timed_out_comes_back_only_after_everybody_else_was_asked() -> None:
    rule = route(0, audience=ALL, tries=5)
    assert decide(item(asked=0b011, tries=2), rule).chosen == (2,)
    assert decide(item(asked=0b111, tries=3), rule).chosen == (0,)
    assert decide(item(asked=0b011, tries=2, excluded=0b100), rule).chosen == (0,)


@pytest.mark.parametrize(
    ("unaccepted", "expected"),
    [
        ("pool", ("pool", "unaccepted", 0, ())),
        ("next", ("assign", "routed", 1, (2,))),
        ("wait", ("offer", "routed", 0, (0,))),
    ],
)
def test_when_the_tries_are_used_up_the_last_resort_follows(unaccepted: str, expected: object) -> None:
    routes = route(0, audience=(0, 1), tries=2, unaccepted=unaccepted), route(1, audience=(2,), act="assign")
    decision = decide(item(tries=2, asked=0b011), *routes)
    assert brief(decision) == expected
    assert decision.passed == ((routes[0].id,) if unaccepted == "next" else ())


def test_when_everybody_declined_the_last_resort_follows_whatever_the_tries() -> None:
    assert brief(decide(item(tries=1, excluded=0b011), route(0, audience=(0, 1)))) == ("pool", "unaccepted", 0, ())


def test_while_one_who_was_not_asked_is_merely_full_it_waits() -> None:
    people = [agent(p) for p in ALL]
    live = live_of(3)
    live.room[2] = 0
    found = plan(Snapshot(NOW, directory_of(people, [route(0, audience=ALL)]), live, [item(tries=1, excluded=0b011)]))
    assert brief(found.decisions[0]) == ("wait", "nobody", 0, ())


def test_routes_given_up_are_not_tried_again() -> None:
    routes = route(0, audience=ALL), route(1, audience=(1,), act="assign")
    assert brief(decide(item(passed=frozenset({routes[0].id})), *routes)) == ("assign", "routed", 1, (1,))
    assert brief(decide(item(passed=frozenset({routes[0].id})), routes[0])) == ("pool", "unaccepted", None, ())


def test_waiting_ends_at_the_next_opening_but_is_never_longer_than_a_minute() -> None:
    opens = Hours("UTC", ((3, 15 * 60 + 21, 16 * 60),))  # 15:21; it is 15:20
    rule = route(0, audience=(0,))
    near = decide(item(), rule, agent0={"hours": opens}, now=NOW + timedelta(seconds=30))
    assert (near.act, near.again) == ("wait", NOW + timedelta(seconds=60))
    far = decide(item(), rule, present=0)
    assert far.again == NOW + timedelta(seconds=60)


def test_the_same_answer_again_only_moves_the_timer() -> None:
    rule = route(0, audience=(0,))
    decision = decide(item(waits_on=rule.id), rule, present=0)
    assert (decision.act, decision.again, decision.body, decision.context) == (
        "leave",
        NOW + timedelta(seconds=60),
        "",
        None,
    )


def test_the_same_answer_after_giving_up_another_route_is_a_new_one() -> None:
    first, last = route(0, audience=(0, 1), tries=2, unaccepted="next"), route(1, audience=(2,))
    decision = decide(item(waits_on=last.id, tries=2, asked=0b011), first, last, present=0b011)
    assert (decision.act, decision.passed) == ("wait", (first.id,))


def test_the_top_band_never_ends_in_the_pool_without_a_word_to_its_steward() -> None:
    for band, steward in ((3, True), (2, False)):
        decision = decide(item(band=band), route(0, audience=(0,), nobody="pool"), present=0)
        assert (decision.act, decision.steward, '"s":1' in decision.body) == ("pool", steward, steward)


def test_straight_to_the_pool() -> None:
    assert brief(decide(item(), route(0, strategy="pool"))) == ("pool", "pool_route", 0, ())


def test_a_schedule_decides_which_route_is_active() -> None:
    day = route(0, audience=(0,), act="assign", when=Hours("UTC", ((3, 9 * 60, 15 * 60 + 20),)))
    night = route(1, audience=(1,), act="assign")
    assert decide(item(), day, night).chosen == (1,)
    assert decide(item(), day, night, now=NOW - timedelta(seconds=1)).chosen == (0,)


def test_what_an_item_costs_depends_on_kind_status_and_answer() -> None:
    people, live = [agent(0)], live_of(1, capacity=120)
    rule = route(0, audience=(0,), act="assign")
    directory = directory_of(people, [rule], units={("lead", "evaluate", True): 20})
    items = [item(0), item(1), item(2, answered=True), item(3, answered=True)]
    found = plan(Snapshot(NOW, directory, live, items)).decisions
    assert [(d.act, d.units) for d in found] == [("assign", 100), ("wait", 0), ("assign", 20), ("wait", 0)]


# In waves


def team(count: int, **facts: Any) -> Any:
    rule = route(0, strategy="first_to_accept", audience=tuple(range(count)), offer_seconds=120, **facts)
    return directory_of([agent(p) for p in range(count)], [rule]), rule


def test_the_first_wave_goes_to_the_best_and_reserves_nothing() -> None:
    directory, _ = team(6)
    live = live_of(6, capacity=500)
    live.load, live.last_given = [300, 0, 100, 0, 0, 0], [0.0, 50.0, 0.0, 20.0, 90.0, 95.0]
    first, second = plan(Snapshot(NOW, directory, live, [item(0), item(1)])).decisions
    assert (first.act, first.chosen, first.turn) == ("broadcast", (3, 1, 4), False)
    assert (first.until, first.again) == (NOW + timedelta(seconds=120), NOW + timedelta(seconds=30))
    assert second.chosen == first.chosen
    assert live.room == [500] * 6


def test_each_further_wave_asks_others_until_nobody_is_left() -> None:
    directory, rule = team(10)
    deadline = NOW + timedelta(seconds=120)
    one = item(state="offered", route=rule.id, deadline=deadline, holding=0b111, wave=1)
    later = NOW + timedelta(seconds=30)
    (second,) = plan(Snapshot(later, directory, live_of(10), [one])).decisions
    assert (second.act, second.chosen) == ("broadcast", (3, 4, 5, 6, 7))
    assert (second.until, second.again) == (deadline, later + timedelta(seconds=30))
    (third,) = plan(Snapshot(later, directory, live_of(10), [replace(one, holding=0xFF, excluded=1)])).decisions
    assert (third.chosen, third.again) == ((8, 9), None)
    (last,) = plan(Snapshot(later, directory, live_of(10), [replace(one, holding=0x3FF)])).decisions
    assert (last.act, last.again) == ("leave", None)


def test_no_wave_begins_after_the_deadline() -> None:
    directory, rule = team(10)
    one = item(state="offered", route=rule.id, deadline=NOW, holding=0b111, wave=4)
    assert plan(Snapshot(NOW, directory, live_of(10), [one])).decisions[0].act == "leave"
    soon = replace(one, deadline=NOW + timedelta(seconds=30))
    assert plan(Snapshot(NOW, directory, live_of(10), [soon])).decisions[0].again is None


def test_a_broadcast_of_a_paused_or_deleted_route_gets_no_further_wave() -> None:
    directory, rule = team(10)
    one = item(state="offered", route=rule.id, deadline=NOW + timedelta(hours=1), holding=0b111, wave=1)
    paused = directory_of(list(directory.agents), [rule], paused=frozenset({rule.id}))
    gone = directory_of(list(directory.agents), [])
    for found in (paused, gone):
        assert plan(Snapshot(NOW, found, live_of(10), [one])).decisions[0].act == "leave"


def test_a_decision_is_small() -> None:
    """Twenty routes with conditions, two hundred agents, of whom many fill up: no more than 300 bytes."""
    rules = [
        route(n, audience=tuple(range(200)), conditions=(Condition("attributes.zone", "is", f"z{n}"),))
        for n in range(20)
    ]
    directory = directory_of([agent(p) for p in range(200)], rules)
    items = [item(n, attributes={"zone": f"z{n % 20}"}) for n in range(200)]
    found = plan(Snapshot(NOW, directory, live_of(200, capacity=300), items)).decisions
    assert max(len(d.body) for d in found) <= 300
    assert len({c.hash for d in found for c in (d.context, *d.more) if c}) <= 100  # each shared by several
