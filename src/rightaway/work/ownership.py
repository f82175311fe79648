"""Who owns a locked item: periods that begin and end, and the load that goes with them."""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from rightaway.work.change import Loads
from rightaway.work.models import Assignment, Item


def begin(
    item: Item,
    agent_id: UUID,
    *,
    how: str,
    at: datetime,
    route_id: UUID | None = None,
    exclusive: bool = True,
    turn: bool = False,
) -> Assignment:
    """Starts a period of ownership. The agent's load is the caller's to take, before."""
    begun: Assignment = Assignment.objects.create(
        item_id=item.id,
        agent_id=agent_id,
        exclusive=exclusive,
        how=how,
        route_id=route_id,
        band=item.band,
        turn=turn,
        started_at=at,
    )
    return begun


def owners(item: Item) -> list[UUID]:
    """Everybody who owns the item now: one, or several when it was given to everyone."""
    return list(
        Assignment.objects.filter(item=item.id, role_id=None, ended_at=None)
        .order_by("started_at", "id")
        .values_list("agent_id", flat=True)
    )


def end(item: Item, cause: str, *, at: datetime, loads: Loads, only: UUID | None = None) -> list[UUID]:
    """Ends every period of ownership (or only one agent's). What it cost goes to `loads`. Returns who owned it."""
    active = Assignment.objects.filter(item=item.id, role_id=None, ended_at=None)
    if only is not None:
        active = active.filter(agent=only)
    agents = list(active.order_by("started_at", "id").values_list("agent_id", flat=True))
    active.update(ended_at=at, end_cause=cause)
    for agent in agents:
        loads.add(agent, -item.units, -int(item.unanswered_since is not None))
    return agents


def owned_columns(agent_id: UUID, *, at: datetime, units: int) -> dict[str, Any]:
    """The item's columns once somebody owns it: the walk through the routes is over."""
    return {
        "owner_id": agent_id, "assigned_at": at, "units": units, "tries": 0, "wave": 0, "passed": [], "cause": "owned",
    }  # fmt: skip


UNOWNED: Final[dict[str, Any]] = {"units": 0, "assigned_at": None, "tries": 0, "wave": 0, "passed": []}
"""The item's columns once nobody owns it any more: a new walk begins."""


def reprice(item: Item, loads: Loads, *, units: int, answered: bool) -> None:
    """Adds to `loads` what a change of the item's cost, and its answered question, mean to everybody who owns it."""
    for owner in owners(item):
        loads.add(owner, units - item.units, -int(answered))
