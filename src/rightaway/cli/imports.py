"""`rightaway import leads FILE.csv`: leads from a file, each record accounted for."""

import csv
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from django.utils.translation import gettext as _
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from rightaway.accounts.actor import SYSTEM
from rightaway.accounts.models import Organisation
from rightaway.cli.organisations import OrganisationOption, chosen_organisation
from rightaway.contacts.cells import harmless
from rightaway.contacts.fields import fields
from rightaway.intake.csv.agents import import_agents, read_agents
from rightaway.intake.csv.importing import Rejected, Report, Survey, import_leads, survey
from rightaway.intake.csv.mapping import Columns, mapping_for
from rightaway.intake.csv.reading import Refused, Shape, shape_of
from rightaway.intake.csv.rows import Order, Reader
from rightaway.ledger.tenancy import organisation
from rightaway.people.schema import known_zone

app = typer.Typer(no_args_is_help=True)
out, err = Console(highlight=False, soft_wrap=True), Console(stderr=True, highlight=False, soft_wrap=True)

_SHOWN = 20  # rejected records named on the screen


class Dates(StrEnum):
    """How dates like 4/5/2026 are meant."""

    dmy = "dmy"
    mdy = "mdy"


@app.callback()
def importing() -> None:
    """Bring in what other programs have."""


@app.command("leads")
def leads(
    file: Annotated[Path, typer.Argument(help="The CSV file, as exported: any delimiter, any usual encoding.")],
    source: Annotated[str, typer.Option("--source", help="Where these leads come from, for routes and reports.")] = "",
    mapped: Annotated[
        list[str] | None,
        typer.Option("--map", help="FIELD=COLUMN, again for each: name=Full name, attributes.budget=Budget, phone=#3."),
    ] = None,
    guess: Annotated[bool, typer.Option(help="Guess the columns that --map does not name.")] = True,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and check everything, write nothing.")] = False,
    report: Annotated[Path | None, typer.Option(help="Write line and reason of each rejected record.")] = None,
    zone: Annotated[str, typer.Option(help="Time zone of dates that name none; the organisation's otherwise.")] = "",
    region: Annotated[str, typer.Option(help="Country of phone numbers without a code (ES, US).")] = "",
    dates: Annotated[Dates | None, typer.Option(help="What 4/5/2026 means, where the file leaves it open.")] = None,
    encoding: Annotated[str, typer.Option(help="The file's encoding, where it is taken for another.")] = "",
    organisation_id: OrganisationOption = None,
) -> None:
    """Take leads in from a CSV file. The same file again adds nothing."""
    chosen = chosen_organisation(organisation_id)
    try:
        shape = shape_of(file, encoding=encoding)
        wanted = _wanted(mapped or [])
        columns = mapping_for(shape.header, wanted, guess=guess)
        columns = _without_guessed_source(columns, wanted, source)
        found = survey(shape, columns)
        reader = _reader(chosen, shape, columns, found, source=source, zone=zone, region=region, dates=dates)
        _tell_plan(shape, columns, found)
    except (Refused, OSError) as error:
        raise _stopped(file, error, _("%(file)s was not imported. Nothing has changed.")) from None
    told = _Told(report)
    try:
        with told, _progress(found.records) as progress:
            result = import_leads(
                shape, reader, organisation_id=chosen, actor=SYSTEM, rejected=told, progress=progress, dry_run=dry_run
            )
    except (Refused, OSError) as error:
        raise _stopped(file, error, _("%(file)s was not read to its end. Run the import again.")) from None
    _tell_result(result, found, told, dry_run=dry_run)


@app.command("agents")
def agents(
    file: Annotated[Path, typer.Argument(help="The CSV file, as exported: any delimiter, any usual encoding.")],
    mapped: Annotated[
        list[str] | None, typer.Option("--map", help="FIELD=COLUMN, again for each: skills=Can do, key=#3.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and check everything, write nothing.")] = False,
    encoding: Annotated[str, typer.Option(help="The file's encoding, where it is taken for another.")] = "",
    organisation_id: OrganisationOption = None,
) -> None:
    """Make or change agents from a CSV file. The same file again changes nothing."""
    chosen = chosen_organisation(organisation_id)
    try:
        shape, columns = read_agents(file, _wanted(mapped or []), encoding=encoding)
        with organisation(chosen):
            report = import_agents(shape, columns, actor=SYSTEM, dry_run=dry_run)
    except (Refused, OSError) as error:
        raise _stopped(file, error, _("%(file)s was not imported. Nothing has changed.")) from None
    if dry_run:
        out.print(_("Dry run: nothing was written."))
    for line in report.lines:
        if line.outcome == "changed":
            out.print(Text(_("  line %(line)d: %(reason)s") % {"line": line.line, "reason": ", ".join(line.changed)}))
        elif line.outcome == "rejected":
            out.print(Text(_("  line %(line)d: %(reason)s") % {"line": line.line, "reason": line.reason}))
    counts = {name: report.count(name) for name in ("created", "changed", "same", "rejected")}
    out.print(_("new: %(created)d, changed: %(changed)d, as it was: %(same)d, rejected: %(rejected)d") % counts)
    if report.lines and counts["rejected"] == len(report.lines):
        raise typer.Exit(1)


def _wanted(mapped: list[str]) -> dict[str, str]:
    wanted: dict[str, str] = {}
    for pair in mapped:
        field, sign, column = pair.partition("=")
        if not sign or not field.strip() or not column.strip():
            raise Refused(0, _("--map takes FIELD=COLUMN, not %(pair)s") % {"pair": pair})
        wanted[field.strip()] = column.strip()
    return wanted


def _without_guessed_source(columns: Columns, wanted: dict[str, str], source: str) -> Columns:
    """A source that was named for all of the file is not overruled by a column that only looks like one."""
    if source and "source" not in wanted:
        return Columns({name: place for name, place in columns.fields.items() if name != "source"}, columns.attributes)
    return columns


def _reader(
    organisation_id: int, shape: Shape, columns: Columns, found: Survey, *, source: str, zone: str, region: str,
    dates: Dates | None,
) -> Reader:  # fmt: skip
    if not source and "source" not in columns.fields:
        raise Refused(0, _("Say where these leads come from: --source NAME, or --map source=COLUMN."))
    if not {"name", "first_name", "last_name", "phone", "email"} & columns.fields.keys():
        there = ", ".join(shape.header[:_SHOWN])
        said = _("no column looks like a name, a phone number or an e-mail address; say which with --map. There are %s")
        raise Refused(1, said % there)
    if found.dates is None and dates is None:
        raise Refused(1, _("the dates could begin with the day or with the month; say --dates dmy or --dates mdy"))
    with organisation(organisation_id, read_only=True):
        own = Organisation.objects.get(id=organisation_id)
        known = fields()
    try:
        zone = known_zone(zone or own.zone)
    except ValueError:
        raise Refused(0, _("%(zone)s is not an IANA time zone") % {"zone": zone}) from None
    order: Order = dates.value if dates else found.dates or ""
    return Reader(
        columns=columns, header=shape.header, source=source, zone=ZoneInfo(zone),
        region=(region or own.region).upper(), dates=order, fields=known,
    )  # fmt: skip


def _tell_plan(shape: Shape, columns: Columns, found: Survey) -> None:
    said = {"records": found.records, "encoding": shape.encoding}
    err.print(Text(_("%(records)d records, read as %(encoding)s.") % said))
    pairs = [(name, place) for name, place in columns.fields.items()]
    pairs += [(f"attributes.{name}", place) for name, place in columns.attributes.items()]
    for name, place in pairs:
        err.print(Text(f"  {name} = {shape.header[place] or f'#{place + 1}'}"))


class _Told:
    """Counts rejected records, remembers the first few, and writes all of them to the report when there is one."""

    def __init__(self, report: Path | None) -> None:
        self.report = report
        self.first: list[tuple[int, str]] = []
        self.count = 0

    def __enter__(self) -> Rejected:
        if self.report:
            self.file = self.report.open("w", encoding="utf-8", newline="")
            self.writer = csv.writer(self.file)
            self.writer.writerow(["line", "reason"])
        return self

    def __exit__(self, *_error: object) -> None:
        if self.report:
            self.file.close()

    def __call__(self, line: int, reason: str) -> None:
        self.count += 1
        if len(self.first) < _SHOWN:
            self.first.append((line, reason))
        if self.report:
            self.writer.writerow([line, harmless(reason)])


@contextmanager
def _progress(total: int) -> Iterator[Callable[[int], None]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True) as progress:
        task = progress.add_task(_("Importing"), total=total)
        yield lambda count: progress.advance(task, count)


def _tell_result(result: Report, found: Survey, told: _Told, *, dry_run: bool) -> None:
    if dry_run:
        out.print(_("Dry run: nothing was written."))
        out.print(_("new or attached: %d") % result.created)
    else:
        out.print(_("new: %d") % result.created)
        out.print(_("attached to an open item: %d") % result.attached)
    out.print(_("there already: %d") % result.duplicate)
    out.print(_("rejected: %d") % result.rejected)
    for line, reason in told.first:
        out.print(Text(_("  line %(line)d: %(reason)s") % {"line": line, "reason": reason}))
    if told.count > len(told.first):
        out.print(_("  and %d more; --report FILE lists them all") % (told.count - len(told.first)))
    if result.records() != found.records:
        err.print(_("The file changed while it was being read; run the import again."))
        raise typer.Exit(1)
    if result.rejected and result.rejected == found.records:
        raise typer.Exit(1)


def _stopped(file: Path, error: Refused | OSError, message: str) -> typer.Exit:
    err.print(Text(message % {"file": file}))
    line, what = (error.line, error.message) if isinstance(error, Refused) else (0, error.strerror or str(error))
    where = _("line %(line)d: %(what)s") if line else "%(what)s"
    err.print(Text("  " + where % {"line": line, "what": what}))
    return typer.Exit(1)
