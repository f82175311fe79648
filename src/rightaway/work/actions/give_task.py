"""Give a task to somebody else: to a colleague who works on the item too, or to whoever owns it."""

from dataclasses import dataclass
from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.contacts.models import Task
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import Conflict
from rightaway.work import change, tasks


@dataclass(frozen=True, slots=True)
class GivenTask:
    """`agent_id` null: whoever owns the item."""

    task_id: UUID
    item_id: UUID
    agent_id: UUID | None
    changed: bool


def give_task(*, task_id: UUID, agent_id: UUID | None, actor: Actor) -> GivenTask:
    """Makes an open task somebody's. One that has ended stays as it is. Runs inside `organisation(…)`.

    Raises NotFound, NotAllowed, Conflict (they do not work on the item).
    """
    task, item = tasks.task_for(actor, task_id)
    if task.ended_at is not None or task.agent_id == agent_id:
        return GivenTask(task.id, item.id, task.agent_id, changed=False)
    if agent_id is not None and agent_id not in tasks.takers(actor, item):
        raise Conflict(agent=str(agent_id), item=str(item.id))
    Task.objects.filter(id=task.id).update(agent_id=agent_id)
    body = {"task": task.id, "for": agent_id, "before": task.agent_id}
    change.note(item, actor=actor, at=clock(), event="task_given", body=body)
    return GivenTask(task.id, item.id, agent_id, changed=True)
