"""A CSV file of leads into one organisation: in batches, each all or nothing, and every record accounted for."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from rightaway.accounts.actor import Actor
from rightaway.intake.csv.mapping import Columns
from rightaway.intake.csv.reading import Record, Refused, Shape, records
from rightaway.intake.csv.rows import Order, Reader, Unusable, order_of
from rightaway.ledger.errors import Invalid
from rightaway.ledger.retry import retried
from rightaway.ledger.tenancy import organisation
from rightaway.work.actions.receive_many import receive_many
from rightaway.work.enquiry import Enquiry
from rightaway.work.models import Arrival

BATCH = 500  # records in one transaction

Rejected = Callable[[int, str], None]
"""Hears of each record that was not taken: its line and why."""


@dataclass(slots=True)
class Report:
    """What became of the data records; together they are all of them."""

    created: int = 0
    attached: int = 0
    duplicate: int = 0
    rejected: int = 0

    def records(self) -> int:
        return self.created + self.attached + self.duplicate + self.rejected


@dataclass(frozen=True, slots=True)
class Survey:
    """What one look through the file told: how many records there are and how their dates are written (None: like
    4/5/2026 throughout, which could be either)."""

    records: int
    dates: Order | None


def survey(shape: Shape, columns: Columns) -> Survey:
    """Reads all of the file before anything is written. Raises Refused, OSError."""
    place = columns.fields.get("asked_at")
    count = 0

    def dates() -> Iterator[str]:
        nonlocal count
        for record in records(shape):
            count += 1
            if place is not None and not record.problem:
                yield record.cells[place]

    try:
        order = order_of(dates())
    except Unusable as error:
        raise Refused(1, str(error)) from None
    return Survey(count, order)


def import_leads(
    shape: Shape,
    reader: Reader,
    *,
    organisation_id: int,
    actor: Actor,
    rejected: Rejected,
    progress: Callable[[int], None] = lambda count: None,
    dry_run: bool = False,
) -> Report:
    """Takes every usable record in, in order. Interrupted, it may be run again: what is in is a duplicate then.

    `progress` hears how many records each batch had. A dry run writes nothing; there, who is new and who is attached
    is not told apart, and both count as created. Raises Refused, OSError.
    """
    report, rehearsed = Report(), _Rehearsal()
    for batch in _batched(records(shape), BATCH):
        usable, bad = _read(batch, reader)
        step = rehearsed if dry_run else _receive
        answers = retried(lambda: step(organisation_id, [row[1] for row in usable], actor))  # noqa: B023
        for (line, enquiry), answer in zip(usable, answers, strict=True):
            if isinstance(answer, Invalid):
                bad.append((line, _reason(answer, enquiry)))
            else:
                setattr(report, answer, getattr(report, answer) + 1)
        for line, reason in sorted(bad):
            rejected(line, reason)
        report.rejected += len(bad)
        progress(len(batch))
    return report


def _read(batch: list[Record], reader: Reader) -> tuple[list[tuple[int, Enquiry]], list[tuple[int, str]]]:
    usable: list[tuple[int, Enquiry]] = []
    bad: list[tuple[int, str]] = []
    for record in batch:
        try:
            if record.problem:
                raise Unusable(record.problem)
            usable.append((record.line, reader.enquiry(record.cells)))
        except Unusable as error:
            bad.append((record.line, str(error)))
    return usable, bad


def _receive(organisation_id: int, enquiries: list[Enquiry], actor: Actor) -> list[str | Invalid]:
    if not enquiries:
        return []
    with organisation(organisation_id):
        found = receive_many(enquiries=enquiries, actor=actor)
    return [answer if isinstance(answer, Invalid) else answer.outcome for answer in found]


class _Rehearsal:
    """Says which enquiries would be duplicates, and writes nothing."""

    def __init__(self) -> None:
        self.seen: set[tuple[str, str]] = set()

    def __call__(self, organisation_id: int, enquiries: list[Enquiry], actor: Actor) -> list[str | Invalid]:
        with organisation(organisation_id, read_only=True):
            known = Arrival.objects.filter(
                source__in={e.source for e in enquiries}, external_id__in={e.external_id for e in enquiries}
            )
            arrived = set(known.values_list("source", "external_id"))
        answers: list[str | Invalid] = []
        for enquiry in enquiries:
            arrival = (enquiry.source, enquiry.external_id)
            answers.append("duplicate" if arrival in arrived or arrival in self.seen else "created")
            self.seen.add(arrival)
        return answers


def _reason(error: Invalid, enquiry: Enquiry) -> str:
    if any(row.get("pointer") == "/campaign" for row in error.errors):
        return _("there is no campaign %(key)s") % {"key": enquiry.campaign}
    return str(error)


def _batched(rows: Iterable[Record], size: int) -> Iterator[list[Record]]:
    batch: list[Record] = []
    for row in rows:
        batch.append(row)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch
