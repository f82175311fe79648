"""Which routes an item may take: conditions, schedules, and the order in which routes are tried.

All routes of a version become one generated function. Its source is made of this module's own words and of numbered
names only; every value that a person typed is bound to such a name, never written into the source.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from rightaway.engine.facts import BANDS, AnyOf, Condition, Directory, Item, Route
from rightaway.engine.hours import Timetable

ATTRIBUTES: Final = "attributes."

# field → its type. Whatever begins with `attributes.` has the type "any".
FIELDS: Final = {
    "kind": "text",
    "status": "text",
    "source": "text",
    "line": "text",
    "language": "text",
    "band": "band",
    "enquiries": "number",
    "answered": "flag",
}

# operator → what its operand is.
OPERATORS: Final = {
    "is": "one",
    "is_not": "one",
    "in": "many",
    "not_in": "many",
    "contains": "text",
    "starts_with": "text",
    "gt": "bound",
    "gte": "bound",
    "lt": "bound",
    "lte": "bound",
    "between": "pair",
    "is_empty": "none",
    "is_set": "none",
}

_ORDERED: Final = {"is", "is_not", "in", "not_in", "gt", "gte", "lt", "lte", "between"}
OPERATORS_OF: Final[dict[str, frozenset[str]]] = {
    "text": frozenset({"is", "is_not", "in", "not_in", "contains", "starts_with", "is_empty", "is_set"}),
    "number": frozenset(_ORDERED),
    "band": frozenset(_ORDERED),
    "flag": frozenset({"is", "is_not"}),
    "any": frozenset(OPERATORS),
}

MAX_CONDITIONS: Final = 200
MAX_VALUES: Final = 1000
MAX_BYTES: Final = 1024
MAX_GATES: Final = 4096

# What the rules say of a route: one sign each; conditions are numbered from 1.
MATCHED, PAUSED, ROLE, KIND, SOURCE, SCHEDULE, PASSED = "m", "p", "r", "k", "s", "w", "x"


class Mistake(NamedTuple):
    """What is wrong with a condition, and where: `conditions[2].value`."""

    path: str
    code: str


def check_conditions(conditions: Sequence[Condition | AnyOf], path: str = "conditions") -> list[Mistake]:
    """Everything wrong with the conditions of one route; empty when they may be compiled."""
    mistakes: list[Mistake] = []
    count = 0
    for n, part in enumerate(conditions):
        where = f"{path}[{n}]"
        if isinstance(part, AnyOf):
            count += len(part.conditions)
            mistakes += _check_group(part, where)
        else:
            count += 1
            mistakes += _check_condition(part, where)
    if count > MAX_CONDITIONS:
        mistakes.insert(0, Mistake(path, "too_many_conditions"))
    return mistakes


def _check_group(group: AnyOf, path: str) -> list[Mistake]:
    if not group.conditions:
        return [Mistake(path, "group_empty")]
    mistakes: list[Mistake] = []
    for n, condition in enumerate(group.conditions):
        where = f"{path}.any[{n}]"
        is_nested = isinstance(condition, AnyOf)  # the types forbid it; a draft may hold it all the same
        mistakes += [Mistake(where, "group_nested")] if is_nested else _check_condition(condition, where)
    return mistakes


def _check_condition(condition: Condition, path: str) -> list[Mistake]:
    kind = type_of(condition.field)
    if kind is None:
        return [Mistake(f"{path}.field", "unknown_field")]
    if not isinstance(condition.op, str) or condition.op not in OPERATORS:
        return [Mistake(f"{path}.op", "unknown_operator")]
    if condition.op not in OPERATORS_OF[kind]:
        return [Mistake(f"{path}.op", "operator_not_for_field")]
    code = _check_value(kind, condition.op, condition.value)
    return [Mistake(f"{path}.value", code)] if code else []


def type_of(name: Any) -> str | None:
    """The type of a field by its name; None where there is no such field."""
    if not isinstance(name, str):
        return None
    if name.startswith(ATTRIBUTES):
        return "any" if 0 < len(_bytes(name)) - len(ATTRIBUTES) <= MAX_BYTES else None
    return FIELDS.get(name)


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogatepass")


def _check_value(kind: str, op: str, value: Any) -> str:
    shape = OPERATORS[op]
    if shape == "none":
        return "" if value is None else "value_not_wanted"
    if value is None:
        return "value_missing"
    if shape in ("many", "pair"):
        return _check_values(kind, shape, value)
    if shape == "text":
        return _check_one("text", value)
    if shape == "bound" and isinstance(value, bool):
        return "value_type"
    return _check_one(kind, value)


def _check_values(kind: str, shape: str, values: Any) -> str:
    if not isinstance(values, list | tuple):
        return "value_type"
    if not values or len(values) > MAX_VALUES:
        return "values_empty" if not values else "too_many_values"
    for value in values:
        if code := "value_type" if isinstance(value, bool) else _check_one(kind, value):
            return code
    if len({isinstance(value, str) for value in values}) > 1:
        return "values_mixed"
    if shape == "pair":
        return _check_pair(kind, values)
    return ""


def _check_pair(kind: str, values: Sequence[Any]) -> str:
    if len(values) != 2:
        return "pair_wanted"
    low, high = (_operand(kind, value) for value in values)
    return "" if low <= high else "pair_order"


def _check_one(kind: str, value: Any) -> str:
    if isinstance(value, bool):
        return "" if kind in ("flag", "any") else "value_type"
    if isinstance(value, str):
        if kind == "band":
            return "" if value in BANDS else "unknown_band"
        if kind not in ("text", "any"):
            return "value_type"
        if not value.strip():
            return "value_missing"
        return "value_too_long" if len(_bytes(value)) > MAX_BYTES else ""
    if isinstance(value, int | float) and kind in ("number", "any"):
        return "" if math.isfinite(value) else "value_type"
    return "value_type"


def _operand(kind: str, value: Any) -> Any:
    if kind == "band":
        return BANDS.index(value)
    if isinstance(value, str):
        return fold(value)
    return as_text(value) if kind == "any" and isinstance(value, bool) else value


def fold(text: str) -> str:
    """Text as conditions compare it."""
    return text.strip().casefold()


def as_text(raw: Any) -> str:
    """One value as text; a list or nothing is the empty text."""
    if isinstance(raw, str):
        return raw.strip().casefold()
    if isinstance(raw, bool):
        return "true" if raw else "false"
    if isinstance(raw, int):
        return str(raw)
    if isinstance(raw, float):
        return str(int(raw)) if raw.is_integer() else repr(raw)
    return ""


def as_number(raw: Any) -> float:
    """One value as a number, also when it is text that reads as one; otherwise not-a-number, which equals and
    exceeds nothing."""
    if isinstance(raw, bool):
        return math.nan
    if isinstance(raw, int | float):
        return raw
    if isinstance(raw, str) and len(raw) <= 32 and raw.isascii() and "_" not in raw:
        try:
            number = float(raw)
        except ValueError:
            return math.nan
        return number if math.isfinite(number) else math.nan
    return math.nan


def as_texts(raw: Any) -> frozenset[str]:
    """A value's texts: of a list each, of anything else the one; without empty ones."""
    if isinstance(raw, list | tuple):
        return frozenset([text for value in raw if (text := as_text(value))])
    text = as_text(raw)
    return frozenset((text,)) if text else _NOTHING


_NOTHING: Final[frozenset[str]] = frozenset()
_VIEWS: Final[dict[str, Callable[[Any], Any]]] = {"t": as_text, "n": as_number, "s": as_texts}


def _reader(view: str, name: str) -> Callable[[Item], Any]:
    if name.startswith(ATTRIBUTES):
        key, convert = name[len(ATTRIBUTES) :], _VIEWS[view]
        return lambda item: convert(item.attributes.get(key))
    if FIELDS[name] == "text":
        return lambda item: fold(getattr(item, name))
    return lambda item: getattr(item, name)


class _Writer:
    """Writes the source of the function, and keeps the values that its names stand for."""

    def __init__(self) -> None:
        self.views: dict[tuple[str, str], str] = {}
        self.constants: dict[str, Any] = {}

    def _view(self, view: str, name: str) -> str:
        return self.views.setdefault((view, name), f"v{len(self.views)}")

    def _constant(self, value: Any) -> str:
        name = f"c{len(self.constants)}"
        self.constants[name] = value
        return name

    def part(self, part: Condition | AnyOf) -> str:
        if isinstance(part, AnyOf):
            return " or ".join(self.condition(condition) for condition in part.conditions)
        return self.condition(part)

    def condition(self, condition: Condition) -> str:
        kind = type_of(condition.field)
        assert kind is not None
        shape = OPERATORS[condition.op]
        if shape == "none":
            view = self._view("s" if kind == "any" else "t", condition.field)
            return f"({'not ' if condition.op == 'is_empty' else ''}{view})"
        if shape == "many":
            return self._many(kind, condition)
        if shape == "pair":
            return self._pair(kind, condition)
        if condition.op in ("contains", "starts_with"):
            return self._within(kind, condition)
        return self._compare(kind, condition)

    def _is_text(self, kind: str, value: Any) -> bool:
        return kind == "text" or (kind == "any" and isinstance(value, str | bool))

    def _many(self, kind: str, condition: Condition) -> str:
        values = frozenset(_operand(kind, value) for value in condition.value)
        constant = self._constant(values)
        if kind == "any" and self._is_text(kind, condition.value[0]):
            apart = f"{constant}.isdisjoint({self._view('s', condition.field)})"
            return apart if condition.op == "not_in" else f"(not {apart})"
        view = self._view("t" if kind == "text" else "n", condition.field)
        return f"({view} {'in' if condition.op == 'in' else 'not in'} {constant})"

    def _pair(self, kind: str, condition: Condition) -> str:
        low, high = (self._constant(_operand(kind, value)) for value in condition.value)
        if self._is_text(kind, condition.value[0]):
            view = self._view("t", condition.field)
            return f"({view} and {low} <= {view} <= {high})"
        return f"({low} <= {self._view('n', condition.field)} <= {high})"

    def _within(self, kind: str, condition: Condition) -> str:
        constant = self._constant(fold(condition.value))
        text = self._view("t", condition.field)
        if condition.op == "starts_with":
            return f"{text}.startswith({constant})"
        if kind == "any":
            return f"({constant} in {text} or {constant} in {self._view('s', condition.field)})"
        return f"({constant} in {text})"

    def _compare(self, kind: str, condition: Condition) -> str:
        constant = self._constant(_operand(kind, condition.value))
        is_text = self._is_text(kind, condition.value)
        if condition.op in ("is", "is_not"):
            if is_text and kind == "any":
                view = self._view("s", condition.field)
                return f"({constant} {'in' if condition.op == 'is' else 'not in'} {view})"
            view = self._view("t" if is_text else "n", condition.field)
            return f"({view} {'==' if condition.op == 'is' else '!='} {constant})"
        sign = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}[condition.op]
        if is_text:
            view = self._view("t", condition.field)
            return f"({view} and {view} {sign} {constant})"
        return f"({self._view('n', condition.field)} {sign} {constant})"


def condition_sign(number: int) -> str:
    """The sign of "condition `number` does not hold": 1–9, A–Z, then ~ and two digits of base 16."""
    if number <= 35:
        return "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[number]
    return f"~{number:02x}"


@dataclass(frozen=True, slots=True)
class Rules:
    """All routes of a version, compiled. `order` lists route indexes as they are tried: `place` → index."""

    routes: tuple[Route, ...]
    paused: frozenset[UUID]
    order: tuple[int, ...]
    place_of: tuple[int, ...]  # index → place
    places: Mapping[UUID, int]  # route id → place
    sources: tuple[frozenset[str], ...]  # by index, folded
    fields: tuple[str, ...]  # what the conditions read
    readers: tuple[Callable[[Item], Any], ...]
    match: Callable[..., None]
    timetable: Timetable  # of the routes' schedules
    scheduled: Mapping[int, int]  # index → place in the timetable


def ends_chain(route: Route) -> bool:
    """Whether no route below it is ever tried once it matches."""
    return route.strategy == "pool" or (
        route.strategy != "agent" and route.nobody != "next" and route.unaccepted != "next"
    )


def compile_rules(routes: Sequence[Route], paused: Iterable[UUID] = ()) -> Rules:
    """All routes as one function. Raises ValueError when `check_conditions` finds a mistake in one."""
    for route in routes:
        if mistakes := check_conditions(route.conditions):
            raise ValueError(f"route {route.id}: {mistakes[0].path}: {mistakes[0].code}")
    order = order_of(routes)
    writer = _Writer()
    body = [line for place, index in enumerate(order) for line in _lines(writer, routes[index], place, index)]
    names = "".join(f"{name}, " for name in writer.views.values())
    source = "\n".join(["def match(v, on, add, hit):", f"    {names}= v" if names else "    pass", *body])
    namespace: dict[str, Any] = {"__builtins__": {}, **writer.constants}
    exec(compile(source, "<routes>", "exec"), namespace)  # noqa: S102 — made of our own words and numbered names
    timetable = Timetable(route.when for route in routes if route.when)
    at = {hours: n for n, hours in enumerate(timetable.hours)}
    return Rules(
        routes=tuple(routes),
        paused=frozenset(paused),
        order=order,
        place_of=tuple(order.index(index) for index in range(len(routes))),
        places={routes[index].id: place for place, index in enumerate(order)},
        sources=tuple(frozenset(fold(source) for source in route.sources) for route in routes),
        fields=tuple(dict.fromkeys(name for _, name in writer.views)),
        readers=tuple(_reader(view, name) for view, name in writer.views),
        match=namespace["match"],
        timetable=timetable,
        scheduled={index: at[route.when] for index, route in enumerate(routes) if route.when},
    )


def order_of(routes: Sequence[Route]) -> tuple[int, ...]:
    """Indexes as they are tried: *Assign to agent* first, the narrower source before the broader; then top down."""

    def rank(index: int) -> tuple[bool, bool, int, int]:
        route = routes[index]
        if route.strategy != "agent":
            return True, False, 0, index
        return False, not route.sources, len(route.sources), index

    return tuple(sorted(range(len(routes)), key=rank))


def _lines(writer: _Writer, route: Route, place: int, index: int) -> list[str]:
    lines = [f"    if on[{place}]: add(on[{place}])"]
    for number, part in enumerate(route.conditions, 1):
        lines.append(f"    elif not ({writer.part(part)}): add('{condition_sign(number)}')")
    lines += ["    else:", f"        add('{MATCHED}')", f"        hit({index})"]
    return [*lines, "        return"] if ends_chain(route) else lines


def rules_of(directory: Directory) -> Rules:
    """The directory's compiled rules."""
    rules: Rules | None = directory.rules or directory.cache.get("rules")
    if rules is None:
        rules = directory.cache["rules"] = compile_rules(directory.routes, directory.paused)
    return rules


GateKey = tuple[str, str, UUID | None]


class Walk(NamedTuple):
    """`routes`: indexes of the routes that match, in the order to try them. `signs`: what was said of each route
    looked at, in `Rules.order`, one sign each."""

    routes: list[int]
    signs: str


class Walks:
    """The routes of many items at one instant: schedules and pauses are looked at once for all."""

    def __init__(self, directory: Directory, now: datetime) -> None:
        self.rules = rules_of(directory)
        self._paused = self.rules.paused | directory.paused
        self._open = self.rules.timetable.at(now)
        self.until = self.rules.timetable.until
        self._gates: dict[GateKey, list[str]] = _gates(directory, self._open)

    def walk(self, item: Item) -> Walk:
        rules = self.rules
        key = (item.kind, item.source, item.role)
        gate = self._gates.get(key)
        if gate is None:
            if len(self._gates) >= MAX_GATES:
                self._gates.clear()
            gate = self._gates[key] = [
                self._sign(index, item.kind, fold(item.source), item.role) for index in rules.order
            ]
        if item.passed:
            gate = self._without(gate, item.passed)
        signs: list[str] = []
        found: list[int] = []
        rules.match([read(item) for read in rules.readers], gate, signs.append, found.append)
        return Walk(found, "".join(signs))

    def facts(self, item: Item) -> list[Any]:
        """What the rules read of the item, in the order of `Rules.fields`."""
        return [
            item.attributes.get(name[len(ATTRIBUTES) :]) if name.startswith(ATTRIBUTES) else getattr(item, name)
            for name in self.rules.fields
        ]

    def is_paused(self, route: Route) -> bool:
        return route.id in self._paused

    def _sign(self, index: int, kind: str, source: str, role: UUID | None) -> str:
        route = self.rules.routes[index]
        if route.role != role:
            return ROLE
        if route.id in self._paused:
            return PAUSED
        if route.kind != kind:
            return KIND
        if self.rules.sources[index] and source not in self.rules.sources[index]:
            return SOURCE
        place = self.rules.scheduled.get(index)
        return "" if place is None or self._open[place] else SCHEDULE

    def _without(self, gate: list[str], passed: frozenset[UUID]) -> list[str]:
        gate = gate.copy()
        for route in passed:
            place = self.rules.places.get(route)
            if place is not None and not gate[place]:
                gate[place] = PASSED
        return gate


def _gates(directory: Directory, open_now: tuple[bool, ...]) -> dict[GateKey, list[str]]:
    """What kind, source and role alone decide, kept from batch to batch while the same schedules are open."""
    kept: tuple[tuple[bool, ...], dict[GateKey, list[str]]] | None = directory.cache.get("gates")
    if kept is None or kept[0] != open_now:
        kept = directory.cache["gates"] = (open_now, {})
    return kept[1]


def chain(directory: Directory, item: Item, now: datetime) -> list[Route]:
    """The routes to try for an item, in order: matching *Assign to agent* routes, then the first other one that
    matches, and those below it as long as each may hand on to the next."""
    return [directory.routes[index] for index in Walks(directory, now).walk(item).routes]


def needed_routes(directory: Directory, items: Iterable[Item], now: datetime) -> list[int]:
    """Indexes of the routes whose audiences `plan` may look at for these items, ascending."""
    walks = Walks(directory, now)
    index = {route.id: n for n, route in enumerate(directory.routes)}
    found: set[int] = set()
    for item in items:
        if item.state == "offered":
            found.update([index[item.route]] if item.route in index else [])
        else:
            found.update(walks.walk(item).routes)
    return sorted(found)
