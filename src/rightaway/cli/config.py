"""`rightaway config apply | export`: teams, agents and routes as one YAML file."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from rich.console import Console
from rich.text import Text

from rightaway.accounts.actor import SYSTEM
from rightaway.cli.organisations import OrganisationOption, chosen_organisation
from rightaway.ledger.errors import Invalid
from rightaway.ledger.problems import Problem
from rightaway.ledger.retry import retried
from rightaway.ledger.tenancy import organisation
from rightaway.routing.config_file import ConfigFile, dump, export, parse
from rightaway.routing.yaml_source import MOST_BYTES, Source, Unreadable, read_yaml
from rightaway.work.actions.apply_configuration import Applied, DraftInTheWay, apply_configuration

app = typer.Typer(no_args_is_help=True)
out, err = Console(highlight=False, soft_wrap=True), Console(stderr=True, highlight=False, soft_wrap=True)


@app.command("apply")
def apply_command(
    file: Annotated[Path, typer.Argument(help="The YAML file; - reads standard input.", allow_dash=True)],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change and change nothing.")] = False,
    replace_draft: Annotated[
        bool, typer.Option("--replace-draft", help="Replace routes that are being prepared and not yet published.")
    ] = False,
    organisation_id: OrganisationOption = None,
) -> None:
    """Make teams, agents and routes what the file says: all of it, or nothing."""
    chosen = chosen_organisation(organisation_id)
    source = _read(file)
    config = parse(source.data)
    if isinstance(config, list):
        raise _refused(file, source.told(config))
    try:
        applied = retried(lambda: _apply(chosen, config, dry_run=dry_run, replace_draft=replace_draft))
    except Invalid as error:
        raise _refused(file, source.told([_problem(row) for row in error.errors])) from None
    except DraftInTheWay as error:
        raise _refused(file, [_(error.title()), _("Publish it, or use --replace-draft.")]) from None
    _show(applied, dry_run=dry_run)


@app.command("export")
def export_command(
    file: Annotated[Path | None, typer.Argument(help="Where to write; standard output without it.")] = None,
    organisation_id: OrganisationOption = None,
) -> None:
    """Write teams, agents and routes as one YAML file."""
    with organisation(chosen_organisation(organisation_id), read_only=True):
        text = dump(export())
    if file is None:
        sys.stdout.write(text)
    else:
        file.write_text(text, encoding="utf-8")


def _apply(organisation_id: int, config: ConfigFile, *, dry_run: bool, replace_draft: bool) -> Applied:
    with organisation(organisation_id):
        return apply_configuration(file=config, actor=SYSTEM, dry_run=dry_run, replace_draft=replace_draft)


def _read(file: Path) -> Source:
    try:
        if str(file) == "-":
            return read_yaml(sys.stdin.buffer.read(MOST_BYTES + 1))
        with file.open("rb") as content:
            return read_yaml(content.read(MOST_BYTES + 1))
    except OSError as error:
        raise _refused(file, [error.strerror or str(error)]) from None
    except Unreadable as error:
        raise _refused(file, [_("line %(line)d: %(what)s") % {"line": error.line, "what": error.message}]) from None


def _problem(error: dict[str, str]) -> Problem:
    parts = [part.replace("~1", "/").replace("~0", "~") for part in error["pointer"].split("/")[1:]]
    return Problem(tuple(int(part) if part.isdigit() else part for part in parts), error["detail"])


def _refused(file: Path, sentences: list[str]) -> typer.Exit:
    err.print(Text(_("%(file)s was not applied. Nothing has changed.") % {"file": file}))
    for sentence in sentences:
        err.print(Text(f"  {sentence}"))
    return typer.Exit(1)


def _show(applied: Applied, *, dry_run: bool) -> None:
    for sentence in applied.changes:
        out.print(Text(f"  {sentence}"))
    count = len(applied.changes)
    if not count:
        out.print(_("Everything is so already."))
    elif dry_run:
        message = ngettext("%(count)d thing would change.", "%(count)d things would change.", count)
        out.print(message % {"count": count})
    else:
        message = ngettext("%(count)d thing changed.", "%(count)d things changed.", count)
        out.print(message % {"count": count})
