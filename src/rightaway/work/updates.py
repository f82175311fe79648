"""Updates that managers asked for: who asked and what, and when it was answered."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from rightaway.accounts.models import Membership
from rightaway.contacts.models import Entry
from rightaway.ledger.models import Event
from rightaway.work.models import Item


@dataclass(frozen=True, slots=True)
class Request:
    """`by` is empty where no person asked; `due_at` is by when an answer is wanted."""

    by: str
    note: str
    asked_at: datetime
    due_at: datetime


def requests_of(items: Sequence[Item]) -> dict[UUID, Request]:
    """What stands open, by item. A few queries for any number of them."""
    open_ = {
        item.id: (item.update_asked_at, item.update_due_at)
        for item in items
        if item.update_asked_at is not None and item.update_due_at is not None
    }
    if not open_:
        return {}
    events = Event.objects.filter(subject_kind="item", subject_id__in=open_, kind="update_requested")
    rows = events.order_by("subject_id", "-seq").distinct("subject_id").values_list("subject_id", "body")
    askers = {id: json.loads(body).get("by_id") for id, body in rows}
    names = dict(Membership.objects.filter(id__in=[id for id in askers.values() if id]).values_list("id", "user__name"))
    said = Entry.objects.filter(item_id__in=open_, kind="update_requested").order_by("item_id", "-at", "-id")
    notes = dict(said.distinct("item_id").values_list("item_id", "text"))
    return {
        id: Request(
            names.get(UUID(askers[id]), "") if askers.get(id) else "", notes.get(id, ""), asked_at, due_at,
        )
        for id, (asked_at, due_at) in open_.items()
    }  # fmt: skip


def answered_at(item: Item) -> datetime | None:
    """When the last one was answered; None where none was, or one stands open."""
    if item.update_asked_at is not None:
        return None
    events = Event.objects.filter(subject_kind="item", subject_id=item.id).order_by("-seq")
    found: datetime | None = (
        events.filter(kind="touched", body__contains='"update":"answered"').values_list("at", flat=True).first()
    )
    return found
