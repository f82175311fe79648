"""An agent's absences: set, cleared, or replaced all at once by the configuration file."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import NotFound
from rightaway.ledger.events import Change, append
from rightaway.people.models import Absence, Agent
from rightaway.people.schema import AbsenceIn
from rightaway.routing.directory import touch_configuration
from rightaway.routing.versions import config_row
from rightaway.work import access
from rightaway.work.actions.wake import wake_for_agents

Key = tuple[datetime, datetime, str]


def set_absence(*, agent_id: UUID, absence: AbsenceIn, actor: Actor) -> UUID:
    """Nothing is given to the agent from its start until its end. Returns the absence's id; the same one twice is one.

    Runs inside `organisation(…)`. Raises NotFound, NotAllowed.
    """
    agent = _locked(agent_id, actor)
    known = Absence.objects.filter(agent=agent_id, **absence.model_dump()).first()
    if known is not None:
        return UUID(str(known.id))
    return add(agent, absence, actor=actor)


def clear_absence(*, absence_id: UUID, actor: Actor) -> None:
    """Takes an absence away: waiting work looks at the agent at once. Raises NotFound, NotAllowed."""
    absence = Absence.objects.filter(id=absence_id).first()
    if absence is None:
        raise NotFound
    remove(_locked(absence.agent_id, actor), absence, actor=actor)


def replace_absences(*, agent_id: UUID, absences: Iterable[AbsenceIn], actor: Actor) -> int:
    """Makes the absences that are not over exactly these. Those that are over stay. Returns how many changed.

    Runs inside `organisation(…)`. Raises NotFound, NotAllowed.
    """
    agent = _locked(agent_id, actor)
    now = clock()
    wanted = {_key(row): row for row in absences if row.ends_at > now}
    known = {_key(row): row for row in Absence.objects.filter(agent=agent_id, ends_at__gt=now)}
    for key in sorted(known.keys() - wanted.keys()):
        remove(agent, known[key], actor=actor)
    for key in sorted(wanted.keys() - known.keys()):
        add(agent, wanted[key], actor=actor)
    return len(wanted.keys() ^ known.keys())


def _key(row: Absence | AbsenceIn) -> Key:
    return (row.starts_at, row.ends_at, row.cause)


def _locked(agent_id: UUID, actor: Actor) -> Agent:
    access.agent_for(actor, agent_id, "agent.manage")
    config_row()
    agent: Agent = Agent.objects.select_for_update(no_key=True).get(id=agent_id)
    return agent


def add(agent: Agent, absence: AbsenceIn, *, actor: Actor) -> UUID:
    """Writes an absence of an agent whom the caller has locked, with the configuration. Returns its id."""
    row = Absence.objects.create(agent_id=agent.id, **absence.model_dump())
    touch_configuration()
    body = {"absence": row.id, "from": row.starts_at, "until": row.ends_at, **actor.as_event()}
    append(agent, clock(), [Change("absence_set", body)])
    return UUID(str(row.id))


def remove(agent: Agent, absence: Absence, *, actor: Actor) -> None:
    """As `add`."""
    Absence.objects.filter(id=absence.id).delete()
    touch_configuration()
    append(agent, clock(), [Change("absence_cleared", {"absence": absence.id, **actor.as_event()})])
    wake_for_agents([agent.id])


def shorten(agent: Agent, absence: Absence, *, ends_at: datetime, actor: Actor) -> None:
    """As `add`: they are back before its end."""
    Absence.objects.filter(id=absence.id).update(ends_at=ends_at)
    touch_configuration()
    body = {"absence": absence.id, "from": absence.starts_at, "until": ends_at, **actor.as_event()}
    append(agent, clock(), [Change("absence_set", body)])
    wake_for_agents([agent.id])
