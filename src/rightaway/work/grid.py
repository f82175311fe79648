"""The contacts grid: one row a contact, its item in front. Views, filters, orders, pages and counts; it writes nothing.

An order is walked along an index or, when the filter leaves few rows, found by sorting these. Both give the same order,
so that a page may be found one way and the next one the other.
"""

import base64
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.db.models import Q
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from rightaway.accounts.actor import Actor
from rightaway.accounts.roles import ALLOWED, Relation, Role
from rightaway.engine.basics import BAD, is_in_evaluate
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import Invalid
from rightaway.ledger.tenancy import current_organisation
from rightaway.routing.directory import directory
from rightaway.work import access, grid_filter
from rightaway.work.grid_filter import NO_FILTER, OPEN, UNASSIGNED, GridFilter, Reader
from rightaway.work.models import NEVER, Assignment, CampaignMember, Item, Offer

FEW: Final = 40_000  # rows that are sorted rather than walked to the end
STEPS: Final = 8_000  # rows of the order that are looked at first, for a page of what is near
MOST_COUNTED: Final = 10_000
_COUNTS_SECONDS: Final = 2.0
_MANY_SECONDS: Final = 30.0  # that a filter leaves many; only how they are found depends on it
_MOST_KEPT: Final = 4_096  # counts and sizes remembered in this process

# As the index item_evaluate has it: whoever waits for an answer, and whoever nobody has moved on yet.
_EVALUATE: Final = f"({OPEN} AND (i.unanswered_since IS NOT NULL OR i.status = 'evaluate'))"

_CLOSED: Final = "(i.owner_id IS NULL AND i.state = 'closed' AND NOT i.private)"

# Nobody's own book, or the reader's.
_NOT_PRIVATE: Final = "(NOT i.private OR i.owner_id = %(me)s::uuid)"

# How conditions name what they look at: so that any index may be used, and so that no index of these columns is. The
# server takes what is closed and what has no owner for unrelated, expects ten times as many unassigned rows as there
# are, and would go through everything of a status or in Evaluate instead of these few.
_OPENLY: Final = {
    "status": "i.status", "source": "i.source", "kind": "i.kind", "language": "i.language", "band": "i.band",
    "attention": "i.attention_at", "next_task": "i.next_task_at", "evaluate": _EVALUATE,
}  # fmt: skip
_QUIETLY: Final = {
    **{column: f"(i.{column} || '')" for column in ("status", "source", "kind", "language")}, "band": "(i.band + 0)",
    "attention": "(i.attention_at + interval '0')", "next_task": "(i.next_task_at + interval '0')",
    "evaluate": f"({OPEN} AND (i.asked < '{NEVER.isoformat()}'::timestamptz OR (i.status || '') = 'evaluate'))",
}  # fmt: skip

# The planner would sort a million rows, or walk them all for a filter, whenever its statistics are out of date.
_WALKING: Final = "; ".join(
    f"SET LOCAL enable_{name} = off" for name in ("sort", "incremental_sort", "bitmapscan", "seqscan", "gathermerge")
)
_DONE: Final = _WALKING.replace("= off", "TO DEFAULT")
_CALM: Final = "SET LOCAL jit = off; SET LOCAL max_parallel_workers_per_gather = 0"


@dataclass(frozen=True, slots=True)
class View:
    """`where` says which rows ({evaluate}: those in Evaluate), `sort` in which order when none is asked for."""

    where: str
    sort: str


VIEWS: Final[dict[str, View]] = {
    "evaluate": View("{evaluate}", "urgency"),
    "unassigned": View(UNASSIGNED, "-waiting"),
    "attention": View("{attention} <= %(now)s", "urgency"),
    "priority": View(f"({_EVALUATE} AND i.band >= 2)", "urgency"),  # which has an index of its own, for everybody
    "team": View(f"(i.owner_id = ANY(%(team)s::uuid[]) AND {OPEN})", "-waiting"),
    "all": View("true", "-created"),
}


@dataclass(frozen=True, slots=True)
class GridPage:
    """`next` and `previous` are the cursors of the pages beside it; null where there is none."""

    items: Sequence[Item]
    next: str | None
    previous: str | None


@dataclass(frozen=True, slots=True)
class Scope:
    """What an actor sees, as conditions on the item `i`, of which at most one holds for a row, so that each may use an
    index of its own. `clear`: of these also who it is. `private`: what of private books. `key` names the scope."""

    key: str
    arms: tuple[str, ...] = ("true",)
    clear: str = "true"
    parameters: dict[str, Any] = field(default_factory=dict)

    @property
    def private(self) -> str:
        return "true" if self.arms == ("true",) else _NOT_PRIVATE

    @property
    def where(self) -> str:
        return self.arms[0] if len(self.arms) == 1 else f"({' OR '.join(self.arms)})"


@dataclass(frozen=True, slots=True)
class Key:
    """One column of an order. In a cursor it stands as JSON."""

    sql: str
    kind: str


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of an order: the rows for which `where` holds, by the last `keys` of the order's keys.

    `small`: these are so few that they are sorted.
    """

    where: str = "true"
    keys: int | None = None
    small: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """Part by part; within a part by the keys, of which the last is the id, so that the order is total.

    `is_near`: each part has an index of its own, whatever the filter, and what a filter leaves is spread over it.
    """

    keys: tuple[Key, ...]
    parts: tuple[Part, ...] = (Part(),)
    backwards: bool = False
    is_near: bool = True


_ID: Final = Key("i.id", "id")
_WAITED: Final = Key("i.asked", "instant")

SORTS: Final = (
    "urgency", "-waiting", "waiting", "name", "-name", "status", "-status", "source", "-source", "-band", "band",
    "-created", "created",
)  # fmt: skip
# `-waiting` is the longest wait first, `-band` the best band first; both are the way their index runs.
_RUNS_FORWARD: Final = frozenset({"urgency", "-waiting", "name", "status", "source", "-band", "created"})


def scope_of(actor: Actor) -> Scope:
    """The same rows as `access.visible_items`, put so that each alternative has an index."""
    allowed = ALLOWED["item.view"][actor.role] if actor.in_scope("item.view") else frozenset()
    if not allowed:
        return Scope("none", ("false",), "false")
    me = actor.agent_id
    team = sorted(access.team_agents(actor))
    if Relation.ANY in allowed:
        return Scope("all", parameters={"me": me, "team": team})
    parameters: dict[str, Any] = {"me": me, "team": team, "held": [], "open": [], "shared": [], "campaigns": []}
    if me is not None:
        shares = Assignment.objects.filter(agent=me, ended_at=None).filter(
            Q(exclusive=False) | Q(role_id__isnull=False)
        )
        offers = list(Offer.objects.filter(agent=me, state="open").values_list("item", "masked"))
        roles = list(shares.values_list("item", "role_id"))
        parameters["shared"] = [item for item, _role in roles] + [item for item, masked in offers if not masked]
        parameters["held"] = [item for item, _role in roles] + [item for item, _masked in offers]
        parameters["campaigns"] = list(CampaignMember.objects.filter(agent=me).values_list("campaign", flat=True))
    if Relation.TEAM in allowed:
        parameters["owners"] = sorted({*team, *([me] if me else [])})
        # What is closed first: that a filter leaves many is mostly because of it.
        arms = [_CLOSED, UNASSIGNED, f"(i.owner_id = ANY(%(owners)s::uuid[]) AND {_NOT_PRIVATE})"]
    else:
        free = f"{UNASSIGNED} AND (i.campaign_id IS NULL OR i.campaign_id = ANY(%(campaigns)s::uuid[]))"
        arms = ["i.owner_id = %(me)s::uuid", free]
    if parameters["held"]:
        others = " AND ".join(f"({arm}) IS NOT TRUE" for arm in arms)
        arms.append(f"(i.id = ANY(%(held)s::uuid[]) AND {others})")
    clear = "(i.owner_id = %(me)s::uuid OR i.id = ANY(%(shared)s::uuid[]))" if actor.role is Role.AGENT else "true"
    return Scope(f"{actor.role}:{me}", tuple(arms), clear, parameters)


def views_for(actor: Actor) -> list[str]:
    """The views that say something to the actor: those without a team have no team's."""
    return [name for name in VIEWS if name != "team" or access.team_agents(actor)]


def views_of(item: Item, now: datetime) -> list[str]:
    """The views, beside All and the team's, in which the item stands."""
    if item.state == "closed":
        return []
    evaluate = is_in_evaluate(item.status, item.unanswered_since)
    held = {
        "evaluate": evaluate, "unassigned": item.owner_id is None,
        "attention": item.attention_at is not None and item.attention_at <= now,
        "priority": evaluate and item.band >= 2,
    }  # fmt: skip
    return [name for name, holds in held.items() if holds]


def grid_page(
    actor: Actor,
    *,
    view: str = "evaluate",
    wanted: GridFilter = NO_FILTER,
    sort: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> GridPage:
    """One page of a view. Raises Invalid: an unknown view, order or filter, or a cursor that is not from this list."""
    query = _asked(actor, view, wanted)
    sort, order = _sorted(query, sort)
    place = None if cursor is None else _read_cursor(cursor, sort, order)
    _run(_CALM)
    found = query.rows(order, place, limit + 1)
    return _page(found, sort, place, limit)


class _Query:
    """The rows of one view under one filter, as one actor sees them."""

    def __init__(self, scope: Scope, view: str, wanted: GridFilter, reader: Reader) -> None:
        self.scope, self.view, self.wanted = scope, view, wanted
        self.parameters = {**scope.parameters, "organisation": current_organisation(), "now": reader.now}
        try:
            found = grid_filter.conditions(wanted, reader, self.parameters)
        except grid_filter.Unknown as error:
            raise _invalid(error.part, _("not a value of this filter")) from None
        where = f"i.organisation_id = %(organisation)s AND i.front AND {VIEWS[view].where}"
        if view == "attention" and scope.clear != "true":  # it might tell that a number of somebody withheld is wrong
            where += f" AND {scope.clear}"
        where = " AND ".join([where, *(condition.sql for condition in found)])
        is_open = view != "all" or any(condition.is_open for condition in found)
        arms = (arm for arm in scope.arms if not (is_open and arm == _CLOSED))
        self.arms = tuple(
            f"{where.format(**(_QUIETLY if arm.startswith(UNASSIGNED) else _OPENLY))} AND {arm}" for arm in arms
        )
        self.where = where.format(**_OPENLY)
        if scope.where != "true":
            self.where += f" AND {scope.where}"
        self.narrows = scope.where != "true" or view in ("team", "attention") or wanted != NO_FILTER
        mine = reader.agent_id if wanted.held_by_me else None
        self.name = (self.parameters["organisation"], scope.key, view, wanted, mine)
        self.unowned = view == "unassigned" or (wanted.owners == ("none",) and "owners" not in wanted.excluded)

    @property
    def is_led(self) -> bool:
        """Whether one value of a column is asked for, so that its index has the rest in order of waiting."""
        wanted = self.wanted
        single = {part for part in ("statuses", "sources", "owners") if len(getattr(wanted, part)) == 1}
        return bool(single - wanted.excluded) or self.unowned

    @property
    def only_evaluate(self) -> bool:
        wanted = self.wanted
        waits = wanted.waiting_over_minutes is not None and "waiting_over_minutes" not in wanted.excluded
        # Too long in Evaluate is who stands there, moved on by nobody.
        stays = wanted.grades_of("status") == (BAD,) and "basics" not in wanted.excluded
        return self.view in ("evaluate", "priority") or waits or stays

    def rows(self, order: Order, place: "_Place | None", most: int) -> list["_Row"]:
        """Up to `most` rows from this place on, in the direction asked for."""
        if not self.narrows:
            return self._walked(order, place, most) or []
        # A page of much is mostly near. Where all of it stands at the far end of the order, or is little, it is sorted.
        found = self._walked(order, place, most, steps=STEPS) if order.is_near else None
        many = ("many", *self.name)
        if found is None and not _recall(many):
            found = self._sorted(order, place, most, FEW)
            if found is None:
                _remember(many, _MANY_SECONDS, True)
        return found if found is not None else self._walked(order, place, most) or []

    def _sorted(self, order: Order, place: "_Place | None", most: int, few: int) -> "list[_Row] | None":
        """None when there are more than a few."""
        reverse = order.backwards != (place is not None and place.backwards)
        parameters = dict(self.parameters)
        cases = " ".join(f"WHEN {part.where} THEN {number}" for number, part in enumerate(order.parts[:-1]))
        rank = f"CASE {cases} ELSE {len(order.parts) - 1} END" if cases else "0"
        columns = [f"k{number}" for number in range(len(order.keys))]
        named = ", ".join(f"{key.sql} AS {name}" for key, name in zip(order.keys, columns, strict=True))
        beyond = ""
        if place is not None:
            beyond = f"WHERE {_beyond(['part', *columns], [place.part, *place.values], reverse, parameters)}"
        by = ", ".join(f"{name}{' DESC' if reverse else ''}" for name in ["part", *columns])
        every = self.every(f"{rank} AS part, {named}", few + 1)
        found = _fetch(
            f"WITH few AS MATERIALIZED ({every}), page AS (SELECT * FROM few {beyond} ORDER BY {by} LIMIT {most:d}) "
            f"SELECT n.n, page.* FROM (SELECT count(*) AS n FROM few) n LEFT JOIN page ON true ORDER BY {by}",
            parameters,
        )
        if found[0][0] > few:
            return None
        return [_Row(row[1], row[2:]) for row in found if row[1] is not None]

    def every(self, columns: str, most: int) -> str:
        """A query of up to so many of the rows, each arm of the scope by its own index."""
        arms = (f"SELECT {columns} FROM work_item i WHERE {arm}" for arm in self.arms)
        return f"SELECT * FROM ({' UNION ALL '.join(arms)}) every LIMIT {most}"

    def _walked(self, order: Order, place: "_Place | None", most: int, *, steps: int = 0) -> "list[_Row] | None":
        """None when so many `steps` along a part of the order lead neither to a page nor to its end."""
        reverse = order.backwards != (place is not None and place.backwards)
        numbers = list(range(len(order.parts)))
        if reverse:
            numbers.reverse()
        if place is not None:
            numbers = numbers[numbers.index(place.part) :]
        rows: list[_Row] = []
        for number in numbers:
            if len(rows) < most:
                start = place if place is not None and number == place.part else None
                found = self._along(order, number, start, most - len(rows), reverse, steps)
                if found is None:
                    return None
                rows += found
        return rows

    def _along(
        self, order: Order, number: int, place: "_Place | None", most: int, reverse: bool, steps: int
    ) -> "list[_Row] | None":
        """The rows of one part, along its index; of its first so many `steps`, if there are any."""
        part, parameters = order.parts[number], dict(self.parameters)
        keys = order.keys if part.keys is None else order.keys[-part.keys :]
        of_part = part.where
        if place is not None:
            values = place.values[-len(keys) :]
            of_part += f" AND {_beyond([key.sql for key in keys], values, reverse, parameters)}"
        by = ", ".join(f"{key.sql}{' DESC' if reverse else ''}" for key in keys)
        columns = ", ".join(key.sql for key in order.keys)
        rows, where = "work_item i", f"{self.where} AND {of_part}"
        if steps and not part.small:
            whole = f"FROM work_item i WHERE i.organisation_id = %(organisation)s AND i.front AND {of_part}"
            rows, where = f"(SELECT i.* {whole} ORDER BY {by} LIMIT {steps:d}) i", self.where
        sql = f"SELECT {columns} FROM {rows} WHERE {where} ORDER BY {by} LIMIT {most:d}"
        if part.small:
            return [_Row(number, row) for row in _fetch(sql, parameters)]
        _run(_WALKING)
        found = _fetch(sql, parameters)
        if steps and len(found) < most:
            ends = _fetch(f"SELECT count(*) FROM (SELECT {whole} LIMIT {steps + 1:d}) w", parameters)[0][0] <= steps
        else:
            ends = True
        _run(_DONE)
        return [_Row(number, row) for row in found] if ends else None


def reader_of(actor: Actor, scope: Scope) -> Reader:
    """Whose filters are read, and when."""
    rules = directory().basics
    assert rules is not None
    return Reader(actor.agent_id, tuple(scope.parameters.get("team", ())), scope.clear, clock(), rules)


@dataclass(frozen=True, slots=True)
class _Row:
    part: int
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a page begins: after this row, or before it when `backwards`."""

    backwards: bool
    part: int
    values: tuple[Any, ...]


def _asked(actor: Actor, view: str, wanted: GridFilter) -> _Query:
    """What somebody asks to see. Raises Invalid: an unknown view or filter."""
    if view not in VIEWS:
        raise _invalid("view", _("unknown view"))
    scope = scope_of(actor)
    return _Query(scope, view, wanted, reader_of(actor, scope))


def _sorted(query: _Query, sort: str | None) -> tuple[str, Order]:
    """The order by name, and what it is here; without a name the view's own. Raises Invalid: an unknown one."""
    sort = VIEWS[query.view].sort if sort is None else sort
    if sort not in SORTS:
        raise _invalid("sort", _("unknown order"))
    return sort, _order(sort, query)


def _order(sort: str, query: _Query) -> Order:
    backwards = sort not in _RUNS_FORWARD
    name = sort.removeprefix("-")
    if name == "created":
        return Order((_ID,), backwards=backwards)
    if name in ("status", "source"):
        return Order((Key(f"i.{name}", "text"), _WAITED, _ID), backwards=backwards, is_near=False)
    if name == "band":
        parts = tuple(Part(f"i.band = {band}") for band in (3, 2, 1, 0))
        return Order((_ID,), parts, backwards)
    if name == "name":
        return _by_name(query.scope, backwards)
    if name == "urgency" and not query.unowned:
        parts = (Part(UNASSIGNED), *_by_waiting(query, f"NOT {UNASSIGNED}"))
        return Order((_WAITED, _ID), parts, is_near=not query.is_led)
    return Order((_WAITED, _ID), _by_waiting(query, "true"), backwards, is_near=not query.is_led)


def _by_waiting(query: _Query, where: str) -> tuple[Part, ...]:
    """Who waits, then the others, whom no index needs to have in order of waiting: they all wait for nothing."""
    if query.is_led:
        return (Part(where),)
    also = "" if where == "true" else f" AND {where}"
    if query.only_evaluate:
        return (Part(f"{_EVALUATE}{also}"),)
    return (Part(f"{_EVALUATE}{also}"), Part(f"NOT {_EVALUATE}{also}", keys=1))


def _by_name(scope: Scope, backwards: bool) -> Order:
    if scope.clear == "true":
        return Order((Key("i.folded", "text"), _ID), backwards=backwards)
    # Whose name is withheld must not be told by their place either.
    told = Key(f"CASE WHEN {scope.clear} THEN i.folded ELSE '' END", "text")
    return Order((told, _ID), (Part(scope.clear, small=True), Part(f"{scope.clear} IS NOT TRUE", keys=1)), backwards)


def _beyond(names: Sequence[str], values: Sequence[Any], reverse: bool, parameters: dict[str, Any]) -> str:
    """(a, b) > (x, y), or < when `reverse`."""
    marks = [f"%(at{number})s{_CASTS[type(value)]}" for number, value in enumerate(values)]
    parameters |= {f"at{number}": value for number, value in enumerate(values)}
    return f"({', '.join(names)}) {'<' if reverse else '>'} ({', '.join(marks)})"


_CASTS: Final[dict[type, str]] = {UUID: "::uuid", datetime: "::timestamptz", str: "::text", int: ""}


def _page(found: list[_Row], sort: str, place: _Place | None, limit: int) -> GridPage:
    more, rows = len(found) > limit, found[:limit]
    backwards = place is not None and place.backwards
    if backwards:
        rows.reverse()
    ids = [row.values[-1] for row in rows]
    items = Item.objects.in_bulk(ids)
    if not rows:
        return GridPage([], None, None)
    following = _cursor(sort, rows[-1], backwards=False) if more or backwards else None
    before = _cursor(sort, rows[0], backwards=True) if (more if backwards else place is not None) else None
    return GridPage([items[id] for id in ids], following, before)


def neighbours(
    actor: Actor, item: Item, *, view: str, wanted: GridFilter = NO_FILTER, sort: str | None = None
) -> tuple[Item | None, Item | None]:
    """The rows before and after this item in a view, whether it stands there itself or not: also who has just been
    answered has a place. Raises Invalid, as `grid_page`."""
    query = _asked(actor, view, wanted)
    _name, order = _sorted(query, sort)
    here = _place_of(item, order, query)
    if here is None:
        return None, None
    _run(_CALM)
    found = [
        next((row.values[-1] for row in query.rows(order, _Place(back, here.part, here.values), 2)
              if row.values[-1] != item.id), None)
        for back in (True, False)
    ]  # fmt: skip
    items = Item.objects.in_bulk([id for id in found if id is not None])
    before, after = found
    return (items.get(before) if before else None), (items.get(after) if after else None)


def _place_of(item: Item, order: Order, query: _Query) -> _Row | None:
    """Where the item would stand in this order; None where it belongs to no part of it."""
    cases = " ".join(f"WHEN {part.where} THEN {number}" for number, part in enumerate(order.parts))
    keys = ", ".join(key.sql for key in order.keys)
    found = _fetch(
        f"SELECT CASE {cases} END, {keys} FROM work_item i "
        "WHERE i.organisation_id = %(organisation)s AND i.id = %(id)s",
        {**query.parameters, "id": item.id},
    )
    return _Row(found[0][0], found[0][1:]) if found and found[0][0] is not None else None


def cursor_at(item: Item, sort: str) -> str:
    """The cursor of what follows this item, in an order of one part, for who sees everything."""
    asked = item.unanswered_since or NEVER
    values = {"name": (item.folded, item.id), "created": (item.id,)}
    name = sort.removeprefix("-")
    row = _Row(0, values.get(name) or (getattr(item, name), asked, item.id))
    return _cursor(sort, row, backwards=False)


def _cursor(sort: str, row: _Row, *, backwards: bool) -> str:
    values = [value.isoformat() if isinstance(value, datetime) else str(value) for value in row.values]
    text = json.dumps([sort, "previous" if backwards else "next", row.part, *values])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read_cursor(cursor: str, sort: str, order: Order) -> _Place:
    try:
        name, way, part, *texts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if name != sort or way not in ("next", "previous") or part not in range(len(order.parts)):
            raise ValueError("of another order")
        values = tuple(_KINDS[key.kind](text) for key, text in zip(order.keys, texts, strict=True))
        return _Place(way == "previous", int(part), values)
    except (ValueError, TypeError, AttributeError, RecursionError):
        raise _invalid("cursor", _("not a cursor of this list")) from None


def _instant(text: Any) -> datetime:
    found = parse_datetime(text)
    if found is None or found.tzinfo is None:
        raise ValueError("no instant")
    return found


def _text(text: Any) -> str:
    if not isinstance(text, str) or "\x00" in text or (not text.isascii() and not text.isprintable()):
        raise ValueError("no text")
    return text


_KINDS: Final[dict[str, Any]] = {"id": UUID, "text": _text, "instant": _instant}


def _invalid(name: str, detail: str) -> Invalid:
    return Invalid(errors=[{"pointer": f"/query/{name}", "detail": detail}])


def _run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def _fetch(sql: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())


_remembered: dict[Any, tuple[float, Any]] = {}


def _recall(name: Any) -> Any:
    known = _remembered.get(name)
    return known[1] if known is not None and known[0] > time.monotonic() else None


def _remember(name: Any, seconds: float, found: Any) -> None:
    if len(_remembered) >= _MOST_KEPT:
        _remembered.clear()
    _remembered[name] = (time.monotonic() + seconds, found)


def forget() -> None:
    """Counts anew from now on."""
    _remembered.clear()


def view_counts(actor: Actor) -> dict[str, int]:
    """How many rows each of the actor's views has; `MOST_COUNTED` + 1 stands for more. Up to two seconds old."""
    views = views_for(actor)
    return dict(zip(views, counts_of(actor, [(view, NO_FILTER) for view in views]), strict=True))


def counts_of(actor: Actor, asked: Sequence[tuple[str, GridFilter]]) -> list[int]:
    """The same for views under filters. One whose filter cannot be meant any more has none."""
    scope = scope_of(actor)
    reader = reader_of(actor, scope)
    _run(_CALM)
    found = []
    for view, wanted in asked:
        try:
            found.append(_count(_Query(scope, view, wanted, reader)))
        except Invalid:
            found.append(0)
    return found


def _count(query: _Query) -> int:
    name = ("count", *query.name)
    found = _recall(name)
    if found is None:
        sql = f"SELECT count(*) FROM ({query.every('1', MOST_COUNTED + 1)}) counted"
        found = int(_fetch(sql, query.parameters)[0][0])
        _remember(name, _COUNTS_SECONDS, found)
    return int(found)


@dataclass(frozen=True, slots=True)
class Summary:
    """What the rows of an actor come to, each up to `MOST_COUNTED` + 1: `median_asked` is when the middle one of those
    who wait asked, `longest` the item that waits longest. `pooled` of the unassigned are in the pool."""

    evaluate: int
    median_asked: datetime | None
    unassigned: int
    pooled: int
    longest: UUID | None
    attention: int
    no_call: int
    no_task: int
    no_note: int


def summary(actor: Actor) -> Summary:
    """Up to two seconds old."""
    scope = scope_of(actor)
    name = ("summary", current_organisation(), scope.key)
    found = _recall(name)
    if found is None:
        found = _summary(scope, reader_of(actor, scope))
        _remember(name, _COUNTS_SECONDS, found)
    assert isinstance(found, Summary)
    return found


def count_of(actor: Actor, *, view: str, wanted: GridFilter, most: int) -> int:
    """How many a view holds under a filter, counted up to `most`. Raises Invalid: an unknown view or filter."""
    query = _asked(actor, view, wanted)
    _run(_CALM)
    return int(_fetch(f"SELECT count(*) FROM ({query.every('1', most)}) found", query.parameters)[0][0])


def _summary(scope: Scope, reader: Reader) -> Summary:
    _run(_CALM)

    def one(view: str, told: str, columns: str) -> tuple[Any, ...]:
        query = _Query(scope, view, NO_FILTER, reader)
        return _fetch(f"SELECT {told} FROM ({query.every(columns, MOST_COUNTED + 1)}) r", query.parameters)[0]

    waits = f"r.asked < '{NEVER.isoformat()}'::timestamptz"
    middle = f"percentile_disc(0.5) WITHIN GROUP (ORDER BY r.asked) FILTER (WHERE {waits})"
    evaluate, median = one("evaluate", f"count(*), {middle}", "i.asked")
    unassigned, pooled = one("unassigned", "count(*), count(*) FILTER (WHERE r.state = 'pooled')", "i.state")
    names = ("phone", "task", "notes")
    missing = ", ".join(f"count(*) FILTER (WHERE r.{name})" for name in names)
    bad = ", ".join(f"(i.{name}_bad_at <= %(now)s) AS {name}" for name in names)
    attention, no_call, no_task, no_note = one("attention", f"count(*), {missing}", bad)
    return Summary(
        evaluate=evaluate, median_asked=median, unassigned=unassigned, pooled=pooled,
        longest=_longest(_Query(scope, "evaluate", NO_FILTER, reader)), attention=attention,
        no_call=no_call, no_task=no_task, no_note=no_note,
    )  # fmt: skip


def _longest(query: _Query) -> UUID | None:
    """Who waits longest, each arm along its index."""
    waits = f"i.asked < '{NEVER.isoformat()}'::timestamptz"
    arms = " UNION ALL ".join(
        f"(SELECT i.id, i.asked FROM work_item i WHERE {arm} AND {waits} ORDER BY i.asked, i.id LIMIT 1)"
        for arm in query.arms
    )
    found = _fetch(f"SELECT id FROM ({arms}) r ORDER BY asked, id LIMIT 1", query.parameters)
    return found[0][0] if found else None


def told(view: str, wanted: GridFilter, reader: Reader, parameters: dict[str, Any]) -> str:
    """The condition of a view under a filter, for a reader who sees what it is asked of; its values are added."""
    found = grid_filter.conditions(wanted, reader, parameters)
    return " AND ".join([VIEWS[view].where, *(each.sql for each in found)]).format(**_OPENLY)


def ids_of(actor: Actor, *, view: str, wanted: GridFilter, most: int) -> list[UUID]:
    """The items of a whole view under a filter, the longest wait first. Raises Invalid: an unknown view or filter, or
    more than `most` of them."""
    query = _asked(actor, view, wanted)
    _run(_CALM)
    rows = _fetch(
        f"SELECT id FROM ({query.every('i.id, i.asked', most + 1)}) found ORDER BY asked, id", query.parameters
    )
    if len(rows) > most:
        raise _invalid("view", _("too many"))
    return [row[0] for row in rows]
