"""An agent's presence: as others see it, and as somebody says it by one button."""

from datetime import timedelta
from typing import Final
from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.ledger.clock import clock
from rightaway.people.models import Agent, AgentState
from rightaway.web import formats
from rightaway.work.actions.presence import declare

FIELD: Final = timedelta(hours=8)  # how long somebody in the field is available when they do not say


def shown_presence(state: AgentState) -> str:
    """available, at_capacity, break or offline; whose word has lapsed is offline."""
    if state.present_until is not None and state.present_until <= formats.now():
        return "offline"
    if state.presence == "available" and state.load >= state.capacity:
        return "at_capacity"
    return str(state.presence)


def presence_of(agent_id: UUID) -> str:
    return shown_presence(AgentState.objects.get(agent=agent_id))


def say(agent_id: UUID, said: str, *, actor: Actor) -> None:
    """Declares the presence. Raises what `declare` does."""
    mode = Agent.objects.values_list("mode", flat=True).get(id=agent_id)
    until = clock() + FIELD if mode == "field" and said == "available" else None
    declare(agent_id=agent_id, presence=said, until=until, actor=actor)
