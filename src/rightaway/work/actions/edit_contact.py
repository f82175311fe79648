"""Edit a contact: name, company, language, how they are reached, fields of the organisation's own, campaign."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.contacts import fields
from rightaway.contacts.companies import companies_named
from rightaway.contacts.fields import Value
from rightaway.contacts.models import Contact, Identity
from rightaway.contacts.normalise import fold
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import Conflict, Invalid, KnownPerson, NotAllowed, NotFound, Stale
from rightaway.ledger.events import Change, append
from rightaway.work import access, identities, in_step, offers, ownership, receiving
from rightaway.work.contact_record import Reached, identities_in_order, record_of
from rightaway.work.models import Campaign, Item

MOST_IDENTITIES = 20  # of one kind


@dataclass(frozen=True, slots=True)
class Edit:
    """What is to be different; None leaves it. `reached` are all phones and e-mails, of each kind the main one first.

    `company_id` names a company by its record and goes before `company`, its name; an empty name takes it away.
    `fields` are JSON by key, null takes a value away. `campaign` is a key, empty for none.
    """

    name: str | None = None
    language: str | None = None
    company: str | None = None
    company_id: UUID | None = None
    reached: Sequence[Reached] | None = None
    fields: Mapping[str, Any] | None = None
    campaign: str | None = None


@dataclass(frozen=True, slots=True)
class Edited:
    """`changed` names what is different now; empty: nothing was written."""

    contact_id: UUID
    changed: tuple[str, ...]


def edit_contact(*, contact_id: UUID, edit: Edit, actor: Actor, seen: str | None) -> Edited:
    """Changes a contact and what its items have of it. `seen` is the tag of what the editor read; None: whatever.

    Runs inside `organisation(…)`. Raises NotFound, NotAllowed, Stale, Invalid, KnownPerson (somebody else has this
    number), NotAMember (a campaign that the owner is not in), Conflict (it was merged away).
    """
    access.contact_for(actor, contact_id, "contact.edit")
    wanted = None if edit.reached is None else list(edit.reached)
    contact = identities.hold([contact_id], names=[row[:2] for row in wanted or ()])[contact_id]
    if contact.merged_into_id is not None:
        raise Conflict(merged_into=str(contact.merged_into_id))
    if seen is not None and record_of(actor, contact).etag != seen:
        raise Stale
    values = _values(contact, edit)
    columns = _columns(actor, contact, edit)
    _require_reachable(contact, columns, wanted)
    campaign = _campaign(contact, edit)
    now = clock()
    told = _reach(actor, contact, wanted)
    changed = sorted({*columns, *told, *(f"fields.{key}" for key in values), *campaign} - {"folded", "employer_id"})
    if not changed:
        return Edited(contact_id, ())
    _record(contact, columns, values, campaign, changed, told, actor=actor, now=now)
    return Edited(contact_id, tuple(changed))


def _values(contact: Contact, edit: Edit) -> dict[str, Value | None]:
    """The fields that are different, read by their types. A required one may not be taken away."""
    if edit.fields is None:
        return {}
    known = fields.fields()
    read = fields.read_all(known, edit.fields, path=("fields",), strict=True)
    fields.require({key: known[key] for key in read}, read, path=("fields",))
    has = fields.values_of([contact.id])[contact.id]
    return {key: value for key, value in read.items() if has.get(key) != value}


def _columns(actor: Actor, contact: Contact, edit: Edit) -> dict[str, Any]:
    """The columns of the contact that are different."""
    wanted: dict[str, Any] = {}
    if edit.name is not None:
        wanted |= {"name": edit.name, "folded": fold(edit.name)}
    if edit.language is not None:
        wanted["language"] = edit.language
    if edit.company_id is not None:
        company = access.company_for(actor, edit.company_id, "company.view")
        wanted |= {"company": company.name, "employer_id": company.id}
    elif edit.company is not None and edit.company != contact.company:
        employers = companies_named([edit.company] if edit.company else [])
        wanted |= {"company": edit.company, "employer_id": employers.get(edit.company)}
    return {name: value for name, value in wanted.items() if getattr(contact, name) != value}


def _require_reachable(contact: Contact, columns: Mapping[str, Any], wanted: Sequence[Reached] | None) -> None:
    for kind in ("phone", "email"):
        if wanted is not None and sum(row[0] == kind for row in wanted) > MOST_IDENTITIES:
            raise Invalid(errors=[{"pointer": f"/{kind}s", "detail": "too_long"}])
    reachable = bool(wanted) if wanted is not None else Identity.objects.filter(contact=contact.id).exists()
    if not reachable and not columns.get("name", contact.name):
        raise Invalid(errors=[{"pointer": "/name", "detail": "empty"}])


def _campaign(contact: Contact, edit: Edit) -> dict[str, UUID | None]:
    if edit.campaign is None:
        return {}
    found = Campaign.objects.filter(key=edit.campaign).first() if edit.campaign else None
    if edit.campaign and found is None:
        raise Invalid(errors=[{"pointer": "/campaign", "detail": "unknown"}])
    wanted = found.id if found else None
    items = Item.objects.filter(contact=contact.id).exclude(state="closed")
    return {"campaign_id": wanted} if any(item.campaign_id != wanted for item in items) else {}


def _reach(actor: Actor, contact: Contact, wanted: Sequence[Reached] | None) -> dict[str, list[str]]:
    """Makes the contact reachable exactly so. Returns the ids added and taken away, and whether the order is new."""
    if wanted is None:
        return {}
    known = {(row.kind, row.value): row for row in identities_in_order(contact.id)}
    new = [row for row in wanted if row[:2] not in known]
    for kind, value, _raw, _verified in new:
        require_unknown(actor, kind, value)
    gone = [row for name, row in known.items() if name not in {row[:2] for row in wanted}]
    Identity.objects.filter(id__in=[row.id for row in gone]).delete()
    places: dict[str, int] = {"phone": 0, "email": 0}
    added, moved = [], []
    for kind, value, raw, verified in wanted:
        row = known.get((kind, value))
        if row is None:
            row = Identity.objects.create(
                contact_id=contact.id, kind=kind, value=value, raw=raw, verified=verified, place=places[kind]
            )
            added.append(str(row.id))
        elif row.place != places[kind]:
            Identity.objects.filter(id=row.id).update(place=places[kind])
            moved.append(str(row.id))
        places[kind] += 1
    told = {
        "identities_added": added, "identities_removed": [str(row.id) for row in gone],
        "identities_moved": [] if added or gone else moved,
    }  # fmt: skip
    return {name: ids for name, ids in told.items() if ids}


def require_unknown(actor: Actor, kind: str, value: str) -> None:
    """Raises KnownPerson when somebody is known by this, and says who where the actor may know."""
    other = Identity.objects.filter(kind=kind, value=value, entity_id=None).first()
    if other is not None:
        raise known_person(actor, other.contact_id)


def known_person(actor: Actor, contact_id: UUID) -> KnownPerson:
    try:
        access.contact_for(actor, contact_id, "contact.view")
    except (NotFound, NotAllowed):
        return KnownPerson()
    return KnownPerson(contact_id=str(contact_id))


def _record(
    contact: Contact,
    columns: dict[str, Any],
    values: Mapping[str, Value | None],
    campaign: Mapping[str, UUID | None],
    changed: list[str],
    told: Mapping[str, list[str]],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    items = in_step.open_items([contact.id])
    if campaign:
        for item in items:
            item.campaign_id = campaign["campaign_id"]
            holders = [*ownership.owners(item), *(offer.agent_id for offer in offers.open_offers(item))]
            receiving.require_member(item, holders)
            item.refresh_from_db(fields=["campaign"])
    if columns:
        Contact.objects.filter(id=contact.id).update(**columns)
    if "folded" in columns:
        Item.objects.filter(contact=contact.id).update(folded=columns["folded"])
    fields.store(contact.id, values, fields.fields() if values else {})
    copied = {"language": columns["language"]} if "language" in columns else {}
    in_step.keep(items, values, actor=actor, at=now, changed=changed, **copied, **campaign)
    append(contact, now, [Change("edited", {"changed": changed, **told, **actor.as_event()})])
