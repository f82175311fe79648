"""Save an agent: who they are, what they can do, when they work and how much they carry."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from rightaway.accounts.actor import EVERYWHERE, Actor
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import NotAllowed
from rightaway.ledger.events import Change, append
from rightaway.people.models import Agent, AgentState
from rightaway.people.schema import AgentIn, hours_to_rows
from rightaway.routing.directory import touch_configuration
from rightaway.routing.versions import config_row
from rightaway.work import access
from rightaway.work.actions.let_go import let_go
from rightaway.work.actions.presence import declare
from rightaway.work.actions.wake import wake_for_agents

# What an event may say in full. The rest (name, e-mail, fields of the organisation's own) is named only.
_TOLD = (
    "active", "zone", "mode", "languages", "skills", "hours", "limits", "ramp_start", "ramp_weeks", "capacity",
    "unanswered_cap",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SavedAgent:
    """`changed` names what is different now; empty: nothing was written."""

    agent_id: UUID
    created: bool
    changed: tuple[str, ...]


def save_agent(*, agent: AgentIn, actor: Actor) -> SavedAgent:
    """Makes the agent of this key exactly so. Somebody who is deactivated goes offline: their open offers are
    withdrawn, the roles that they hold end, what they own stays theirs. A capacity below the load keeps the load and
    writes `over_by`.

    Runs inside `organisation(…)`. Raises NotAllowed.
    """
    config_row()  # the lock of every change of configuration
    known = Agent.objects.filter(key=agent.key).first()
    _allow(known, actor)
    return write(agent, known, actor=actor)


def write(agent: AgentIn, known: Agent | None, *, actor: Actor) -> SavedAgent:
    """As `save_agent`, for a caller who has locked the configuration and asked whether the actor may."""
    columns, live = _wanted(agent)
    changed = _changed(known, columns, live)
    if known is not None and not changed:
        return SavedAgent(known.id, created=False, changed=())
    if known is not None and known.active and not agent.active:
        let_go(agent_id=known.id, actor=actor)  # locks items, so it comes before their counters
        declare(agent_id=known.id, presence="offline", actor=actor)
    saved = _record(agent.key, known, columns, live, changed, actor=actor)
    touch_configuration()
    if agent.active:
        wake_for_agents([saved.id])
    return SavedAgent(saved.id, created=known is None, changed=changed)


def _allow(known: Agent | None, actor: Actor) -> None:
    if known is not None:
        access.agent_for(actor, known.id, "agent.manage")
    elif not actor.may("agent.manage", EVERYWHERE):
        raise NotAllowed(action="agent.manage")


def _wanted(agent: AgentIn) -> tuple[dict[str, Any], dict[str, Any]]:
    """The columns of the agent's row, and of the live row beside it."""
    columns: dict[str, Any] = {
        "name": agent.name, "email": agent.email, "active": agent.active, "zone": agent.zone,
        "language": agent.language, "mode": agent.mode, "languages": sorted(set(agent.languages)),
        "skills": agent.skills, "attributes": agent.attributes, "hours": hours_to_rows(agent.hours),
        "limits": agent.limits.model_dump(exclude_none=True),
        "ramp_start": agent.ramp.start if agent.ramp else None, "ramp_weeks": agent.ramp.weeks if agent.ramp else None,
    }  # fmt: skip
    return columns, {
        "capacity": agent.capacity, "unanswered_cap": agent.unanswered_cap, "active": agent.active,
    }  # fmt: skip


def _changed(known: Agent | None, columns: dict[str, Any], live: dict[str, Any]) -> tuple[str, ...]:
    if known is None:
        return (*columns, *live)
    state = AgentState.objects.get(agent=known.id)
    return (
        *[name for name, value in columns.items() if getattr(known, name) != value],
        *[name for name, value in live.items() if getattr(state, name) != value],
    )


def _record(
    key: str,
    known: Agent | None,
    columns: dict[str, Any],
    live: dict[str, Any],
    changed: tuple[str, ...],
    *,
    actor: Actor,
) -> Agent:
    if known is None:
        agent: Agent = Agent.objects.create(key=key, **columns)
        AgentState.objects.create(agent_id=agent.id, **live)
        state = AgentState.objects.get(agent=agent.id)
    else:
        agent = Agent.objects.select_for_update(no_key=True).get(id=known.id)
        Agent.objects.filter(id=agent.id).update(**columns)
        state = AgentState.objects.select_for_update(no_key=True).get(agent=agent.id)
        live["over_by"] = max(0, state.load - live["capacity"])
        AgentState.objects.filter(agent=agent.id).update(**live)
    told = {name: value for name, value in {**columns, **live}.items() if name in changed and name in _TOLD}
    if told.get("ramp_start"):
        told["ramp_start"] = told["ramp_start"].isoformat()
    if "capacity" in changed:
        told["over_by"] = live.get("over_by", 0)
    body = {"changed": sorted(changed), "now": told, **actor.as_event()}
    append(agent, clock(), [Change("created" if known is None else "changed", body)])
    return agent
