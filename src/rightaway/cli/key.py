"""`rightaway key`: API keys from the command line."""

from typing import Annotated

import typer
from django.utils.translation import gettext as _

from rightaway.accounts.actor import SYSTEM
from rightaway.accounts.keys import SCOPES, make_key
from rightaway.cli.organisations import OrganisationOption, chosen_organisation
from rightaway.ledger.errors import RightawayError
from rightaway.ledger.retry import retried
from rightaway.ledger.tenancy import organisation as inside

app = typer.Typer(add_completion=False, no_args_is_help=True, help="API keys: make one.")


@app.callback()
def key() -> None:
    """API keys: make one."""


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="What it is for.")],
    scopes: Annotated[
        str, typer.Option(help="Actions such as item.create, groups such as item.*, or *; with commas between them.")
    ] = "item.create",
    organisation: OrganisationOption = None,
) -> None:
    """Make an API key and print it. It is shown this once."""
    organisation_id = chosen_organisation(organisation)
    wanted = [scope.strip() for scope in scopes.split(",") if scope.strip()]

    def make() -> str:
        with inside(organisation_id):
            return make_key(name=name, scopes=wanted, actor=SYSTEM).secret

    try:
        typer.echo(retried(make))
    except RightawayError:
        typer.echo(_("Scopes are: %(scopes)s") % {"scopes": ", ".join(sorted(SCOPES))}, err=True)
        raise typer.Exit(2) from None
