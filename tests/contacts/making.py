"""Contacts as enquiries make them, and everything that two of them hold, to compare before and after."""

from collections import Counter
from typing import Any
from uuid import UUID

from rightaway.contacts.models import Contact, CustomField, Entry, FieldValue, Identity, Task
from rightaway.contacts.schema import FieldIn
from rightaway.conversations.models import Conversation
from rightaway.work.actions.receive import receive
from rightaway.work.actions.save_field import save_field
from rightaway.work.enquiry import Enquiry
from rightaway.work.models import Item
from tests.making import BOSS, House


def asks(house: House, name: str = "", **fields: Any) -> tuple[UUID, UUID]:
    """(contact, item) of one enquiry."""
    with house.inside():
        received = receive(enquiry=Enquiry(source="web", name=name, **fields), actor=BOSS)
        return received.contact_id, received.item_id


def field(house: House, key: str, type: str, **more: Any) -> CustomField:
    with house.inside():
        save_field(
            field=FieldIn.model_validate({"key": key, "type": type, "names": {"en": key.title()}, **more}), actor=BOSS
        )
        row: CustomField = CustomField.objects.get(key=key)
        return row


def holdings(house: House, *contacts: UUID) -> dict[UUID, Any]:
    """What each of them is and has, comparable."""
    with house.inside():
        return {id: _holding(Contact.objects.get(id=id)) for id in contacts}


def _holding(contact: Contact) -> dict[str, Any]:
    values = FieldValue.objects.filter(contact=contact.id).values_list(
        "field", "choice", "text", "number", "amount", "currency", "day", "yes"
    )
    items = Item.objects.filter(contact=contact.id).values_list(
        "id", "state", "kind", "line", "front", "owner", "band", "enquiries", "unanswered_since", "folded", "outcome"
    )
    return {
        "columns": (contact.name, contact.folded, contact.language, contact.company, contact.employer_id),
        "away": (contact.archived_at, contact.merged_into_id),
        "identities": sorted(Identity.objects.filter(contact=contact.id).values_list("kind", "place", "value", "id")),
        "entries": sorted(Entry.objects.filter(contact=contact.id).values_list("id", flat=True)),
        "values": Counter(values),
        "tasks": sorted(Task.objects.filter(contact=contact.id).values_list("id", "item_id", "outcome")),
        "threads": sorted(Conversation.objects.filter(contact=contact.id).values_list("id", "item_id", "state")),
        "items": sorted(items),
    }
