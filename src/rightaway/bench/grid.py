"""The contacts grid of a large organisation: milliseconds in the server, from the actor to the rows they may see.

Each figure is a page of fifty found and put together, or a search, or the counts of all views, or the HTML of one row
that has changed; nothing is remembered from one to the next, but PostgreSQL's pages are in its memory.
"""

import re
import statistics
import time
from collections.abc import Callable
from typing import Any, cast
from uuid import UUID

from django.test import RequestFactory
from django.urls import reverse

from rightaway.accounts.actor import SYSTEM, Actor
from rightaway.accounts.roles import Role
from rightaway.bench import grid_data
from rightaway.engine.basics import BASICS
from rightaway.ledger.tenancy import organisation
from rightaway.web.page import PageRequest, part_at
from rightaway.work import grid
from rightaway.work.grid import GridPage, grid_page, view_counts
from rightaway.work.grid_filter import GridFilter
from rightaway.work.models import Item
from rightaway.work.oversight import oversight
from rightaway.work.person_view import person_views
from rightaway.work.searching import search

GOAL_MS = 150
ROW_GOAL_MS = 20
PAGE = 50
_COMBINED = re.compile(r"filter (.+), sort (.+)")
_DEEP_PAGES = 20  # of 200 rows
Figures = dict[str, dict[str, float]]


def measure(dsn: str, tell: Callable[[str], None], *, contacts: int, times: int = 9) -> dict[str, Any]:
    """{"contacts", "build_s", "actors": {actor: {what: {"p50_ms", "p95_ms"}}}, "worst_p95_ms", "over_goal",
    "singly_over_goal"}. The last are those that are not a filter under an order of the reader's choice."""
    tell(f"{contacts:,} contacts …")
    began = time.perf_counter()
    large = grid_data.build(dsn, contacts)
    built = time.perf_counter() - began
    actors = {name: figures_of(large, actor, tell, name, times) for name, actor in actors_of(large).items()}
    every = {f"{name}: {what}": found["p95_ms"] for name, figures in actors.items() for what, found in figures.items()}
    return {
        "contacts": contacts, "build_s": round(built, 1), "actors": actors, "worst_p95_ms": max(every.values()),
        "over_goal": (over := sorted(what for what, p95 in every.items() if p95 > _goal(what))),
        "singly_over_goal": [what for what in over if not _is_combined(what)],
    }  # fmt: skip


def _goal(what: str) -> int:
    return ROW_GOAL_MS if what.endswith(": one row") else GOAL_MS


def _is_combined(what: str) -> bool:
    """Whether it is a filter, and an order that is not the list's own."""
    found = _COMBINED.search(what)
    return found is not None and found[1] != "none" and found[2] != grid.VIEWS["all"].sort


def actors_of(large: grid_data.Large) -> dict[str, Actor]:
    """One sees everything, one a team of twelve and what nobody owns, one their own and what is free."""
    me = large.agents[0]
    return {
        "company_manager": SYSTEM,
        "agent_manager": Actor(kind="member", id=me, role=Role.AGENT_MANAGER, agent_id=me),
        "agent": Actor(kind="member", id=me, role=Role.AGENT, agent_id=me),
    }


def filters_of(large: grid_data.Large) -> dict[str, GridFilter]:
    """One value of each kind, common and rare, and two kinds at once."""
    return {
        "none": GridFilter(),
        "status lost": GridFilter(statuses=("lost",)),
        "status evaluate": GridFilter(statuses=("evaluate",)),
        "status working or visit": GridFilter(statuses=("working", "visit")),
        "source web": GridFilter(sources=("web",)),
        "source partner": GridFilter(sources=("partner",)),
        "owner none": GridFilter(owners=("none",)),
        "owner one": GridFilter(owners=(large.agents[5],)),
        "waiting over 60": GridFilter(waiting_over_minutes=60),
        "status working, source chat": GridFilter(statuses=("working",), sources=("chat",)),
        **{f"{name} bad": GridFilter(basics=((name, "bad"),)) for name in BASICS},
        "phone good": GridFilter(basics=(("phone", "good"),)),
        "task overdue": GridFilter(tasks=("overdue",)),
        "task none": GridFilter(tasks=("none",)),
        "update asked": GridFilter(update_asked=True),
        "created within 7 days": GridFilter(created_within_days=7),
        "band top": GridFilter(bands=("top",)),
        "a campaign without contacts": GridFilter(campaigns=(large.agents[0],)),
        "language fr": GridFilter(languages=("fr",)),
        "not source web": GridFilter(sources=("web",), excluded=frozenset({"sources"})),
    }


def figures_of(large: grid_data.Large, actor: Actor, tell: Callable[[str], None], name: str, times: int) -> Figures:
    tell(f"{name} …")
    found: Figures = {}

    def timed(what: str, act: Callable[[], object]) -> None:
        found[what] = _timed(large.organisation_id, act, times)

    with organisation(large.organisation_id, read_only=True):
        views = grid.views_for(actor)
    for view in views:
        timed(f"view {view}", lambda view=view: _page(actor, view=view))  # type: ignore[misc]
        deep = _deep(large.organisation_id, actor, view)
        if deep is not None:
            timed(f"view {view}, deep", lambda view=view, at=deep: _page(actor, view=view, cursor=at))  # type: ignore[misc]
    for label, wanted in filters_of(large).items():
        for sort in grid.SORTS:
            timed(
                f"filter {label}, sort {sort}",
                lambda wanted=wanted, sort=sort: _page(actor, view="all", wanted=wanted, sort=sort),  # type: ignore[misc]
            )
    for sort in ("name", "-name", "status", "source", "created", "-created"):
        at = _middle(large.organisation_id, sort)
        timed(f"sort {sort}, from the middle", lambda sort=sort, at=at: _page(actor, view="all", sort=sort, cursor=at))  # type: ignore[misc]
    for label, text in searches(large).items():
        timed(f"search {label}", lambda text=text: _search(actor, text))  # type: ignore[misc]
    changed = _first(large.organisation_id, actor)
    timed("one row", lambda: _row(actor, changed))
    timed("counts of all views", lambda: view_counts(actor))
    timed("summary", lambda: grid.summary(actor))
    if actor.role is not Role.AGENT:
        timed("oversight", lambda: oversight(actor))
    return found


def searches(large: grid_data.Large) -> dict[str, str]:
    return {
        "common name": "maria",
        "common surname": large.common,
        "rare surname": large.rare,
        "two words": f"{large.common[:5]} luis",
        "two letters": "zo",
        "typo": large.rare[:2] + "x" + large.rare[3:] + " mria",
        "phone": large.phone,
        "end of a phone": large.phone[-6:],
        "e-mail": large.email,
        "part of an e-mail": large.email[3:14] + "@",
        "nothing": "qqqq wwww",
    }


def _page(actor: Actor, **wanted: Any) -> GridPage:
    page = grid_page(actor, limit=PAGE, **wanted)
    person_views(actor, page.items)
    return page


def _row(actor: Actor, item_id: UUID) -> str:
    """A row of the grid as a page reads it again, without the signing in around it."""
    request = cast("PageRequest", RequestFactory().get("/"))
    request.actor, request.region = actor, "US"
    return part_at(request, f"{reverse('contacts-row', args=[item_id])}?n=1", "")


def _first(organisation_id: int, actor: Actor) -> UUID:
    with organisation(organisation_id, read_only=True):
        found: UUID = grid_page(actor, view="all", limit=1).items[0].id
        return found


def _search(actor: Actor, text: str) -> None:
    person_views(actor, [found.item for found in search(actor, text)])


def _timed(organisation_id: int, act: Callable[[], object], times: int) -> dict[str, float]:
    taken = []
    for number in range(times + 1):
        grid.forget()
        with organisation(organisation_id, read_only=True):
            began = time.perf_counter()
            act()
            if number:  # the first one warms up
                taken.append(1000 * (time.perf_counter() - began))
    cuts = statistics.quantiles(taken, n=20, method="inclusive")
    return {"p50_ms": round(cuts[9], 1), "p95_ms": round(cuts[18], 1)}


def _deep(organisation_id: int, actor: Actor, view: str) -> str | None:
    cursor, deepest = None, None
    for _ in range(_DEEP_PAGES):
        with organisation(organisation_id, read_only=True):
            cursor = grid_page(actor, view=view, cursor=cursor, limit=200).next
        if cursor is None:
            break
        deepest = cursor
    return deepest


def _middle(organisation_id: int, sort: str) -> str:
    """A cursor from the middle of everything."""
    column = {"name": "folded", "created": "id"}.get(sort.removeprefix("-"), sort.removeprefix("-"))
    with organisation(organisation_id, read_only=True):
        items = Item.objects.filter(front=True)
        middle = items.order_by(column)[items.count() // 2]
        return grid.cursor_at(middle, sort)
