"""Receive many enquiries at once: people nobody knows yet are written together, everybody else one by one."""

from datetime import datetime

from django.db import connection, transaction

from rightaway.accounts.actor import Actor
from rightaway.contacts import fields
from rightaway.contacts.fields import Value
from rightaway.contacts.normalise import fold
from rightaway.ledger.arrays import quoted
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import Invalid
from rightaway.ledger.events import wake_worker
from rightaway.ledger.ids import new_id
from rightaway.ledger.tenancy import current_organisation
from rightaway.work import access, basics
from rightaway.work.actions.receive import Received, identities_of, receive, typed
from rightaway.work.campaigns import Takings, takings
from rightaway.work.enquiry import Enquiry
from rightaway.work.identities import Name, lock
from rightaway.work.received import Arriving, write_items

_ARRIVED = """
SELECT a.source, a.external_id, a.item_id, i.contact_id
FROM unnest(%(source)s::text[], %(external)s::text[]) w (source, external_id)
JOIN work_arrival a ON a.organisation_id = %(organisation)s AND a.source = w.source AND a.external_id = w.external_id
JOIN work_item i ON i.organisation_id = a.organisation_id AND i.id = a.item_id
"""
_KNOWN = """
SELECT n.kind, n.value FROM unnest(%(kind)s::text[], %(value)s::text[]) w (kind, value)
JOIN contacts_identity n ON n.organisation_id = %(organisation)s AND n.kind = w.kind AND n.value = w.value
"""


def receive_many(*, enquiries: list[Enquiry], actor: Actor) -> list[Received | Invalid]:
    """What `receive` would answer to each, in order; an Invalid one is answered, not raised, and writes nothing.

    Runs inside `organisation(…)`; up to about a thousand at a time, because each takes a few locks until the commit.
    """
    access.require(actor, "item.create")
    gathered = _Gathered(enquiries)
    answers: dict[int, Received | Invalid] = {}
    new = _new_people(enquiries, gathered, answers)
    if new:
        write_items(list(new.values()), actor=actor)
        fields.store_new({made.contact_id: gathered.values[place] for place, made in new.items()}, gathered.fields)
        answers |= {place: Received(made.item_id, made.contact_id, "created") for place, made in new.items()}
    for place, enquiry in enumerate(enquiries):
        if place not in answers:
            answers[place] = _one(enquiry, actor)
    wake_worker()
    return [answers[place] for place in range(len(enquiries))]


def _one(enquiry: Enquiry, actor: Actor) -> Received | Invalid:
    try:
        with transaction.atomic():
            return receive(enquiry=enquiry, actor=actor)
    except Invalid as error:
        return error


def _new_people(
    enquiries: list[Enquiry], gathered: "_Gathered", answers: dict[int, Received | Invalid]
) -> dict[int, Arriving]:
    """Who neither is known nor was named further up, by place. Answers duplicates and invalid ones on the way."""
    new: dict[int, Arriving] = {}
    now = clock()
    for place, enquiry in enumerate(enquiries):
        names, arrival = gathered.names[place], (enquiry.source, enquiry.external_id)
        if names is None:
            answers[place] = gathered.invalid[place]
        elif enquiry.external_id and arrival in gathered.arrived:
            answers[place] = Received(*gathered.arrived[arrival], "duplicate")
        elif gathered.is_new(enquiry, names):
            new[place] = _arriving(gathered.enquiries[place], now)
    return new


def _arriving(enquiry: Enquiry, now: datetime) -> Arriving:
    identities = identities_of(enquiry)
    return Arriving(
        enquiry=enquiry, item_id=new_id(), contact_id=new_id(), new_contact=True, identities=identities,
        previous_id=None, folded=fold(enquiry.name), attributes=enquiry.attributes,
        marks=basics.marks_among({kind for kind, *_rest in identities}), now=now,
    )  # fmt: skip


class _Gathered:
    """What there is already about these enquiries, under the locks of everybody they name."""

    def __init__(self, enquiries: list[Enquiry]) -> None:
        self.names: list[set[Name] | None] = []
        self.invalid: dict[int, Invalid] = {}
        self.fields = fields.fields() if any(enquiry.attributes for enquiry in enquiries) else {}
        self.enquiries: dict[int, Enquiry] = {}
        self.values: dict[int, dict[str, Value]] = {}
        for place, enquiry in enumerate(enquiries):
            try:
                self.enquiries[place], self.values[place] = typed(enquiry, self.fields)
                self.names.append({(kind, value) for kind, value, _raw, _verified in identities_of(enquiry)})
            except Invalid as error:
                self.names.append(None)
                self.invalid[place] = error
        identities = sorted(set().union(*filter(None, self.names)))
        arrivals = sorted({(e.source, e.external_id) for e in enquiries if e.external_id})
        self._lock(identities, arrivals)
        self._read(identities, arrivals)
        self.campaigns = takings() if any(enquiry.campaign for enquiry in enquiries) else Takings([])

    def _lock(self, identities: list[Name], arrivals: list[Name]) -> None:
        # The names that `receive` locks, and people before arrivals as there.
        lock(identities, also=[f"arrival:{source}:{external}" for source, external in arrivals])

    def _read(self, identities: list[Name], arrivals: list[Name]) -> None:
        organisation_id = current_organisation()
        with connection.cursor() as cursor:
            sources, externals = quoted(name[0] for name in arrivals), quoted(name[1] for name in arrivals)
            cursor.execute(_ARRIVED, {"organisation": organisation_id, "source": sources, "external": externals})
            self.arrived = {(row[0], row[1]): (row[2], row[3]) for row in cursor.fetchall()}
            kinds, values = quoted(name[0] for name in identities), quoted(name[1] for name in identities)
            cursor.execute(_KNOWN, {"organisation": organisation_id, "kind": kinds, "value": values})
            self.known: set[Name] = set(cursor.fetchall())
        self.seen_arrivals: set[Name] = set()

    def is_new(self, enquiry: Enquiry, names: set[Name]) -> bool:
        """Whether nobody knows this person and nothing further up in the batch was theirs or was this enquiry."""
        arrival = (enquiry.source, enquiry.external_id)
        fresh = names.isdisjoint(self.known) and arrival not in self.seen_arrivals
        fresh = fresh and (not enquiry.campaign or enquiry.campaign in self.campaigns)
        self.known |= names
        if enquiry.external_id:
            self.seen_arrivals.add(arrival)
        return fresh
