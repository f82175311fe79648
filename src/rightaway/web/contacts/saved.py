"""Saved views beside the others: their tabs with counts, and what of one was changed since."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict

from rightaway.accounts.actor import Actor
from rightaway.web.contacts import words
from rightaway.web.contacts.filters import Asked, parameters_of
from rightaway.web.page import id_of
from rightaway.work import grid, saved_views
from rightaway.work.grid_filter import of_data
from rightaway.work.models import SavedView
from rightaway.work.saved_views import COLUMNS

HEADER: Final = "Grid-Columns"
"""Those of the page that reads a row again, as in an address (pages/columns.js)."""
_KEPT_SECONDS: Final = 365 * 86400
_LABELLED: Final = ("phone", "email", "notes", "task")
MOST_TABS: Final = 12  # each is counted whenever something changes; the rest is in the menu


@dataclass(frozen=True, slots=True)
class Tab:
    """`address` lists it as it was saved; `count` is empty in the menu."""

    id: UUID
    name: str
    address: str
    count: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """One of the grid's columns, with its heading."""

    name: str
    words: Any

    @property
    def label(self) -> Any:
        """What a mark in it is of, where its shape alone does not say that."""
        return self.words if self.name in _LABELLED else ""


@dataclass(frozen=True, slots=True)
class Tabs:
    """`shown` stand beside the other views, `more` in the menu; `current` is among the first. `changed`: the list shows
    something else than was saved of it; `may_change`: the reader may save that."""

    shown: list[Tab]
    more: list[Tab]
    current: Tab | None = None
    changed: bool = False
    may_change: bool = False


def address_of(row: SavedView) -> str:
    """The query that lists it."""
    found = [("saved", str(row.id)), ("view", row.view)]
    if row.sort:
        found.append(("sort", row.sort))
    if row.density:
        found.append(("density", row.density))
    if row.columns is not None:
        found.append(("columns", ".".join(row.columns)))
    return urlencode(found + parameters_of(of_data(row.wanted)))


def columns_by(query: Mapping[str, Any]) -> tuple[str, ...] | None:
    """The columns that show, as an address, a header or a cookie has them; None where it says nothing of them."""
    names = str(query.get("columns", "")).split(".")
    return saved_views.whole(names) if any(name in COLUMNS for name in names) else None


def tabs(actor: Actor, asked: Asked, query: QueryDict, counted: Callable[[int], str]) -> Tabs:
    rows = saved_views.saved_views(actor)
    now = next((row for row in rows if row.id == id_of(query.get("saved", ""))), None)
    pinned = [row for row in rows if row.pinned][:MOST_TABS]
    shown = pinned if now is None or now in pinned else [*pinned, now]
    counts = grid.counts_of(actor, [(row.view, of_data(row.wanted)) for row in shown])
    found = [Tab(row.id, row.name, address_of(row), counted(count)) for row, count in zip(shown, counts, strict=True)]
    more = [Tab(row.id, row.name, address_of(row)) for row in rows if row not in shown]
    if now is None:
        return Tabs(found, more)
    current = found[shown.index(now)]
    return Tabs(found, more, current, _differs(now, asked, query), saved_views.may_change(actor, now))


def columns(request: HttpRequest, *, has_roles: bool) -> list[Column]:
    """What shows, in order: as the page that reads again has it, as the address says, else as one had it last."""
    says = ({"columns": request.headers.get(HEADER, "")}, request.GET, request.COOKIES)
    found = next((found for each in says if (found := columns_by(each))), None) or _at_first(has_roles)
    return [_column(name) for name in found if has_roles or name != "roles"]


def choices(shown: list[Column], *, has_roles: bool) -> list[tuple[Column, bool]]:
    """All there are, and whether each shows: first what does, in its order."""
    rest = [_column(name) for name in COLUMNS if has_roles or name != "roles"]
    return [*((each, True) for each in shown), *((each, False) for each in rest if each not in shown)]


def keep(request: HttpRequest, response: HttpResponse, *, density: str) -> None:
    """What the address asks for is what one has from now on."""
    kept = {"density": density if request.GET.get("density") == density else "",
            "columns": ".".join(columns_by(request.GET) or ())}  # fmt: skip
    for name, value in kept.items():
        if value:
            response.set_cookie(name, value, max_age=_KEPT_SECONDS, samesite="Lax", httponly=True,
                                secure=request.is_secure())  # fmt: skip


def as_first(*, has_roles: bool) -> str:
    return in_address(_column(name) for name in _at_first(has_roles))


def in_address(shown: Iterable[Column]) -> str:
    return ".".join(each.name for each in shown)


def _at_first(has_roles: bool) -> tuple[str, ...]:
    """The source is left out where roles need its room."""
    return tuple(name for name in COLUMNS if not (has_roles and name == "source"))


def _column(name: str) -> Column:
    return Column(name, words.COLUMNS[name])


def _differs(row: SavedView, asked: Asked, query: QueryDict) -> bool:
    shows = (row.view, of_data(row.wanted), row.sort or grid.VIEWS[row.view].sort)
    density, shown = query.get("density", ""), columns_by(query)
    return (
        (asked.view, asked.wanted, asked.sort) != shows
        or (bool(density) and density != row.density)
        or (shown is not None and list(shown) != row.columns)
    )
