"""Saved views beside the others: their tabs with counts, and what of one was changed since."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.http import QueryDict

from rightaway.accounts.actor import Actor
from rightaway.web.contacts import words
from rightaway.web.contacts.filters import Asked, parameters_of
from rightaway.web.page import id_of
from rightaway.work import grid, saved_views
from rightaway.work.grid_filter import of_data
from rightaway.work.models import SavedView
from rightaway.work.saved_views import COLUMNS

NONE: Final = "none"  # that nothing is hidden, in an address
MOST_TABS: Final = 12  # each is counted whenever something changes; the rest is in the menu


@dataclass(frozen=True, slots=True)
class Tab:
    """`address` lists it as it was saved; `count` is empty in the menu."""

    id: UUID
    name: str
    address: str
    count: str = ""


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
    if row.hidden is not None:
        found.append(("hide", ".".join(row.hidden) or NONE))
    return urlencode(found + parameters_of(of_data(row.wanted)))


def hidden_by(query: Mapping[str, Any]) -> tuple[str, ...] | None:
    """The columns that an address or a cookie hides; None where it says nothing of them."""
    text = query.get("hide")
    return None if not text else tuple(each for each in COLUMNS if each in text.split("."))


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


def hidden(query: Mapping[str, Any], cookies: Mapping[str, Any], *, has_roles: bool) -> tuple[str, ...]:
    """What does not show: as the address says, else as one had it last. At first the source: roles need its room."""
    found = hidden_by(query)
    if found is None:
        found = hidden_by(cookies)
    return found if found is not None else ("source",) if has_roles else ()


def toggles(hidden: tuple[str, ...], *, has_roles: bool) -> list[tuple[Any, bool, str]]:
    """Of each column: what it is called, whether it shows, and what to hide so that it is the other way round."""
    found = []
    for name in COLUMNS:
        if name == "roles" and not has_roles:
            continue
        rest = [each for each in COLUMNS if (each in hidden) != (each == name)]
        found.append((words.COLUMNS[name], name not in hidden, ".".join(rest) or NONE))
    return found


def _differs(row: SavedView, asked: Asked, query: QueryDict) -> bool:
    shows = (row.view, of_data(row.wanted), row.sort or grid.VIEWS[row.view].sort)
    density, hides = query.get("density", ""), hidden_by(query)
    return (
        (asked.view, asked.wanted, asked.sort) != shows
        or (bool(density) and density != row.density)
        or (hides is not None and list(hides) != row.hidden)
    )
