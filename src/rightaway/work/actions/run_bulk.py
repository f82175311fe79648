"""Run bulk jobs, step by step: what was done to each item, and that it was, is one transaction. A job that is killed
goes on where it was."""

import time
from functools import partial
from typing import Final
from uuid import UUID

from django.db import transaction

from rightaway.accounts.actor import Actor
from rightaway.ledger.clock import clock
from rightaway.ledger.crash import crash_point
from rightaway.ledger.errors import NotSignedIn, RightawayError
from rightaway.ledger.events import Change, append
from rightaway.ledger.retry import retried
from rightaway.ledger.tenancy import organisation
from rightaway.people.acting import actor_again
from rightaway.work.bulk import deeds
from rightaway.work.bulk.together import assign_together
from rightaway.work.bulk.wanted import wanted_of
from rightaway.work.models import Bulk, BulkRow, Item

TOGETHER: Final = 1000  # items assigned in one transaction
SMALL: Final = 200  # items: a job of so few runs while somebody waits
IN_TURN: Final = 50  # items of one step that each have a transaction


def bulk_due(organisation_id: int, *, steps: int = 4) -> int:
    """Takes a few steps of each job that runs. Returns how many items were dealt with."""
    with organisation(organisation_id):
        jobs = list(Bulk.objects.filter(due_at__lte=clock()).order_by("due_at").values_list("id", flat=True)[:10])
    return sum(run(organisation_id, job, steps=steps) for job in jobs)


def run(organisation_id: int, bulk_id: UUID, *, steps: int) -> int:
    """Takes up to `steps` steps of one job. Returns how many items were dealt with."""
    done = 0
    for _ in range(steps):
        dealt_with = retried(partial(_together, organisation_id, bulk_id))
        for _ in range(IN_TURN if dealt_with < TOGETHER else 0):
            if not retried(partial(_one, organisation_id, bulk_id)):
                return done + dealt_with
            dealt_with += 1
        done += dealt_with
    return done


def run_now(organisation_id: int, bulk_id: UUID, *, seconds: float = 8.0) -> None:
    """Runs a small job while somebody waits, beside the workers who may have it already; for so long at most. What is
    left then is theirs."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not run(organisation_id, bulk_id, steps=1):
            with organisation(organisation_id, read_only=True):
                if not Bulk.objects.filter(id=bulk_id, state="running").exists():
                    return
            time.sleep(0.02)  # a worker has it


def _locked(bulk_id: UUID) -> tuple[Bulk, Actor] | None:
    """The job, where it runs and nobody else is at it, and as whom. A job whose actor is gone stops."""
    job: Bulk | None = (
        Bulk.objects.select_for_update(no_key=True, skip_locked=True).filter(id=bulk_id, state="running").first()
    )
    if job is None:
        return None
    try:
        actor = actor_again(job.actor["kind"], job.actor["id"])
    except NotSignedIn:
        _end(job, "stopped")
        return None
    return job, actor


def _together(organisation_id: int, bulk_id: UUID) -> int:
    """A batch of plain assignments in one transaction; 0 where there are none."""
    with organisation(organisation_id):
        found = _locked(bulk_id)
        if found is None or found[0].verb != "assign":
            return 0
        job, actor = found
        wanted = wanted_of(job.wanted)
        if wanted.role_id is not None:
            return 0
        rows = list(
            BulkRow.objects.filter(bulk=job.id, outcome="", agent_id__isnull=False).order_by("place")[:TOGETHER]
        )
        if not rows:
            return 0
        done, refused = assign_together(rows, wanted, job.note, actor=actor)
        _count(job, done, refused)
        crash_point("bulk_before_commit")
        return done + refused


def _one(organisation_id: int, bulk_id: UUID) -> bool:
    """The next item, in a transaction of its own. False where there is none left, or the job is not ours."""
    with organisation(organisation_id):
        found = _locked(bulk_id)
        if found is None:
            return False
        job, actor = found
        row = BulkRow.objects.filter(bulk=job.id, outcome="").order_by("place").first()
        if row is None:
            _end(job, "done")
            return False
        problem = _do(job, row, actor)
        _count(job, int(not problem), int(bool(problem)))
        crash_point("bulk_before_commit")
        return True


def _do(job: Bulk, row: BulkRow, actor: Actor) -> str:
    """Does it; returns the slug of what refused it, else nothing."""
    wanted = wanted_of(job.wanted)
    item = Item.objects.filter(id=row.item_id).first()
    before = None if item is None else deeds.as_before(item, wanted)
    try:
        with transaction.atomic():
            if job.undoes_id is not None:
                first = Bulk.objects.get(id=job.undoes_id)
                deeds.undo(BulkRow.objects.get(bulk=first.id, item_id=row.item_id), wanted_of(first.wanted), actor)
            else:
                deeds.DEEDS[job.verb](row, wanted, job.note, actor)
    except RightawayError as error:
        BulkRow.objects.filter(id=row.id).update(outcome="refused", problem=error.slug)
        return error.slug
    assert before is not None
    seq = Item.objects.values_list("event_seq", flat=True).get(id=row.item_id)
    BulkRow.objects.filter(id=row.id).update(outcome="done", before=before, seq=seq)
    return ""


def _count(job: Bulk, done: int, refused: int) -> None:
    job.done, job.refused = job.done + done, job.refused + refused
    Bulk.objects.filter(id=job.id).update(done=job.done, refused=job.refused, due_at=clock())
    if job.done + job.refused == job.total:
        _end(job, "done")


def _end(job: Bulk, state: str) -> None:
    now = clock()
    Bulk.objects.filter(id=job.id).update(state=state, due_at=None, ended_at=now)
    append(job, now, [Change("bulk_ended", {"state": state, "done": job.done, "refused": job.refused, "by": "system"})])
