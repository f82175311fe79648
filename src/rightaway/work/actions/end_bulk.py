"""Stop, confirm and undo bulk jobs."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import Conflict, NotAllowed, NotFound
from rightaway.ledger.events import Change, append, wake_worker
from rightaway.work.actions.start_bulk import ACTIONS, Started, record
from rightaway.work.bulk.wanted import UndoWanted
from rightaway.work.models import Bulk, BulkRow

UNDONE_FOR: Final = timedelta(seconds=15)  # ten that people see, and what the click takes to arrive
REVOKED_FOR: Final = timedelta(days=30)
UNDOABLE: Final = ("assign", "offer", "move", "request_update", "revoke")


def stop_bulk(*, bulk_id: UUID, actor: Actor) -> Bulk:
    """What is done stays done; the rest is left as it is. Runs inside `organisation(…)`. Raises NotFound, NotAllowed,
    Conflict (it has ended)."""
    job = bulk_for(actor, bulk_id, lock=True)
    if job.state not in ("running", "to_confirm"):
        raise Conflict(state=job.state)
    now = clock()
    Bulk.objects.filter(id=job.id).update(state="stopped", due_at=None, ended_at=now)
    append(job, now, [Change("bulk_ended", {"state": "stopped", "done": job.done, **actor.as_event()})])
    job.refresh_from_db()
    return job


def confirm_bulk(*, bulk_id: UUID, actor: Actor) -> Bulk:
    """A second manager agrees, and it runs. Raises NotFound, NotAllowed (the same one), Conflict."""
    job = bulk_for(actor, bulk_id, lock=True)
    if job.state != "to_confirm":
        raise Conflict(state=job.state)
    if job.actor["id"] == str(actor.id):
        raise NotAllowed(action="bulk.confirm")
    now = clock()
    Bulk.objects.filter(id=job.id).update(state="running", due_at=now)
    append(job, now, [Change("bulk_confirmed", actor.as_event())])
    wake_worker()
    job.refresh_from_db()
    return job


def undo_bulk(*, bulk_id: UUID, actor: Actor) -> Started:
    """Takes back what a job has done, where nothing has happened since: for ten seconds after its end, a revoke for
    thirty days. A job that still runs stops first. Raises NotFound, NotAllowed, Conflict (too late, or undone)."""
    job = bulk_for(actor, bulk_id, lock=True)
    now = clock()
    lasts = REVOKED_FOR if job.verb == "revoke" else UNDONE_FOR
    too_late = job.ended_at is not None and now - job.ended_at > lasts
    if job.verb not in UNDOABLE or too_late or Bulk.objects.filter(undoes=job.id).exists():
        raise Conflict(state=job.state, undo=False)
    if job.state == "running":
        stop_bulk(bulk_id=job.id, actor=actor)
    rows = BulkRow.objects.filter(bulk=job.id, outcome="done").order_by("place")
    ids = list(rows.values_list("item_id", flat=True))
    if not ids:
        raise Conflict(state=job.state, undo=False)
    return record(UndoWanted(), ids, [None] * len(ids), "running", "", actor, undoes=job.id)


def bulk_for(actor: Actor, bulk_id: UUID, *, lock: bool = False) -> Bulk:
    """The job, for whoever asked for it or could have. Raises NotFound, NotAllowed."""
    jobs = Bulk.objects.select_for_update(no_key=True) if lock else Bulk.objects
    job: Bulk | None = jobs.filter(id=bulk_id).first()
    if job is None or not actor.may_ever("item.assign"):
        raise NotFound
    action = ACTIONS.get(job.verb, "item.assign")
    if job.actor["id"] != str(actor.id) and not actor.may_ever(action):
        raise NotAllowed(action=action)
    return job
