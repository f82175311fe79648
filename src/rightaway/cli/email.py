"""`rightaway email`: mails in from a pipe, and the process that reads and sends them."""

import sys
from typing import Annotated

import typer
from django.utils.translation import gettext as _

from rightaway.ledger.retry import retried

app = typer.Typer(add_completion=False, no_args_is_help=True, help="E-mail: take one in, or work what is due.")

_TRY_AGAIN = 75  # EX_TEMPFAIL of sysexits.h: mail servers keep the mail and come again
_NO_USER = 67  # EX_NOUSER


@app.callback()
def email() -> None:
    """E-mail: take one in, or work what is due."""


@app.command()
def receive(
    to: Annotated[str, typer.Option("--to", help="The mailbox it is for: the address as the mail server has it.")],
) -> None:
    """Take a mail in from standard input. It ends well once the mail is stored for good."""
    from django.db import DatabaseError

    from rightaway.intake.email.letters import Unknown, store, work_letters
    from rightaway.intake.email.reading import LARGEST_RAW

    raw = sys.stdin.buffer.read(LARGEST_RAW + 1)
    if len(raw) > LARGEST_RAW:
        typer.echo(_("The mail is larger than %(most)d MB.") % {"most": LARGEST_RAW // 1_000_000}, err=True)
        raise typer.Exit(1)
    try:
        organisation_id, _letter = retried(lambda: store(raw, recipient=to))
    except Unknown:
        typer.echo(_("No mailbox of ours has this address: %(address)s") % {"address": to}, err=True)
        raise typer.Exit(_NO_USER) from None
    except DatabaseError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(_TRY_AGAIN) from None
    work_letters(organisation_id)


@app.command()
def work() -> None:
    """Read mails that came in, and send answers, until it is stopped. `rightaway up` starts it by itself."""
    from rightaway.worker import post

    post.run()
