"""`rightaway doctor`: what is wrong, in plain words."""

import secrets
from typing import Annotated

import typer


def doctor(
    sql: Annotated[bool, typer.Option("--sql", help="Print the roles for a PostgreSQL server of your own.")] = False,
) -> None:
    """Say what is wrong with this installation, and what to do. Exits 1 when something is."""
    from rightaway.server import environment
    from rightaway.server.examine import examine
    from rightaway.server.roles import script
    from rightaway.server.words import _

    if sql:
        typer.echo(script(lambda: secrets.token_urlsafe(24)), nl=False)
        return
    try:
        found = environment.read()
    except environment.BadSetting as error:
        typer.echo(f"✗ {error}")
        raise typer.Exit(1) from None
    wrong = 0
    for finding in examine(found):
        typer.echo(f"{'✓' if finding.good else '✗'} {finding.text}")
        wrong += not finding.good
    typer.echo(_("Everything is in order.") if not wrong else _("Something needs you: see ✗."))
    raise typer.Exit(1 if wrong else 0)
