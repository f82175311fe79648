"""Many at one instant: each race is judged by a function, which must also catch the bug that it is there for."""

import json
import multiprocessing
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from itertools import permutations
from typing import Any
from uuid import UUID

import psycopg
import pytest

from rightaway.accounts.actor import SYSTEM
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import CapacityFull
from rightaway.ledger.ids import new_id
from rightaway.ledger.models import Outbox
from rightaway.ledger.tenancy import TenantQuerySet
from rightaway.notify.relay import relay_outbox
from rightaway.people.models import Agent, AgentState
from rightaway.people.written import agent_settings
from rightaway.routing.versions import config_row
from rightaway.work import change
from rightaway.work.actions import accept as accepting
from rightaway.work.actions import assign_role as assigning_roles
from rightaway.work.actions import claim as claiming
from rightaway.work.actions.accept import accept
from rightaway.work.actions.assign import assign
from rightaway.work.actions.assign_role import assign_role
from rightaway.work.actions.claim import claim
from rightaway.work.actions.decline import decline
from rightaway.work.actions.expire import expire_item
from rightaway.work.actions.fill import fill_due
from rightaway.work.actions.finish import finish
from rightaway.work.actions.next import next_item
from rightaway.work.actions.offer import offer
from rightaway.work.actions.offer_role import offer_role
from rightaway.work.actions.receive_many import receive_many
from rightaway.work.actions.rescind import rescind
from rightaway.work.actions.save_agent import save_agent
from rightaway.work.actions.share import share
from rightaway.work.enquiry import Enquiry
from rightaway.work.models import Assignment, Item, Offer, Vacancy
from tests.making import BOSS, House, works_as
from tests.making_routes import routed
from tests.races.contest import Outcome, Started, by_processes


@pytest.fixture
def mutant(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """For planting a bug; the children of a race inherit it."""
    return monkeypatch


def bad_moment(processes: int) -> Callable[[], None]:
    """A call that returns once so many processes are in it: the moment in which a planted bug shows is waited for,
    because on a busy machine they would happen to follow one another."""
    arrived = multiprocessing.get_context("fork").Value("i", 0)

    def arrive() -> None:
        with arrived.get_lock():
            arrived.value += 1
        for _ in range(1000):
            if arrived.value >= processes:
                return
            time.sleep(0.01)

    return arrive


def without_locks(mutant: pytest.MonkeyPatch, verb: Any, processes: int) -> None:
    """The planted bug "read, then write": no row is locked before it is decided about."""
    mutant.setattr(TenantQuerySet, "select_for_update", lambda self, **_: self.all())
    everybody_read, read_clock = bad_moment(processes), verb.clock

    def late() -> datetime:
        everybody_read()
        found: datetime = read_clock()
        return found

    mutant.setattr(verb, "clock", late)


# one item, 200 claims


def claims_of_one_item(house: House, contenders: int) -> list[str]:
    """Everybody claims at once. What is wrong with how it ended, in words; empty when nothing is."""
    agents, item = [house.agent() for _ in range(contenders)], house.item()

    def one(agent: UUID) -> Callable[[], Any]:
        return lambda: claim(item_id=item, actor=works_as(agent)).agent_id

    outcomes = by_processes(house.id, [one(agent) for agent in agents])
    winners = [outcome.value for outcome in outcomes if not outcome.error]
    wrong = [] if len(winners) == 1 else [f"{len(winners)} winners"]
    owner = house.row(Item, id=item)
    told = {"agent": str(owner.owner_id), "at": owner.assigned_at.isoformat()} if owner.owner_id else None
    losers = [outcome for outcome in outcomes if outcome.error]
    wrong += [outcome.error for outcome in losers if outcome.error != "ItemTaken"]
    wrong += [
        "not told who has it" for outcome in losers if outcome.error == "ItemTaken" and outcome.parameters != told
    ]
    owners = len(house.rows(Assignment, item=item, ended_at=None))
    return wrong + ([] if owners == 1 else [f"{owners} owners"])


def test_of_200_claims_of_one_item_one_wins_and_199_are_told_who(house: House) -> None:
    assert claims_of_one_item(house, 200) == []


def test_a_claim_that_reads_and_then_writes_is_caught(house: House, mutant: pytest.MonkeyPatch) -> None:
    without_locks(mutant, claiming, 2)
    assert claims_of_one_item(house, 30) != []


# capacity 5, 60 racers


def claims_of_one_agent(house: House, contenders: int) -> list[str]:
    """One agent with room for five claims many items at once."""
    agent, items = house.agent(capacity=500), [house.item() for _ in range(contenders)]

    def one(item: UUID) -> Callable[[], Any]:
        return lambda: claim(item_id=item, actor=works_as(agent)).item_id

    got = Counter(outcome.error for outcome in by_processes(house.id, [one(item) for item in items]))
    load = house.row(AgentState, agent=agent).load
    expected = {"": 5, "CapacityFull": contenders - 5}
    return ([] if got == expected else [str(got)]) + ([] if load == 500 else [f"load {load}"])


def test_a_capacity_of_five_holds_against_sixty_racers(house: House) -> None:
    assert claims_of_one_agent(house, 60) == []


def test_a_capacity_that_is_counted_is_caught(house: House, mutant: pytest.MonkeyPatch) -> None:
    guarded = change.take
    everybody_looked = bad_moment(6)

    def counted(agent_id: UUID, units: int, **words: Any) -> None:
        held = Assignment.objects.filter(agent=agent_id, ended_at=None).count() - 1
        if (held + 1) * units > AgentState.objects.get(agent=agent_id).capacity:
            raise CapacityFull
        everybody_looked()
        guarded(agent_id, units, **{**words, "over": True})

    mutant.setattr(change, "take", counted)
    assert claims_of_one_agent(house, 60) != []


# accept at the instant of expiry


@contextmanager
def holding(house: House, item: UUID, dsn: str) -> Iterator[None]:
    """Somebody else's transaction that has the item locked."""
    with psycopg.connect(dsn) as other:
        other.execute("SELECT set_config('rightaway.organisation', %s, true)", [str(house.id)])
        other.execute("SELECT 1 FROM work_item WHERE id = %s FOR NO KEY UPDATE", [item])
        yield


def waiting_behind_locks(dsn: str, count: int) -> None:
    """Returns once so many connections wait for a row."""
    with psycopg.connect(dsn, autocommit=True) as watcher:
        for _ in range(500):
            row = watcher.execute("SELECT count(*) FROM pg_locks WHERE NOT granted").fetchone()
            if row and row[0] >= count:
                return
            time.sleep(0.01)
    raise AssertionError(f"never saw {count} waiting")


def accept_across_the_deadline(house: House, dsn: str) -> list[str]:
    """An accept that came in time waits for the item's lock until the deadline has passed."""
    agent, item = house.agent(), house.item("waiting")
    (held,) = house.offered(item, agent, seconds=1.5)
    with holding(house, item, dsn):
        racer = Started(house.id, lambda: accept(offer_id=held, actor=works_as(agent)))
        waiting_behind_locks(dsn, 1)
        while not house.row(Offer, id=held).expires_at <= now(house):
            time.sleep(0.02)
    outcome = racer.result()
    return [] if outcome.error == "OfferExpired" else [outcome.error or "a dead offer was accepted"]


def now(house: House) -> datetime:
    with house.inside():
        return clock()


def test_an_accept_that_waited_across_the_deadline_is_refused(house: House, app_dsn: str) -> None:
    assert accept_across_the_deadline(house, app_dsn) == []


def test_a_deadline_compared_with_the_start_of_the_transaction_is_caught(
    house: House, app_dsn: str, mutant: pytest.MonkeyPatch
) -> None:
    def started() -> datetime:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("SELECT now()")
            found: datetime = cursor.fetchone()[0]
            return found

    mutant.setattr(accepting, "clock", started)
    assert accept_across_the_deadline(house, app_dsn) == ["a dead offer was accepted"]


# accept, expire, decline and rescind, in all orders


@pytest.mark.parametrize("late", [False, True], ids=["in time", "too late"])
def test_an_offer_ends_once_in_whatever_order_they_come(house: House, app_dsn: str, late: bool) -> None:
    for order in permutations(("accept", "expire", "decline", "rescind")):
        agent, item = house.agent(), house.item("waiting")
        (held,) = house.offered(item, agent, seconds=60)
        verbs: dict[str, Callable[[], Any]] = {
            "accept": lambda held=held, agent=agent: accept(offer_id=held, actor=works_as(agent)),  # type: ignore[misc]
            "expire": lambda item=item: expire_item(item),  # type: ignore[misc]
            "decline": lambda held=held, agent=agent: decline(  # type: ignore[misc]
                offer_id=held, actor=works_as(agent), kind="busy_now"
            ),
            "rescind": lambda held=held: rescind(offer_id=held, actor=BOSS),  # type: ignore[misc]
        }
        with holding(house, item, app_dsn):
            if late:
                with house.inside():
                    Offer.objects.filter(id=held).update(expires_at=clock() + timedelta(milliseconds=20))
            racers = []
            for number, name in enumerate(order, start=1):
                racers.append(Started(house.id, verbs[name]))
                waiting_behind_locks(app_dsn, number)
            while late and not house.row(Offer, id=held).expires_at <= now(house):
                time.sleep(0.005)
        outcomes = dict(zip(order, [racer.result() for racer in racers], strict=True))
        assert_ended_once(house, held, item, outcomes)


def assert_ended_once(house: House, held: UUID, item: UUID, outcomes: dict[str, Outcome]) -> None:
    ended = house.row(Offer, id=held)
    won = [name for name, outcome in outcomes.items() if not outcome.error and outcome.value != 0]
    verb = {"accepted": "accept", "expired": "expire", "declined": "decline", "rescinded": "rescind"}[ended.state]
    assert won == [verb], (ended.state, outcomes)
    losers = {outcome.error for outcome in outcomes.values() if outcome.error}
    assert losers <= {"OfferEnded", "OfferExpired", "OfferTaken"}, losers
    assert house.state(item) == ("assigned" if ended.state == "accepted" else "waiting")


# an offer to many


def accepts_of_two_places(house: House, contenders: int) -> list[str]:
    agents, item = [house.agent() for _ in range(contenders)], house.item()
    with house.inside():
        made = offer(item_id=item, agent_ids=agents, places=2, seconds=3600, actor=BOSS)

    def one(agent: UUID, held: UUID) -> Callable[[], Any]:
        return lambda: accept(offer_id=held, actor=works_as(agent)).offer_id

    outcomes = by_processes(house.id, [one(*pair) for pair in zip(agents, made.offer_ids, strict=True)])
    got = Counter(outcome.error for outcome in outcomes)
    states = Counter(row.state for row in house.rows(Offer, item=item))
    wrong = [] if got == {"": 2, "OfferTaken": contenders - 2} else [str(got)]
    return wrong + ([] if states == {"accepted": 2, "rescinded": contenders - 2} else [str(states)])


def test_an_offer_with_two_places_is_accepted_twice(house: House) -> None:
    assert accepts_of_two_places(house, 10) == []


def test_places_that_are_counted_without_a_lock_are_caught(house: House, mutant: pytest.MonkeyPatch) -> None:
    without_locks(mutant, accepting, 3)
    assert accepts_of_two_places(house, 10) != []


# pulling


def test_everybody_who_pulls_at_once_gets_an_item_of_their_own(house: House) -> None:
    agents = [house.agent() for _ in range(40)]
    items = {house.item() for _ in agents}

    def one(agent: UUID) -> Callable[[], Any]:
        return lambda: next_item(actor=works_as(agent)).item_id

    outcomes = by_processes(house.id, [one(agent) for agent in agents])
    assert {outcome.value for outcome in outcomes} == items


# the outbox


def rows_never_told(house: House, dsn: str, relay: Callable[[int], int]) -> int:
    """A transaction that took its id early commits late. How many rows are left when the relay is done."""
    relay(house.id)
    with psycopg.connect(dsn) as slow:
        slow.execute("SELECT set_config('rightaway.organisation', %s, true)", [str(house.id)])
        slow.execute(
            "INSERT INTO ledger_outbox (organisation_id, id, hints) VALUES (%s, %s, %s)",
            [house.id, new_id(), json.dumps([["item", str(new_id()), "late"]])],
        )
        house.item()
        relay(house.id)
    relay(house.id)
    return len(house.rows(Outbox))


def test_no_row_of_the_outbox_is_passed_over(house: House, app_dsn: str) -> None:
    assert rows_never_told(house, app_dsn, relay_outbox) == 0


def test_an_outbox_that_is_read_by_its_last_id_is_caught(house: House, app_dsn: str) -> None:
    last = UUID(int=0)

    def by_cursor(organisation_id: int) -> int:
        nonlocal last
        with house.inside():
            for row in Outbox.objects.filter(id__gt=last).order_by("id"):
                last = row.id
                row.delete()
        return 0

    assert rows_never_told(house, app_dsn, by_cursor) == 1


# roles


def assigning_one_role(house: House, contenders: int) -> list[str]:
    """Managers give one role of one item to different people at once. What is wrong with how it ended, in words."""
    agents, item = [house.agent() for _ in range(contenders)], house.item()
    role = house.role(*agents)

    def one(agent: UUID) -> Callable[[], Any]:
        return lambda: assign_role(item_id=item, role_id=role, agent_id=agent, actor=BOSS).before

    outcomes = by_processes(house.id, [one(agent) for agent in agents])
    wrong = [outcome.error for outcome in outcomes if outcome.error]
    periods = house.rows(Assignment, item=item, role_id=role)
    now = [row for row in periods if row.ended_at is None]
    wrong += [] if len(now) == 1 else [f"{len(now)} holders"]
    wrong += [] if len(periods) == contenders else [f"{len(periods)} periods"]
    # Each took it from the one before: the first from nobody.
    took = Counter(outcome.value for outcome in outcomes)
    return wrong + ([] if took[()] == 1 and set(took.values()) == {1} else [f"taken from {took}"])


def test_of_forty_who_assign_one_role_at_once_each_takes_it_from_the_one_before(house: House) -> None:
    assert assigning_one_role(house, 40) == []


def test_a_role_that_is_assigned_without_the_items_lock_is_caught(house: House, mutant: pytest.MonkeyPatch) -> None:
    without_locks(mutant, assigning_roles, 2)
    assert assigning_one_role(house, 10) != []


def test_accepting_a_role_and_finishing_the_item_at_once_leave_nobody_with_it(house: House) -> None:
    for _ in range(8):
        lo, item = house.agent(), house.item()
        role = house.role(lo, key=str(new_id()))
        with house.inside():
            (held,) = offer_role(item_id=item, role_id=role, agent_ids=[lo], seconds=600, actor=BOSS).offer_ids
        accepted, finished = by_processes(
            house.id,
            [
                partial(accept, offer_id=held, actor=works_as(lo)),
                partial(finish, item_id=item, outcome="won", actor=BOSS),
            ],
        )
        assert not finished.error
        assert accepted.error in ("", "OfferEnded")
        assert house.rows(Assignment, item=item, ended_at=None) == []
        assert house.row(Offer, id=held).state == ("rescinded" if accepted.error else "accepted")


def test_of_many_who_accept_one_role_at_once_one_has_it(house: House) -> None:
    agents, item = [house.agent() for _ in range(30)], house.item()
    role = house.role(*agents)
    with house.inside():
        held = offer_role(item_id=item, role_id=role, agent_ids=agents, seconds=600, actor=BOSS).offer_ids
    pairs = zip(held, agents, strict=True)
    outcomes = by_processes(house.id, [partial(accept, offer_id=id, actor=works_as(agent)) for id, agent in pairs])
    assert Counter(outcome.error for outcome in outcomes) == {"": 1, "OfferTaken": 29}
    assert len(house.rows(Assignment, item=item, role_id=role, ended_at=None)) == 1


def test_whoever_leaves_while_a_role_is_given_to_them_does_not_keep_it(house: House) -> None:
    for _ in range(8):
        lo, item = house.agent(), house.item()
        role = house.role(lo, key=str(new_id()))
        with house.inside():
            config_row()
            settings = agent_settings(Agent.objects.get(id=lo), AgentState.objects.get(agent=lo))
        gone = settings.model_copy(update={"active": False})
        given, left = by_processes(
            house.id,
            [
                partial(assign_role, item_id=item, role_id=role, agent_id=lo, actor=BOSS),
                partial(save_agent, agent=gone, actor=BOSS),
            ],
        )
        assert not left.error and given.error in ("", "Conflict")
        assert house.rows(Assignment, item=item, ended_at=None) == []


def test_workers_and_people_give_each_role_to_one(house: House) -> None:
    agents = [house.agent() for _ in range(3)]
    role = house.role(*agents)
    routed(house, {"role": "buyer", "act": "assign", "agents": agents})
    with house.inside():
        enquiries = [Enquiry(source="web", name=f"P {n}", email=f"{n}@example.com") for n in range(40)]
        receive_many(enquiries=enquiries, actor=SYSTEM)
        ids = list(Item.objects.order_by("id").values_list("id", flat=True))

    def by_hand() -> None:
        for item in ids[::4]:
            with house.inside():
                assign_role(item_id=item, role_id=role, agent_id=agents[0], actor=BOSS)

    outcomes = by_processes(None, [*[partial(fill_due, house.id, limit=10)] * 4, by_hand])
    assert {outcome.error for outcome in outcomes} <= {"", "WrongState"}  # theirs already
    while fill_due(house.id):
        pass
    held = house.rows(Assignment, role_id=role, ended_at=None)
    assert sorted(row.item_id for row in held) == ids and house.rows(Vacancy) == []


def test_a_private_contact_is_shared_once(house: House) -> None:
    me = house.agent()
    item = house.item("pooled")
    with house.inside():
        assign(item_id=item, agent_id=me, actor=BOSS)
        Item.objects.filter(id=item).update(private=True)
    verb = partial(share, item_id=item, actor=works_as(me))
    assert sorted(outcome.error for outcome in by_processes(house.id, [verb] * 8)) == ["", *["WrongState"] * 7]
