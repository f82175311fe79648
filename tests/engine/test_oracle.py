"""The engine against a second, naive writing of the same rules."""

from hypothesis import given, settings

from rightaway.engine.facts import Directory
from rightaway.engine.plan import plan
from rightaway.engine.route import Walks, chain, needed_routes
from tests.engine import oracle, worlds

MANY = settings(max_examples=2000, deadline=None, print_blob=True)


@MANY
@given(worlds.seeds)
def test_the_engine_decides_as_the_oracle_does(seed: int) -> None:
    world = worlds.make(seed)
    expected = oracle.decide_all(world.snapshot())
    found = plan(world.snapshot()).decisions
    assert [(d.act, d.cause, d.route, d.chosen) for d in found] == expected


@MANY
@given(worlds.seeds)
def test_a_named_agent_comes_before_all_other_routes_and_the_rest_top_down(seed: int) -> None:
    world = worlds.make(seed, routes=6, items=3)
    naive = oracle.World(world.directory, world.live, world.now)
    for item in world.items:
        expected = [r.id for r in naive.in_order() if r.id not in item.passed and naive.matches(r, item)]
        found = [r.id for r in chain(world.directory, item, world.now)]
        assert found == expected[: len(found)]
        if len(found) < len(expected):  # cut where nothing below can be reached
            assert _ends(world.directory, found[-1])


def _ends(directory: Directory, route_id: object) -> bool:
    last = next(route for route in directory.routes if route.id == route_id)
    return last.strategy == "pool" or "next" not in (last.nobody, last.unaccepted)


@MANY
@given(worlds.seeds)
def test_every_route_that_decides_was_announced_as_needed(seed: int) -> None:
    world = worlds.make(seed)
    needed = {world.directory.routes[n].id for n in needed_routes(world.directory, world.items, world.now)}
    assert {d.route for d in plan(world.snapshot()).decisions if d.route} <= needed


@MANY
@given(worlds.seeds)
def test_each_route_looked_at_gets_one_sign(seed: int) -> None:
    world = worlds.make(seed, routes=8, items=2)
    walks = Walks(world.directory, world.now)
    for item in world.items:
        walk = walks.walk(item)
        assert walk.signs.count("m") == len(walk.routes)
        assert len(walk.signs) <= len(world.directory.routes)
