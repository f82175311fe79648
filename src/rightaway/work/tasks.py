"""Open tasks of items, as the verbs and the pages read them."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import Min, Q

from rightaway.accounts.actor import Actor
from rightaway.contacts.models import Task
from rightaway.ledger.arrays import plain
from rightaway.ledger.errors import Invalid, NotFound
from rightaway.ledger.statements import columns_of, fetched, made
from rightaway.work import access
from rightaway.work.models import Assignment, Item

FURTHEST: Final = timedelta(days=3660)
_MINE: Final = f"""
SELECT DISTINCT ON (t.item_id) {columns_of(Task, "t")} FROM contacts_task t
WHERE t.organisation_id = %(organisation)s::smallint AND t.item_id = ANY (%(items)s::uuid[]) AND t.ended_at IS NULL
  AND (t.agent_id IS NULL OR t.agent_id = %(agent)s::uuid)
ORDER BY t.item_id, t.due_at, t.id
"""
LATE_ENTRY: Final = timedelta(days=1)  # a task may be due a little before it is written down


def next_due(item_id: UUID) -> datetime | None:
    """When the earliest open task of the item is due."""
    found: datetime | None = Task.objects.filter(item_id=item_id, ended_at=None).aggregate(due=Min("due_at"))["due"]
    return found


def check_due(due_at: datetime, now: datetime) -> None:
    """Raises Invalid where nobody can mean this instant."""
    if not now - LATE_ENTRY < due_at < now + FURTHEST:
        raise Invalid(errors=[{"pointer": "/due_at", "detail": "out_of_range"}])


def open_tasks(item_id: UUID) -> list[Task]:
    """The open tasks of an item, the earliest due first."""
    return list(Task.objects.filter(item_id=item_id, ended_at=None).order_by("due_at", "id"))


def mine_first_due(actor: Actor, item_ids: Iterable[UUID]) -> dict[UUID, Task]:
    """The earliest open task that is the actor's to do, of each of these items: theirs, or whoever's owns it."""
    ids = list(item_ids)
    if not ids:
        return {}
    rows = [made(Task, row) for row in fetched(_MINE, agent=actor.agent_id, items=plain(ids))]
    return {task.item_id: task for task in rows}


def takers(actor: Actor, item: Item) -> dict[UUID, str]:
    """Whom the actor may give a task about the item, by name: who works on it and may be named, and themselves."""
    holders = Assignment.objects.filter(item=item.id, ended_at=None).values("agent")
    rows = access.visible_agents(actor).filter(Q(id__in=holders) | Q(id=actor.agent_id), active=True)
    return dict(rows.order_by("name", "id").values_list("id", "name"))


def drop_all(item_id: UUID, *, at: datetime) -> None:
    """Nothing is left to do about a locked item that is closed."""
    Task.objects.filter(item_id=item_id, ended_at=None).update(ended_at=at, outcome="dropped", remind_at=None)


def task_for(actor: Actor, task_id: UUID) -> tuple[Task, Item]:
    """The task as it is once its item is locked, for whoever may work on that item. Raises NotFound, NotAllowed."""
    seen = Task.objects.filter(id=task_id).first()
    if seen is None:
        raise NotFound
    item = access.item_for(actor, seen.item_id, "item.touch", lock=True)
    return Task.objects.get(id=task_id), item
