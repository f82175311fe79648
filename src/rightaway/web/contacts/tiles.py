"""The four figures above the grid: who is in Evaluate, who is unassigned, who waits longest, who needs attention."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from rightaway.accounts.actor import Actor
from rightaway.web import formats
from rightaway.web.contacts.cells import Mark
from rightaway.web.contacts.rows import Row, rows_of
from rightaway.work import grid
from rightaway.work.basics import rules
from rightaway.work.models import Item


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure that is a filter too: `address` is the query that lists its rows. `mark` counts on by itself; its state
    says how the figure is to be taken."""

    name: str
    mark: Mark
    title: str
    detail: str
    address: str
    is_current: bool = False


def tiles(actor: Actor, view: str, counted: Callable[[int], str]) -> list[Tile]:
    found = grid.summary(actor)
    return [
        Tile("evaluate", Mark("neutral", counted(found.evaluate)), _("in Evaluate"), _median(found),
             "view=evaluate", view == "evaluate"),
        Tile("unassigned", Mark("bad" if found.unassigned else "neutral", counted(found.unassigned)), _("unassigned"),
             _("%(pool)s in the lead pool, %(rest)s being routed") % {
                 "pool": counted(found.pooled), "rest": counted(max(0, found.unassigned - found.pooled))},
             "view=unassigned", view == "unassigned"),
        _longest(actor, found),
        Tile("attention", Mark("neutral", counted(found.attention)), _("need attention"),
             _("%(call)s no call · %(task)s no task · %(note)s no note") % {
                 "call": counted(found.no_call), "task": counted(found.no_task), "note": counted(found.no_note)},
             "view=attention", view == "attention"),
    ]  # fmt: skip


def _median(found: grid.Summary) -> str:
    if found.median_asked is None:
        return _("nobody waits")
    seconds = rules().calendar.between(found.median_asked, formats.now())
    return _("median wait %(time)s") % {"time": formats.duration(seconds)}


def _longest(actor: Actor, found: grid.Summary) -> Tile:
    item = None if found.longest is None else Item.objects.filter(id=found.longest).first()
    if item is None or item.unanswered_since is None:
        return Tile("longest", Mark("good", "–"), _("longest wait"), _("nobody waits"), "view=evaluate&sort=-waiting")
    row: Row = rows_of(actor, [item])[0]
    owner = row.owner.name if row.owner else _("no owner")
    return Tile("longest", row.cells.waiting, _("longest wait"), f"{row.name}, {owner}", "view=evaluate&sort=-waiting")
