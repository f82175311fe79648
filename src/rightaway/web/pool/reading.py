"""What is in the lead pool for somebody, and what has just gone from it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import F, QuerySet

from rightaway.accounts.actor import Actor
from rightaway.accounts.roles import Role
from rightaway.engine.facts import BANDS as CODES
from rightaway.web import formats
from rightaway.web.contacts.words import BANDS, cause, plain
from rightaway.web.my_work import words
from rightaway.web.my_work.offers import messages
from rightaway.work import access
from rightaway.work.models import Item
from rightaway.work.person_view import ItemView, person_views

MOST: Final = 60
COUNTED: Final = 1000  # how many are in it is told up to here
AFTER: Final = timedelta(seconds=6)
LATE: Final = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Row:
    """One item. `gone` says who has it, where somebody took it a moment ago; `until` (epoch milliseconds) for how
    long that is shown. `mine`: it was this person."""

    id: UUID
    view: ItemView
    title: str
    need: str
    facts: list[tuple[str, str]]
    cause: str
    source: str
    band: str
    late: bool
    gone: str = ""
    until: int = 0
    mine: bool = False
    address: str = ""


@dataclass(frozen=True, slots=True)
class Pool:
    """`new` rows wait to be shown, so that nothing moves; `total` counts up to `COUNTED`."""

    rows: list[Row]
    new: int
    total: int


def pool(actor: Actor, seen: Iterable[str] = ()) -> Pool:
    """Best band first, then the longest wait. `seen` are the ids that a page shows, in its order: they stay in it."""
    pooled = _pooled(actor)
    best = _best(pooled)
    shown = _ids(seen)
    if not shown:
        return Pool(_rows(actor, best), 0, len(pooled.values_list("id")[:COUNTED]))
    here = {item.id: item for item in pooled.filter(id__in=shown)}
    gone = _gone(actor, [id for id in shown if id not in here])
    ordered = [here.get(id) or gone[id] for id in shown if id in here or id in gone]
    new = sum(item.id not in here for item in best)
    return Pool(_rows(actor, ordered), new, len(pooled.values_list("id")[:COUNTED]))


def _pooled(actor: Actor) -> QuerySet[Item]:
    return access.visible_items(actor).filter(state="pooled")


def _best(pooled: QuerySet[Item]) -> list[Item]:
    """Asked band by band, so that the pool's index gives the order."""
    found: list[Item] = []
    for band in range(len(CODES) - 1, -1, -1):
        order = F("unanswered_since").asc(nulls_last=True)
        found += pooled.filter(band=band).order_by(order, "id")[: MOST - len(found)]
        if len(found) >= MOST:
            break
    return found


def _ids(texts: Iterable[str]) -> list[UUID]:
    found: list[UUID] = []
    for text in list(texts)[: 2 * MOST]:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return list(dict.fromkeys(found))


def _gone(actor: Actor, ids: Sequence[UUID]) -> dict[UUID, Item]:
    """Those of the items that somebody was given in the last seconds and that the actor could have had, by id."""
    if not ids:
        return {}
    items = Item.objects.filter(id__in=list(ids), state="assigned", assigned_at__gt=formats.now() - AFTER)
    manages = actor.role is not Role.AGENT
    return {
        item.id: item for item in items if item.owner_id == actor.agent_id or manages or access.could_take(actor, item)
    }


def _rows(actor: Actor, items: Sequence[Item]) -> list[Row]:
    views = person_views(actor, items)
    said = messages(views)
    taken = {item.id: item for item in items if item.owner_id is not None}
    names = words.first_names({item.owner_id for item in taken.values() if item.owner_id is not None})
    rows = []
    for view in views:
        item = taken.get(view.id)
        mine = item is not None and item.owner_id == actor.agent_id
        rows.append(
            _row(
                view,
                said.get(view.id, ""),
                item,
                "" if item is None or item.owner_id is None else names[item.owner_id],
                mine,
            )
        )
    return rows


def _row(view: ItemView, message: str, taken: Item | None, name: str, mine: bool) -> Row:
    since: datetime | None = view.unanswered_since
    return Row(
        id=view.id, view=view, title=words.title(view), need=words.need(view, message), facts=words.facts(view),
        cause=cause(view.cause), source=plain(view.source), band=str(BANDS[view.band]),
        late=since is not None and formats.now() - since >= LATE, gone=name, mine=mine,
        until=int((taken.assigned_at + AFTER).timestamp() * 1000) if taken and taken.assigned_at else 0,
        address=words.profile_address(view) if not view.masked else "",
    )  # fmt: skip
