"""Propose: agents say what they can do and when they work; it counts once whoever manages them agrees."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.accounts.roles import ALLOWED, Relation
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import Conflict, NotAllowed, NotFound
from rightaway.ledger.events import Change, append
from rightaway.people.models import Agent, AgentState, Proposal
from rightaway.people.schema import AgentIn, ProfileIn
from rightaway.people.written import agent_settings
from rightaway.routing.versions import config_row
from rightaway.work import access
from rightaway.work.actions.save_agent import write


@dataclass(frozen=True, slots=True)
class Proposed:
    """`state`: approved (they may manage themselves), open until somebody agrees, or same: nothing was different."""

    proposal_id: UUID | None
    state: str
    changed: tuple[str, ...]


def profile_of(settings: AgentIn) -> ProfileIn:
    return ProfileIn.model_construct(languages=settings.languages, skills=settings.skills, hours=settings.hours)


def differences(settings: AgentIn, wanted: ProfileIn) -> tuple[str, ...]:
    """Which parts are not as they are."""
    now, then = profile_of(settings).model_dump(), wanted.model_dump()
    then["languages"] = sorted(set(then["languages"]))
    return tuple(name for name in now if now[name] != then[name])


def propose(*, profile: ProfileIn, actor: Actor) -> Proposed:
    """Says what the actor's own profile should be; it takes the place of what they proposed before. Runs inside
    `organisation(…)`. Raises NotAllowed (no agent), Conflict (inactive)."""
    agent = _mine(actor)
    changed = differences(_settings(agent), profile)
    now = clock()
    Proposal.objects.filter(agent=agent.id, state="open").update(
        state="replaced", ended_at=now, ended_by=actor.as_event()
    )
    if not changed:
        return Proposed(None, "same", ())
    row = Proposal.objects.create(agent_id=agent.id, wanted=profile.model_dump(mode="json"), made_at=now)
    append(agent, now, [Change("proposed", {"proposal": row.id, "parts": list(changed), **actor.as_event()})])
    if Relation.ANY in ALLOWED["agent.manage"][actor.role] and actor.in_scope("agent.manage"):
        _apply(row, agent, actor)
        return Proposed(row.id, "approved", changed)
    return Proposed(row.id, "open", changed)


def _mine(actor: Actor) -> Agent:
    if actor.agent_id is None:
        raise NotAllowed(action="agent.propose")
    access.agent_for(actor, actor.agent_id, "agent.propose")
    config_row()  # the lock of every change of configuration
    agent: Agent = Agent.objects.select_for_update(no_key=True).get(id=actor.agent_id)
    if not agent.active:
        raise Conflict(agent=str(agent.id), active=False)
    return agent


def decide(*, proposal_id: UUID, approve: bool, actor: Actor) -> Proposal:
    """Agrees to a proposal, which counts from now on, or refuses it. Runs inside `organisation(…)`.

    Raises NotFound, NotAllowed (one's own, unless one manages everybody), Conflict (decided already).
    """
    seen = Proposal.objects.filter(id=proposal_id).first()
    if seen is None:
        raise NotFound
    access.agent_for(actor, seen.agent_id, "agent.manage")
    if seen.agent_id == actor.agent_id and Relation.ANY not in ALLOWED["agent.manage"][actor.role]:
        raise NotAllowed(action="agent.manage")
    config_row()
    agent = Agent.objects.select_for_update(no_key=True).get(id=seen.agent_id)
    row: Proposal = Proposal.objects.get(id=proposal_id)
    if row.state != "open":
        raise Conflict(state=row.state)
    if approve:
        _apply(row, agent, actor)
    else:
        now = clock()
        _end(row, "refused", actor)
        append(agent, now, [Change("refused", {"proposal": row.id, **actor.as_event()})])
    row.refresh_from_db()
    return row


def _apply(row: Proposal, agent: Agent, actor: Actor) -> None:
    wanted: dict[str, Any] = {**_settings(agent).model_dump(), **row.wanted}
    write(AgentIn.model_validate(wanted), agent, actor=actor)
    _end(row, "approved", actor)


def _end(row: Proposal, state: str, actor: Actor) -> None:
    Proposal.objects.filter(id=row.id).update(state=state, ended_at=clock(), ended_by=actor.as_event())


def _settings(agent: Agent) -> AgentIn:
    return agent_settings(agent, AgentState.objects.get(agent=agent.id))
