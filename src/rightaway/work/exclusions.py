"""Who is not to be offered an item again by the routes: as data, with its cause, its end and its lifting."""

from datetime import datetime, timedelta
from uuid import UUID

from rightaway.work.models import Exclusion, Item

# How long each cause is in force; None: for good. `missed` ends with the walk.
IN_FORCE: dict[str, timedelta | None] = {
    "busy_now": timedelta(hours=2),
    "not_for_me": None,
    "bad_lead": None,
    "missed": None,
    "handed_back": None,
    "revoked": timedelta(hours=24),
}


def exclude(item: Item, agent_id: UUID, cause: str, *, at: datetime) -> list[object]:
    """Excludes the agent from the item. Returns [agent, cause, seconds or None], for the event."""
    lasts = IN_FORCE[cause]
    Exclusion.objects.create(
        item_id=item.id, agent_id=agent_id, cause=cause, made_at=at, until=None if lasts is None else at + lasts
    )
    return [agent_id, cause, None if lasts is None else int(lasts.total_seconds())]


def end_walk(item: Item, *, at: datetime) -> None:
    """The walk through the routes is over: who only missed an offer of it may be asked on the next one."""
    Exclusion.objects.filter(item=item.id, cause="missed", lifted_at=None).update(lifted_at=at)
