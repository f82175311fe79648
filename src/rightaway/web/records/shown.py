"""What the pages of records show: whom one may be merged with, and what a merge would make."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rightaway.accounts.actor import Actor
from rightaway.contacts import fields
from rightaway.contacts.models import Contact, Identity
from rightaway.web.contacts.words import plain
from rightaway.web.records import own_fields
from rightaway.work import merging
from rightaway.work.merging import FIELD, Preview
from rightaway.work.searching import search
from rightaway.work.sentences import language_name

_COLUMNS: Final = {
    "name": gettext_lazy("Name"),
    "language": gettext_lazy("Language"),
    "company": gettext_lazy("Company"),
}
_MOST: Final = 20


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody who may be the same person; `reach` is a number or an address to tell them by."""

    id: UUID
    name: str
    company: str
    reach: str


def candidates(actor: Actor, contact: Contact, find: str) -> list[Candidate]:
    """Whom a search finds and the actor may merge with this contact."""
    found = dict.fromkeys(row.item.contact_id for row in search(actor, find, limit=_MOST))
    ids = [id for id in found if id != contact.id and merging.may_merge(actor, id)]
    rows = Contact.objects.in_bulk(ids)
    reach: dict[UUID, str] = {}
    for id, value in Identity.objects.filter(contact__in=ids).order_by("place", "id").values_list("contact", "value"):
        reach.setdefault(id, value)
    return [Candidate(id, rows[id].name or _("No name"), rows[id].company, reach.get(id, "")) for id in ids]


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that both have: in words, and whether the other's is chosen."""

    name: str
    label: Any
    survivor: str
    other: str
    differs: bool
    taken: bool


@dataclass(frozen=True, slots=True)
class ToldPreview:
    survivor: Contact
    other: Contact
    lines: tuple[Line, ...]
    identities: int
    items: int
    entries: int
    duplicates: int


def told_preview(preview: Preview) -> ToldPreview:
    known = fields.fields()
    rows = Contact.objects.in_bulk([preview.survivor_id, preview.other_id])

    def told(name: str, value: Any) -> str:
        if value is None:
            return ""
        if name.startswith(FIELD):
            return own_fields.told(known[name.removeprefix(FIELD)], value)
        return plain(language_name(value)) if name == "language" else str(value)

    def label(name: str) -> Any:
        field = known.get(name.removeprefix(FIELD))
        return _COLUMNS.get(name) or (fields.label(field.names, field.key) if field else name)

    lines = tuple(
        Line(each.name, label(each.name), told(each.name, each.survivor), told(each.name, each.other), each.differs,
             each.taken)
        for each in preview.contests
        if each.survivor is not None or each.other is not None
    )  # fmt: skip
    return ToldPreview(
        rows[preview.survivor_id], rows[preview.other_id], lines, preview.identities, preview.items, preview.entries,
        len(preview.duplicates),
    )  # fmt: skip
