"""The list of routes as its viewer sees it: the draft where there is one, each with what it did lately."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from rightaway.accounts.actor import EVERYWHERE, Actor
from rightaway.engine.route import order_of
from rightaway.ledger.problems import Problem
from rightaway.routing.config_diff import route_changes
from rightaway.routing.models import Config, PausedRoute
from rightaway.routing.publishable import People, known_people, problems
from rightaway.routing.schema import RouteIn, RouteSet, engine_route
from rightaway.routing.versions import Draft, draft_of, etag_of
from rightaway.web import formats
from rightaway.web.routes import words
from rightaway.work import roles
from rightaway.work.models import Item
from rightaway.work.route_numbers import Numbers, route_numbers

TABS: Final = ("active", "paused")
WEEK: Final = timedelta(days=7)
_GOOD, _BAD = 80, 60  # per cent accepted at the first offer: from here good, below there bad
_COUNTED: Final = 1000  # the pool is counted up to here


@dataclass(frozen=True, slots=True)
class Card:
    """One route of the list. `place` counts from 1 among those that are shown; None in the locked band.

    `is_new`: it was never published as it is named here. `who` is the one agent of the locked band, `role` the
    functional role that it fills.
    """

    id: UUID
    name: str
    place: int | None
    of: int
    summary: str
    kind: str
    sources: str
    numbers: Numbers
    paused: bool
    is_new: bool
    who: str
    role: str = ""

    @property
    def grade(self) -> str:
        percent = self.numbers.percent
        if percent is None:
            return ""
        return "good" if percent >= _GOOD else "bad" if percent < _BAD else "neutral"

    @property
    def first_words(self) -> str:
        """How many were accepted at the first offer."""
        return _("%(percent)d %% first") % {"percent": self.numbers.percent or 0}

    @property
    def is_first(self) -> bool:
        return self.place == 1

    @property
    def is_last(self) -> bool:
        return self.place == self.of


class Configured:
    """The organisation's routes as they are being prepared; each part is read when somebody first asks for it."""

    def __init__(self, actor: Actor, tab: str = "active") -> None:
        self.actor = actor
        self.tab = tab if tab in TABS else "active"

    @cached_property
    def row(self) -> Config | None:
        found: Config | None = Config.objects.select_related("live").first()
        return found

    @cached_property
    def draft(self) -> Draft:
        return draft_of(self.row)

    @cached_property
    def live(self) -> RouteSet:
        row = self.row
        return RouteSet.model_validate_json(row.live.body) if row and row.live else RouteSet()

    @property
    def number(self) -> int:
        """Of the live version; 0: none."""
        row = self.row
        return int(row.live.number) if row and row.live else 0

    @property
    def next_number(self) -> int:
        return self.number + 1

    @cached_property
    def is_changed(self) -> bool:
        """Whether there is a draft that says something else than what is live."""
        return self.draft.routes != self.live

    @cached_property
    def may_edit(self) -> bool:
        return self.actor.may("routes.manage", EVERYWHERE)

    @cached_property
    def paused(self) -> set[UUID]:
        known = {route.id for route in self.draft.routes.routes}
        return known & set(PausedRoute.objects.values_list("route_id", flat=True))

    @property
    def count_paused(self) -> int:
        return len(self.paused)

    @property
    def count_active(self) -> int:
        return len(self.draft.routes.routes) - len(self.paused)

    def shown(self) -> list[RouteIn]:
        """The routes of the tab."""
        wants = self.tab == "paused"
        return [route for route in self.draft.routes.routes if (route.id in self.paused) == wants]

    def ordered(self) -> list[UUID]:
        """Those of the tab that stand in an order."""
        return [route.id for route in self.shown() if route.strategy != "agent"]

    @cached_property
    def order_tag(self) -> str:
        """Names the order of the tab, as somebody sees it who then moves a route."""
        return etag_of(" ".join(map(str, self.ordered())))

    @cached_property
    def _all_cards(self) -> list[Card]:
        shown, ordered = self.shown(), self.ordered()
        numbers, people = route_numbers(formats.now() - WEEK), known_people()
        named = words.names()
        called = {role.key: roles.name(role)["long"] for role in roles.in_order(active=False)}
        live = {route.id for route in self.live.routes}
        place = {id: index for index, id in enumerate(ordered, start=1)}
        # As the engine tries them, which in the locked band is not the order of the list.
        order = order_of([engine_route(route, []) for route in shown])
        return [
            Card(
                id=route.id, name=route.name, place=place.get(route.id), of=len(ordered),
                summary=words.summary(route, _size(route, people)),
                kind="" if route.kind == "lead" else words.kind(route.kind), sources=", ".join(route.sources),
                numbers=numbers.get(route.id, Numbers()), paused=route.id in self.paused, is_new=route.id not in live,
                who=words.audience(route.audience, named, shares=False) if route.strategy == "agent" else "",
                role=called.get(route.role, route.role) if route.role else "",
            )
            for route in (shown[index] for index in order)
        ]  # fmt: skip

    @property
    def locked(self) -> list[Card]:
        return [card for card in self._all_cards if card.place is None]

    @property
    def cards(self) -> list[Card]:
        return [card for card in self._all_cards if card.place is not None]

    @cached_property
    def pooled(self) -> int:
        return len(Item.objects.filter(state="pooled").values_list("id")[:_COUNTED])

    def changes(self) -> list[str]:
        """What the draft changes, in sentences."""
        return route_changes(self.live, self.draft.routes, words.wording())

    @cached_property
    def problems(self) -> list[Problem]:
        """What keeps the draft from being published."""
        return problems(self.draft.routes, known_people())

    def problems_by_route(self) -> list[tuple[RouteIn, int]]:
        """Which routes have them, and how many."""
        counted: dict[Any, int] = {}
        for problem in self.problems:
            counted[problem.path[1]] = counted.get(problem.path[1], 0) + 1
        return [(self.draft.routes.routes[place], count) for place, count in counted.items()]

    def route(self, route_id: UUID) -> RouteIn | None:
        return next((route for route in self.draft.routes.routes if route.id == route_id), None)


@dataclass(frozen=True, slots=True)
class Line:
    """A route of a version: its name, its schedule and strategy, its conditions."""

    name: str
    summary: str
    conditions: str


def lines(routes: RouteSet) -> list[Line]:
    people = known_people()
    return [
        Line(
            route.name, words.summary(route, _size(route, people)),
            words.conditions(route.conditions),
        )
        for route in routes.routes
    ]  # fmt: skip


def _size(route: RouteIn, people: People) -> int:
    """How many active agents a route may choose from."""
    named = people.active & people.named_by(route)
    return len(named if route.role is None else named & people.holders_of(route.role))
