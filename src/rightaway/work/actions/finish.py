"""Finish: an item is closed with an outcome. It frees its owner, and everybody it was offered to."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.engine.moves import next_state
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import Invalid, WrongState
from rightaway.work import access, change, drips, exclusions, offers, ownership, roles, tasks, threads, vacancies
from rightaway.work.models import Item

OUTCOMES: Final = ("won", "lost", "resolved", "unreachable", "duplicate", "spam", "other")


@dataclass(frozen=True, slots=True)
class Finished:
    item_id: UUID
    outcome: str
    at: datetime


def finish(*, item_id: UUID, outcome: str, actor: Actor) -> Finished:
    """Closes an open item. It stays in front of its contact until a newer one comes. Runs inside `organisation(…)`.

    Raises NotFound, NotAllowed, WrongState, Invalid.
    """
    if outcome not in OUTCOMES:
        raise Invalid(errors=[{"pointer": "/outcome", "detail": "unknown"}])
    item = access.item_for(actor, item_id, "item.finish", lock=True)
    if next_state(item.state, "finish") is None:
        raise WrongState(state=item.state, move="finish")
    now, loads = clock(), change.Loads()
    close(item, outcome, actor=actor, now=now, loads=loads)
    change.settle(loads)
    return Finished(item_id=item.id, outcome=outcome, at=now)


def close(item: Item, outcome: str, *, actor: Actor, now: datetime, loads: change.Loads, **body: object) -> None:
    """Closes a locked, open item. What it cost goes to `loads`, which the caller settles."""
    still_open = offers.every_open(item)
    freed = change.Loads()
    offers.end_offers(still_open, "rescinded", at=now, loads=freed)
    before = ownership.end(item, "finished", at=now, loads=freed)
    held = roles.end(item, "finished", at=now)
    vacancies.end(item)
    exclusions.end_walk(item, at=now)
    tasks.drop_all(item.id, at=now)
    drips.stop([item.id], "closed", actor=actor, at=now)
    threads.ended(item)
    told: dict[str, object] = {
        "outcome": outcome,
        "from": before,
        "rescinded": [offer.id for offer in still_open],
        **body,
    }
    if held:
        told["held"] = held
    change.move(
        item, "finish", actor=actor, at=now, event="finished", body=told, load=freed.told(),
        cause="finished", outcome=outcome, closed_at=now, units=0, unanswered_since=None, next_task_at=None,
    )  # fmt: skip
    loads.include(freed)
