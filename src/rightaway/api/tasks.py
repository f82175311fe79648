"""Tasks: what is to be done about an item, by when, and its end."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from ninja import Router

from rightaway.api.door import Call
from rightaway.api.schema import Id, Instant, Out, Prose, Strict
from rightaway.contacts.models import Task
from rightaway.work import access, tasks
from rightaway.work.actions.add_task import LONGEST_TEXT, Added, add_task
from rightaway.work.actions.end_task import Ended, end_task, move_task
from rightaway.work.actions.give_task import GivenTask, give_task

router = Router(tags=["tasks"])


class TaskOut(Out):
    """`agent_id` null: whoever owns the item."""

    id: UUID
    item_id: UUID
    kind: str
    text: str
    agent_id: UUID | None
    due_at: datetime
    remind_at: datetime | None


@router.get("/items/{uuid:item_id}/tasks", response=list[TaskOut], operation_id="list_tasks", summary="Open tasks")
def list_tasks(request: Call, item_id: UUID) -> list[Task]:
    """The earliest due first."""
    return tasks.open_tasks(access.item_for(request.actor, item_id, "item.touch").id)


class TaskIn(Strict):
    """`agent_id`: whose task it is; without it, whoever owns the item. `remind_at`: not after it is due."""

    kind: Literal["call", "email", "meeting", "other"] = "other"
    text: Annotated[str, Prose(LONGEST_TEXT)] = ""
    due_at: Instant
    remind_at: Instant | None = None
    agent_id: Id | None = None


@router.post("/items/{uuid:item_id}/tasks", response=Added, operation_id="add_task", summary="Add a task")
def add(request: Call, item_id: UUID, body: TaskIn) -> Added:
    return add_task(
        item_id=item_id, kind=body.kind, text=body.text, due_at=body.due_at, remind_at=body.remind_at,
        agent_id=body.agent_id, actor=request.actor,
    )  # fmt: skip


class EndIn(Strict):
    """`dropped`: it is needed no more."""

    outcome: Literal["done", "dropped"] = "done"


@router.post("/tasks/{uuid:task_id}/end", response=Ended, operation_id="end_task", summary="End a task")
def end(request: Call, task_id: UUID, body: EndIn) -> Ended:
    return end_task(task_id=task_id, outcome=body.outcome, actor=request.actor)


class MoveIn(Strict):
    due_at: Instant


@router.post("/tasks/{uuid:task_id}/move", response=Ended, operation_id="move_task", summary="Put a task off")
def move(request: Call, task_id: UUID, body: MoveIn) -> Ended:
    return move_task(task_id=task_id, due_at=body.due_at, actor=request.actor)


class GiveIn(Strict):
    """`agent_id` null: whoever owns the item."""

    agent_id: Id | None


@router.post("/tasks/{uuid:task_id}/give", response=GivenTask, operation_id="give_task", summary="Give a task")
def give(request: Call, task_id: UUID, body: GiveIn) -> GivenTask:
    """To a colleague who works on the item too."""
    return give_task(task_id=task_id, agent_id=body.agent_id, actor=request.actor)
