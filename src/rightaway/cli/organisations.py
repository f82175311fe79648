"""Which organisation a command is about."""

from typing import Annotated

import typer
from django.utils.translation import gettext as _
from rich.console import Console
from rich.text import Text

from rightaway.accounts.every import all_organisations

__all__ = ["OrganisationOption", "all_organisations", "chosen_organisation"]

OrganisationOption = Annotated[
    int | None, typer.Option("--organisation", help="Its number; needed when there are several.", min=1)
]
_SHOWN = 30


def chosen_organisation(organisation_id: int | None) -> int:
    """The organisation asked for, or the only one. Ends the command in words when that is not clear."""
    known = all_organisations()
    if organisation_id is not None:
        if organisation_id in known:
            return organisation_id
        raise _stop(_("There is no organisation %(number)d.") % {"number": organisation_id})
    if len(known) == 1:
        return known[0]
    if not known:
        raise _stop(_("There is no organisation yet. `rightaway up` makes the first one."))
    listed = ", ".join(map(str, known[:_SHOWN])) + (" …" if len(known) > _SHOWN else "")
    raise _stop(_("There are several: say which with --organisation. They are %(listed)s.") % {"listed": listed})


def _stop(message: str) -> typer.Exit:
    Console(stderr=True, highlight=False, soft_wrap=True).print(Text(message))
    return typer.Exit(2)
