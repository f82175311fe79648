"""What holds for every snapshot."""

import random
from collections import Counter
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rightaway.engine.facts import Agent, Directory, Live, Snapshot
from rightaway.engine.plan import plan
from rightaway.engine.route import compile_rules
from tests.engine import worlds
from tests.engine.worlds import NOW, World, agent, copy_of, directory_of, item, live_of, route

MANY = settings(max_examples=2000, deadline=None, print_blob=True)


@MANY
@given(worlds.seeds)
def test_the_same_snapshot_gives_the_same_plan_byte_for_byte(seed: int) -> None:
    world = worlds.make(seed)
    first = plan(world.snapshot())
    again = plan(world.snapshot())  # the directory's cache is warm now
    elsewhere = plan(_shuffled(worlds.make(seed), seed).snapshot())
    assert repr(first) == repr(again) == repr(elsewhere)


def _shuffled(world: World, seed: int) -> World:
    """The same facts, with every mapping and set built in another order, and nothing cached."""
    dice = random.Random(seed)

    def mixed(mapping: Any) -> dict[Any, Any]:
        return dict(dice.sample(list(mapping.items()), len(mapping)))

    people = [
        replace(a, skills=mixed(a.skills), languages=frozenset(dice.sample(sorted(a.languages), len(a.languages))))
        for a in world.directory.agents
    ]
    old = world.directory
    directory = directory_of(people, list(old.routes), units=mixed(old.units), paused=old.paused)
    live = copy_of(world.live)
    live.given = {p: mixed(counts) for p, counts in mixed(live.given).items()}
    items = [replace(one, attributes=mixed(one.attributes)) for one in world.items]
    return World(world.now, directory, live, items)


@MANY
@given(worlds.seeds)
def test_nobody_is_ever_given_more_than_their_capacity(seed: int) -> None:
    world = worlds.make(seed, items=14)
    snapshot = world.snapshot()
    unlimited = {r.id for r in world.directory.routes if r.ignore_capacity}
    room = list(world.live.room)
    for decision in plan(snapshot).decisions:
        if decision.act not in ("assign", "offer"):
            continue
        (chosen,) = decision.chosen
        assert decision.route in unlimited or decision.units <= room[chosen]
        room[chosen] = max(0, room[chosen] - decision.units)
    assert room == snapshot.live.room


@MANY
@given(worlds.seeds)
def test_nobody_gets_what_is_held_from_them(seed: int) -> None:
    world = worlds.make(seed)
    for one, decision in zip(world.items, plan(world.snapshot()).decisions, strict=True):
        for chosen in decision.chosen:
            assert not (one.excluded | one.holding) >> chosen & 1
            assert one.campaign == -1 or one.campaign >> chosen & 1
            assert world.directory.agents[chosen].active
            assert decision.route not in one.passed | world.directory.paused


@MANY
@given(worlds.seeds)
def test_no_limit_and_no_cap_is_passed(seed: int) -> None:
    world = worlds.make(seed, strategies=("round_robin", "load_balanced", "longest_idle"), agents=3, items=14)
    unlimited = {r.id for r in world.directory.routes if r.ignore_capacity}
    given_now: Counter[int] = Counter()
    questions: Counter[int] = Counter()
    for one, decision in zip(world.items, plan(world.snapshot()).decisions, strict=True):
        for p in decision.chosen:
            found = world.directory.agents[p]
            before = world.live.given.get(p, {})
            assert all(before.get(period, 0) + given_now[p] < most for period, most in found.limits)
            if found.unanswered_cap is not None and decision.route not in unlimited:
                assert world.live.unanswered[p] + questions[p] < found.unanswered_cap
            given_now[p] += 1
            questions[p] += not one.answered


# Rotations


def _rotate(directory: Directory, live: Live, count: int, *, batch: int = 13, **facts: Any) -> list[int]:
    """Who got each of `count` equal items, planned some at a time."""
    found: list[int] = []
    while len(found) < count:
        items = [item(n, **facts) for n in range(min(batch, count - len(found)))]
        found += [d.chosen[0] for d in plan(Snapshot(NOW, directory, live, items)).decisions]
    return found


def _team(count: int, strategy: str, order: list[int] | None = None, **facts: Any) -> Directory:
    audience = tuple(order or range(count))
    rule = route(strategy=strategy, act="assign", audience=audience, **facts)
    return directory_of([agent(p) for p in range(count)], [rule])


@MANY
@given(st.permutations(range(6)), st.integers(1, 6), st.integers(1, 9), st.integers(0, 40))
def test_a_round_robin_never_spreads_by_more_than_one(order: list[int], size: int, batch: int, count: int) -> None:
    members = order[:size]
    directory = _team(6, "round_robin", members)
    got = _rotate(directory, live_of(6), count, batch=batch)
    tally = Counter(dict.fromkeys(members, 0))
    for n, chosen in enumerate(got):
        assert chosen == members[n % size]  # strict turns, in the route's order
        tally[chosen] += 1
        assert max(tally.values()) - min(tally.values()) <= 1


@MANY
@given(st.lists(st.integers(0, 3), max_size=40), st.integers(2, 4), st.integers(1, 7))
def test_each_band_has_turns_of_its_own(bands: list[int], size: int, batch: int) -> None:
    directory, live = _team(size, "round_robin"), live_of(size)
    got: list[tuple[int, int]] = []
    for start in range(0, len(bands), batch):
        items = [item(n, band=band) for n, band in enumerate(bands[start : start + batch])]
        chosen = [d.chosen[0] for d in plan(Snapshot(NOW, directory, live, items)).decisions]
        got += zip(bands[start : start + batch], chosen, strict=True)
    for band in range(4):
        turns = [chosen for of, chosen in got if of == band]
        assert turns == [n % size for n in range(len(turns))]


@MANY
@given(st.lists(st.integers(1, 30), min_size=1, max_size=9), st.integers(1, 11), st.integers(1, 90))
def test_shares_are_within_one_of_the_weights_at_every_prefix(weights: list[int], batch: int, count: int) -> None:
    directory = _team(len(weights), "weighted", weights=tuple(weights))
    tally = Counter(dict.fromkeys(range(len(weights)), 0))
    for n, chosen in enumerate(_rotate(directory, live_of(len(weights)), count, batch=batch), 1):
        tally[chosen] += 1
        for p, weight in enumerate(weights):
            assert abs(tally[p] * sum(weights) - n * weight) <= sum(weights)


@MANY
@given(st.lists(st.integers(1, 12), min_size=2, max_size=7), st.integers(1, 5), st.integers(1, 60))
def test_shares_hold_among_those_who_may_take_the_items(weights: list[int], lacking: int, count: int) -> None:
    """Some of the audience never qualify: the others share by weight as if they were alone."""
    size = len(weights)
    able = list(range(min(lacking, size - 1), size))
    people = [agent(p, skills={"sales": 5} if p in able else {}) for p in range(size)]
    rule = route(
        strategy="weighted", act="assign", audience=tuple(range(size)), weights=tuple(weights), skills=(("sales", 1),)
    )
    tally = Counter(dict.fromkeys(able, 0))
    total = sum(weights[p] for p in able)
    for n, chosen in enumerate(_rotate(directory_of(people, [rule]), live_of(size), count), 1):
        tally[chosen] += 1
        assert all(abs(tally[p] * total - n * weights[p]) <= total for p in able)


@MANY
@given(st.integers(1, 5), st.integers(0, 60), st.integers(0, 60), st.integers(1, 25))
def test_a_newcomer_starts_at_the_level_of_the_group(size: int, before: int, away: int, after: int) -> None:
    """The same for one who was there, left, and comes back: levels stay within one, there is nothing to make up."""
    directory, live = _team(size + 1, "round_robin"), live_of(size + 1)
    last = 1 << size
    if away:
        _rotate(directory, live, before)  # with the newcomer, who then leaves
    live.present = last - 1
    _rotate(directory, live, before + away)
    live.present = 2 * last - 1
    got = _rotate(directory, live, after, batch=1)
    tally = Counter(got)
    assert got[: size + 1].count(size) <= 2
    for p in range(size):
        assert abs(tally[p] - tally[size]) <= 2
    if before + away:
        levels = [taken * 1000 + credit for taken, credit, *_ in live.turns[directory.routes[0].id, 1].values()]
        assert max(levels) - min(levels) <= 1000


@MANY
@given(st.lists(st.integers(1, 9), min_size=2, max_size=6), st.integers(0, 50), st.integers(1, 50), st.integers(1, 60))
def test_a_newcomer_with_a_weight_gets_their_share_without_a_burst(
    weights: list[int], before: int, away: int, after: int
) -> None:
    size = len(weights)
    directory, live = _team(size, "weighted", weights=tuple(weights)), live_of(size)
    everybody = live.present
    _rotate(directory, live, before)
    live.present = everybody >> 1  # the last is away
    _rotate(directory, live, away)
    live.present = everybody
    _assert_shares(weights, _rotate(directory, live, after), tolerance=2)


@MANY
@given(
    st.lists(st.integers(1, 9), min_size=2, max_size=5),
    st.lists(st.integers(1, 9), min_size=5, max_size=5),
    st.integers(0, 120),
    st.integers(1, 60),
)
def test_new_weights_count_from_now_on(old: list[int], new: list[int], before: int, after: int) -> None:
    size = len(old)
    live = live_of(size)
    _rotate(_team(size, "weighted", weights=tuple(old)), live, before)
    got = _rotate(_team(size, "weighted", weights=tuple(new[:size])), live, after)
    _assert_shares(new[:size], got, tolerance=2)


def _assert_shares(weights: list[int], got: list[int], *, tolerance: int) -> None:
    tally: Counter[int] = Counter()
    for n, chosen in enumerate(got, 1):
        tally[chosen] += 1
        for p, weight in enumerate(weights):
            assert abs(tally[p] * sum(weights) - n * weight) <= tolerance * sum(weights), (p, n, tally)


@MANY
@given(worlds.seeds, st.integers(2, 30))
def test_what_a_plan_says_about_turns_is_what_it_leaves_behind(seed: int, count: int) -> None:
    """Stored changes and turns taken, replayed on the stored turns, give the live ones."""
    world = worlds.make(seed, strategies=("round_robin", "weighted"), items=count)
    stored: dict[Any, dict[int, list[Any]]] = {}
    live = copy_of(world.live)
    dice = random.Random(seed)
    for _ in range(3):
        live.present = dice.getrandbits(len(world.directory.agents))
        live.turns = {key: {p: list(state) for p, state in states.items()} for key, states in stored.items()}
        found = plan(Snapshot(world.now, world.directory, live, world.items))
        for change in found.turn_changes:
            state = stored.setdefault((change.route, change.band), {}).setdefault(change.agent, [0, 0, False, 1])
            state[1:] = [change.credit, change.rostered, change.weight]
        for one, decision in zip(world.items, found.decisions, strict=True):
            if decision.turn:
                stored[decision.route, one.band][decision.chosen[0]][0] += 1
        assert {key: states for key, states in live.turns.items() if states} == stored


@MANY
@given(worlds.seeds)
def test_compiling_with_and_without_pauses_differs_only_by_the_pauses(seed: int) -> None:
    world = worlds.make(seed)
    bare = Directory(
        revision=1, version=1, routes=world.directory.routes, paused=world.directory.paused,
        agents=world.directory.agents, units=world.directory.units, default_units=100,
        rules=compile_rules(world.directory.routes),
    )  # fmt: skip
    expected = plan(world.snapshot())
    assert plan(World(world.now, bare, world.live, world.items).snapshot()) == expected


def test_a_member_who_never_qualifies_does_not_pull_newcomers_down_to_their_level() -> None:
    """Ana lacks the skill and stays at 0 while Bea is at 40: Carl, new, does not get 40 items in a row."""
    people: list[Agent] = [agent(0), agent(1, skills={"sales": 5}), agent(2, skills={"sales": 5})]
    rule = route(strategy="round_robin", act="assign", audience=(0, 1, 2), skills=(("sales", 1),))
    directory, live = directory_of(people, [rule]), live_of(3, present=0b011)
    _rotate(directory, live, 40)
    live.present = 0b111
    assert Counter(_rotate(directory, live, 10)) == {1: 5, 2: 5}
