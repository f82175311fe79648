"""Presence: a person's own word (available, break, offline), kept by a lease at a desk, by a set time in the field."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from rightaway.accounts.actor import SYSTEM, Actor
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import Conflict, Invalid, NotAllowed
from rightaway.ledger.events import Change, append, wake_worker
from rightaway.ledger.tenancy import organisation
from rightaway.people.models import Agent, AgentState
from rightaway.work import access, change
from rightaway.work.actions.withdraw import withdraw
from rightaway.work.models import Offer
from rightaway.work.sweeping import one_by_one

LEASE: Final = timedelta(seconds=60)
LONGEST_FIELD: Final = timedelta(hours=24)
PRESENCES: Final = ("available", "break", "offline")
_REASON = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, slots=True)
class Declared:
    """`until`: when it ends by itself; null: it does not. `withdrawn`: open offers that were taken back."""

    agent_id: UUID
    presence: str
    reason: str
    until: datetime | None
    withdrawn: int = 0


@dataclass(frozen=True, slots=True)
class OpenOffer:
    """What a person holds in their hands. The customer is not in it: see `person_view`."""

    offer_id: UUID
    item_id: UUID
    band: int
    masked: bool
    made_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Beat:
    presence: str
    reason: str
    until: datetime | None
    offers: tuple[OpenOffer, ...]


def declare(
    *, agent_id: UUID, presence: str, actor: Actor, reason: str = "", until: datetime | None = None
) -> Declared:
    """Sets the presence. Going offline withdraws the open offers of routes; coming back wakes what waits.

    At a desk the lease begins (`LEASE`); in the field `until` says when being available ends, at most a day ahead.
    `reason` is a code. Runs inside `organisation(…)`. Raises NotFound, NotAllowed, Invalid, Conflict (inactive).
    """
    seen = access.agent_for(actor, agent_id, "presence.set")
    _check(presence, reason)
    if presence != "offline" and not seen.active:
        raise Conflict(agent=str(agent_id), active=False)
    withdrawn = withdraw(agent_id=agent_id, actor=actor) if presence == "offline" else 0
    agent, state = _locked(agent_id)
    now = clock()
    ends = _ends(agent, presence, until, now)
    _set(agent, state, presence, reason, ends, actor=actor, now=now)
    return Declared(agent_id=agent_id, presence=presence, reason=reason, until=ends, withdrawn=withdrawn)


def _check(presence: str, reason: str) -> None:
    if presence not in PRESENCES:
        raise Invalid(errors=[{"pointer": "/presence", "detail": "unknown"}])
    if reason and _REASON.fullmatch(reason) is None:
        raise Invalid(errors=[{"pointer": "/reason", "detail": "not_a_code"}])


def _ends(agent: Agent, presence: str, until: datetime | None, now: datetime) -> datetime | None:
    if presence == "offline":
        return None
    if agent.mode == "desk":
        return now + LEASE
    if until is None:
        if presence == "available":
            raise Invalid(errors=[{"pointer": "/until", "detail": "missing"}])
        return None
    if not now < until <= now + LONGEST_FIELD:
        raise Invalid(errors=[{"pointer": "/until", "detail": "out_of_range"}])
    return until


def _locked(agent_id: UUID) -> tuple[Agent, AgentState]:
    """The agent's row, which carries their events, and then the hot one."""
    agent = Agent.objects.select_for_update(no_key=True).get(id=agent_id)
    return agent, AgentState.objects.select_for_update(no_key=True).get(agent=agent_id)


def _set(
    agent: Agent, state: AgentState, presence: str, reason: str, until: datetime | None, *, actor: Actor, now: datetime
) -> None:
    columns: dict[str, Any] = {"presence": presence, "reason": reason, "present_until": until}
    if presence == "available":
        columns["missed_in_row"] = 0
    AgentState.objects.filter(agent=agent.id).update(**columns)
    body = {"presence": presence, "reason": reason, "until": until.isoformat() if until else None, **actor.as_event()}
    append(agent, now, [Change("presence", body)])
    if presence == "available":
        change.mark_free(agent_ids=[agent.id])
    elif presence == "offline":
        wake_worker()  # for `withdraw_due`, and for what was withdrawn


def heartbeat(*, actor: Actor) -> Beat:
    """Extends the lease of a desk and says which offers are open; from now on they have been delivered.

    It never changes anybody's word: who is offline stays so until they say otherwise. Runs inside `organisation(…)`.
    Raises NotAllowed (the actor is no agent).
    """
    if actor.agent_id is None or not Agent.objects.filter(id=actor.agent_id, active=True).exists():
        raise NotAllowed(action="presence.set")
    found = _deliver(actor.agent_id)
    states = AgentState.objects.filter(agent=actor.agent_id)
    now = clock()
    # Only a lease that still holds is extended: one that has lapsed is the sweep's to end.
    states.filter(present_until__gt=now, agent__in=Agent.objects.filter(mode="desk").values("id")).exclude(
        presence="offline"
    ).update(present_until=now + LEASE)
    state = states.get()
    return Beat(presence=state.presence, reason=state.reason, until=state.present_until, offers=found)


def _deliver(agent_id: UUID) -> tuple[OpenOffer, ...]:
    now = clock()
    mine = Offer.objects.filter(agent=agent_id, state="open", expires_at__gt=now)
    # Never waits: somebody who is ending an offer just now holds it, and then it need not be delivered.
    new = mine.filter(delivered_at=None).select_for_update(no_key=True, skip_locked=True).values_list("id", flat=True)
    Offer.objects.filter(id__in=list(new), state="open").update(delivered_at=now)
    return tuple(
        OpenOffer(offer.id, offer.item_id, offer.band, offer.masked, offer.made_at, offer.expires_at)
        for offer in mine.exclude(delivered_at=None).order_by("expires_at", "id")
    )


def lapse_due(organisation_id: int, *, limit: int = 500) -> int:
    """Takes offline whose lease or declared time is over, each in a transaction. Returns how many."""
    with organisation(organisation_id):
        late = AgentState.objects.filter(present_until__lte=clock()).order_by("present_until")
        agents = list(late.values_list("agent", flat=True)[:limit])
    return one_by_one(organisation_id, agents, _lapse)


def _lapse(agent_id: UUID) -> int:
    if not AgentState.objects.filter(agent=agent_id, present_until__lte=clock()).exists():
        return 0  # extended since we looked
    withdraw(agent_id=agent_id, actor=SYSTEM)
    agent, state = _locked(agent_id)
    now = clock()
    if state.present_until is None or state.present_until > now:
        return 0
    _set(agent, state, "offline", "lapsed", None, actor=SYSTEM, now=now)
    return 1
