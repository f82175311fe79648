"""The demo's gentle live flow: enquiries come in, simulated agents beat, accept, decline, miss, call and finish.

A small clockwork: a heap of (when, what) that is run in order of time. Everything is done by the verbs that people
use. What agents hold in their hands is read from the database, so that it goes on where it was after a restart.
"""

import heapq
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from random import Random
from uuid import UUID

from rightaway.accounts.actor import SYSTEM
from rightaway.conversations.models import Conversation
from rightaway.demo.cast import AGENTS
from rightaway.demo.customers import Customers
from rightaway.demo.people import Person, everybody
from rightaway.demo.seed import SEED, come_in, demo_organisation, plan_next
from rightaway.demo.words import answer, bad_lead, note
from rightaway.ledger.errors import Conflict, NotFound
from rightaway.ledger.retry import retried
from rightaway.ledger.tenancy import organisation
from rightaway.work.actions.accept import accept
from rightaway.work.actions.decline import decline
from rightaway.work.actions.finish import finish
from rightaway.work.actions.hear import Incoming, hear
from rightaway.work.actions.move_status import move_status
from rightaway.work.actions.next import next_item
from rightaway.work.actions.presence import declare, heartbeat
from rightaway.work.actions.receive import receive
from rightaway.work.actions.reply import reply
from rightaway.work.actions.touch import touch
from rightaway.work.models import Item

ENQUIRY_SECONDS = 4.0  # on average between two enquiries
BEAT_SECONDS = 5.0
FIELD_AGAIN_SECONDS = 3600.0

Step = Callable[[], object]


@dataclass(slots=True)
class Life:
    """What a simulated agent has in mind: offers and items that they have a plan for already."""

    person: Person
    offers: set[UUID] = field(default_factory=set)
    items: set[UUID] = field(default_factory=set)
    back_at: float | None = None  # on a break until then


class Flow:
    """`now` counts in seconds from any start; `run_due` does what is due and says when to come again."""

    def __init__(self, organisation_id: int, random: Random, *, now: float = 0.0) -> None:
        self.organisation_id = organisation_id
        self.random = random
        self.now = now
        self.customers = Customers(random)
        self._heap: list[tuple[float, int, Step]] = []
        self._order = count()
        self.lives = [Life(person) for person in everybody(organisation_id) if person.key not in AGENTS]
        for life in self.lives:
            self._in(random.uniform(0, BEAT_SECONDS), lambda life=life: self._arrive_at_work(life))  # type: ignore[misc]
        self._in(1.0, self._enquiry)

    def run_due(self, now: float) -> float:
        """Does everything that is due at `now`, in order. Returns when the next thing is."""
        while self._heap and self._heap[0][0] <= now:
            self.now, _order, step = heapq.heappop(self._heap)
            step()
        return self._heap[0][0]

    def _in(self, seconds: float, step: Step) -> None:
        heapq.heappush(self._heap, (self.now + seconds, next(self._order), step))

    def _do(self, verb: Step) -> bool:
        """Runs a verb in a transaction of its own. False when somebody else was faster, as happens to people."""

        def transaction() -> None:
            with organisation(self.organisation_id):
                verb()

        try:
            retried(transaction)
        except (Conflict, NotFound):
            return False
        return True

    # customers

    def _enquiry(self) -> None:
        enquiry = self.customers.enquiry()
        if enquiry.source == "website" and enquiry.message:
            channel = self.random.choice(("web_chat", "web_form"))
            message = Incoming(channel=channel, text=enquiry.message, sender=enquiry.email or "")
            self._do(lambda: hear(message=message, enquiry=enquiry, actor=SYSTEM))
        else:
            self._do(lambda: receive(enquiry=enquiry, actor=SYSTEM))
        self._in(min(self.random.expovariate(1 / ENQUIRY_SECONDS), 5 * ENQUIRY_SECONDS), self._enquiry)

    # agents

    def _arrive_at_work(self, life: Life) -> None:
        come_in(self.organisation_id, life.person)
        if life.person.mode == "field":
            self._in(FIELD_AGAIN_SECONDS, lambda: self._arrive_at_work(life))
        if life.back_at is None:
            self._beat(life)
            self._in(self.random.uniform(60, 240), lambda: self._pull(life))
        life.back_at = None

    def _beat(self, life: Life) -> None:
        """The open page of the agent: says they are there, and shows what they were offered and what they own."""
        agent_id = life.person.agent_id
        with organisation(self.organisation_id):
            beat = heartbeat(actor=life.person.actor)
            mine = Item.objects.filter(owner=agent_id, state="assigned", unanswered_since__isnull=False)
            owned = list(mine.order_by("id").values_list("id", flat=True))
        for offer in beat.offers:
            if offer.offer_id not in life.offers:
                life.offers.add(offer.offer_id)
                self._think_about(life, offer.offer_id)
        for item_id in owned:
            if item_id not in life.items:
                life.items.add(item_id)
                self._in(self.random.uniform(4, 40), lambda item_id=item_id: self._call(life, item_id))  # type: ignore[misc]
        if beat.presence != "available" and life.back_at is None:
            life.back_at = self.now + self.random.uniform(40, 150)  # missed two, or took a break
        if life.back_at is not None and life.back_at <= self.now:
            come_in(self.organisation_id, life.person)
            life.back_at = None
        elif beat.presence == "available" and self.random.random() < 0.004:
            self._do(lambda: declare(agent_id=agent_id, presence="break", actor=life.person.actor, reason="lunch"))
        self._in(self.random.uniform(0.8, 1.2) * BEAT_SECONDS, lambda: self._beat(life))

    def _think_about(self, life: Life, offer_id: UUID) -> None:
        mood = self.random.random()
        after = self.random.uniform(2, 22)
        if mood < 0.80:
            self._in(after, lambda: self._answer(life, offer_id))
        elif mood < 0.92:
            self._in(after, lambda: self._turn_down(life, offer_id))
        # And the rest look away: the offer expires.

    def _answer(self, life: Life, offer_id: UUID) -> None:
        self._do(lambda: accept(offer_id=offer_id, actor=life.person.actor))
        life.offers.discard(offer_id)

    def _turn_down(self, life: Life, offer_id: UUID) -> None:
        kind = self.random.choices(["busy_now", "not_for_me", "bad_lead"], [5, 4, 1])[0]
        why = bad_lead(self.random, life.person.language) if kind == "bad_lead" else ""
        self._do(lambda: decline(offer_id=offer_id, actor=life.person.actor, kind=kind, note=why))
        life.offers.discard(offer_id)

    def _pull(self, life: Life) -> None:
        """With a free hand, the next one from the pool."""
        self._do(lambda: next_item(actor=life.person.actor))
        self._in(self.random.uniform(45, 180), lambda: self._pull(life))

    def _call(self, life: Life, item_id: UUID) -> None:
        outcome = self.random.choices(["connected", "no_answer", "voicemail"], [60, 25, 15])[0]
        seconds = self.random.randint(60, 600) if outcome == "connected" else self.random.randint(10, 40)

        def verbs() -> None:
            chat = Conversation.objects.filter(item_id=item_id, channel="web_chat", waits_since__isnull=False).first()
            if chat is not None:
                text = answer(self.random, life.person.language)
                reply(conversation_id=chat.id, text=text, actor=life.person.actor)
            touch(item_id=item_id, actor=life.person.actor, kind="call", outcome=outcome, seconds=seconds)
            if outcome == "connected":
                text = note(self.random, life.person.language)
                touch(item_id=item_id, actor=life.person.actor, kind="note", text=text)
                move_status(item_id=item_id, status="working", actor=life.person.actor)
                plan_next(item_id, life.person, self.random)

        if not self._do(verbs):
            life.items.discard(item_id)
        elif outcome == "connected":
            self._in(self.random.uniform(40, 200), lambda: self._conclude(life, item_id))
        else:
            self._in(self.random.uniform(30, 90), lambda: self._call(life, item_id))

    def _conclude(self, life: Life, item_id: UUID) -> None:
        outcome = self.random.choices(["won", "lost", "unreachable", "nurture"], [22, 56, 12, 10])[0]
        if outcome == "nurture":
            self._do(lambda: move_status(item_id=item_id, status="nurture", actor=life.person.actor))
        else:
            self._do(lambda: finish(item_id=item_id, outcome=outcome, actor=life.person.actor))
        life.items.discard(item_id)


def run() -> None:
    """Keeps the demo moving until the process is ended."""
    flow = Flow(demo_organisation(), Random(SEED), now=time.monotonic())
    while True:
        next_at = flow.run_due(time.monotonic())
        time.sleep(max(0.02, min(next_at - time.monotonic(), 1.0)))
