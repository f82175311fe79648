"""Contacts that are not taken from their owner without saying so: something between the two of them is under way."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from rightaway.contacts.models import Entry, Task
from rightaway.work.models import Item

SPOKE_WITHIN: Final = timedelta(days=14)
REASONS: Final = ("opportunity", "appointment", "spoke")


def protected(items: Sequence[Item], now: datetime) -> dict[UUID, str]:
    """Which of the items are protected, and why: an open opportunity, an appointment to come, or a two-way contact of
    the last fourteen days. A few queries for any number of them."""
    ids, contacts = [item.id for item in items], {item.contact_id for item in items}
    spoke = set(
        Entry.objects.filter(contact__in=contacts, action="contact", at__gt=now - SPOKE_WITHIN).values_list(
            "item_id", flat=True
        )
    )
    meets = set(
        Task.objects.filter(item_id__in=ids, kind="meeting", ended_at=None, due_at__gt=now).values_list(
            "item_id", flat=True
        )
    )
    deals = set(
        Item.objects.filter(contact__in=contacts, kind="opportunity")
        .exclude(state="closed")
        .values_list("contact", flat=True)
    )
    found = {}
    for item in items:
        holds = (item.contact_id in deals, item.id in meets, item.id in spoke)
        if any(holds):
            found[item.id] = REASONS[holds.index(True)]
    return found
