"""Somebody leaves in the very moment in which they accept, claim or are given something."""

from collections.abc import Callable
from typing import Any

import pytest

from rightaway.ledger.clock import clock
from rightaway.ledger.errors import Conflict
from rightaway.people.models import AgentState
from rightaway.work.actions.accept import accept
from rightaway.work.actions.assign import assign
from rightaway.work.actions.claim import claim
from rightaway.work.actions.depart import depart_due
from rightaway.work.actions.leave import leave
from rightaway.work.actions.offer import offer
from rightaway.work.actions.run_bulk import bulk_due
from rightaway.work.models import Assignment, Departure, Offer
from tests.making import BOSS, House, works_as
from tests.races.contest import by_processes

ROUNDS = 12


def remains(house: House) -> list[str]:
    """Works off a departure; what of the leaver is left."""
    while True:
        with house.inside():
            Departure.objects.filter(state="leaving").update(due_at=clock())
        if not depart_due(house.id) + bulk_due(house.id):
            break
    with house.inside():
        gone = AgentState.objects.filter(active=False).values("agent")
        wrong = ["owns" for _ in Assignment.objects.filter(agent__in=gone, ended_at=None)]
        wrong += ["offered" for _ in Offer.objects.filter(agent__in=gone, state="open")]
        return wrong + [row.state for row in Departure.objects.exclude(state="gone")]


def race(house: House) -> list[str]:
    """The last step of cutting somebody off against everything that could give them something."""
    leaver, other = house.agent(capacity=10_000), house.agent(capacity=10_000)
    held = house.offered(house.item("waiting"), leaver)[0]
    free, mine, one, many = (house.item() for _ in range(4))
    with house.inside():
        leave(agent_id=leaver, actor=BOSS, to="agent", receiver_id=other)
    me = works_as(leaver)

    def inside(verb: Callable[[], Any]) -> Callable[[], Any]:
        def run() -> Any:
            with house.inside():
                return str(type(verb()))

        return run

    by_processes(None, [
        lambda: depart_due(house.id),
        inside(lambda: accept(offer_id=held, actor=me)),
        inside(lambda: claim(item_id=free, actor=me)),
        inside(lambda: assign(item_id=mine, agent_id=leaver, actor=BOSS)),
        inside(lambda: offer(item_id=one, agent_ids=[leaver], seconds=600, actor=BOSS)),
        inside(lambda: offer(item_id=many, agent_ids=[leaver, other], seconds=600, actor=BOSS)),
    ])  # fmt: skip
    return remains(house)


def test_nothing_is_left_with_who_leaves_whatever_happens_in_that_moment(house: House) -> None:
    for _ in range(ROUNDS):
        assert race(house) == []


def test_a_claim_that_began_before_is_refused_at_its_end(house: House) -> None:
    """The row that says who is active is read when the load is taken, not when the verb began."""
    leaver, item = house.agent(), house.item()
    with house.inside():
        AgentState.objects.filter(agent=leaver).update(active=False)
    with pytest.raises(Conflict), house.inside():
        claim(item_id=item, actor=works_as(leaver))


def test_two_workers_take_each_step_once(house: House) -> None:
    leaver, takes = house.agent(capacity=10_000), house.agent(capacity=10_000)
    items = [house.item() for _ in range(5)]
    with house.inside():
        for item in items:
            assign(item_id=item, agent_id=leaver, actor=BOSS)
        leave(agent_id=leaver, actor=BOSS, to="agent", receiver_id=takes)
    for _ in range(4):
        by_processes(None, [lambda: depart_due(house.id) + bulk_due(house.id)] * 4)
    assert remains(house) == []
    assert len(house.rows(Assignment, agent=takes)) == 5
