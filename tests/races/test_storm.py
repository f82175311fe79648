"""Everything at once: people, planners and sweeps in processes of their own, by a seed; then the promises hold."""

import os
import random
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from rightaway.contacts.models import Contact
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import RightawayError
from rightaway.ledger.events import Change, append
from rightaway.ledger.ids import new_id
from rightaway.ledger.retry import retried
from rightaway.ledger.tenancy import organisation
from rightaway.routing.directory import touch_configuration
from rightaway.routing.models import Config, Version
from rightaway.routing.schema import RouteIn, RouteSet
from rightaway.work.actions.accept import accept
from rightaway.work.actions.assign import assign
from rightaway.work.actions.claim import claim
from rightaway.work.actions.decline import decline
from rightaway.work.actions.finish import finish
from rightaway.work.actions.hand_back import hand_back
from rightaway.work.actions.move_status import move_status
from rightaway.work.actions.next import next_item
from rightaway.work.actions.offer import offer
from rightaway.work.actions.presence import declare, heartbeat
from rightaway.work.actions.rescind import rescind
from rightaway.work.actions.revoke import revoke
from rightaway.work.actions.touch import touch
from rightaway.work.models import Item, Offer
from rightaway.worker.loop import SWEEPS
from tests.making import BOSS, House, works_as
from tests.races.contest import by_processes

SECONDS = float(os.environ.get("STORM_SECONDS", "2.5"))


def publish(house: House) -> None:
    """Three routes over everybody: turns, first to accept, and a given one; offers are short, so that they expire."""
    with house.inside():
        routes = [
            RouteIn(id=new_id(), name=name, sources=[name], strategy=strategy, act=act, tries=3)  # type: ignore[arg-type]
            for name, strategy, act in (
                ("web", "round_robin", "offer"),
                ("chat", "first_to_accept", "offer"),
                ("portal", "load_balanced", "assign"),
            )
        ]
        version = Version.objects.create(number=1, body=RouteSet(routes=routes).model_dump_json())
        Config.objects.update(live=version, revision=2)


def arrive(dice: random.Random) -> None:
    now = clock()
    contact = Contact.objects.create(name="A", folded="a")
    source, band = dice.choice(["web", "chat", "portal", "?"]), dice.randrange(4)
    item = Item.objects.create(
        contact_id=contact.id, created_at=now, unanswered_since=now, due_at=now, source=source, band=band
    )
    append(item, now, [Change("received", {"state": "waiting", "owner": None})])


def soon(model: Any, dice: random.Random, **key: Any) -> Any:
    """Some row, or None."""
    rows = list(model.objects.filter(**key).order_by("-id")[:20])
    return dice.choice(rows) if rows else None


def act(dice: random.Random, agents: list[UUID]) -> Any:
    """One verb of somebody, as it comes."""
    agent = dice.choice(agents)
    me = works_as(agent)
    item = soon(Item, dice, state=dice.choice(["waiting", "pooled", "offered", "assigned"]))
    mine = soon(Item, dice, owner=agent)
    held = soon(Offer, dice, state="open")
    to = works_as(held.agent_id) if held else me
    chosen = dice.sample(agents, 3)[: dice.randint(1, 3)]
    over, places = dice.random() < 0.2, dice.choice([1, None])
    word = dice.choice(["available", "available", "break", "offline"])
    verbs: list[Callable[[], Any]] = [lambda: arrive(dice)] * 6 + [lambda: heartbeat(actor=me)] * 3
    verbs += [lambda: next_item(actor=me), lambda: declare(agent_id=agent, presence=word, actor=me)]
    if item:
        verbs += [
            lambda: claim(item_id=item.id, actor=me),
            lambda: assign(item_id=item.id, agent_id=chosen[0], actor=BOSS, over_capacity=over, note="x"),
            lambda: offer(item_id=item.id, agent_ids=chosen, places=places, seconds=60, actor=BOSS),
            lambda: revoke(item_id=item.id, actor=BOSS, to=dice.choice(["routes", "pool"]), reason="x"),
        ]
    if held:
        verbs += [
            lambda: accept(offer_id=held.id, actor=to),
            lambda: decline(offer_id=held.id, actor=to, kind=dice.choice(["busy_now", "not_for_me"])),
        ] * 4
        verbs += [
            lambda: rescind(offer_id=held.id, actor=BOSS),
            lambda: Offer.objects.filter(id=held.id, state="open").update(expires_at=clock()),
        ]
    if mine:
        verbs += [
            lambda: touch(item_id=mine.id, actor=me, kind="call", outcome=dice.choice(["connected", "no_answer"])),
            lambda: move_status(item_id=mine.id, status=dice.choice(["working", "nurture", "evaluate"]), actor=me),
            lambda: hand_back(item_id=mine.id, actor=me, reason="x"),
            lambda: finish(item_id=mine.id, outcome="won", actor=me),
        ]
    return dice.choice(verbs)()


def people(house: House, agents: list[UUID], seed: int) -> Counter[str]:
    """Somebody who acts as fast as they can. What became of it, by verb and error."""
    dice, seen, until = random.Random(seed), Counter[str](), time.monotonic() + SECONDS

    def inside() -> str:
        with organisation(house.id):
            return type(act(dice, agents)).__name__

    while time.monotonic() < until:
        try:
            seen[retried(inside)] += 1
        except RightawayError as error:
            seen[type(error).__name__] += 1
    return seen


def sweeper(house: House) -> Counter[str]:
    """A worker, as two of them run at once."""
    done, until = Counter[str](), time.monotonic() + SECONDS
    while time.monotonic() < until:
        for sweep in SWEEPS:
            done[sweep.name] += retried(partial(sweep.run, house.id))
    return done


@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_happens_at_once_the_promises_hold(house: House, seed: int) -> None:
    agents = [house.agent(capacity=300, unanswered_cap=dice) for dice in (None, 3, None, 5, None)]
    publish(house)
    verbs: list[Callable[[], Any]] = [
        *[partial(people, house, agents, seed * 100 + number) for number in range(4)],
        partial(sweeper, house),
        partial(sweeper, house),
    ]
    outcomes = by_processes(None, verbs)
    assert [outcome.error for outcome in outcomes if outcome.error] == []
    total: Counter[str] = sum((outcome.value for outcome in outcomes), Counter())
    assert total["route"] > 0, total
    # The rare ones may all be missing from a short run on a busy machine.
    if SECONDS >= 10:
        assert total["Accepted"] + total["Declined"] > 0, total
        assert total["expire"] + total["withdraw"] + total["Revoked"] + total["HandedBack"] > 0, total
    assert house.check() == []
    nothing_waits_for_somebody_free(house)


def nothing_waits_for_somebody_free(house: House) -> None:
    """Somebody new with room for everything comes: nothing that waited may be forgotten."""
    newcomer = house.agent(capacity=1_000_000, presence="offline")
    with house.inside():
        touch_configuration()
        declare(agent_id=newcomer, presence="available", actor=BOSS)
    while sum(retried(partial(sweep.run, house.id)) for sweep in SWEEPS):
        pass
    assert [(item.cause, item.due_at) for item in house.rows(Item, state="waiting")] == []
