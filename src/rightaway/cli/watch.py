"""`rightaway watch`: what happens, as it happens, in the terminal."""

import json
from collections import deque
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo

import psycopg
import typer
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _
from rich.console import Console, Group
from rich.layout import Layout
from rich.live import Live
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from rightaway.accounts.models import Organisation
from rightaway.cli.organisations import OrganisationOption, chosen_organisation
from rightaway.cli.watching import STATES, Feed, Hint, Line, Presence, counts, floor, presence_word, state_word
from rightaway.ledger.events import HINT_CHANNEL
from rightaway.ledger.tenancy import organisation

LOOK_SECONDS = 0.5
_KEPT = 200  # lines
_COLOURS = {
    "received": "cyan", "attached": "cyan", "assigned": "green", "accepted": "green", "claimed": "green",
    "offered": "blue", "declined": "yellow", "expired": "yellow", "pooled": "yellow", "finished": "bright_black",
    "touched": "bright_black", "presence": "magenta",
}  # fmt: skip
_MARKS = {"available": ("●", "green"), "break": ("◐", "yellow"), "offline": ("○", "bright_black")}


class Language(StrEnum):
    """The languages there are."""

    en = "en"
    es = "es"


def watch(
    language: Annotated[Language | None, typer.Option(help="Of the sentences; the shell's otherwise.")] = None,
    lines: Annotated[bool, typer.Option("--lines", help="Only lines, as without a terminal.")] = False,
    organisation_id: OrganisationOption = None,
) -> None:
    """Watch items arrive, be offered and be accepted, with the reason. Ctrl-C ends it."""
    chosen = chosen_organisation(organisation_id)
    console = Console(highlight=False, soft_wrap=True)
    with translation.override(language.value if language else translation.get_language()):
        try:
            if lines or not console.is_terminal:
                _print_lines(chosen, console)
            else:
                _show_live(chosen, console)
        except KeyboardInterrupt:
            pass


def _hints(organisation_id: int) -> Iterator[list[Hint]]:
    """The hints of this organisation as they come; an empty list after each half second without any."""
    with psycopg.connect(settings.LISTEN_CONNINFO, autocommit=True) as listening:
        listening.execute(f"LISTEN {HINT_CHANNEL}")
        while True:
            found: list[Hint] = []
            for notification in listening.notifies(timeout=LOOK_SECONDS, stop_after=1):
                payload = json.loads(notification.payload)
                if payload["organisation"] == organisation_id:
                    found += [(kind, id, event) for kind, id, event in payload["hints"]]
            yield found


def _zone(organisation_id: int) -> ZoneInfo:
    with organisation(organisation_id, read_only=True):
        return ZoneInfo(Organisation.objects.values_list("zone", flat=True).get(id=organisation_id))


def _print_lines(organisation_id: int, console: Console) -> None:
    feed, zone = Feed(), _zone(organisation_id)
    for hints in _hints(organisation_id):
        with organisation(organisation_id, read_only=True):
            found = feed.lines(hints)
        for line in found:
            console.print(Text(f"{line.at.astimezone(zone):%H:%M:%S}  {line.text}"))


def _show_live(organisation_id: int, console: Console) -> None:
    feed, zone = Feed(), _zone(organisation_id)
    kept: deque[Line] = deque(maxlen=_KEPT)
    with Live(console=console, screen=True, auto_refresh=False) as live:
        for hints in _hints(organisation_id):
            with organisation(organisation_id, read_only=True):
                kept.extend(feed.lines(hints))
                numbers, people = counts(), floor(max(console.height - 6, 5))
            live.update(_screen(kept, numbers, people, zone, console.height), refresh=True)


def _screen(kept: deque[Line], numbers: dict[str, int], people: list[Presence], zone: ZoneInfo, height: int) -> Layout:
    layout = Layout()
    layout.split_column(Layout(_states(numbers), size=3), Layout(name="below"))
    layout["below"].split_row(
        Layout(Panel(_lines(kept, zone, height - 5), title=_("What happens"), border_style="bright_black"), ratio=3),
        Layout(Panel(_people(people), title=_("Agents"), border_style="bright_black"), ratio=2, minimum_size=40),
    )
    return layout


def _states(numbers: dict[str, int]) -> Panel:
    parts = [Text.assemble((f"{numbers[state]:,}", "bold"), f" {state_word(state)}") for state in STATES]
    return Panel(Text("   ").join(parts), border_style="bright_black")


def _lines(kept: deque[Line], zone: ZoneInfo, height: int) -> Group:
    shown = list(kept)[-max(height, 1) :]
    return Group(
        *[
            Text.assemble(
                (f"{line.at.astimezone(zone):%H:%M:%S}  ", "bright_black"),
                (line.text, _COLOURS.get(line.kind, "")),
                overflow="ellipsis", no_wrap=True,
            )
            for line in shown
        ]
    )  # fmt: skip


def _people(people: list[Presence]) -> Table:
    table = Table.grid(padding=(0, 1), expand=True)
    table.add_column(no_wrap=True, ratio=1, overflow="ellipsis")
    table.add_column(no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    table.add_column(justify="right", no_wrap=True)
    for person in people:
        mark, colour = _MARKS[person.presence]
        load = f"{person.load / 100:g}/{person.capacity / 100:g}"
        table.add_row(
            Text(person.name), Text(f"{mark} {presence_word(person.presence)}", colour), load,
            "◆" * min(person.offers, 3),
        )  # fmt: skip
    return table
