"""The tasks of an item as the profile lists them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from rightaway.accounts.actor import Actor
from rightaway.accounts.roles import Role
from rightaway.contacts.models import Task
from rightaway.people.models import Agent
from rightaway.web import formats
from rightaway.web.profile.words import TASK_ICONS, TASK_KINDS
from rightaway.work import tasks
from rightaway.work.models import Item

MOST_ENDED: Final = 20


@dataclass(frozen=True, slots=True)
class TaskRow:
    """`state` is good (planned), neutral (due today) or bad (overdue); of an ended one good. `agent` names whose it is;
    empty: whoever owns the item. `takers` are (id, name) of whom it may be given to, nobody's id for the owner."""

    id: UUID
    icon: str
    text: str
    due_at: datetime
    state: str
    words: str
    agent: str
    agent_id: UUID | None
    is_ended: bool
    takers: tuple[tuple[str, str], ...] = ()


def task_rows(actor: Actor, item: Item, *, ended: bool = False) -> list[TaskRow]:
    """The open ones, the earliest due first; or those that ended, the latest first."""
    if ended:
        found = Task.objects.filter(item_id=item.id, ended_at__isnull=False).order_by("-ended_at", "-id")
        rows = list(found[:MOST_ENDED])
    else:
        rows = tasks.open_tasks(item.id)
    takers = tasks.takers(actor, item) if rows and not ended else {}
    named = dict(Agent.objects.filter(id__in={row.agent_id for row in rows if row.agent_id}).values_list("id", "name"))
    choices = (("", _("Whoever owns it")), *((str(id), name) for id, name in takers.items()))
    return [_row(actor, row, named, choices if len(choices) > 1 else ()) for row in rows]


def _row(actor: Actor, task: Task, names: dict[UUID, str], takers: tuple[tuple[str, str], ...]) -> TaskRow:
    state, words = _due(task)
    name = names.get(task.agent_id, "") if task.agent_id else ""
    if task.agent_id is not None and task.agent_id == actor.agent_id:
        name = _("You")
    elif name and actor.role is Role.AGENT:
        name = _("Another agent")
    return TaskRow(
        task.id, TASK_ICONS[task.kind], task.text or str(TASK_KINDS[task.kind]), task.due_at, state, words, name,
        task.agent_id, task.ended_at is not None, takers,
    )  # fmt: skip


def _due(task: Task) -> tuple[str, Any]:
    if task.ended_at is not None:
        how = _("Done") if task.outcome == "done" else _("Dropped")
        return ("good" if task.outcome == "done" else "neutral"), f"{how} {formats.moment(task.ended_at)}"
    now = formats.now()
    if task.due_at <= now:
        return "bad", _("Overdue %(time)s") % {"time": formats.duration((now - task.due_at).total_seconds())}
    is_today = timezone.localtime(task.due_at).date() == timezone.localtime(now).date()
    return ("neutral" if is_today else "good"), formats.weekday_time(task.due_at)
