"""Everybody at once, by a seed: people of all strategies, intake, managers and workers on one organisation.

No verb fails otherwise than it declares, every transaction takes its locks in the one order, and `check` is content.
"""

import os
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any
from uuid import UUID

import psycopg
from django.db import connection

from rightaway.ledger.errors import RightawayError
from rightaway.ledger.retry import retried
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
from rightaway.work.actions.receive import receive
from rightaway.work.actions.rescind import rescind
from rightaway.work.actions.revoke import revoke
from rightaway.work.actions.touch import touch
from rightaway.work.check import check
from rightaway.work.enquiry import Enquiry
from rightaway.work.models import Item, Offer
from rightaway.worker.loop import SWEEPS, Worker
from tests.faults.locks import Watched
from tests.making import BOSS, House, works_as
from tests.making_routes import routed

SECONDS = float(os.environ.get("STORM_SECONDS", "4"))
SEED = int(os.environ.get("STORM_SEED", "1"))
EVERY_SWEEP = [sweep.name for sweep in SWEEPS]
AGENTS, INTAKES, MANAGERS = 40, 10, 3


def lively_house(org: int) -> tuple[House, list[UUID]]:
    """All strategies, little capacity, short offers: everything happens often."""
    house = House(org)
    agents = [house.agent(capacity=400, unanswered_cap=3) for _ in range(AGENTS - 10)]
    agents += [house.agent(capacity=500, limits={"hour": 30}) for _ in range(10)]
    offers = {"offer_seconds": 5, "tries": 3}
    routed(
        house,
        {"sources": ["one"], "strategy": "agent", "agents": agents[:1], "nobody": "next"},
        {"sources": ["many"], "strategy": "first_to_accept", "agents": agents[:20], "wave_seconds": 5, **offers},
        {"sources": ["weighted"], "strategy": "weighted", "act": "assign", "agents": agents[10:20],
         "weights": [1, 2, 3, 4, 5, 1, 2, 3, 4, 5]},
        {"sources": ["load"], "strategy": "load_balanced", "agents": agents[20:], **offers, "unaccepted": "next"},
        {"sources": ["idle"], "strategy": "longest_idle", "agents": agents[15:35], **offers},
        {"sources": ["pool"], "strategy": "pool"},
        {"sources": ["given"], "strategy": "round_robin", "act": "assign", "agents": agents},
        {"strategy": "round_robin", "agents": agents, "unaccepted": "wait", **offers},
    )  # fmt: skip
    return house, agents


class Storm:
    """The threads of one stress run, what they did, and what went wrong that nobody declared."""

    def __init__(self, house: House, agents: list[UUID], seconds: float) -> None:
        self.house, self.agents = house, agents
        self.until = time.monotonic() + seconds
        self.done: Counter[str] = Counter()
        self.wrong: list[str] = []
        self.worker = Worker()
        self.acknowledged: list[UUID] = []
        self.out_of_order: Counter[str] = Counter()

    def run(self) -> None:
        bodies: list[Callable[[random.Random], None]] = []
        bodies += [self._agent(agent) for agent in self.agents]
        bodies += [self._intake for _ in range(INTAKES)]
        bodies += [self._manager for _ in range(MANAGERS)]
        bodies += [self._worker for _ in range(2)]
        threads = [
            threading.Thread(target=self._loop, args=(body, random.Random(SEED * 1000 + number)), daemon=True)
            for number, body in enumerate(bodies)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(self.until - time.monotonic() + 60)
        assert not [thread for thread in threads if thread.is_alive()], "somebody hangs"

    def _loop(self, body: Callable[[random.Random], None], dice: random.Random) -> None:
        try:
            while time.monotonic() < self.until and not self.wrong:
                body(dice)
        except Exception as error:
            self.wrong.append(f"{type(error).__name__}: {error}")
            raise
        finally:
            connection.close()

    def attempt(self, name: str, verb: Callable[[], Any]) -> Any:
        """Runs a verb as a door does. A refusal that the verb declares is an answer too."""

        def inside() -> Any:
            locks = Watched()
            with connection.execute_wrapper(locks), self.house.inside():
                try:
                    return verb()
                finally:
                    self.out_of_order.update(f"{name}: {each}" for each in locks.wrong)

        try:
            found = retried(inside)
            self.done[name] += 1
            return found
        except RightawayError as error:
            if error.status >= 500:
                raise
            self.done[f"{name}: {type(error).__name__}"] += 1
        except Exception as error:
            raise AssertionError(f"{name}: {error!r}") from error
        return None

    def _pick(self, dice: random.Random, model: Any, **key: Any) -> UUID | None:
        rows = self.attempt("pick", lambda: list(model.objects.filter(**key).values_list("id", flat=True)[:30]))
        return dice.choice(rows) if rows else None

    def _intake(self, dice: random.Random) -> None:
        number = dice.randrange(400)  # people come back
        source = dice.choice(["one", "many", "weighted", "load", "idle", "pool", "given", "other"])
        enquiry = Enquiry(source=source, name=f"N{number}", phone=f"+34600{number:06d}", route=dice.random() < 0.95)
        received = self.attempt("receive", lambda: receive(enquiry=enquiry, actor=BOSS))
        if received is not None:
            self.acknowledged.append(received.item_id)
        time.sleep(0.02)

    def _worker(self, dice: random.Random) -> None:
        self.worker.tick({self.house.id: EVERY_SWEEP}, time.monotonic())
        time.sleep(0.005)

    def _manager(self, dice: random.Random) -> None:
        item = self._pick(dice, Item, state=dice.choice(["waiting", "offered", "assigned", "pooled"]))
        held = self._pick(dice, Offer, state="open")
        agent = dice.choice(self.agents)
        if item is None:
            return
        match dice.randrange(7):
            case 0:
                over = dice.random() < 0.3
                self.attempt(
                    "assign",
                    lambda: assign(item_id=item, agent_id=agent, actor=BOSS, over_capacity=over, note="because"),
                )
            case 1:
                some = dice.sample(self.agents, dice.choice([1, 3]))
                places = dice.choice([1, 2, None]) if len(some) > 1 else 1
                self.attempt(
                    "offer", lambda: offer(item_id=item, agent_ids=some, places=places, seconds=60, actor=BOSS)
                )
            case 2:
                to = dice.choice(["routes", "pool", "agent"])
                receiver = agent if to == "agent" else None
                self.attempt(
                    "revoke", lambda: revoke(item_id=item, actor=BOSS, to=to, reason="idle", agent_id=receiver)
                )
            case 3 if held is not None:
                self.attempt("rescind", lambda: rescind(offer_id=held, actor=BOSS))
            case 4:
                status = dice.choice(["evaluate", "working", "nurture"])
                self.attempt("move", lambda: move_status(item_id=item, status=status, actor=BOSS))
            case 5:
                self.attempt("finish", lambda: finish(item_id=item, outcome="lost", actor=BOSS))
            case _:
                self.attempt("offline", lambda: declare(agent_id=agent, presence="offline", actor=BOSS))
        time.sleep(0.01)

    def _agent(self, me: UUID) -> Callable[[random.Random], None]:
        actor = works_as(me)

        def turn(dice: random.Random) -> None:
            beat = self.attempt("heartbeat", lambda: heartbeat(actor=actor))
            for held in beat.offers if beat else ():
                self._answer(dice, actor, held.offer_id)
            mine = self._pick(dice, Item, owner=me)
            match dice.randrange(10):
                case 0:
                    self.attempt("next", lambda: next_item(actor=actor))
                case 1:
                    free = self._pick(dice, Item, state=dice.choice(["pooled", "waiting"]))
                    if free:
                        self.attempt("claim", lambda: claim(item_id=free, actor=actor))
                case 2:
                    word = dice.choice(["offline", "available", "break", "available"])
                    self.attempt("declare", lambda: declare(agent_id=me, presence=word, actor=actor))
                case 3 if mine:
                    self.attempt("hand_back", lambda: hand_back(item_id=mine, actor=actor, reason="no time"))
                case 4 | 5 if mine:
                    self.attempt("touch", lambda: touch(item_id=mine, actor=actor, kind="call"))
                case 6 | 7 if mine:
                    self.attempt("finish", lambda: finish(item_id=mine, outcome="won", actor=actor))
                case _:
                    self.attempt("declare", lambda: declare(agent_id=me, presence="available", actor=actor))
            time.sleep(dice.uniform(0.01, 0.1))

        return turn

    def _answer(self, dice: random.Random, actor: Any, held: UUID) -> None:
        match dice.randrange(4):
            case 0 | 1:
                self.attempt("accept", lambda: accept(offer_id=held, actor=actor))
            case 2:
                kind = dice.choice(["busy_now", "not_for_me"])
                self.attempt("decline", lambda: decline(offer_id=held, actor=actor, kind=kind))
            case _:
                pass  # let it expire


def deadlocks(dsn: str) -> int:
    with psycopg.connect(dsn, autocommit=True) as watcher:
        watcher.execute("SELECT pg_stat_clear_snapshot()")
        row = watcher.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()").fetchone()
        assert row is not None
        return int(row[0])


def test_a_storm_of_all_verbs_breaks_no_promise(org: int, app_dsn: str) -> None:
    house, agents = lively_house(org)
    before = deadlocks(app_dsn)
    storm = Storm(house, agents, SECONDS)
    storm.run()
    assert storm.wrong == []
    assert storm.worker.failures == {}, "a sweep failed"
    assert storm.out_of_order == {}
    print(f"seed {SEED}: {dict(sorted(storm.done.items()))}, {deadlocks(app_dsn) - before} deadlocks")
    assert storm.done["accept"] + storm.done["claim"] + storm.done["next"] > 0
    with house.inside():
        assert check(storm.acknowledged) == []
