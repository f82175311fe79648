"""Depart: what becomes of people who leave or are ill when the time comes, step by step, each in a transaction.

A leaver first is cut off: from then on nothing can be given to them, and nobody signs in as them. Only then is what
they hold counted, so that an acceptance of that very moment is either among it or refused. It moves as a bulk job; they
are gone once nothing is left.
"""

from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from django.db import connection

from rightaway.accounts.actor import SYSTEM, Actor
from rightaway.accounts.models import ApiKey, Membership
from rightaway.ledger.clock import clock
from rightaway.ledger.crash import crash_point
from rightaway.ledger.events import Change, append, wake_worker
from rightaway.ledger.tenancy import current_organisation, organisation
from rightaway.people.models import Agent, AgentState, Invitation
from rightaway.routing.directory import touch_configuration
from rightaway.routing.versions import config_row
from rightaway.work import departures
from rightaway.work.actions.let_go import let_go
from rightaway.work.actions.revoke_invitation import end as end_invitation
from rightaway.work.actions.start_bulk import record
from rightaway.work.bulk.sharing import shared_out
from rightaway.work.bulk.wanted import HandOverWanted, UndoWanted
from rightaway.work.models import Bulk, BulkRow, Departure
from rightaway.work.sweeping import one_by_one

_AGAIN: Final = timedelta(seconds=1)  # a job is looked at so often


def depart_due(organisation_id: int, *, limit: int = 100) -> int:
    """Takes the next step of each departure whose time has come. Returns how many steps were taken."""
    with organisation(organisation_id):
        due = Departure.objects.filter(due_at__lte=clock()).order_by("due_at", "id")
        ids = list(due.values_list("id", flat=True)[:limit])
    return one_by_one(organisation_id, ids, _step)


def _step(departure_id: UUID) -> int:
    seen = Departure.objects.get(id=departure_id)
    if seen.state == "leaving":
        agent = None  # comes last: what they hold is locked before them
    else:
        config_row()  # the lock of every change of configuration
        agent = Agent.objects.select_for_update(no_key=True).get(id=seen.agent_id)
    row = Departure.objects.select_for_update(no_key=True, skip_locked=True).filter(id=departure_id).first()
    if row is None or row.state != seen.state or row.due_at is None or row.due_at > clock():
        return 0  # somebody else was first, or it was cancelled or put off
    if agent is None:
        _empty(row)
    elif row.kind == "ill":
        end_illness(row, agent)
    else:
        _cut_off(row, agent)
    crash_point("depart_before_commit")
    return 1


def _cut_off(row: Departure, agent: Agent) -> None:
    """Nothing reaches them any more, and nobody acts as them."""
    now = clock()
    Agent.objects.filter(id=agent.id).update(active=False)
    body = {"departure": row.id, "presence": "offline", **SYSTEM.as_event()}
    append(agent, now, [Change("left", body)])
    member = Membership.objects.select_for_update(no_key=True).filter(id=agent.membership_id, active=True).first()
    if member is not None:
        Membership.objects.filter(id=member.id).update(active=False)
        append(member, now, [Change("deactivated", {"departure": row.id, **SYSTEM.as_event()})])
        for key in ApiKey.objects.select_for_update(no_key=True).filter(membership=member.id, revoked_at=None):
            ApiKey.objects.filter(id=key.id).update(revoked_at=now)
            append(key, now, [Change("key_revoked", SYSTEM.as_event())])
    open_links = Invitation.objects.select_for_update(no_key=True).filter(agent=agent.id, used_at=None, revoked_at=None)
    for invitation in open_links:
        end_invitation(invitation, SYSTEM)
    AgentState.objects.filter(agent=agent.id).update(
        active=False, presence="offline", reason="left", present_until=None
    )
    touch_configuration()
    Departure.objects.filter(id=row.id).update(
        state="leaving", due_at=now, membership_id=None if member is None else member.id
    )
    wake_worker()


def _empty(row: Departure) -> None:
    """Ends open offers and moves what they hold, until nothing is left."""
    if Bulk.objects.filter(id__in=row.jobs, state="running").exists():
        Departure.objects.filter(id=row.id).update(due_at=clock() + _AGAIN)
        return
    _wait_for_planners()
    let_go(agent_id=row.agent_id, actor=SYSTEM)
    ids = departures.book(row.agent_id)
    if ids:
        # What those named could not be given goes to the routes.
        takers = [] if row.jobs else departures.receivers(row)
        job = hand_over_all(row.agent_id, ids, takers, "left")
        Departure.objects.filter(id=row.id).update(jobs=[*row.jobs, str(job)], due_at=clock() + _AGAIN)
        return
    agent = Agent.objects.select_for_update(no_key=True).get(id=row.agent_id)
    now = clock()
    Departure.objects.filter(id=row.id).update(state="gone", due_at=None, gone_at=now)
    append(agent, now, [Change("gone", {"departure": row.id, **SYSTEM.as_event()})])


def _wait_for_planners() -> None:
    """Until whoever plans with a directory in which they were active is done; the lock is that of `snapshot.gather`."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(1, %s)", [current_organisation()])


def hand_over_all(
    agent_id: UUID, item_ids: list[UUID], takers: list[UUID], cause: Literal["left", "ill"],
    tasks_until: datetime | None = None,
) -> UUID:  # fmt: skip
    """Starts the job that hands these items over, shared out among the takers by load. Returns its id."""
    wanted = HandOverWanted(agent_id=agent_id, cause=cause, tasks_until=tasks_until)
    dealt = shared_out(item_ids, takers)
    return record(wanted, item_ids, dealt, "running", "", SYSTEM).bulk_id


def return_what_was_held(row: Departure) -> None:
    """Starts the jobs that return what was handed over and nobody has touched since."""
    for job in Bulk.objects.select_for_update(no_key=True).filter(id__in=row.jobs).order_by("id"):
        if job.state == "running":
            _stop(job)
        done = BulkRow.objects.filter(bulk=job.id, outcome="done").order_by("place")
        ids = list(done.values_list("item_id", flat=True))
        if ids:
            record(UndoWanted(), ids, [None] * len(ids), "running", "", SYSTEM, undoes=job.id)


def _stop(job: Bulk) -> None:
    now = clock()
    Bulk.objects.filter(id=job.id).update(state="stopped", due_at=None, ended_at=now)
    append(job, now, [Change("bulk_ended", {"state": "stopped", "done": job.done, **SYSTEM.as_event()})])


def end_illness(row: Departure, agent: Agent, actor: Actor = SYSTEM) -> None:
    """The day is over, or they are back: what nobody has touched returns to them."""
    now = clock()
    Departure.objects.filter(id=row.id).update(state="back", due_at=None, gone_at=now)
    append(agent, now, [Change("well_again", {"departure": row.id, **actor.as_event()})])
    return_what_was_held(row)
