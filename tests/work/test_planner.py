"""The planner on the real database: gather, plan, record, alone and beside people."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from multiprocessing import get_context
from multiprocessing.synchronize import Event as ProcessEvent
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import connection

from rightaway.engine.plan import plan
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import CapacityFull, ItemTaken, NotFound
from rightaway.ledger.events import Change, append
from rightaway.ledger.models import Event
from rightaway.people.models import AgentState, Tally
from rightaway.routing.models import Turn
from rightaway.work import record
from rightaway.work.actions import route as routing
from rightaway.work.actions.accept import accept
from rightaway.work.actions.assign import assign
from rightaway.work.actions.claim import claim
from rightaway.work.actions.decline import decline
from rightaway.work.actions.expire import expire_due
from rightaway.work.actions.finish import finish
from rightaway.work.actions.presence import declare
from rightaway.work.actions.route import Routed, route_organisation
from rightaway.work.actions.wake import wake_due
from rightaway.work.models import Assignment, Campaign, CampaignMember, Decision, Exclusion, Item, Offer
from tests.making import BOSS, House, works_as
from tests.making_routes import routed
from tests.races.contest import Started, by_processes
from tests.races.test_races import bad_moment

GIVEN = {"strategy": "round_robin", "act": "assign"}


def plan_all(house: House) -> None:
    """Until nothing is due any more."""
    while (done := route_organisation(house.id)) and done.planned:
        pass


def owners(house: House) -> Counter[UUID]:
    return Counter(row.agent_id for row in house.rows(Assignment, ended_at=None))


def open_offer(house: House, item: UUID) -> Offer:
    (found,) = house.rows(Offer, item=item, state="open")
    return found  # type: ignore[no-any-return]


# what becomes of an item


def test_a_due_item_is_given_with_its_event_its_decision_and_its_load(house: House) -> None:
    agent = house.agent()
    (route,) = routed(house, GIVEN)
    item = house.item("waiting")
    assert route_organisation(house.id) == Routed(planned=1, assigned=1)
    row = house.row(Item, id=item)
    assert (row.state, row.owner_id, row.due_at, row.units) == ("assigned", agent, None, 100)
    assert house.row(AgentState, agent=agent).load == 100
    assert house.row(AgentState, agent=agent).unanswered == 1
    period = house.row(Assignment, item=item)
    assert (period.how, period.route_id, period.turn) == ("automatic", route, True)
    assert house.row(Turn, route_id=route, agent=agent).taken == 1
    assert house.row(Decision, item_id=item).seq == house.row(Event, subject_id=item, kind="assigned").seq == 2


def test_nothing_due_is_nothing_done(house: House) -> None:
    assert route_organisation(house.id) == Routed(planned=0)


def test_an_offer_reserves_its_place_and_ends_with_the_route_s_time(house: House) -> None:
    agent = house.agent()
    routed(house, {"strategy": "round_robin", "offer_seconds": 60})
    item = house.item("waiting")
    assert route_organisation(house.id) == Routed(planned=1, offered=1)
    held = open_offer(house, item)
    assert (held.agent_id, held.reserved, held.turn) == (agent, 100, True)
    assert held.expires_at - held.made_at == timedelta(seconds=60)
    assert house.row(AgentState, agent=agent).load == 100
    assert house.row(AgentState, agent=agent).unanswered == 0


def test_a_declined_offer_goes_to_the_next_and_never_back(house: House) -> None:
    first, second = house.agent(), house.agent()
    routed(house, {"strategy": "round_robin", "unaccepted": "wait"})
    item = house.item("waiting")
    asked = []
    for _ in range(2):
        plan_all(house)
        held = open_offer(house, item)
        asked.append(held.agent_id)
        with house.inside():
            decline(offer_id=held.id, actor=works_as(held.agent_id), kind="not_for_me")
    assert asked == [first, second]
    plan_all(house)
    assert house.rows(Offer, item=item, state="open") == []
    assert house.row(Item, id=item).state == "waiting"


def test_who_missed_an_offer_is_asked_again_only_after_everybody_else(house: House) -> None:
    agents = {house.agent(), house.agent()}
    routed(house, {"strategy": "round_robin", "tries": 10, "unaccepted": "wait"})
    item = house.item("waiting")
    asked = []
    for _ in range(4):
        plan_all(house)
        held = open_offer(house, item)
        asked.append(held.agent_id)
        with house.inside():
            Offer.objects.filter(id=held.id).update(expires_at=clock(), delivered_at=held.made_at)
        assert expire_due(house.id) == 1
    assert set(asked[:2]) == agents
    assert set(asked[2:]) == agents


def test_a_broadcast_goes_out_in_waves_that_end_together(house: House) -> None:
    agents = [house.agent() for _ in range(5)]
    routed(house, {"strategy": "first_to_accept", "first_wave": 2, "later_wave": 2, "wave_seconds": 5})
    item = house.item("waiting")
    waves = []
    for wave in (1, 2, 3):
        assert route_organisation(house.id) == Routed(planned=1, offered=1)
        waves.append([row for row in house.rows(Offer, item=item) if row.wave == wave])
        with house.inside():
            Item.objects.filter(id=item, due_at__isnull=False).update(due_at=clock())
    assert [len(wave) for wave in waves] == [2, 2, 1]
    offers = house.rows(Offer, item=item)
    assert {offer.agent_id for offer in offers} == set(agents)
    assert len({offer.expires_at for offer in offers}) == len({offer.group_id for offer in offers}) == 1
    assert {offer.reserved for offer in offers} == {0}
    assert house.row(Item, id=item).due_at is None
    with house.inside():
        assert accept(offer_id=offers[3].id, actor=works_as(offers[3].agent_id)).rescinded == 4


def test_what_finds_nobody_waits_and_is_woken_by_whoever_comes(house: House) -> None:
    agent = house.agent(presence="offline")
    (route,) = routed(house, GIVEN)
    item = house.item("waiting")
    assert route_organisation(house.id) == Routed(planned=1, waiting=1)
    row = house.row(Item, id=item)
    assert (row.state, row.waits_on, row.cause) == ("waiting", route, "nobody")
    assert route_organisation(house.id) == Routed(planned=0)
    with house.inside():
        declare(agent_id=agent, presence="available", actor=works_as(agent))
    assert wake_due(house.id) == 1
    plan_all(house)
    assert house.row(Item, id=item).owner_id == agent


def test_still_nobody_writes_nothing_new(house: House) -> None:
    house.agent(presence="offline")
    routed(house, GIVEN)
    item = house.item("waiting")
    plan_all(house)
    before = house.row(Item, id=item).event_seq
    with house.inside():
        Item.objects.filter(id=item).update(due_at=clock())
    assert route_organisation(house.id) == Routed(planned=1, waiting=1)
    row = house.row(Item, id=item)
    assert row.event_seq == before
    assert row.due_at > row.created_at


def test_a_freed_place_wakes_one_item_the_best(house: House) -> None:
    agent = house.agent(capacity=100)
    routed(house, GIVEN)
    wake_due(house.id)  # what the new version woke
    first = house.item("waiting")
    plan_all(house)
    usual, hot = house.item("waiting"), house.item("waiting", band=3)
    plan_all(house)
    with house.inside():
        finish(item_id=first, outcome="won", actor=works_as(agent))
    assert wake_due(house.id) == 1
    plan_all(house)
    assert (house.state(hot), house.state(usual)) == ("assigned", "waiting")


def test_without_a_route_and_by_a_route_s_word_it_goes_to_the_pool(house: House) -> None:
    house.agent(presence="offline")
    routed(house, {"sources": ["a"], "strategy": "pool"}, {"sources": ["b"], **GIVEN, "nobody": "pool"})
    for source in "abc":
        house.item("waiting", source=source)
    assert route_organisation(house.id) == Routed(planned=3, pooled=3)
    causes = {row.source: row.cause for row in house.rows(Item)}
    assert causes == {"a": "pool_route", "b": "nobody", "c": "no_route"}


def test_a_route_without_anybody_hands_on_to_the_next(house: House) -> None:
    away, here = house.agent(presence="offline"), house.agent()
    routed(house, {**GIVEN, "agents": [away], "nobody": "next"}, {**GIVEN, "agents": [here]})
    house.item("waiting")
    plan_all(house)
    assert owners(house) == {here: 1}


def test_a_named_agent_comes_before_the_routes_while_they_are_there(house: House) -> None:
    named, other = house.agent(), house.agent()
    override = {"strategy": "agent", "agents": [named], "sources": ["portal"], "nobody": "next"}
    routed(house, {**GIVEN, "agents": [other]}, override)
    house.item("waiting", source="portal")
    plan_all(house)
    assert owners(house) == {named: 1}
    with house.inside():
        declare(agent_id=named, presence="offline", actor=BOSS)
    house.item("waiting", source="portal")
    plan_all(house)
    assert owners(house) == {named: 1, other: 1}


def test_campaign_items_are_for_its_members(house: House) -> None:
    stranger, member = house.agent(), house.agent()
    with house.inside():
        campaign = Campaign.objects.create(key="spring", name="Spring")
        CampaignMember.objects.create(campaign=campaign, agent_id=member)
    routed(house, GIVEN)
    for _ in range(3):
        house.item("waiting", campaign_id=campaign.id)
    plan_all(house)
    assert owners(house) == {member: 3}
    assert stranger not in owners(house)


def test_exclusions_count_while_they_are_in_force(house: House) -> None:
    excluded, other = house.agent(), house.agent()
    routed(house, GIVEN)
    now_, later, past = house.item("waiting"), house.item("waiting"), house.item("waiting")
    with house.inside():
        now = clock()
        hour = timedelta(hours=1)
        for item, until, lifted in ((now_, None, None), (later, now + hour, None), (past, now - hour, None)):
            Exclusion.objects.create(
                item_id=item,
                agent_id=excluded,
                cause="not_for_me",
                made_at=now - 2 * hour,
                until=until,
                lifted_at=lifted,
            )
        Item.objects.update(event_seq=1)
    with house.inside():  # only items with a past are asked for theirs
        for item in (now_, later, past):
            append(Item.objects.get(id=item), clock(), [Change("touched", {"state": "waiting", "owner": None})])
    plan_all(house)
    assert house.row(Item, id=now_).owner_id == other
    assert house.row(Item, id=later).owner_id == other
    assert house.row(Item, id=past).owner_id == excluded


def test_a_limit_ends_what_the_routes_give_and_counts_it(house: House) -> None:
    limited, other = house.agent(limits={"day": 2}), house.agent()
    routed(house, GIVEN)
    for _ in range(8):
        house.item("waiting")
    plan_all(house)
    assert owners(house) == {limited: 2, other: 6}
    assert {row.period: row.given for row in house.rows(Tally, agent=limited)} == {
        "hour": 2, "day": 2, "week": 2, "month": 2,
    }  # fmt: skip


# beside others


@contextmanager
def between_gather_and_write(monkeypatch: pytest.MonkeyPatch, *doings: Callable[[], None]) -> Iterator[list[bool]]:
    """Somebody does something in another transaction after each snapshot, one doing per attempt."""
    left, attempts = list(doings), []

    def late(snapshot: Any) -> Any:
        attempts.append(True)
        if left:
            thread = threading.Thread(target=_apart, args=(left.pop(0),))
            thread.start()
            thread.join(10)
            assert not thread.is_alive()
        return plan(snapshot)

    with monkeypatch.context() as patch:
        patch.setattr(routing, "plan", late)
        yield attempts


def _apart(doing: Callable[[], None]) -> None:
    try:
        doing()
    finally:
        connection.close()


def test_an_agent_who_leaves_after_the_snapshot_gets_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    leaving, staying = house.agent(), house.agent()
    routed(house, GIVEN)
    item = house.item("waiting")

    def leave() -> None:
        with house.inside():
            declare(agent_id=leaving, presence="offline", actor=BOSS)

    with between_gather_and_write(monkeypatch, leave) as attempts:
        assert route_organisation(house.id) == Routed(planned=1, assigned=1)
    assert len(attempts) == 2
    assert house.row(Item, id=item).owner_id == staying


def test_a_place_that_was_taken_after_the_snapshot_is_not_given_twice(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    agents = [house.agent(capacity=200), house.agent(capacity=200)]
    pooled = [house.item() for _ in range(2)]
    routed(house, GIVEN)
    for _ in range(4):
        house.item("waiting")

    def take(agent: UUID, item: UUID) -> Callable[[], None]:
        def doing() -> None:
            with house.inside():
                claim(item_id=item, actor=works_as(agent))

        return doing

    with between_gather_and_write(monkeypatch, take(agents[0], pooled[0]), take(agents[1], pooled[1])) as attempts:
        done = route_organisation(house.id)
    assert len(attempts) == 3  # the third holds everybody still
    assert done == Routed(planned=4, assigned=2, waiting=2)
    assert owners(house) == dict.fromkeys(agents, 2)


def test_a_limit_that_was_used_up_after_the_snapshot_holds(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    limited, pooled = house.agent(limits={"day": 1}), house.item()
    other = house.agent()
    routed(house, GIVEN)
    item = house.item("waiting")

    def take() -> None:
        with house.inside():
            claim(item_id=pooled, actor=works_as(limited))

    with between_gather_and_write(monkeypatch, take):
        plan_all(house)
    assert house.row(Item, id=item).owner_id == other
    assert {row.given for row in house.rows(Tally, agent=limited)} == {1}


def test_an_item_that_somebody_holds_is_left_for_later(house: House, app_dsn: str) -> None:
    house.agent()
    routed(house, GIVEN)
    held, free = house.item("waiting"), house.item("waiting")
    with psycopg.connect(app_dsn) as other:
        other.execute("SELECT set_config('rightaway.organisation', %s, true)", [str(house.id)])
        other.execute("SELECT 1 FROM work_item WHERE id = %s FOR NO KEY UPDATE", [held])
        assert route_organisation(house.id) == Routed(planned=1, assigned=1)
        assert (house.state(held), house.state(free)) == ("waiting", "assigned")
    plan_all(house)
    assert house.state(held) == "assigned"


def test_while_somebody_plans_an_organisation_another_planner_passes_on(house: House, app_dsn: str) -> None:
    house.agent()
    routed(house, GIVEN)
    house.item("waiting")
    with psycopg.connect(app_dsn) as other:
        other.execute("SELECT pg_advisory_xact_lock(1, %s)", [house.id])
        assert route_organisation(house.id) is None
    assert route_organisation(house.id) == Routed(planned=1, assigned=1)


@pytest.mark.parametrize("agents", [1, 2], ids=["in one statement", "in several"])
def test_turns_are_locked_before_counters_as_by_people(house: House, app_dsn: str, agents: int) -> None:
    # Somebody leaves: the turn of an offer of theirs goes back first, then their counter. The other way round here,
    # the two would wait for each other.
    for _ in range(agents):
        house.agent()
    (route,) = routed(house, GIVEN)
    for _ in range(agents):
        house.item("waiting")
    plan_all(house)
    for _ in range(agents):
        house.item("waiting")
    with psycopg.connect(app_dsn) as other:
        other.execute("SELECT set_config('rightaway.organisation', %s, true)", [str(house.id)])
        other.execute("UPDATE routing_turn SET taken = taken WHERE route_id = %s", [route])
        planner = Started(None, lambda: route_organisation(house.id))
        wait_for_a_lock(app_dsn, "routing_turn")
        other.execute("SELECT 1 FROM people_agentstate ORDER BY agent_id FOR NO KEY UPDATE NOWAIT")
    assert planner.result().value == Routed(planned=agents, assigned=agents)


def wait_for_a_lock(dsn: str, table: str) -> None:
    """Returns once somebody waits, and has this table in hand."""
    with psycopg.connect(dsn, autocommit=True) as watcher:
        for _ in range(500):
            rows = watcher.execute(
                """SELECT 1 FROM pg_locks w JOIN pg_locks t ON t.pid = w.pid AND t.relation = %s::regclass
                   WHERE NOT w.granted""",
                [table],
            ).fetchall()
            if rows:
                return
            threading.Event().wait(0.01)
    raise AssertionError("nobody waits")


def test_two_planners_and_people_who_give_by_hand_never_exceed_anybody(house: House) -> None:
    agents = [house.agent(capacity=500) for _ in range(4)]
    routed(house, {**GIVEN, "nobody": "pool"})
    by_hand = [house.item() for _ in range(12)]
    for _ in range(30):
        house.item("waiting")

    def planning() -> int:
        done = 0
        for _ in range(30):
            routed_now = route_organisation(house.id)
            done += routed_now.planned if routed_now else 0
        return done

    def giving(number: int) -> Callable[[], int]:
        def body() -> int:
            done = 0
            for item in by_hand[number::3]:
                try:
                    with house.inside():
                        assign(item_id=item, agent_id=agents[number], actor=BOSS)
                    done += 1
                except CapacityFull:
                    pass
            return done

        return body

    outcomes = by_processes(None, [planning, planning, *[giving(number) for number in range(3)]])
    assert [outcome.error for outcome in outcomes if outcome.error] == []
    plan_all(house)
    assert sum(owners(house).values()) == 20
    for agent in agents:
        state = house.row(AgentState, agent=agent)
        assert (state.load, state.over_by) == (500, 0)


def two_planners(house: House, *, items: int, at_once: int, first_plans: ProcessEvent | None = None) -> int:
    """Both plan until nothing is due, so many items at a time. How far apart the turns of seven equal agents end.

    The second begins when the first one plans, where that is told, and looks further, past what the first has locked.
    """
    agents = [house.agent(capacity=1_000_000) for _ in range(7)]
    routed(house, GIVEN)
    for _ in range(items):
        house.item("waiting")

    def planning(limit: int) -> int:
        done = [route_organisation(house.id, limit=limit) for _ in range(2 * items // at_once)]
        return sum(each.planned for each in done if each)

    def following() -> int:
        if first_plans is not None:
            first_plans.wait(10)
        return planning(2 * at_once)

    outcomes = by_processes(None, [partial(planning, at_once), following])
    assert [outcome.error for outcome in outcomes if outcome.error] == []
    plan_all(house)
    counts = owners(house)
    assert counts.total() == items  # nothing twice, nothing left
    return max(counts.values()) - min(counts[agent] for agent in agents)


def test_two_planners_at_once_rotate_exactly_and_give_nothing_twice(house: House) -> None:
    assert two_planners(house, items=100, at_once=3) <= 1


def test_planners_that_do_not_wait_for_each_other_are_caught(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    both, first_plans = bad_moment(2), get_context("fork").Event()

    def late(snapshot: Any) -> Any:
        first_plans.set()
        both()
        return plan(snapshot)

    monkeypatch.setattr(routing, "plan", late)
    monkeypatch.setattr(routing, "_BEGIN", routing._BEGIN.replace("pg_try_advisory_xact_lock(1, {:d})", "{:d} > 0"))
    assert two_planners(house, items=6, at_once=3, first_plans=first_plans) > 1


def test_planners_and_claims_race_for_the_same_items(house: House) -> None:
    agents = [house.agent(capacity=1_000_000) for _ in range(4)]
    routed(house, {**GIVEN, "agents": agents[:2]})
    items = [house.item("waiting") for _ in range(60)]

    def planning() -> int:
        done = 0
        for _ in range(60):
            routed_now = route_organisation(house.id, limit=2)
            done += routed_now.planned if routed_now else 0
        return done

    def claiming(number: int) -> Callable[[], int]:
        def body() -> int:
            won = 0
            for item in reversed(items):
                try:
                    with house.inside():
                        claim(item_id=item, actor=works_as(agents[number]))
                    won += 1
                except (ItemTaken, NotFound):
                    pass
            return won

        return body

    outcomes = by_processes(None, [planning, planning, claiming(2), claiming(3)])
    assert [outcome.error for outcome in outcomes if outcome.error] == []
    assert sum(outcome.value for outcome in outcomes) == 60
    assert sum(owners(house).values()) == 60


# planted bugs


def test_a_planner_that_gives_without_a_guard_is_caught(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    agent, pooled = house.agent(capacity=100), house.item()
    routed(house, GIVEN)
    house.item("waiting")
    guarded = record._AGENTS
    monkeypatch.setattr(record, "_AGENTS", guarded[: guarded.index("AND (d.full OR")].replace("d.full", "NOT d.full"))

    def take() -> None:
        with house.inside():
            claim(item_id=pooled, actor=works_as(agent))

    with between_gather_and_write(monkeypatch, take):
        route_organisation(house.id)
    state = house.row(AgentState, agent=agent)
    assert (state.load, state.over_by) == (200, 100)  # nobody said so
