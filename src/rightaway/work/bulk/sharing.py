"""Who gets which item of a bulk job: asked before it starts, and kept with its rows when it does."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from rightaway.people.models import AgentState
from rightaway.routing.directory import directory
from rightaway.work.bulk.dealing import Place, deal
from rightaway.work.models import Item
from rightaway.work.units import units_of


def dealt(wanted: Any, ids: Sequence[UUID]) -> list[UUID | None]:
    """The agent of each item, by load as it is now; None for each where they are not shared out."""
    agents = getattr(wanted, "agent_ids", [])
    is_shared = getattr(wanted, "sharing", "one_each") == "one_each"
    return shared_out(ids, agents if is_shared else [])


def shared_out(item_ids: Sequence[UUID], agent_ids: Sequence[UUID]) -> list[UUID | None]:
    """An agent for each item, by load; with nobody to take them, none."""
    if not agent_ids:
        return [None] * len(item_ids)
    states = AgentState.objects.filter(agent__in=agent_ids).values_list("agent_id", "load", "capacity")
    known = {agent: Place(agent, load, capacity) for agent, load, capacity in states}
    items = Item.objects.only("kind", "status", "unanswered_since").filter(id__in=item_ids)
    configured = directory()
    costs = {item.id: units_of(item, configured) for item in items}
    return [*deal([costs.get(id, 0) for id in item_ids], [known[agent] for agent in agent_ids])]
