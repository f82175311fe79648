"""An open question of an item: what asking again does to the waiting clock, and to the load of whoever owns it."""

from datetime import datetime
from uuid import UUID

from rightaway.work import change, ownership
from rightaway.work.models import Item
from rightaway.work.units import units_of


def ask(item: Item, *, at: datetime) -> dict[UUID, int]:
    """Starts the waiting clock of a locked item where it does not run, in memory: the caller writes the columns
    `unanswered_since` and `units`. Returns the rise of its owners' loads, which is made already, room or not."""
    if item.unanswered_since is not None:
        return {}
    item.unanswered_since = at
    if item.state != "assigned":
        return {}
    rise = units_of(item) - item.units
    owners = sorted(ownership.owners(item))
    for agent_id in owners:
        change.take(agent_id, rise, unanswered=1, over=True)
    item.units += rise
    return dict.fromkeys(owners, rise)
