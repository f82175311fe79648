"""Ill today: away until the end of the agent's day, and what cannot wait goes to colleagues as a loan."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import Conflict
from rightaway.ledger.events import Change, append, wake_worker
from rightaway.people.models import Absence, Agent, AgentState
from rightaway.people.schema import AbsenceIn
from rightaway.routing.versions import config_row
from rightaway.work import access, departures
from rightaway.work.actions import absence
from rightaway.work.actions.depart import end_illness, hand_over_all
from rightaway.work.actions.presence import declare
from rightaway.work.actions.withdraw import withdraw
from rightaway.work.models import Departure

UNDONE_WITHIN: Final = timedelta(seconds=60)  # then it never was: no absence remains, and their word is what it was


@dataclass(frozen=True, slots=True)
class Illness:
    """`moving` is how many items are being handed over; `withdrawn` how many offers went on to others."""

    departure_id: UUID
    agent_id: UUID
    until: datetime
    moving: int
    withdrawn: int


def fall_ill(*, agent_id: UUID, actor: Actor) -> Illness:
    """Takes the agent out until midnight of their zone; said twice, it is one illness. Unanswered questions of a high
    band and what has a task today are lent to present colleagues of their teams, by load; with nobody there, to the
    routes. Runs inside `organisation(…)`. Raises NotFound, NotAllowed, Conflict (inactive)."""
    access.agent_for(actor, agent_id, "agent.ill")
    config_row()
    known = departures.running(agent_id, "ill")
    if known is not None and known.ends_at is not None:
        return Illness(known.id, agent_id, known.ends_at, 0, 0)
    withdrawn = withdraw(agent_id=agent_id, actor=actor, by_hand=True)  # locks items, so it comes first
    agent = Agent.objects.select_for_update(no_key=True).get(id=agent_id)
    if not agent.active:
        raise Conflict(agent=str(agent_id), active=False)
    now = clock()
    until = departures.end_of_day(agent, now)
    said = AgentState.objects.values_list("presence", flat=True).get(agent=agent_id)
    away = absence.add(agent, AbsenceIn(starts_at=now, ends_at=until, cause="illness"), actor=actor)
    declare(agent_id=agent_id, presence="offline", reason="ill", actor=actor)
    agent.refresh_from_db()
    ids = departures.pressing(agent_id, until)
    mates = departures.present_mates(agent_id, now)
    jobs = [str(hand_over_all(agent_id, ids, mates, "ill", until))] if ids else []
    row = Departure.objects.create(
        agent_id=agent_id, kind="ill", state="gone", starts_at=now, ends_at=until, due_at=until, jobs=jobs,
        absence_id=away, presence=said, made_by=actor.as_event(), made_at=now,
    )  # fmt: skip
    append(agent, now, [Change("ill", {"departure": row.id, "until": until, "moving": len(ids), **actor.as_event()})])
    wake_worker()
    return Illness(row.id, agent_id, until, len(ids), withdrawn)


def come_back(*, agent_id: UUID, actor: Actor) -> int:
    """They are well again, before the day is over: what nobody has touched returns. Within a minute it is undone: no
    absence remains, and at a desk their word is what it was. Returns how many jobs return it.

    Runs inside `organisation(…)`. Raises NotFound, NotAllowed, Conflict (not ill).
    """
    access.agent_for(actor, agent_id, "agent.ill")
    config_row()
    agent = Agent.objects.select_for_update(no_key=True).get(id=agent_id)
    row = departures.running(agent_id, "ill")
    if row is None:
        raise Conflict(agent=str(agent_id), ill=False)
    now = clock()
    undone = now - row.starts_at < UNDONE_WITHIN
    away = Absence.objects.filter(id=row.absence_id, ends_at__gt=now).first()
    if away is not None and undone:
        absence.remove(agent, away, actor=actor)
    elif away is not None:
        absence.shorten(agent, away, ends_at=now, actor=actor)
    end_illness(row, agent, actor)
    if undone and agent.mode == "desk" and row.presence != "offline":
        declare(agent_id=agent_id, presence=row.presence, actor=actor)
    return len(row.jobs)
