"""Saved views beside the others: their tabs with counts, and what of one was changed since."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from django.http import QueryDict

from rightaway.accounts.actor import Actor
from rightaway.web.contacts.filters import Asked, parameters_of
from rightaway.web.page import id_of
from rightaway.work import grid, saved_views
from rightaway.work.grid_filter import GridFilter, of_data
from rightaway.work.models import SavedView


@dataclass(frozen=True, slots=True)
class Tab:
    """`changed`: the list shows something else than was saved. `address` lists it as it was saved."""

    id: UUID
    name: str
    count: str
    address: str
    current: bool
    changed: bool
    may_change: bool


@dataclass(frozen=True, slots=True)
class Tabs:
    """`shown` stand beside the other views, `more` in the menu; `current` is among them."""

    shown: list[Tab]
    more: list[Tab]
    current: Tab | None


def address_of(row: SavedView) -> str:
    """The query that lists it."""
    found = [("saved", str(row.id)), ("view", row.view)]
    if row.sort:
        found.append(("sort", row.sort))
    if row.density:
        found.append(("density", row.density))
    return urlencode(found + parameters_of(of_data(row.wanted)))


def tabs(actor: Actor, asked: Asked, query: QueryDict, counted: Callable[[int], str]) -> Tabs:
    rows = saved_views.saved_views(actor)
    now = id_of(query.get("saved", ""))
    wanted = {row.id: of_data(row.wanted) for row in rows}
    shown = [row for row in rows if row.pinned or row.id == now]
    counts = grid.counts_of(actor, [(row.view, wanted[row.id]) for row in shown])
    found = {
        row.id: Tab(
            row.id, row.name, counted(count), address_of(row), row.id == now,
            row.id == now and _differs(row, wanted[row.id], asked, query), saved_views.may_change(actor, row),
        )
        for row, count in zip(shown, counts, strict=True)
    }  # fmt: skip
    more = [
        Tab(row.id, row.name, "", address_of(row), False, False, saved_views.may_change(actor, row))
        for row in rows
        if row.id not in found
    ]
    return Tabs(list(found.values()), more, found.get(now) if now else None)


def _differs(row: SavedView, wanted: GridFilter, asked: Asked, query: QueryDict) -> bool:
    density = query.get("density", "")
    return (asked.view, asked.wanted, asked.sort) != (row.view, wanted, row.sort or grid.VIEWS[row.view].sort) or (
        bool(row.density and density) and density != row.density
    )
