"""Beside the work: how full somebody is and with what, their day so far, their routes and their hours."""

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from rightaway.accounts.actor import Actor
from rightaway.people.models import Agent, RoutePause, Tally
from rightaway.routing.directory import directory
from rightaway.web import formats
from rightaway.web.my_work import words
from rightaway.work.agent_now import Day, agent_now, day_of
from rightaway.work.tally import period_starts

_MOST_BOXES: Final = 20
_UNIT: Final = 100


@dataclass(frozen=True, slots=True)
class Capacity:
    """In places. `boxes` are full, part or free, one a place; none where there are too many to draw.

    `filled` is (what, how many); `unanswered` of at most `cap` questions, which may be no limit.
    """

    load: str
    most: str
    free: int
    boxes: list[str]
    filled: list[tuple[str, int]]
    unanswered: int
    cap: int | None
    limits: list[tuple[str, int, int]]


@dataclass(frozen=True, slots=True)
class Today:
    received: int
    accepted: int
    seconds: float | None  # from offer to acceptance, on average
    calls: int
    tasks_done: int
    tasks_left: int
    cared: int
    owned: int


@dataclass(frozen=True, slots=True)
class MyRoute:
    id: UUID
    name: str
    mine: bool  # whether it may choose this person: the state of their own switch
    off: bool  # switched off for everybody


@dataclass(frozen=True, slots=True)
class Side:
    capacity: Capacity
    today: Today
    routes: list[MyRoute]
    hours: str
    paused: bool


def side(actor: Actor) -> Side | None:
    """None for somebody who is no agent."""
    if actor.agent_id is None:
        return None
    agent = Agent.objects.get(id=actor.agent_id)
    day = day_of(agent.id, _midnight(agent), formats.now())
    return Side(
        _capacity(agent, day), _today(day), _routes(agent.id), _hours(agent), paused=agent.paused_at is not None
    )  # fmt: skip


def _capacity(agent: Agent, day: Day) -> Capacity:
    now = agent_now(agent.id)
    filled = [
        (str(words.KINDS_MANY.get(kind, words.kind_word(kind))), count) for kind, count in sorted(day.kinds.items())
    ]
    if now.held_offers:
        filled.append((_("Open offers"), now.held_offers))
    return Capacity(
        load=_places(now.load), most=_places(now.capacity), free=max(0, now.capacity - now.load) // _UNIT,
        boxes=_boxes(now.load, now.capacity), filled=filled, unanswered=now.unanswered, cap=now.unanswered_cap,
        limits=_limits(agent),
    )  # fmt: skip


def _places(units: int) -> str:
    """Hundredths as places: 6, 6.5 (6,5)."""
    whole, part = divmod(units, _UNIT)
    if not part:
        return formats.number(whole)
    return str(number_format(units / _UNIT, use_l10n=True))


def _boxes(load: int, most: int) -> list[str]:
    count = -(-most // _UNIT)
    if count > _MOST_BOXES:
        return []
    full, part = divmod(load, _UNIT)
    return ["full" if n < full else "part" if n == full and part else "free" for n in range(count)]


def _limits(agent: Agent) -> list[tuple[str, int, int]]:
    """(of what period, given, most) of each limit that the agent has."""
    names = {
        "hour": _("New this hour"), "day": _("New today"), "week": _("New this week"), "month": _("New this month"),
    }  # fmt: skip
    limits = agent.limits
    starts = period_starts(agent.zone, formats.now())
    wanted = Q(pk__in=[])
    for period in limits:
        wanted |= Q(period=period, starts_at=starts[period])
    given = dict(Tally.objects.filter(wanted, agent=agent.id).values_list("period", "given")) if limits else {}
    return [(name, given.get(period, 0), limits[period]) for period, name in names.items() if period in limits]


def _today(day: Day) -> Today:
    return Today(
        received=day.received, accepted=day.accepted, seconds=day.took.total_seconds() if day.took else None,
        calls=day.calls, tasks_done=day.tasks_done, tasks_left=day.tasks_left, cared=day.owned - day.bad,
        owned=day.owned,
    )  # fmt: skip


def _midnight(agent: Agent) -> datetime:
    zone = ZoneInfo(agent.zone)
    return datetime.combine(formats.now().astimezone(zone).date(), time(), zone)


def _routes(agent_id: UUID) -> list[MyRoute]:
    """The live routes that may choose this person, top first."""
    known = directory()
    position = next((agent.position for agent in known.agents if agent.id == agent_id), None)
    if position is None:
        return []
    off = set(RoutePause.objects.filter(agent=agent_id).values_list("route_id", flat=True))
    return [
        MyRoute(route.id, route.name, route.id not in off, route.id in known.paused)
        for route in known.routes
        if position in route.audience and route.strategy != "pool"
    ]


def _hours(agent: Agent) -> str:
    """Today's working hours in a sentence."""
    if agent.hours is None:
        return _("You have no set hours: you get work whenever you are available.")
    zone = ZoneInfo(agent.zone)
    today = formats.now().astimezone(zone).date()
    ranges = [
        f"{_clock(start, today, zone)}–{_clock(until, today, zone)}"
        for day, start, until in sorted(agent.hours)
        if day == today.isoweekday()
    ]
    if not ranges:
        return _("You have no working hours today. Routes give you nothing until your next ones.")
    return _("Your hours today: %(hours)s. Outside them, routes give you nothing.") % {"hours": ", ".join(ranges)}


def _clock(text: str, day: Any, zone: ZoneInfo) -> str:
    hours, minutes = text.split(":")
    return formats.clock_time(datetime.combine(day, time(int(hours) % 24, int(minutes)), zone))
