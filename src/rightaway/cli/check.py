"""`rightaway check`: asks every promise of every organisation."""

from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console


def check(
    organisation: Annotated[int | None, typer.Option(help="Only this organisation.")] = None,
    acks: Annotated[Path | None, typer.Option(help="A file of item ids, one a line, that were acknowledged.")] = None,
) -> None:
    """Verify that what rightaway promises holds, organisation by organisation. Exits 1 where it does not."""
    from django.utils.translation import gettext as _

    from rightaway.cli.organisations import all_organisations, chosen_organisation
    from rightaway.ledger.tenancy import organisation as inside
    from rightaway.work.check import check as violations_of

    if acks is not None and organisation is None:
        raise typer.BadParameter(_("say with --organisation whose items these are"), param_hint="--acks")
    acknowledged = [UUID(line) for line in acks.read_text().split()] if acks else []
    console, broken = Console(), 0
    chosen = all_organisations() if organisation is None else [chosen_organisation(organisation)]
    for organisation_id in chosen:
        with inside(organisation_id, read_only=True):
            violations = violations_of(acknowledged)
        broken += len(violations)
        said = _("organisation %(number)d: all promises hold") if not violations else _("organisation %(number)d:")
        console.print(said % {"number": organisation_id}, style="" if violations else "green", highlight=False)
        for violation in violations:
            console.print(f"  [red]{violation.number}[/] {_(violation.promise)} ({violation.count})")
            for example in violation.examples:
                console.print(f"    {example}", highlight=False)
    raise typer.Exit(1 if broken else 0)
