"""The sequences of an item as the profile shows them: what is on its way, and what may begin."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from rightaway.contacts.models import Identity
from rightaway.notify.email.delivering import is_set_up
from rightaway.work import drips
from rightaway.work.models import Item, Sequence

_MOST: Final = 200


@dataclass(frozen=True, slots=True)
class OnItsWay:
    id: UUID
    name: str
    sent: int
    all: int
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Sequences:
    """`choices` are empty where none may begin: one is on its way, there is no address, or no mail can be sent."""

    running: OnItsWay | None
    choices: list[tuple[UUID, str]]


def sequences_of(item: Item) -> Sequences:
    drip = drips.running(item.id)
    if drip is not None and drip.due_at is not None:
        name = Sequence.objects.values_list("name", flat=True).get(id=drip.sequence_id)
        return Sequences(OnItsWay(drip.id, name, drip.sent, len(drip.steps), drip.due_at), [])
    reachable = is_set_up() and Identity.objects.filter(contact=item.contact_id, kind="email", verified=True).exists()
    if item.state == "closed" or not reachable:
        return Sequences(None, [])
    active = Sequence.objects.filter(active=True).order_by("name", "id")
    return Sequences(None, list(active.values_list("id", "name")[:_MOST]))
