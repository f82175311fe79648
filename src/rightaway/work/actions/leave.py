"""Leave: somebody goes for good, now or on a day; what they hold goes to whom a manager says. Cancelled until then, and
taken back for thirty days after."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.accounts.models import Membership
from rightaway.accounts.roles import MAY_INVITE, Role
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import Conflict, Invalid, NotAllowed, NotFound
from rightaway.ledger.events import Change, append, wake_worker
from rightaway.people.models import Agent, AgentState, Team
from rightaway.routing.directory import touch_configuration
from rightaway.routing.versions import config_row
from rightaway.work import access, departures
from rightaway.work.actions.depart import return_what_was_held
from rightaway.work.actions.wake import wake_for_agents
from rightaway.work.models import Departure

FURTHEST: Final = timedelta(days=730)
TAKEN_BACK_FOR: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Leaving:
    """`state`: planned until `at`, then leaving while what they hold is moved, then gone; or cancelled, or back."""

    departure_id: UUID
    agent_id: UUID
    at: datetime
    state: str


def leave(
    *, agent_id: UUID, actor: Actor, to: str, at: datetime | None = None, team_id: UUID | None = None,
    receiver_id: UUID | None = None,
) -> Leaving:  # fmt: skip
    """Plans that the agent leaves at `at` (null: now). `to`: routes, team (then `team_id`) or agent (`receiver_id`).
    Planned already: it is changed. Runs inside `organisation(…)`.

    Raises NotFound, NotAllowed (oneself, or a role that one could not bring in), Conflict (gone already, an inactive
    receiver, or nobody would be left to manage the company), Invalid.
    """
    agent = access.agent_for(actor, agent_id, "agent.leave")
    _check(agent, actor, to, team_id, receiver_id)
    config_row()
    agent = Agent.objects.select_for_update(no_key=True).get(id=agent_id)
    now = clock()
    starts = now if at is None else at
    if not now - timedelta(minutes=1) <= starts <= now + FURTHEST:
        raise Invalid(errors=[{"pointer": "/at", "detail": "out_of_range"}])
    known = departures.running(agent_id, "leave")
    if not agent.active or (known is not None and known.state != "planned"):
        raise Conflict(agent=str(agent_id), active=agent.active)
    columns = {
        "starts_at": starts, "due_at": starts, "to": to, "team_id": team_id, "receiver_id": receiver_id,
        "made_by": actor.as_event(), "made_at": now,
    }  # fmt: skip
    if known is None:
        known = Departure.objects.create(agent_id=agent_id, kind="leave", state="planned", **columns)
    else:
        Departure.objects.filter(id=known.id).update(**columns)
    body = {"departure": known.id, "at": starts, "to": to, "team": team_id, "receiver": receiver_id}
    append(agent, now, [Change("leave_planned", {**body, **actor.as_event()})])
    wake_worker()
    return Leaving(known.id, agent_id, starts, "planned")


def _check(agent: Agent, actor: Actor, to: str, team_id: UUID | None, receiver_id: UUID | None) -> None:
    if to not in ("routes", "team", "agent"):
        raise Invalid(errors=[{"pointer": "/to", "detail": "unknown"}])
    for name, value, of in (("team_id", team_id, "team"), ("receiver_id", receiver_id, "agent")):
        if (value is not None) != (to == of):
            raise Invalid(errors=[{"pointer": f"/{name}", "detail": "missing" if to == of else "unexpected"}])
    if team_id is not None:
        relations = access.relations_to_team(actor, team_id)
        if not Team.objects.filter(id=team_id).exists() or not actor.may("agent.leave", relations):
            raise NotFound
    if receiver_id is not None and not access.agent_for(actor, receiver_id, "agent.view").active:
        raise Conflict(agent=str(receiver_id), active=False)
    if receiver_id == agent.id:
        raise Invalid(errors=[{"pointer": "/receiver_id", "detail": "the_same"}])
    _require_may_end(agent, actor)


def _require_may_end(agent: Agent, actor: Actor) -> None:
    """Nobody ends more than they could give, nor themselves; a company keeps somebody who manages it."""
    if agent.id == actor.agent_id:
        raise NotAllowed(action="agent.leave")
    member = Membership.objects.filter(id=agent.membership_id, active=True).first()
    if member is None:
        return
    if member.role not in MAY_INVITE[actor.role]:
        raise NotAllowed(action="agent.leave")
    others = Membership.objects.filter(role=Role.COMPANY_MANAGER, active=True).exclude(id=member.id)
    if member.role == Role.COMPANY_MANAGER and not others.exists():
        raise Conflict(last=str(Role.COMPANY_MANAGER))


def cancel_leave(*, agent_id: UUID, actor: Actor) -> Leaving:
    """Until the date. Runs inside `organisation(…)`. Raises NotFound, NotAllowed, Conflict (none is planned, or it has
    begun)."""
    access.agent_for(actor, agent_id, "agent.leave")
    config_row()
    agent = Agent.objects.select_for_update(no_key=True).get(id=agent_id)
    known = departures.running(agent_id, "leave")
    if known is None or known.state != "planned":
        raise Conflict(agent=str(agent_id), planned=False)
    Departure.objects.filter(id=known.id).update(state="cancelled", due_at=None)
    append(agent, clock(), [Change("leave_cancelled", {"departure": known.id, **actor.as_event()})])
    return Leaving(known.id, agent_id, known.starts_at, "cancelled")


def gone(agent_id: UUID, now: datetime) -> Departure | None:
    """The departure of somebody who has left and can still be taken back."""
    found: Departure | None = (
        Departure.objects.filter(agent=agent_id, kind="leave", state="gone", gone_at__gt=now - TAKEN_BACK_FOR)
        .order_by("-gone_at")
        .first()
    )
    return found


def take_back(*, agent_id: UUID, actor: Actor) -> Leaving:
    """Somebody who has left within thirty days is there again: as an agent, as a member, and as the owner of what
    nobody has touched since. Their keys stay revoked. Runs inside `organisation(…)`.

    Raises NotFound, NotAllowed, Conflict (not gone, still leaving, or too long ago).
    """
    access.agent_for(actor, agent_id, "agent.leave")
    config_row()
    agent = Agent.objects.select_for_update(no_key=True).get(id=agent_id)
    now = clock()
    known = gone(agent_id, now)
    if known is None or agent.active:
        raise Conflict(agent=str(agent_id), gone=False)
    _require_may_end(agent, actor)
    _let_in(agent, known, actor, now)
    return_what_was_held(known)
    Departure.objects.filter(id=known.id).update(state="back")
    return Leaving(known.id, agent_id, known.starts_at, "back")


def _let_in(agent: Agent, known: Departure, actor: Actor, now: datetime) -> None:
    Agent.objects.filter(id=agent.id).update(active=True)
    member = Membership.objects.select_for_update(no_key=True).filter(id=known.membership_id, active=False).first()
    if member is not None:
        if member.role not in MAY_INVITE[actor.role]:
            raise NotAllowed(action="agent.leave")
        Membership.objects.filter(id=member.id).update(active=True)
        append(member, now, [Change("activated", actor.as_event())])
    append(agent, now, [Change("came_back", {"departure": known.id, **actor.as_event()})])
    AgentState.objects.filter(agent=agent.id).update(active=True)
    touch_configuration()
    wake_for_agents([agent.id])
