"""Copies on items of what their contact has, kept in step: the attributes that routes compare, language, campaign."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.contacts import fields
from rightaway.contacts.fields import Value
from rightaway.ledger.events import wake_worker
from rightaway.work import basics, change
from rightaway.work.models import Item


def attributes_with(attributes: Mapping[str, Any], values: Mapping[str, Value | None]) -> dict[str, Any]:
    """The attributes with these fields as they are now."""
    kept = {name: value for name, value in attributes.items() if name not in values}
    return kept | {name: fields.plain(value) for name, value in values.items() if value is not None}


def open_items(contact_ids: Iterable[UUID], *, but: UUID | None = None) -> list[Item]:
    """The open items of these contacts, locked, in order of id."""
    items = Item.objects.select_for_update(no_key=True).exclude(state="closed").filter(contact__in=list(contact_ids))
    return list((items if but is None else items.exclude(id=but)).order_by("id"))


def keep(
    items: Iterable[Item],
    values: Mapping[str, Value | None],
    *,
    actor: Actor,
    at: datetime,
    changed: Iterable[str] = (),
    **columns: Any,
) -> None:
    """Writes what is new of the contact to each of its open, locked items. What waits is looked at again: another
    route may fit now. `changed` names what else of the contact is new."""
    told = {"changed": sorted({*changed, *(f"attributes.{name}" for name in values)})}
    for item in items:
        new = {name: value for name, value in columns.items() if getattr(item, name) != value}
        attributes = attributes_with(item.attributes, values)
        if attributes != item.attributes:
            new["attributes"] = attributes
        if new and item.state == "waiting":
            new |= {"due_at": at, "waits_on": None}
            wake_worker()
        marks = zip(("phone_mark", "email_mark"), basics.marks_of(item.contact_id), strict=True)
        new |= {name: mark for name, mark in marks if getattr(item, name) != mark}
        if new or changed:
            change.note(item, actor=actor, at=at, event="edited", body=told, **new)
