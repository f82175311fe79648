"""Writing new items: contact, identities, item, timeline entry, event and outbox in one statement for many."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.contacts.companies import companies_named
from rightaway.contacts.fields import Plain
from rightaway.engine.basics import Work, turns_bad
from rightaway.engine.facts import Directory
from rightaway.ledger.arrays import plain, quoted
from rightaway.ledger.events import canonical, chain
from rightaway.ledger.ids import new_id
from rightaway.ledger.statements import executed
from rightaway.routing.directory import directory
from rightaway.work import basics, campaigns, vacancies
from rightaway.work.enquiry import Enquiry

# A parameter has the type of its first cast.
_WRITE = """
WITH contact AS (
    INSERT INTO contacts_contact (organisation_id, id, name, folded, language, company, employer_id, event_seq,
        event_hash)
    SELECT %(organisation)s::smallint, id, name, folded, language, company, employer_id, 0, ''
    FROM unnest(%(c_id)s::uuid[], %(c_name)s::text[], %(c_folded)s::text[], %(c_language)s::text[],
        %(c_company)s::text[], %(c_employer)s::uuid[])
         c (id, name, folded, language, company, employer_id)
), identity AS (
    INSERT INTO contacts_identity (organisation_id, id, contact_id, kind, value, raw, verified)
    SELECT %(organisation)s, id, contact_id, kind, value, raw, verified
    FROM unnest(%(i_id)s::uuid[], %(i_contact)s::uuid[], %(i_kind)s::text[], %(i_value)s::text[], %(i_raw)s::text[],
                %(i_verified)s::bool[]) i (id, contact_id, kind, value, raw, verified)
), item AS (
    INSERT INTO work_item (organisation_id, id, kind, contact_id, folded, line, front, state, status, cause,
        campaign_id, source, language, attributes, band, units, enquiries, due_at, tries, wave, passed, created_at,
        unanswered_since, outcome, previous_id, event_seq, event_hash, basics_since, phone_mark, email_mark, notes,
        status_bad_at, waiting_bad_at, phone_bad_at, email_bad_at, attention_at)
    SELECT %(organisation)s, id, kind, contact_id, folded, line, true, state, 'evaluate', cause, campaign_id, source,
        language, attributes, 1, 0, 1, due_at, 0, 0, '[]', %(now)s::timestamptz, asked_at, '', previous_id, 1,
        event_hash, %(now)s, phone_mark, email_mark, 0, status_bad_at, waiting_bad_at, phone_bad_at, email_bad_at,
        attention_at
    FROM unnest(%(id)s::uuid[], %(kind)s::text[], %(contact)s::uuid[], %(folded)s::text[],
                %(line)s::text[], %(state)s::text[], %(cause)s::text[],
                %(campaign)s::uuid[], %(source)s::text[], %(language)s::text[], %(attributes)s::jsonb[],
                %(due_at)s::timestamptz[], %(asked_at)s::timestamptz[], %(previous)s::uuid[], %(event_hash)s::bytea[],
                %(phone_mark)s::text[], %(email_mark)s::text[], %(status_bad_at)s::timestamptz[],
                %(waiting_bad_at)s::timestamptz[], %(phone_bad_at)s::timestamptz[], %(email_bad_at)s::timestamptz[],
                %(attention_at)s::timestamptz[])
         n (id, kind, contact_id, folded, line, state, cause, campaign_id, source, language, attributes, due_at,
            asked_at, previous_id, event_hash, phone_mark, email_mark, status_bad_at, waiting_bad_at, phone_bad_at,
            email_bad_at, attention_at)
), entry AS (
    INSERT INTO contacts_entry (organisation_id, id, contact_id, item_id, kind, action, outcome, text, data, at)
    SELECT %(organisation)s, id, contact_id, item_id, 'enquiry', 'none', '', text, data, at
    FROM unnest(%(e_id)s::uuid[], %(contact)s::uuid[], %(id)s::uuid[], %(text)s::text[], %(e_data)s::jsonb[],
                %(asked_at)s::timestamptz[]) e (id, contact_id, item_id, text, data, at)
), arrival AS (
    INSERT INTO work_arrival (organisation_id, id, source, external_id, item_id)
    SELECT %(organisation)s, id, source, external_id, item_id
    FROM unnest(%(e_id)s::uuid[], %(source)s::text[], %(external)s::text[], %(id)s::uuid[])
         a (id, source, external_id, item_id)
    WHERE external_id <> ''
), event AS (
    INSERT INTO ledger_event (organisation_id, subject_kind, subject_id, seq, at, kind, body, hash)
    SELECT %(organisation)s, 'item', id, 1, %(now)s, 'received', body, hash
    FROM unnest(%(id)s::uuid[], %(body)s::text[], %(event_hash)s::bytea[]) v (id, body, hash)
)
INSERT INTO ledger_outbox (organisation_id, id, hints) VALUES (%(organisation)s, %(outbox)s::uuid, %(hints)s)
"""


@dataclass(slots=True)
class Arriving:
    """A new item to write. `identities` (kind, value, raw, verified) are those of a new contact; `folded` is the name
    that the contact has, or gets; `attributes` are the item's, of the enquiry and of what the contact has. `marks` is
    what is known of the phone and of the e-mail."""

    enquiry: Enquiry
    item_id: UUID
    contact_id: UUID
    new_contact: bool
    identities: list[tuple[str, str, str, bool]]
    previous_id: UUID | None
    folded: str
    attributes: Mapping[str, Plain]
    marks: tuple[str, str]
    now: datetime


def write_items(arriving: list[Arriving], *, actor: Actor, known: Directory | None = None) -> None:
    """Writes new items and all that comes with them; none of them exists yet, and the caller holds their locks.
    `known`: the directory, where it was read."""
    bodies = [_body(a, actor) for a in arriving]
    made = [a for a in arriving if a.new_contact]
    identities = [(a.contact_id, *identity) for a in arriving for identity in a.identities]
    employers = companies_named(a.enquiry.company for a in made if a.enquiry.company)
    now = arriving[0].now
    known = known or directory()
    taken = campaigns.takings(known)
    enquiries = [a.enquiry for a in arriving]
    ids = plain(a.item_id for a in arriving)
    parameters: dict[str, Any] = {
        "now": now, "id": ids,
        "c_id": plain(a.contact_id for a in made), "c_name": quoted(a.enquiry.name for a in made),
        "c_folded": quoted(a.folded for a in made), "c_language": quoted(a.enquiry.language for a in made),
        "c_company": quoted(a.enquiry.company for a in made),
        "c_employer": plain(employers.get(a.enquiry.company) for a in made),
        "i_id": plain(new_id() for _ in identities), "i_contact": plain(row[0] for row in identities),
        "i_kind": plain(row[1] for row in identities), "i_value": quoted(row[2] for row in identities),
        "i_raw": quoted(row[3] for row in identities), "i_verified": plain(row[4] for row in identities),
        "kind": quoted(e.kind for e in enquiries), "contact": plain(a.contact_id for a in arriving),
        "folded": quoted(a.folded for a in arriving), "line": quoted(e.line for e in enquiries),
        "state": plain("waiting" if e.route else "pooled" for e in enquiries),
        "cause": plain("new" if e.route else e.unrouted for e in enquiries),
        "campaign": plain(taken.campaign_of(e.campaign, e.source, now) for e in enquiries),
        "source": quoted(e.source for e in enquiries),
        "language": quoted(e.language for e in enquiries),
        "attributes": quoted(json.dumps(dict(a.attributes)) for a in arriving),
        "due_at": quoted(now.isoformat() if e.route else None for e in enquiries),
        "asked_at": quoted(min(e.asked_at or now, now).isoformat() for e in enquiries),
        "previous": plain(a.previous_id for a in arriving),
        "e_id": plain(new_id() for _ in arriving), "text": quoted(e.message for e in enquiries),
        "e_data": quoted(json.dumps({"source": e.source, "attributes": dict(e.attributes)}) for e in enquiries),
        "external": quoted(e.external_id for e in enquiries),
        "body": quoted(bodies), "event_hash": quoted("\\x" + chain(b"", body).hex() for body in bodies),
        "phone_mark": quoted(a.marks[0] for a in arriving), "email_mark": quoted(a.marks[1] for a in arriving),
        **_grades(arriving, known),
        "outbox": new_id(), "hints": json.dumps([["item", str(a.item_id), "received", 1] for a in arriving]),
    }  # fmt: skip
    executed(_WRITE, **parameters)
    vacancies.open_for(((a.item_id, a.enquiry.kind) for a in arriving if a.enquiry.route), at=now, known=known)


def _grades(arriving: list[Arriving], known: Directory) -> dict[str, str]:
    """When the basics of each turn bad: nobody has it and nothing was done yet."""
    rules = basics.rules(known)
    found = [
        turns_bad(
            Work(
                kind=a.enquiry.kind, status="evaluate", is_owned=False, since=a.now,
                unanswered_since=min(a.enquiry.asked_at or a.now, a.now), phone=a.marks[0], email=a.marks[1],
            ),
            rules,
        )
        for a in arriving
    ]  # fmt: skip
    rows = [basics.bad_columns(each) for each in found]
    names = ("status_bad_at", "waiting_bad_at", "phone_bad_at", "email_bad_at", "attention_at")
    return {name: quoted(None if (at := row[name]) is None else at.isoformat() for row in rows) for name in names}


def _body(arriving: Arriving, actor: Actor) -> str:
    enquiry = arriving.enquiry
    return canonical(
        {
            "kind": "received", "state": "waiting" if enquiry.route else "pooled", "owner": None,
            "contact": arriving.contact_id, "band": 1, **actor.as_event(),
        }
    )  # fmt: skip
