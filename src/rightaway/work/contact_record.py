"""A contact as it is read and edited: one value, and the tag of exactly this content."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.contacts import fields
from rightaway.contacts.models import Contact, Identity
from rightaway.contacts.normalise import email_address, phone_e164
from rightaway.ledger.events import canonical
from rightaway.routing.versions import etag_of
from rightaway.work import access
from rightaway.work.models import Item
from rightaway.work.person_view import Reach

Reached = tuple[str, str, str, bool]  # kind, value, raw, verified


@dataclass(frozen=True, slots=True)
class ContactRecord:
    """`phones` and `emails` main one first; `fields` as JSON; `items` those that the reader may see, latest first."""

    id: UUID
    name: str
    language: str
    company: str
    company_id: UUID | None
    phones: tuple[Reach, ...]
    emails: tuple[Reach, ...]
    fields: dict[str, Any]
    campaign_id: UUID | None
    archived_at: datetime | None
    merged_into: UUID | None
    items: tuple[UUID, ...]

    @property
    def etag(self) -> str:
        """Of what can be edited."""
        content = {name: value for name, value in asdict(self).items() if name not in ("items", "merged_into")}
        return etag_of(canonical(content))


def record_of(actor: Actor, contact: Contact) -> ContactRecord:
    reach = {"phone": [], "email": []}  # type: dict[str, list[Reach]]
    for row in identities_in_order(contact.id):
        reach[row.kind].append(Reach(row.value, row.verified))
    front = front_item(contact.id)
    return ContactRecord(
        id=contact.id, name=contact.name, language=contact.language, company=contact.company,
        company_id=contact.employer_id, phones=tuple(reach["phone"]), emails=tuple(reach["email"]),
        fields={key: fields.as_json(value) for key, value in fields.values_of([contact.id])[contact.id].items()},
        campaign_id=front.campaign_id if front else None, archived_at=contact.archived_at,
        merged_into=contact.merged_into_id,
        items=tuple(
            access.visible_items(actor).filter(contact=contact.id).order_by("-id").values_list("id", flat=True)
        ),
    )  # fmt: skip


def identities_in_order(contact_id: UUID) -> list[Identity]:
    return list(Identity.objects.filter(contact=contact_id).order_by("kind", "place", "id"))


def front_item(contact_id: UUID) -> Item | None:
    """The open item that people see of the contact."""
    found: Item | None = Item.objects.filter(contact=contact_id, front=True).exclude(state="closed").first()
    return found


def reached_by(phones: Iterable[str], emails: Iterable[str], region: str) -> list[Reached]:
    """What was typed, as identities, in order and each once. What cannot be read is kept as it is, unverified."""
    found: dict[tuple[str, str], Reached] = {}
    for kind, texts in (("phone", phones), ("email", emails)):
        for text in texts:
            read = phone_e164(text, region) if kind == "phone" else email_address(text)
            found.setdefault((kind, read or text), (kind, read or text, "" if read else text, read is not None))
    return list(found.values())


def survivor_of(contact_id: UUID) -> UUID:
    """The contact that this one was merged into, or itself."""
    while into := Contact.objects.filter(id=contact_id).values_list("merged_into", flat=True).first():
        contact_id = into
    return contact_id
