"""What routes would do, shown on the leads that came last: which would match, who takes them first, what changes.

The matching is the engine's own, on a directory made of the routes that are asked about. Each lead counts as it came
in: new, unanswered, at the instant of its arrival. Nothing is written and nobody is chosen: who would have got a lead
depends on who was there.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext as _

from rightaway.accounts.actor import Actor
from rightaway.engine import facts, hours
from rightaway.engine.route import Walks, check_conditions, ends_chain, fold
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import NotFound
from rightaway.people.models import Agent
from rightaway.routing.directory import directory_with
from rightaway.routing.models import Config, PausedRoute
from rightaway.routing.schema import RouteSet, engine_condition
from rightaway.routing.versions import live_routes
from rightaway.work import access
from rightaway.work.models import Item
from rightaway.work.person_view import ItemView, person_views
from rightaway.work.sentences import condition_text

MOST: Final = 1000  # leads that are looked at
NEWEST: Final = 5
GAPS: Final = 3  # hours without cover that are told one by one
_WEEK: Final = timedelta(days=7)
_COLUMNS: Final = ("id", "kind", "source", "line", "language", "band", "enquiries", "created_at", "attributes")


@dataclass(frozen=True, slots=True)
class Taken:
    """Leads that match the route, but another one first. `handed_on` of them come here when nobody there takes them."""

    route_id: UUID
    name: str
    count: int
    handed_on: int


@dataclass(frozen=True, slots=True)
class Moved:
    """Leads that another route takes first than by the live version. None is the lead pool."""

    before: str | None
    after: str | None
    count: int


@dataclass(frozen=True, slots=True)
class Named:
    """An agent whom the route may choose, in its order."""

    agent_id: UUID
    name: str
    weight: int


@dataclass(frozen=True, slots=True)
class Warned:
    """Something that is probably not meant. `params` are what its sentence names."""

    code: str
    params: dict[str, Any]

    def sentence(self) -> str:
        return str(_sentences()[self.code] % self.params)


@dataclass(frozen=True, slots=True)
class RoutePreview:
    """One route among the others. Counts of the live version are None when the route is not in it."""

    route_id: UUID
    matched: int
    reached: int
    live_matched: int | None
    live_reached: int | None
    taken: tuple[Taken, ...]
    named: tuple[Named, ...]
    newest: tuple[ItemView, ...]
    warnings: tuple[Warned, ...]


@dataclass(frozen=True, slots=True)
class Preview:
    """`looked_at` are the leads that were looked at; `moved` those that change hands, by where they went and go.

    `version` is the number of the live version, None when there is none. `route` is there when one was asked about.
    """

    looked_at: int
    version: int | None
    moved: tuple[Moved, ...]
    route: RoutePreview | None


class Unfinished(Exception):
    """A condition has a mistake, so that nothing can be matched."""


def preview(routes: RouteSet, route_id: UUID | None = None, *, actor: Actor) -> Preview:
    """What these routes would do with the last leads; with `route_id`, what that one would, as if it were on.

    Runs inside `organisation(…)`. Raises Unfinished, NotFound, NotAllowed.
    """
    access.require(actor, "routes.view")
    route = next((each for each in routes.routes if each.id == route_id), None)
    if route_id is not None and route is None:
        raise NotFound
    paused = frozenset(PausedRoute.objects.values_list("route_id", flat=True))
    if any(check_conditions([engine_condition(row) for row in each.conditions]) for each in routes.routes):
        raise Unfinished
    wanted = directory_with(routes, paused=paused - {route_id} if route_id else paused)
    live = directory_with(live_routes(), paused=paused)
    role = next((each.role for each in wanted.routes if each.id == route_id), None)
    items = _items(None if route is None else route.kind, role)
    before, after = _walked(live, items), _walked(wanted, items)
    number = Config.objects.values_list("live__number", flat=True).first()
    found = None if route_id is None else _route(wanted, live, route_id, items, before, after, actor)
    return Preview(len(items), number, _moved(live, wanted, before, after), found)


def _items(kind: str | None, role: UUID | None) -> list[facts.Item]:
    """The last leads, or this role of them, in order of arrival, which lets schedules be looked at once for many."""
    rows = Item.objects.order_by("-id") if kind is None else Item.objects.filter(kind=kind).order_by("-id")
    found = [
        facts.Item(
            id=id, kind=kind, status="evaluate", source=source, line=line, language=language, band=band,
            enquiries=enquiries, answered=False, state="waiting", arrived=created, attributes=attributes or {},
            role=role,
        )
        for id, kind, source, line, language, band, enquiries, created, attributes in rows.values_list(*_COLUMNS)[:MOST]
    ]  # fmt: skip
    return sorted(found, key=lambda item: (item.arrived, item.id))


def _walked(directory: facts.Directory, items: Iterable[facts.Item]) -> list[list[int]]:
    """For each item the indexes of the routes it may take, in order."""
    return [Walks(directory, item.arrived).walk(item).routes for item in items]


def _moved(
    live: facts.Directory, wanted: facts.Directory, before: Iterable[list[int]], after: Iterable[list[int]]
) -> tuple[Moved, ...]:
    counted: Counter[tuple[UUID | None, UUID | None]] = Counter()
    names: dict[UUID | None, str | None] = {None: None}
    for directory in (live, wanted):
        names |= {route.id: route.name for route in directory.routes}
    for was, now in zip(before, after, strict=True):
        pair = (live.routes[was[0]].id if was else None, wanted.routes[now[0]].id if now else None)
        if pair[0] != pair[1]:
            counted[pair] += 1
    return tuple(Moved(names[was], names[now], count) for (was, now), count in counted.most_common())


def _route(
    wanted: facts.Directory, live: facts.Directory, route_id: UUID, items: Sequence[facts.Item],
    before: Sequence[list[int]], after: Sequence[list[int]], actor: Actor,
) -> RoutePreview:  # fmt: skip
    index = _index(wanted, route_id)
    assert index is not None
    matching = _alone(wanted, index, items)
    was, was_matching = _index(live, route_id), None
    if was is not None:
        was_matching = _alone(live, was, items)
    first = [walk[0] if walk else None for walk in after]
    reached = sum(place == index for place in first)
    taken = _taken(wanted, index, matching, after)
    return RoutePreview(
        route_id=route_id, matched=sum(matching), reached=reached,
        live_matched=None if was_matching is None else sum(was_matching),
        live_reached=None if was is None else sum(bool(walk) and walk[0] == was for walk in before),
        taken=taken, named=_named(wanted, index),
        newest=_newest([item.id for item, fits in zip(items, matching, strict=True) if fits], actor),
        warnings=tuple(_warnings(wanted, index, items, matched=sum(matching), reached=reached, taken=taken)),
    )  # fmt: skip


def _index(directory: facts.Directory, route_id: UUID) -> int | None:
    return next((index for index, route in enumerate(directory.routes) if route.id == route_id), None)


def _alone(directory: facts.Directory, index: int, items: Iterable[facts.Item]) -> list[bool]:
    """Which items match the route, whatever stands above it."""
    only = replace(directory, routes=(directory.routes[index],), paused=frozenset(), rules=None, cache={})
    return [bool(walk) for walk in _walked(only, items)]


def _taken(
    directory: facts.Directory, index: int, matching: Iterable[bool], walks: Iterable[list[int]]
) -> tuple[Taken, ...]:
    counted: Counter[int] = Counter()
    handed: Counter[int] = Counter()
    for fits, walk in zip(matching, walks, strict=True):
        if fits and walk and walk[0] != index:
            counted[walk[0]] += 1
            handed[walk[0]] += index in walk
    routes = directory.routes
    return tuple(
        Taken(routes[other].id, routes[other].name, count, handed[other]) for other, count in counted.most_common()
    )


def _named(directory: facts.Directory, index: int) -> tuple[Named, ...]:
    route = directory.routes[index]
    if route.strategy == "pool":
        return ()
    chosen = [(directory.agents[p].id, weight) for p, weight in zip(route.audience, route.weights, strict=True)]
    names = dict(Agent.objects.filter(id__in=[id for id, _ in chosen], active=True).values_list("id", "name"))
    return tuple(Named(id, names[id], weight) for id, weight in chosen if id in names)


def _newest(ids: Sequence[UUID], actor: Actor) -> tuple[ItemView, ...]:
    """Those that this actor may see, the newest first."""
    visible = access.visible_items(actor).filter(id__in=ids).order_by("-id")[:NEWEST]
    return tuple(person_views(actor, list(visible)))


def _warnings(
    directory: facts.Directory, index: int, items: Sequence[facts.Item], *, matched: int, reached: int,
    taken: Sequence[Taken],
) -> Iterator[Warned]:  # fmt: skip
    route = directory.routes[index]
    above = _shadow(directory, index)
    if above is not None:
        yield Warned("shadowed", {"route": above.name})
    elif matched and not reached:
        yield Warned("never_reached", {"count": matched, "route": taken[0].name})
    yield from _unknown(directory, route, items)
    if route.strategy != "pool":
        yield from _people(directory, route)


def _shadow(directory: facts.Directory, index: int) -> facts.Route | None:
    """A route that takes whatever this one could, always before it."""
    rules, route = directory.rules, directory.routes[index]
    for other in rules.order[: rules.place_of[index]]:
        above: facts.Route = directory.routes[other]
        if (
            above.id not in directory.paused and above.kind == route.kind
            and above.role == route.role and ends_chain(above)
            and above.when in (None, route.when) and all(part in route.conditions for part in above.conditions)
            and (not rules.sources[other] or (rules.sources[index] and rules.sources[index] <= rules.sources[other]))
        ):  # fmt: skip
            return above
    return None


def _unknown(directory: facts.Directory, route: facts.Route, items: Sequence[facts.Item]) -> Iterator[Warned]:
    """Sources that nobody has had, and conditions that no lead met."""
    if not items:
        return
    seen = {fold(item.source) for item in items}
    for source in sorted(route.sources):
        if fold(source) not in seen and not Item.objects.filter(source=source).exists():
            yield Warned("unknown_source", {"source": source})
    for part in route.conditions:
        bare = facts.Route(id=route.id, name=route.name, kind=route.kind, role=route.role, conditions=(part,))
        only = replace(directory, routes=(bare,), paused=frozenset(), rules=None, cache={})
        walks = Walks(only, items[-1].arrived)
        if not any(walks.walk(item).routes for item in items):
            rows = part.conditions if isinstance(part, facts.AnyOf) else (part,)
            said = _(" or ").join(condition_text(row.field, row.op, row.value) for row in rows)
            yield Warned("never_met", {"condition": said, "count": len(items)})


def _people(directory: facts.Directory, route: facts.Route) -> Iterator[Warned]:
    crew = [directory.agents[position] for position in route.audience]
    crew = [agent for agent in crew if agent.active and not agent.paused and route.id not in agent.paused_routes]
    if not crew:
        yield Warned("nobody", {})
        return
    able = [agent for agent in crew if all(agent.skills.get(name, -1) >= level for name, level in route.skills)]
    if not able:
        yield Warned("nobody_skilled", {"skills": ", ".join(f"{name} {level}" for name, level in route.skills)})
        return
    gaps = uncovered(route, able, clock())
    if gaps:
        yield Warned("no_cover", _told(gaps, route.when.zone if route.when else able[0].zone))


def uncovered(route: facts.Route, crew: Iterable[facts.Agent], now: datetime) -> list[hours.Span]:
    """When in the next seven days the route is open and nobody of these has working hours."""
    start, end = now, now + _WEEK
    left = hours.spans(route.when, start, end)
    known: dict[facts.Hours | None, list[hours.Span]] = {}
    for agent in crew:
        if not left:
            break
        if agent.hours not in known:
            known[agent.hours] = hours.spans(agent.hours, start, end)
        left = hours.without(left, hours.without(known[agent.hours], agent.absences))
    return left


def _told(gaps: Sequence[hours.Span], zone: str) -> dict[str, Any]:
    local = hours.zone_of(zone)
    shown = [(start.astimezone(local), end.astimezone(local)) for start, end in gaps[:GAPS]]
    times = ", ".join(f"{_hour(a)}–{b:%H:%M}" if a.date() == b.date() else f"{_hour(a)}–{_hour(b)}" for a, b in shown)
    more = len(gaps) - len(shown)
    return {"times": times if not more else _("%(times)s and %(more)d more") % {"times": times, "more": more}}


def _hour(at: datetime) -> str:
    days = (_("Mon"), _("Tue"), _("Wed"), _("Thu"), _("Fri"), _("Sat"), _("Sun"))
    return f"{days[at.weekday()]} {at:%H:%M}"


def _sentences() -> dict[str, str]:
    return {
        "shadowed": _("Never reached: %(route)s takes everything that this route could, before it."),
        "never_reached": _("Never reached: each of the %(count)d that match is taken first, most by %(route)s."),
        "unknown_source": _("No lead has ever come from the source %(source)s."),
        "never_met": _("None of the last %(count)d had this: %(condition)s."),
        "nobody": _("Nobody is in the audience who could be chosen."),
        "nobody_skilled": _("Nobody in the audience has these skills: %(skills)s."),
        "no_cover": _("Nobody in the audience works in these hours of the next seven days: %(times)s."),
    }
