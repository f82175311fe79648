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
    from rightaway.cli.organisations import all_organisations
    from rightaway.ledger.tenancy import organisation as inside
    from rightaway.work.check import check as violations_of

    acknowledged = [UUID(line) for line in acks.read_text().split()] if acks else []
    console, broken = Console(), 0
    for organisation_id in [organisation] if organisation is not None else all_organisations():
        with inside(organisation_id, read_only=True):
            violations = violations_of(acknowledged)
        broken += len(violations)
        console.print(f"organisation {organisation_id}: " + ("[green]all promises hold[/]" if not violations else ""))
        for violation in violations:
            console.print(f"  [red]{violation.number}[/] {violation.promise} ({violation.count})")
            for example in violation.examples:
                console.print(f"    {example}", highlight=False)
    raise typer.Exit(1 if broken else 0)
