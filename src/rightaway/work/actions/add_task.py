"""Add a task: something to do about an item by an instant. The earliest open one stands on the item."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.contacts.models import Task
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import Conflict, Invalid, WrongState
from rightaway.work import access, change, tasks, timeline

KINDS: Final = ("call", "email", "meeting", "other")
LONGEST_TEXT: Final = 500
MOST_OPEN: Final = 200  # of one item


@dataclass(frozen=True, slots=True)
class Added:
    task_id: UUID
    item_id: UUID
    due_at: datetime


def add_task(
    *,
    item_id: UUID,
    due_at: datetime,
    actor: Actor,
    text: str = "",
    kind: str = "other",
    agent_id: UUID | None = None,
    remind_at: datetime | None = None,
) -> Added:
    """Plans something about an open item; `agent_id` None: for whoever owns it when it is due. Runs inside
    `organisation(…)`.

    Raises NotFound, NotAllowed, Invalid, WrongState (a closed item), Conflict (too many, or an inactive person).
    """
    item = access.item_for(actor, item_id, "item.touch", lock=True)
    now = clock()
    _check(kind, text, due_at, remind_at, now)
    if item.state == "closed":
        raise WrongState(state=item.state, move="task")
    if agent_id is not None and not access.agent_for(actor, agent_id, "agent.view").active:
        raise Conflict(agent=str(agent_id), active=False)
    if Task.objects.filter(item_id=item.id, ended_at=None).count() >= MOST_OPEN:
        raise Conflict(item=str(item.id), most=MOST_OPEN)
    task = Task.objects.create(
        contact_id=item.contact_id, item_id=item.id, kind=kind, text=text.strip(), agent_id=agent_id,
        made_by=actor.agent_id, made_at=now, due_at=due_at, remind_at=remind_at,
    )  # fmt: skip
    body = {"task": task.id, "due": due_at, "for": agent_id}
    change.note(
        item, actor=actor, at=now, event="task_added", body=body, next_task_at=tasks.next_due(item.id)
    )  # fmt: skip
    return Added(task_id=task.id, item_id=item.id, due_at=due_at)


def _check(kind: str, text: str, due_at: datetime, remind_at: datetime | None, now: datetime) -> None:
    if kind not in KINDS:
        raise Invalid(errors=[{"pointer": "/kind", "detail": "unknown"}])
    timeline.check(text, pointer="/text", required=kind == "other", longest=LONGEST_TEXT)
    tasks.check_due(due_at, now)
    if remind_at is not None and not now - tasks.LATE_ENTRY < remind_at <= due_at:
        raise Invalid(errors=[{"pointer": "/remind_at", "detail": "out_of_range"}])
