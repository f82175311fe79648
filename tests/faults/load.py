"""Load from outside: people who send leads and try again, and agents who answer offers. All by HTTP."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import uuid4

from tests.faults.stack import Seeded, Stack

SOURCES = ("turn", "many", "given", "nobody's")
ROUTES = (
    {"sources": ["turn"], "strategy": "round_robin", "unaccepted": "wait", "offer_seconds": 15},
    {"sources": ["many"], "strategy": "first_to_accept", "unaccepted": "wait", "offer_seconds": 15, "wave_seconds": 5},
    {"sources": ["given"], "strategy": "weighted", "act": "assign"},
)


class Crew:
    """Threads that each do one thing again and again."""

    def __init__(self, bodies: list[Callable[[], None]]) -> None:
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._loop, args=(body,), daemon=True) for body in bodies]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(60)
        assert not [thread for thread in self._threads if thread.is_alive()], "somebody still waits for an answer"

    def _loop(self, body: Callable[[], None]) -> None:
        while not self._stopping.is_set():
            body()


class Load:
    """`acknowledged`: key → the item's id that a 201 named. `wrong`: what no fault excuses."""

    def __init__(self, stack: Stack, house: Seeded, seed: int) -> None:
        self.stack, self.house = stack, house
        self.acknowledged: dict[str, str] = {}
        self.answers: Counter[str] = Counter()
        self.wrong: list[str] = []
        self._senders = Crew([self._sender(random.Random(f"{seed} {number}"), number) for number in range(3)])
        agents = [(random.Random(f"{seed} {id}"), key) for id, key in house.agents]
        # The first one never declines, so that there is always somebody left to ask.
        self._agents = Crew(
            [self._agent(dice, key, often=0.2 if number else 0) for number, (dice, key) in enumerate(agents)]
        )

    @contextmanager
    def running(self) -> Iterator[None]:
        self._senders.start()
        self._agents.start()
        try:
            yield
        finally:
            self._senders.stop()
            self._agents.stop()

    def stop_sending(self) -> None:
        """Returns once everybody has the answer that they wait for."""
        self._senders.stop()

    def _sender(self, dice: random.Random, number: int) -> Callable[[], None]:
        def send() -> None:
            key = str(uuid4())
            lead = {
                "source": dice.choice(SOURCES), "name": f"Lead {key[:8]}",
                "phone": f"+346{number}{dice.randrange(10**7):07d}", "external_id": key,
            }  # fmt: skip
            self._send(key, lead, dice)
            time.sleep(dice.uniform(0, 0.03))

        return send

    def _send(self, key: str, lead: dict[str, str], dice: random.Random) -> None:
        """Until it is acknowledged: whoever gets no answer asks again with the same key, sometimes for no reason."""
        headers = {"Authorization": f"Bearer {self.house.intake}", "Idempotency-Key": key}
        again = dice.random() < 0.2
        until = time.monotonic() + 30
        while time.monotonic() < until:
            status, body = self.stack.call("POST", "/api/v1/leads", lead, headers=headers)
            self.answers[f"lead {status}"] += 1
            if status == 201:
                before = self.acknowledged.setdefault(key, body["item_id"])
                if before != body["item_id"]:
                    self.wrong.append(f"{key} is {before} and {body['item_id']}")
                if not again:
                    return
                again = False
            elif status not in (0, 409, 503):
                self.wrong.append(f"a lead was answered {status}: {body}")
                return
            time.sleep(0.05)
        self.wrong.append(f"{key} was never acknowledged")

    def _agent(self, dice: random.Random, key: str, *, often: float) -> Callable[[], None]:
        """Somebody who declines that often."""
        headers = {"Authorization": f"Bearer {key}"}

        def answer() -> None:
            status, beat = self.stack.call("POST", "/api/v1/presence/heartbeat", headers=headers)
            self.answers[f"heartbeat {status}"] += 1
            if (
                status == 200 and beat["presence"] != "available"
            ):  # sent on a break by a fault that made them miss offers
                self.stack.call("POST", "/api/v1/presence", {"presence": "available"}, headers=headers)
            for offer in beat["offers"][:5] if status == 200 else ():
                self._answer(offer["offer_id"], headers, decline=dice.random() < often)
            time.sleep(dice.uniform(0.02, 0.1))

        return answer

    def _answer(self, offer: str, headers: dict[str, str], *, decline: bool) -> None:
        verb, body = ("decline", {"kind": "busy_now"}) if decline else ("accept", None)
        status, said = self.stack.call("POST", f"/api/v1/offers/{offer}/{verb}", body, headers=headers)
        self.answers[f"{verb} {status}"] += 1
        if status not in (0, 200, 404, 409, 503):
            self.wrong.append(f"{verb} was answered {status}: {said}")
