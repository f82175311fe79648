"""Remind: when a task's moment has come, the one who is to do it is told."""

from uuid import UUID

from rightaway.accounts.actor import SYSTEM
from rightaway.contacts.models import Task
from rightaway.ledger.clock import clock
from rightaway.ledger.tenancy import organisation
from rightaway.work import change
from rightaway.work.models import Item
from rightaway.work.sweeping import one_by_one


def remind_due(organisation_id: int, *, limit: int = 500) -> int:
    """Tells of up to so many tasks. Returns how many."""
    with organisation(organisation_id):
        due = Task.objects.filter(remind_at__lte=clock()).order_by("remind_at")
        ids = list(due.values_list("id", flat=True)[:limit])
    return one_by_one(organisation_id, ids, _remind)


def _remind(task_id: UUID) -> int:
    seen = Task.objects.filter(id=task_id).first()
    if seen is None:
        return 0
    item = Item.objects.select_for_update(no_key=True).get(id=seen.item_id)
    now = clock()
    # Somebody may have done it, or put it off, while we waited for the item.
    if not Task.objects.filter(id=task_id, remind_at__lte=now).update(remind_at=None):
        return 0
    body = {"task": task_id, "agent": seen.agent_id or item.owner_id, "due": seen.due_at}
    change.note(item, actor=SYSTEM, at=now, event="task_due", body=body)
    return 1
