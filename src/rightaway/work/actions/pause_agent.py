"""Pause an agent: nothing is given to them automatically until they are resumed. What they own stays theirs."""

from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.ledger.clock import clock
from rightaway.ledger.events import Change, append
from rightaway.people.models import Agent
from rightaway.routing.directory import touch_configuration
from rightaway.routing.versions import config_row
from rightaway.work import access
from rightaway.work.actions.wake import wake_for_agents


def pause_agent(*, agent_id: UUID, actor: Actor) -> bool:
    """True when that is news. Runs inside `organisation(…)`. Raises NotFound, NotAllowed."""
    return _set(agent_id, paused=True, actor=actor)


def resume_agent(*, agent_id: UUID, actor: Actor) -> bool:
    """True when they were paused; then waiting work looks at them at once. Raises NotFound, NotAllowed."""
    resumed = _set(agent_id, paused=False, actor=actor)
    if resumed:
        wake_for_agents([agent_id])
    return resumed


def _set(agent_id: UUID, *, paused: bool, actor: Actor) -> bool:
    access.agent_for(actor, agent_id, "agent.manage")
    config_row()
    agent = Agent.objects.select_for_update(no_key=True).get(id=agent_id)
    if (agent.paused_at is not None) == paused:
        return False
    now = clock()
    Agent.objects.filter(id=agent_id).update(paused_at=now if paused else None)
    touch_configuration()
    append(agent, now, [Change("paused" if paused else "resumed", actor.as_event())])
    return True
