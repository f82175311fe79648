"""Reads for pages and the API. They write nothing and run inside `organisation(…)`."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from rightaway.accounts.actor import Actor
from rightaway.contacts.models import Entry
from rightaway.ledger.errors import Invalid
from rightaway.ledger.models import Event
from rightaway.work import access, notes
from rightaway.work.models import Item, Offer
from rightaway.work.person_view import is_masked

# name → columns, first first; "-" means descending. Each ends with the id, so that the order is total.
SORTS: Final[dict[str, tuple[str, ...]]] = {
    "created_at": ("id",),  # ids are made in order of time
    "-created_at": ("-id",),
    "-band": ("-band", "id"),
    "unanswered_since": ("asked", "id"),  # the longest without an answer first, the answered ones last
}


@dataclass(frozen=True, slots=True)
class ItemFilter:
    """What is given must hold. `unassigned` true: nobody owns it; false: somebody does."""

    state: str | None = None
    status: str | None = None
    owner: UUID | None = None
    source: str | None = None
    band: int | None = None
    unassigned: bool | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """`next` is the cursor of the page that follows; null on the last."""

    items: Sequence[Item]
    next: str | None


def items_page(actor: Actor, wanted: ItemFilter, *, sort: str, cursor: str | None, limit: int) -> Page:
    """One page of the items that the actor may see. Raises Invalid: a cursor that is not from this list."""
    columns = SORTS[sort]
    rows = _filtered(access.visible_items(actor), wanted)
    if cursor is not None:
        rows = rows.filter(_beyond(columns, _read_cursor(cursor, sort)))
    found = list(rows.order_by(*columns)[: limit + 1])
    page = found[:limit]
    return Page(page, _cursor(sort, page[-1]) if len(found) > limit else None)


def _filtered(rows: QuerySet[Item], wanted: ItemFilter) -> QuerySet[Item]:
    exact = {"state": wanted.state, "status": wanted.status, "owner": wanted.owner, "source": wanted.source}
    rows = rows.filter(**{name: value for name, value in {**exact, "band": wanted.band}.items() if value is not None})
    if wanted.unassigned is not None:
        rows = rows.filter(owner__isnull=wanted.unassigned)
    return rows


def _beyond(columns: Sequence[str], values: Sequence[Any]) -> Q:
    """The rows after this one: (a, b) > (x, y), each column in its own direction."""
    found, before = Q(pk__in=[]), Q()
    for column, value in zip(columns, values, strict=True):
        name = column.removeprefix("-")
        further = "lt" if column.startswith("-") else "gt"
        found |= before & Q(**{f"{name}__{further}": value})
        before &= Q(**{name: value})
    return found


def _cursor(sort: str, item: Item) -> str:
    values = [getattr(item, column.removeprefix("-")) for column in SORTS[sort]]
    text = json.dumps([sort, *(value if isinstance(value, int) else str(value) for value in values)])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_cursor(cursor: str, sort: str) -> list[Any]:
    try:
        name, *values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if name != sort:
            raise ValueError("of another order")
        return [_KINDS[column.removeprefix("-")](value) for column, value in zip(SORTS[sort], values, strict=True)]
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise Invalid(errors=[{"pointer": "/query/cursor", "detail": _("not a cursor of this list")}]) from None


def _instant(text: Any) -> datetime:
    found = parse_datetime(text)
    if found is None or found.tzinfo is None:
        raise ValueError("no instant")
    return found


def _band(value: Any) -> int:
    if not isinstance(value, int) or not 0 <= value <= 3:
        raise ValueError("no band")
    return value


_KINDS: Final[dict[str, Any]] = {"id": UUID, "band": _band, "asked": _instant}


def state_of(item_id: UUID) -> str:
    state: str = Item.objects.values_list("state", flat=True).get(id=item_id)
    return state


def events_of(item: Item, *, after: int, limit: int) -> list[Event]:
    """The item's events in order, from the one after number `after`."""
    rows = Event.objects.filter(subject_kind="item", subject_id=item.id, seq__gt=after)
    return list(rows.order_by("seq")[:limit])


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """One line. `text` and `data` are empty where the item is masked for the viewer."""

    id: UUID
    kind: str
    action: str
    outcome: str
    text: str
    data: dict[str, Any]
    agent_id: UUID | None
    at: datetime


def timeline(actor: Actor, item: Item, *, limit: int, before: datetime | None = None) -> list[TimelineEntry]:
    """What was said and done about this item, the latest first; `before` that instant."""
    masked = is_masked(actor, item)
    found = Entry.objects.filter(contact=item.contact_id, item_id=item.id)
    if before is not None:
        found = found.filter(at__lt=before)
    rows = found.order_by("-at", "-id")[:limit]
    return [_entry(row, masked=masked) for row in rows]


def _entry(row: Entry, *, masked: bool) -> TimelineEntry:
    return TimelineEntry(
        row.id, row.kind, row.action, row.outcome, "" if masked else row.text, {} if masked else row.data,
        row.agent_id, row.at,
    )  # fmt: skip


def pinned_notes(actor: Actor, item: Item) -> list[TimelineEntry]:
    """The notes on top of the item, the latest first; none where it is masked."""
    if is_masked(actor, item):
        return []
    found = Entry.objects.filter(contact=item.contact_id, item_id=item.id, data__contains={notes.PINNED: True})
    return [_entry(row, masked=False) for row in found.order_by("-at", "-id")[: notes.MOST_PINNED]]


def my_offers(actor: Actor) -> list[Offer]:
    """The offers that the actor can answer, the most urgent first."""
    if actor.agent_id is None:
        return []
    rows = Offer.objects.select_related("item").filter(agent=actor.agent_id, state="open")
    return list(rows.order_by("expires_at", "id"))
