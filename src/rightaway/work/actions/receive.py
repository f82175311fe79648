"""Receive an enquiry: contact matched or made, item waiting, event, all in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.contacts import fields
from rightaway.contacts.companies import companies_named
from rightaway.contacts.fields import Value
from rightaway.contacts.models import Contact, CustomField, Entry, Identity, MergeSuggestion
from rightaway.contacts.normalise import fold
from rightaway.engine.facts import Directory
from rightaway.ledger.arrays import quoted
from rightaway.ledger.clock import clock
from rightaway.ledger.crash import crash_point
from rightaway.ledger.errors import Invalid
from rightaway.ledger.events import wake_worker
from rightaway.ledger.ids import new_id
from rightaway.ledger.statements import fetched
from rightaway.routing.directory import directory_asked
from rightaway.work import access, archiving, basics, change, drips, identities, in_step, question
from rightaway.work.enquiry import Enquiry
from rightaway.work.models import Arrival, Exclusion, Item
from rightaway.work.received import Arriving, write_items

TOP_BAND = 3

# The time is read after the locks of `_lock`; one round trip for both.
_MATCH = """
SELECT clock_timestamp(), n.kind, n.contact_id
FROM (SELECT) always LEFT JOIN (
    unnest(%(kinds)s::text[], %(values)s::text[]) w (kind, value) JOIN contacts_identity n
    ON n.organisation_id = %(organisation)s::smallint AND n.kind = w.kind AND n.value = w.value
        AND n.entity_id IS NULL) ON true
"""


@dataclass(frozen=True, slots=True)
class Received:
    """`outcome`: created (a new item), attached (to the open one), duplicate (this external id was here before)."""

    item_id: UUID
    contact_id: UUID
    outcome: str


def receive(*, enquiry: Enquiry, actor: Actor, contact_id: UUID | None = None) -> Received:
    """Takes an enquiry in. When the caller's transaction commits, it is durable and will be routed.

    `contact_id`: who asks is known already, whatever the enquiry says of them. Runs inside `organisation(…)`.
    Raises Invalid (nothing to reach or to name the person by; unknown campaign).
    """
    access.require(actor, "item.create")
    known_fields = fields.fields() if enquiry.attributes else {}
    enquiry, values = typed(enquiry, known_fields)
    directory = directory_asked()
    _lock(enquiry, contact_id)
    known = _arrived(enquiry)
    if known is not None:
        return Received(known.item_id, known.item.contact_id, "duplicate")
    if contact_id is None:
        contact_id, now = _match(enquiry)
    else:
        now = clock()
    open_item = _open_item(enquiry, contact_id) if contact_id else None
    if open_item is not None:
        now = clock()
        _attach(open_item, enquiry, values, actor=actor, now=now)
        received = Received(open_item.id, open_item.contact_id, "attached")
    else:
        received = _create(enquiry, contact_id, directory(), actor=actor, now=now)
    if values:
        fields.store(received.contact_id, values, known_fields)
        others = in_step.open_items([received.contact_id], but=received.item_id)
        in_step.keep(others, values, actor=actor, at=now)
    if contact_id is not None:
        drips.answered(contact_id, actor=actor, at=now)  # after every item: whoever sends locks an item before its drip
    crash_point("receive_before_commit")
    wake_worker()
    return received


def typed(enquiry: Enquiry, known: Mapping[str, CustomField]) -> tuple[Enquiry, dict[str, Value]]:
    """The enquiry with those attributes that are fields as an item has them, and the fields' values.

    The latest that somebody says of themselves is what is known. Raises Invalid: not of the field's type.
    """
    found = fields.read_all(known, enquiry.attributes, path=("attributes",), strict=False)
    values = {name: value for name, value in found.items() if value is not None}
    if not found:
        return enquiry, values
    rest = {name: value for name, value in enquiry.attributes.items() if name not in found}
    return replace(enquiry, attributes=in_step.attributes_with(rest, values)), values


def identities_of(enquiry: Enquiry) -> list[tuple[str, str, str, bool]]:
    """(kind, value, raw, verified), the phone first: it decides when two identities name two contacts."""
    found = []
    if enquiry.phone or enquiry.phone_raw:
        found.append(("phone", enquiry.phone or enquiry.phone_raw, enquiry.phone_raw, bool(enquiry.phone)))
    if enquiry.email or enquiry.email_raw:
        found.append(("email", enquiry.email or enquiry.email_raw, enquiry.email_raw, bool(enquiry.email)))
    if not found and not enquiry.name:
        raise Invalid(
            "A name, a phone number or an e-mail address is needed.", errors=[{"pointer": "", "detail": "empty"}]
        )
    return found


def _lock(enquiry: Enquiry, contact_id: UUID | None) -> None:
    """Two enquiries of one person, or two copies of one message, follow one another."""
    arrivals = [f"arrival:{enquiry.source}:{enquiry.external_id}"] if enquiry.external_id else []
    if contact_id is None:
        names = {(kind, value) for kind, value, _, _ in identities_of(enquiry)}
    else:
        names = {("contact", str(contact_id)), *identities.names_of([contact_id])}
    identities.lock(names, also=arrivals)


def _arrived(enquiry: Enquiry) -> Arrival | None:
    if not enquiry.external_id:
        return None
    arrivals = Arrival.objects.select_related("item")
    found: Arrival | None = arrivals.filter(source=enquiry.source, external_id=enquiry.external_id).first()
    return found


def _match(enquiry: Enquiry) -> tuple[UUID | None, datetime]:
    """The contact that the phone or else the e-mail belongs to, and the time. Two different contacts: a suggestion."""
    wanted = identities_of(enquiry)
    rows = fetched(_MATCH, kinds=quoted(row[0] for row in wanted), values=quoted(row[1] for row in wanted))
    found: dict[str, UUID] = {kind: contact_id for _, kind, contact_id in rows if kind}
    now: datetime = rows[0][0]
    if not found:
        return None, now
    contact_id = found.get("phone") or found["email"]
    for kind, value, raw, verified in wanted:
        if kind not in found:
            place = Identity.objects.filter(contact=contact_id, kind=kind).count()
            Identity.objects.create(
                contact_id=contact_id, kind=kind, value=value, raw=raw, verified=verified, place=place
            )
    if len(set(found.values())) == 2:
        first, second = sorted(set(found.values()))
        MergeSuggestion.objects.get_or_create(first_id=first, second_id=second)
    return contact_id, now


def _open_item(enquiry: Enquiry, contact_id: UUID) -> Item | None:
    items = Item.objects.select_for_update(no_key=True).exclude(state="closed")
    found: Item | None = items.filter(contact=contact_id, kind=enquiry.kind, line=enquiry.line).first()
    return found


def _create(
    enquiry: Enquiry, contact_id: UUID | None, directory: Directory, *, actor: Actor, now: datetime
) -> Received:
    known = identities_of(enquiry) if contact_id is None else []
    marks = basics.marks_of(contact_id) if contact_id else basics.marks_among({kind for kind, *_rest in known})
    arriving = Arriving(
        enquiry=enquiry, item_id=new_id(), contact_id=contact_id or new_id(), new_contact=contact_id is None,
        identities=known, previous_id=None, now=now, folded=fold(enquiry.name), attributes=enquiry.attributes,
        marks=marks,
    )  # fmt: skip
    if contact_id is not None:
        earlier = Item.objects.filter(contact=contact_id)
        earlier.filter(front=True).update(front=False)
        same = earlier.filter(kind=enquiry.kind, line=enquiry.line).order_by("-created_at").first()
        arriving.previous_id = same.id if same else None
        _fill_in(contact_id, enquiry)
        contact = Contact.objects.get(id=contact_id)
        if contact.archived_at is not None:
            archiving.bring_back(contact, actor=actor, at=now)
        arriving.folded = contact.folded
        had = fields.values_of([contact_id])[contact_id]
        arriving.attributes = {**in_step.attributes_with({}, had), **enquiry.attributes}
    write_items([arriving], actor=actor, known=directory)
    return Received(arriving.item_id, arriving.contact_id, "created")


def _attach(item: Item, enquiry: Enquiry, values: Mapping[str, Value], *, actor: Actor, now: datetime) -> None:
    """A repeated enquiry: the waiting clock keeps running, the priority rises, and who was excluded may be asked."""
    reopened = item.unanswered_since is None
    load = question.ask(item, at=min(enquiry.asked_at or now, now))
    band = min(item.band + 1, TOP_BAND)
    columns: dict[str, Any] = {
        "enquiries": item.enquiries + 1, "band": band, "unanswered_since": item.unanswered_since,
        "units": item.units, "tries": 0, "wave": 0, "passed": [],
        "attributes": in_step.attributes_with(item.attributes, values),
    }  # fmt: skip
    if item.private and item.owner_id != actor.agent_id:
        columns["private"] = False  # who asks the company is the company's
    columns["phone_mark"], columns["email_mark"] = basics.marks_of(item.contact_id)
    if reopened:
        columns |= {**basics.COUNTED_ANEW, "basics_since": now}
    Exclusion.objects.filter(item=item.id, lifted_at=None).update(lifted_at=now)
    Entry.objects.create(**_entry(enquiry, item.contact_id, item.id, now))
    if enquiry.external_id:
        Arrival.objects.create(source=enquiry.source, external_id=enquiry.external_id, item_id=item.id)
    _fill_in(item.contact_id, enquiry)
    body = {"source": enquiry.source, "band": band, "exclusions": "lifted", "to": item.owner_id}
    if item.state == "pooled" and enquiry.route:
        change.move(item, "route", actor=actor, at=now, event="attached", body=body, cause="asked_again", **columns)
        return
    if item.state == "waiting":
        columns |= {"due_at": now, "waits_on": None, "cause": "asked_again"}
    change.note(item, actor=actor, at=now, event="attached", body=body, load=load, **columns)


def _fill_in(contact_id: UUID, enquiry: Enquiry) -> None:
    """What was not known of a contact and now is. Nothing known is overwritten."""
    if enquiry.name:
        folded = fold(enquiry.name)
        if Contact.objects.filter(id=contact_id, name="").update(name=enquiry.name, folded=folded):
            Item.objects.filter(contact=contact_id).update(folded=folded)
    if enquiry.language:
        Contact.objects.filter(id=contact_id, language="").update(language=enquiry.language)
    if enquiry.company:
        unknown = Contact.objects.filter(id=contact_id, company="")
        if unknown.exists():
            employers = companies_named([enquiry.company])
            unknown.update(company=enquiry.company, employer_id=employers.get(enquiry.company))


def _entry(enquiry: Enquiry, contact_id: UUID, item_id: UUID, now: datetime) -> dict[str, Any]:
    return {
        "contact_id": contact_id, "item_id": item_id, "kind": "enquiry", "action": "none", "text": enquiry.message,
        "data": {"source": enquiry.source, "attributes": dict(enquiry.attributes)}, "at": min(enquiry.asked_at or now,
        now),
    }  # fmt: skip
