"""An agent's presence as others see it."""

from uuid import UUID

from rightaway.people.models import AgentState
from rightaway.web import formats


def shown_presence(state: AgentState) -> str:
    """available, at_capacity, break or offline; whose word has lapsed is offline."""
    if state.present_until is not None and state.present_until <= formats.now():
        return "offline"
    if state.presence == "available" and state.load >= state.capacity:
        return "at_capacity"
    return str(state.presence)


def presence_of(agent_id: UUID) -> str:
    return shown_presence(AgentState.objects.get(agent=agent_id))
