"""Filters of the contacts grid: what one may ask for, and the conditions on the item `i` that say it.

`{status}` and its like stand for how a column is named, which `grid.py` decides (see there).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.utils import timezone

from rightaway.engine.basics import BAD, BASICS, GOOD, NEUTRAL, Rules
from rightaway.engine.facts import BANDS
from rightaway.engine.hours import zone_of
from rightaway.ledger.ids import first_id
from rightaway.work.models import Assignment

OPEN: Final = "i.state <> 'closed'"
UNASSIGNED: Final = f"(i.owner_id IS NULL AND {OPEN})"
GRADES: Final = (GOOD, NEUTRAL, BAD)
TASKS: Final = ("overdue", "today", "future", "none")
MOST_MINUTES: Final = 10_000_000
MOST_DAYS: Final = 36_600
_CLOCKS_APART: Final = timedelta(minutes=10)  # ids are made by another clock than instants


@dataclass(frozen=True, slots=True)
class GridFilter:
    """What is given must hold; of several values one. `owners` are agents, or "none", "me" and "team"; `campaigns` are
    ids, or "none". `basics` are pairs of one of the basics and a grade: of several grades of one, one must hold.
    `tasks`: how the next task stands. `held_by_me`: the actor holds one of its roles. `excluded` names those of the
    others that must not hold."""

    statuses: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    owners: tuple[str | UUID, ...] = ()
    waiting_over_minutes: int | None = None
    kinds: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    campaigns: tuple[str | UUID, ...] = ()
    bands: tuple[str, ...] = ()
    basics: tuple[tuple[str, str], ...] = ()
    tasks: tuple[str, ...] = ()
    created_within_days: int | None = None
    update_asked: bool = False
    held_by_me: bool = False
    excluded: frozenset[str] = frozenset()

    def grades_of(self, name: str) -> tuple[str, ...]:
        return tuple(grade for basic, grade in self.basics if basic == name)


NO_FILTER: Final = GridFilter()
PARTS: Final = tuple(field.name for field in fields(GridFilter) if field.name != "excluded")
"""What may stand in `excluded`."""
_NAMED: Final = {"owners": ("none", "me", "team"), "campaigns": ("none",)}
"""Where ids stand, and the words that may stand there too."""


def as_data(wanted: GridFilter) -> dict[str, Any]:
    """What differs from no filter, as JSON keeps it."""
    found = {}
    for part in (*PARTS, "excluded"):
        value = getattr(wanted, part)
        if value != getattr(NO_FILTER, part):
            found[part] = _plain(value)
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    return str(value) if isinstance(value, UUID) else value


def of_data(data: Mapping[str, Any]) -> GridFilter:
    """The filter that was kept."""
    found: dict[str, Any] = {part: tuple(value) if isinstance(value, list) else value for part, value in data.items()}
    for part, words in _NAMED.items():
        found[part] = tuple(each if each in words else UUID(each) for each in found.get(part, ()))
    found["basics"] = tuple((name, grade) for name, grade in found.get("basics", ()))
    found["excluded"] = frozenset(found.get("excluded", ()))
    return GridFilter(**found)


class Unknown(ValueError):
    """A filter that cannot be meant. `part` is its name in `GridFilter`."""

    def __init__(self, part: str) -> None:
        super().__init__(part)
        self.part = part


@dataclass(frozen=True, slots=True)
class Reader:
    """Whose filter it is. `clear`: the condition on rows of which they see everything."""

    agent_id: UUID | None
    team: tuple[UUID, ...]
    clear: str
    now: datetime
    rules: Rules

    @property
    def day_end(self) -> datetime:
        """Midnight where the organisation is."""
        return end_of_day(self.rules, self.now)


def end_of_day(rules: Rules, now: datetime) -> datetime:
    """The first instant of the organisation's next day."""
    local = timezone.localtime(now, zone_of(rules.calendar.zone)) + timedelta(days=1)
    return local.replace(hour=0, minute=0, second=0, microsecond=0)


@dataclass(frozen=True, slots=True)
class Condition:
    """`is_open`: it holds for no closed item. `part` is where it comes from."""

    part: str
    sql: str
    is_open: bool = False


def conditions(wanted: GridFilter, reader: Reader, parameters: dict[str, Any]) -> list[Condition]:
    """The conditions of a filter; their values are added to the parameters. Raises Unknown."""
    unknown = wanted.excluded - set(PARTS)
    if unknown:
        raise Unknown(min(unknown))
    found = list(_conditions(wanted, reader, parameters))
    return [
        Condition(each.part, f"({each.sql}) IS NOT TRUE") if each.part in wanted.excluded else each for each in found
    ]


def _conditions(wanted: GridFilter, reader: Reader, parameters: dict[str, Any]) -> Iterable[Condition]:
    for part, column in (("statuses", "status"), ("sources", "source"), ("kinds", "kind"), ("languages", "language")):
        values = getattr(wanted, part)
        if values:
            yield Condition(part, _one_of(column, values, parameters))
    if wanted.bands:
        if not set(wanted.bands) <= set(BANDS):
            raise Unknown("bands")
        parameters["bands"] = [BANDS.index(band) for band in wanted.bands]
        yield Condition("bands", "{band} = ANY(%(bands)s::smallint[])")
    if wanted.owners:
        yield Condition("owners", _owned_by(wanted.owners, reader, parameters), is_open=True)
    if wanted.campaigns:
        yield Condition("campaigns", _in_campaigns(wanted.campaigns, parameters))
    if wanted.waiting_over_minutes is not None:
        part = "waiting_over_minutes"
        parameters["before"] = _back(wanted.waiting_over_minutes, MOST_MINUTES, "minutes", reader, part)
        yield Condition(part, f"{OPEN} AND i.unanswered_since IS NOT NULL AND i.asked <= %(before)s", is_open=True)
    if wanted.created_within_days is not None:
        since = _back(wanted.created_within_days, MOST_DAYS, "days", reader, "created_within_days")
        # Nobody's id is older than what it names: the index of ids leaves out what came long before.
        parameters |= {"created": since, "first": first_id(since - _CLOCKS_APART)}
        yield Condition("created_within_days", "i.created_at >= %(created)s AND i.id >= %(first)s::uuid")
    if wanted.update_asked:
        yield Condition("update_asked", f"i.update_asked_at IS NOT NULL AND {OPEN}", is_open=True)
    if wanted.held_by_me:
        held = Assignment.objects.filter(agent=reader.agent_id, ended_at=None, role_id__isnull=False)
        parameters["roles_of_mine"] = list(held.values_list("item", flat=True)) if reader.agent_id else []
        yield Condition("held_by_me", "i.id = ANY(%(roles_of_mine)s::uuid[])")
    yield from _graded(wanted, reader, parameters)
    if wanted.tasks:
        if not set(wanted.tasks) <= set(TASKS):
            raise Unknown("tasks")
        parameters |= {"now": reader.now, "day_end": reader.day_end}
        ways = " OR ".join(f"({_TASKS[way]})" for way in wanted.tasks)
        yield Condition("tasks", f"{OPEN} AND ({ways})", is_open=True)


def _one_of(column: str, values: tuple[str, ...], parameters: dict[str, Any]) -> str:
    if len(values) == 1:
        parameters[column] = values[0]
        return f"{{{column}}} = %({column})s"
    parameters[column] = list(values)
    return f"{{{column}}} = ANY(%({column})s::text[])"


def _owned_by(owners: tuple[str | UUID, ...], reader: Reader, parameters: dict[str, Any]) -> str:
    agents = [reader.agent_id if owner == "me" else owner for owner in owners if owner not in ("none", "team")]
    if not all(isinstance(agent, UUID | None) for agent in agents):
        raise Unknown("owners")
    found = [UNASSIGNED] if "none" in owners else []
    known = [agent for agent in agents if agent is not None] + (list(reader.team) if "team" in owners else [])
    if len(known) == 1:
        parameters["owner"] = known[0]
        found.append(f"(i.owner_id = %(owner)s::uuid AND {OPEN})")
    elif known:
        parameters["owner"] = known
        found.append(f"(i.owner_id = ANY(%(owner)s::uuid[]) AND {OPEN})")
    return f"({' OR '.join(found)})" if found else "false"


def _in_campaigns(campaigns: tuple[str | UUID, ...], parameters: dict[str, Any]) -> str:
    known = [campaign for campaign in campaigns if campaign != "none"]
    if not all(isinstance(campaign, UUID) for campaign in known):
        raise Unknown("campaigns")
    parameters["campaign"] = known
    found = ["i.campaign_id = ANY(%(campaign)s::uuid[])"] if known else []
    return f"({' OR '.join([*found, *(['i.campaign_id IS NULL'] if 'none' in campaigns else [])])})"


def _back(number: int, most: int, unit: str, reader: Reader, part: str) -> datetime:
    if not 0 <= number <= most:
        raise Unknown(part)
    return reader.now - timedelta(**{unit: number})


_GOOD: Final = {
    "status": "NOT (i.unanswered_since IS NOT NULL OR i.status = 'evaluate')",
    "waiting": "i.answered_seconds <= {target}",
    "phone": "i.called_at IS NOT NULL",
    "email": "i.mailed_at IS NOT NULL",
    "notes": "i.notes > 0",
    "task": "i.next_task_at >= %(day_end)s",
}
_TASKS: Final = {
    "overdue": "{next_task} <= %(now)s",
    "today": "{next_task} > %(now)s AND {next_task} < %(day_end)s",
    "future": "{next_task} >= %(day_end)s",
    "none": "i.next_task_at IS NULL",
}


def _graded(wanted: GridFilter, reader: Reader, parameters: dict[str, Any]) -> Iterable[Condition]:
    """As `web/contacts/cells.py` shows them, which the tests hold together."""
    if any(pair[0] not in BASICS or pair[1] not in GRADES for pair in wanted.basics):
        raise Unknown("basics")
    for name in BASICS:
        grades = wanted.grades_of(name)
        if not grades:
            continue
        parameters |= {"now": reader.now, "day_end": reader.day_end}
        is_bad = f"coalesce(i.{name}_bad_at <= %(now)s, false)"
        is_good = f"coalesce({_GOOD[name].replace('{target}', _target(reader.rules, parameters))}, false)"
        ways = {
            # What can be mended has its index; that somebody was answered late is told for good, and has its own.
            BAD: f"i.{name}_bad_at <= %(now)s" + ("" if name == "waiting" else " AND {attention} <= %(now)s"),
            GOOD: f"NOT {is_bad} AND {is_good}",
            NEUTRAL: f"NOT {is_bad} AND NOT {is_good}",
        }  # fmt: skip
        sql = f"{OPEN} AND ({' OR '.join(f'({ways[grade]})' for grade in grades)})"
        # Whether a number is wrong must not be told of whoever it is withheld from.
        if name in ("phone", "email") and reader.clear != "true":
            sql += f" AND {reader.clear}"
        yield Condition("basics", sql, is_open=True)


def _target(rules: Rules, parameters: dict[str, Any]) -> str:
    """Within how many seconds an answer is good, by kind and status."""
    ways = []
    for number, ((kind, status), limits) in enumerate(_narrow_first(rules.thresholds)):
        parameters |= {f"kind{number}": kind, f"status{number}": status, f"target{number}": limits.target}
        also = f" AND i.status = %(status{number})s" if status else ""
        ways.append(f"WHEN i.kind = %(kind{number})s{also} THEN %(target{number})s")
    parameters["target"] = rules.of("", "").target
    return f"CASE {' '.join(ways)} ELSE %(target)s END" if ways else "%(target)s"


def _narrow_first(thresholds: Mapping[tuple[str, str], Any]) -> list[tuple[tuple[str, str], Any]]:
    return sorted(thresholds.items(), key=lambda pair: (not pair[0][1], pair[0]))
