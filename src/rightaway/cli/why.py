"""`rightaway why ITEM`: why an item is where it is, from what was recorded."""

from enum import StrEnum
from typing import Annotated
from uuid import UUID

import typer
from django.utils import translation
from django.utils.translation import gettext as _
from rich.console import Console
from rich.text import Text

from rightaway.accounts.actor import SYSTEM
from rightaway.cli.organisations import OrganisationOption, chosen_organisation
from rightaway.ledger.errors import RightawayError
from rightaway.ledger.tenancy import organisation
from rightaway.work.access import item_for
from rightaway.work.explaining import Step, explain_item
from rightaway.work.sentences import Sentences, answer, moment, sentences, standing

out, err = Console(highlight=False, soft_wrap=True), Console(stderr=True, highlight=False, soft_wrap=True)


class Language(StrEnum):
    en = "en"
    es = "es"


def why(
    item: Annotated[UUID, typer.Argument(help="The item's id.")],
    language: Annotated[Language | None, typer.Option(help="The shell's language otherwise.")] = None,
    organisation_id: OrganisationOption = None,
) -> None:
    """Say why an item is where it is: the answer first, then every decision with its routes and candidates."""
    with translation.override(language.value if language else translation.get_language()):
        try:
            _tell(item, chosen_organisation(organisation_id))
        except RightawayError as error:
            err.print(Text(_(error.title())))
            raise typer.Exit(1) from None


def _tell(item_id: UUID, organisation_id: int) -> None:
    with organisation(organisation_id, read_only=True):
        item = item_for(SYSTEM, item_id, "item.explain")
        steps = explain_item(item_id, actor=SYSTEM)
    out.print(Text(answer(steps), style="bold"))
    out.print(Text(standing(item.state, item.cause), style="dim"))
    for step in steps:
        _tell_step(step)


def _tell_step(step: Step) -> None:
    said = sentences(step)
    out.print()
    out.print(Text(moment(step.at, step.names), style="dim"), Text(said.headline))
    _section(_("Routes"), said.routes)
    _section(_("Candidates of routes that were left"), said.left)
    _section(_("Candidates"), _candidates(said))
    _section(_("What would change it"), said.changes)
    if said.footer:
        out.print(Text(f"  {said.footer}", style="dim"))


def _candidates(said: Sentences) -> tuple[str, ...]:
    return (*said.candidates, said.funnel) if said.funnel else said.candidates


def _section(title: str, lines: tuple[str, ...]) -> None:
    if lines:
        out.print(Text(f"  {title}", style="cyan"))
        for line in lines:
            out.print(Text(f"    {line}"))
