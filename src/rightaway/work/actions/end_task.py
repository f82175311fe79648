"""End a task: done, or dropped because it is needed no more."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.contacts.models import Task
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import Invalid
from rightaway.work import change, tasks, timeline

OUTCOMES: Final = ("done", "dropped")


@dataclass(frozen=True, slots=True)
class Ended:
    """`changed` false: it had ended already, and `outcome` is how."""

    task_id: UUID
    item_id: UUID
    outcome: str
    changed: bool


def end_task(*, task_id: UUID, actor: Actor, outcome: str = "done") -> Ended:
    """Ends an open task once; the next one stands on the item then. Runs inside `organisation(…)`.

    Raises NotFound, NotAllowed, Invalid.
    """
    if outcome not in OUTCOMES:
        raise Invalid(errors=[{"pointer": "/outcome", "detail": "unknown"}])
    task, item = tasks.task_for(actor, task_id)
    if task.ended_at is not None:
        return Ended(task.id, item.id, task.outcome, changed=False)
    now = clock()
    Task.objects.filter(id=task.id).update(ended_at=now, outcome=outcome, remind_at=None)
    if outcome == "done":
        timeline.write(
            item, kind="task", action="housekeeping", text=task.text, data={"task": str(task.id), "kind": task.kind},
            actor=actor, at=now,
        )  # fmt: skip
    change.note(
        item, actor=actor, at=now, event="task_ended", body={"task": task.id, "outcome": outcome},
        next_task_at=tasks.next_due(item.id),
    )  # fmt: skip
    return Ended(task.id, item.id, outcome, changed=True)


def move_task(*, task_id: UUID, due_at: datetime, actor: Actor) -> Ended:
    """Puts an open task off, or forward. Its reminder keeps its distance. Raises NotFound, NotAllowed, Invalid."""
    task, item = tasks.task_for(actor, task_id)
    now = clock()
    tasks.check_due(due_at, now)
    if task.ended_at is not None or task.due_at == due_at:
        return Ended(task.id, item.id, task.outcome, changed=False)
    remind_at = None if task.remind_at is None else due_at - (task.due_at - task.remind_at)
    Task.objects.filter(id=task.id).update(due_at=due_at, remind_at=remind_at)
    change.note(
        item, actor=actor, at=now, event="task_moved", body={"task": task.id, "due": due_at, "before": task.due_at},
        next_task_at=tasks.next_due(item.id),
    )  # fmt: skip
    return Ended(task.id, item.id, "", changed=True)
