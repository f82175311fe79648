"""The form of one route: what was typed, read from a route or from a post, and made into a route again.

It is kept as text, so that nothing typed is lost when it cannot be saved. Rows are numbered: `range-0-start`,
`condition-2-value`. A condition is joined to the one before it by *and* or *or*; those joined by *or* are one group.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from typing import Any, Final
from uuid import UUID

from django.http import QueryDict
from pydantic import ValidationError

from rightaway.engine.facts import BANDS
from rightaway.engine.route import ATTRIBUTES, OPERATORS, OPERATORS_OF, type_of
from rightaway.ledger.problems import Path, Problem, problems_of
from rightaway.routing.schema import AnyOfIn, MemberIn, RouteIn
from rightaway.web.agents.forms import read_skills, written_skills

_NUMBER: Final = re.compile(r"-?(0|[1-9]\d{0,14})(\.\d{1,9})?")
_UNITS: Final = {"s": 1, "min": 60, "h": 3600}
_ROW: Final = re.compile(r"(range|condition)-(\d{1,4})-")
_MOST_ROWS: Final = 400
_DAYS: Final = frozenset("1234567")
OWN: Final = ATTRIBUTES  # the choice of a field that has no name yet


@dataclass(slots=True)
class TypedRange:
    days: list[int]
    start: str
    until: str


@dataclass(slots=True)
class TypedCondition:
    """`field` is a name of the engine's, or `attributes.` with the name of an own field."""

    join: str
    field: str
    op: str
    values: list[str]
    adding: str = ""

    @property
    def type(self) -> str:
        """Of the field; an own field that has no name yet has any type."""
        return type_of(self.field) or "any"

    @property
    def shape(self) -> str:
        """What the operator wants: none, one, text, bound, pair or many."""
        return OPERATORS.get(self.op, "one")


@dataclass(slots=True)
class TypedMember:
    """`who` is agent:KEY or team:KEY."""

    who: str
    weight: str


@dataclass(slots=True)
class Typed:
    """Everything that the form holds."""

    name: str = ""
    kind: str = "lead"
    role: str = ""  # the key of the functional role that it fills; empty: it gives the item itself
    sources: list[str] = field(default_factory=list)
    adding: str = ""  # a source that is being typed
    always: bool = True
    zone: str = "UTC"
    ranges: list[TypedRange] = field(default_factory=list)
    conditions: list[TypedCondition] = field(default_factory=list)
    strategy: str = "round_robin"
    act: str = "offer"
    members: list[TypedMember] = field(default_factory=list)
    skills: str = ""
    match_language: bool = False
    offer_amount: str = "2"
    offer_unit: str = "min"
    tries: str = "3"
    first_wave: str = "3"
    later_wave: str = "5"
    wave_amount: str = "30"
    wave_unit: str = "s"
    masked: str = ""
    ignore_capacity: bool = False
    ignore_absence: bool = False
    nobody: str = "wait"
    unaccepted: str = "pool"


_NAMES: Final = tuple(each.name for each in fields(Typed))


def typed(route: RouteIn, zone: str) -> Typed:
    """The route as the form shows it. `zone` is what a schedule begins with."""
    offer_amount, offer_unit = _amount(route.offer_seconds)
    wave_amount, wave_unit = _amount(route.wave_seconds)
    ranges = [
        TypedRange(sorted(each.days), each.start, each.until) for each in (route.when.ranges if route.when else [])
    ]
    return Typed(
        name=route.name, kind=route.kind, role=route.role or "", sources=list(route.sources), always=route.when is None,
        zone=route.when.zone if route.when else zone, ranges=ranges, conditions=list(_rows(route)),
        strategy=route.strategy, act=route.act, members=[_member(each) for each in route.audience],
        skills=written_skills(route.skills), match_language=route.match_language,
        offer_amount=offer_amount, offer_unit=offer_unit, tries=str(route.tries), first_wave=str(route.first_wave),
        later_wave=str(route.later_wave), wave_amount=wave_amount, wave_unit=wave_unit,
        masked={None: "", True: "yes", False: "no"}[route.masked], ignore_capacity=route.ignore_capacity,
        ignore_absence=route.ignore_absence, nobody=route.nobody, unaccepted=route.unaccepted,
    )  # fmt: skip


def _amount(seconds: int) -> tuple[str, str]:
    """In the largest unit that says it without a rest."""
    unit = next(name for name, size in reversed(_UNITS.items()) if seconds % size == 0)
    return str(seconds // _UNITS[unit]), unit


def _rows(route: RouteIn) -> Iterator[TypedCondition]:
    for part in route.conditions:
        for place, row in enumerate(part.any if isinstance(part, AnyOfIn) else [part]):
            values = [] if row.value is None else row.value if isinstance(row.value, list) else [row.value]
            yield TypedCondition("or" if place else "and", row.field, row.op, [_text(value) for value in values])


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:g}" if isinstance(value, float) and value.is_integer() else str(value)


def _member(member: MemberIn) -> TypedMember:
    return TypedMember(
        f"agent:{member.agent}" if member.agent is not None else f"team:{member.team}", str(member.weight)
    )


def read(post: QueryDict, *, taking: bool) -> Typed:
    """What was posted. `taking`: what stands in the fields that add a value is taken for one."""
    text = {name: post.get(name, "").strip() for name in _NAMES}
    found = Typed(
        name=text["name"], kind=text["kind"], role=text["role"], sources=_listed(post, "source"), adding=text["adding"],
        always=text["always"] != "hours", zone=text["zone"],
        ranges=[
            TypedRange(
                sorted({int(day) for day in post.getlist(f"range-{n}-day") if day in _DAYS}),
                post.get(f"range-{n}-start", "").strip(), post.get(f"range-{n}-until", "").strip(),
            )
            for n in _numbers(post, "range")
        ],
        conditions=[_condition(post, n) for n in _numbers(post, "condition")],
        strategy=text["strategy"], act=text["act"],
        members=[
            TypedMember(who, weight.strip())
            for who, weight in zip(post.getlist("member"), post.getlist("weight"), strict=False)
        ],
        skills=post.get("skills", "").replace("\r\n", "\n"), match_language="match_language" in post,
        offer_amount=text["offer_amount"], offer_unit=text["offer_unit"], tries=text["tries"],
        first_wave=text["first_wave"], later_wave=text["later_wave"], wave_amount=text["wave_amount"],
        wave_unit=text["wave_unit"], masked=text["masked"], ignore_capacity="ignore_capacity" in post,
        ignore_absence="ignore_absence" in post, nobody=text["nobody"], unaccepted=text["unaccepted"],
    )  # fmt: skip
    if taking:
        _take(found)
    return found


def _take(found: Typed) -> None:
    if found.adding:
        found.sources, found.adding = [*found.sources, found.adding], ""
    for row in found.conditions:
        if row.adding and row.shape == "many":
            row.values, row.adding = [*row.values, row.adding], ""


def _listed(post: QueryDict, name: str) -> list[str]:
    return list(dict.fromkeys(value.strip() for value in post.getlist(name) if value.strip()))


def _numbers(post: QueryDict, kind: str) -> list[int]:
    rows = (_ROW.match(name) for name in post)
    return sorted({int(row[2]) for row in rows if row and row[1] == kind})[:_MOST_ROWS]


def _condition(post: QueryDict, n: int) -> TypedCondition:
    at = f"condition-{n}"
    name = post.get(f"{at}-field", "").strip()
    if name == OWN:
        name = OWN + post.get(f"{at}-own", "").strip()
    row = TypedCondition(
        "or" if post.get(f"{at}-join") == "or" else "and", name, post.get(f"{at}-op", ""),
        _listed(post, f"{at}-value"), post.get(f"{at}-adding", "").strip(),
    )  # fmt: skip
    _fit(row)
    return row


def _fit(row: TypedCondition) -> None:
    """After the field or the operator was changed: an operator that it has, and as many values as that takes."""
    if row.op not in OPERATORS_OF[row.type]:
        row.op = "is"
    if row.type == "band":
        row.values = [value for value in row.values if value in BANDS]
    if row.type == "flag":
        row.values = [value for value in row.values if value in ("true", "false")]
    if row.shape != "many":
        row.values = row.values[: {"none": 0, "pair": 2}.get(row.shape, 1)]


def reshape(form: Typed, do: str, *, new_member: str) -> None:
    """Adds, removes and moves rows, as the button `do` says: `add-condition`, `remove-condition:2`."""
    name, _, rest = do.partition(":")
    at = [int(number) for number in rest.split(":") if number.isdecimal() and len(number) < 5]
    rows: dict[str, list[Any]] = {
        "range": form.ranges, "condition": form.conditions, "member": form.members, "source": form.sources,
    }  # fmt: skip
    verb, _, what = name.partition("-")
    if verb == "add":
        _add(form, what, new_member)
    elif verb == "remove" and what == "value" and len(at) == 2 and at[0] < len(form.conditions):
        del form.conditions[at[0]].values[at[1] : at[1] + 1]
    elif verb == "remove" and what in rows and len(at) == 1:
        del rows[what][at[0] : at[0] + 1]
    elif verb in ("up", "down") and what == "member" and len(at) == 1 and at[0] < len(form.members):
        to = max(0, at[0] + (-1 if verb == "up" else 1))
        form.members.insert(to, form.members.pop(at[0]))
    if verb == "remove" and what == "range" and not form.ranges:
        form.always = True
    if not form.always and not form.ranges:
        _add(form, "range", "")
    if form.conditions:
        form.conditions[0].join = "and"  # there is nothing before it


def _add(form: Typed, what: str, new_member: str) -> None:
    if what == "range":
        form.always = False
        form.ranges.append(TypedRange([1, 2, 3, 4, 5], "09:00", "18:00"))
    elif what in ("condition", "or"):
        form.conditions.append(TypedCondition("or" if what == "or" else "and", "language", "is", []))
    elif what == "member" and new_member and all(member.who != new_member for member in form.members):
        form.members.append(TypedMember(new_member, "1"))


def made(form: Typed, route_id: UUID) -> RouteIn | list[Problem]:
    """The route that was typed, or what is wrong with it: the path of a problem is the name of a field."""
    try:
        skills = read_skills(form.skills)
    except ValueError as error:
        return [Problem(("skills",), str(error))]
    whole = {
        "id": route_id, "name": form.name, "kind": form.kind, "role": form.role or None, "sources": form.sources,
        "when": _when(form),
        "conditions": _conditions(form), "strategy": form.strategy, "act": form.act,
        "audience": [_who(member) for member in form.members], "skills": skills,
        "match_language": form.match_language, "offer_seconds": _seconds(form.offer_amount, form.offer_unit),
        "tries": _whole(form.tries), "first_wave": _whole(form.first_wave), "later_wave": _whole(form.later_wave),
        "wave_seconds": _seconds(form.wave_amount, form.wave_unit),
        "masked": {"yes": True, "no": False}.get(form.masked), "ignore_capacity": form.ignore_capacity,
        "ignore_absence": form.ignore_absence, "nobody": form.nobody, "unaccepted": form.unaccepted,
    }  # fmt: skip
    try:
        return RouteIn.model_validate(whole)
    except ValidationError as error:
        return [Problem((field_of(form, problem.path),), problem.message) for problem in problems_of(error)]


def _when(form: Typed) -> dict[str, Any] | None:
    if form.always:
        return None
    ranges = [{"days": each.days, "start": each.start, "until": each.until} for each in form.ranges]
    return {"zone": form.zone, "ranges": ranges}


def _conditions(form: Typed) -> list[dict[str, Any]]:
    found: list[list[dict[str, Any]]] = []
    for row in form.conditions:
        written = {"field": row.field, "op": row.op, "value": _operand(row)}
        if row.join == "or" and found:
            found[-1].append(written)
        else:
            found.append([written])
    return [group[0] if len(group) == 1 else {"any": group} for group in found]


def _operand(row: TypedCondition) -> Any:
    """The values as what they are: numbers where the field has numbers, or may have."""
    if row.shape == "none" or not row.values:
        return None
    convert: Callable[[str], Any] = str
    if row.type == "flag" or (row.type == "any" and row.shape == "one" and row.values[0] in ("true", "false")):
        convert = "true".__eq__
    elif row.type in ("number", "any") and row.shape != "text" and all(map(_NUMBER.fullmatch, row.values)):
        convert = _as_number
    values = [convert(value) for value in row.values]
    return values if row.shape in ("many", "pair") else values[0]


def _as_number(text: str) -> float:
    return float(text) if "." in text else int(text)


def _who(member: TypedMember) -> dict[str, Any]:
    kind, _, key = member.who.partition(":")
    return {"team" if kind == "team" else "agent": key, "weight": _whole(member.weight)}


def _whole(text: str) -> Any:
    """The number; what is none stays text, which the schema refuses."""
    return int(text) if text.isdecimal() and len(text) < 10 else text


def _seconds(amount: str, unit: str) -> Any:
    number = _whole(amount)
    return number * _UNITS.get(unit, 1) if isinstance(number, int) else number


def field_of(form: Typed, path: Path) -> str:
    """The form's field for a place of the route: ("conditions", 1, "any", 0, "value") is `condition-2-value`."""
    match path:
        case ("conditions", int(group), *rest):
            part = str(rest[-1]) if rest and isinstance(rest[-1], str) and rest[-1] != "any" else "field"
            inside = next((each for each in rest if isinstance(each, int)), 0) if "any" in rest else 0
            starts = [n for n, row in enumerate(form.conditions) if n == 0 or row.join == "and"]
            first = starts[group] if group < len(starts) else 0
            return f"condition-{first + inside}-{part if part in ('field', 'op', 'value') else 'value'}"
        case ("when", "ranges", int(n), "start" | "until" as part, *_):
            return f"range-{n}-{part}"
        case ("when", "ranges", int(n), *_):
            return f"range-{n}-day"
        case ("when", "ranges", *_):
            return "ranges"
        case ("when", *_):
            return "zone"
        case ("audience", int(n), "weight", *_):
            return f"weight-{n}"
        case ("audience", int(n), *_):
            return f"member-{n}"
        case ("audience", *_):
            return "new_member"
        case ("sources", *_):
            return "adding"
        case ("offer_seconds", *_):
            return "offer_amount"
        case ("wave_seconds", *_):
            return "wave_amount"
        case (str(name), *_):
            return name
    return "name"


def crosses_midnight(each: TypedRange) -> bool:
    """Whether it ends on the next day; until 00:00 is the end of its own."""
    return bool(each.until) and each.until != "00:00" and each.until <= each.start
