"""The builder of one route, as the templates show it: rows with their choices and errors, and what is not yet saved."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from rightaway.accounts.models import Organisation
from rightaway.engine.facts import BANDS
from rightaway.engine.route import ATTRIBUTES, FIELDS, OPERATORS, OPERATORS_OF
from rightaway.ledger.problems import Problem
from rightaway.ledger.tenancy import current_organisation
from rightaway.people.models import Agent, AgentState, Team
from rightaway.routing.schema import ROLE_STRATEGIES, RouteIn
from rightaway.routing.versions import etag_of
from rightaway.web import formats
from rightaway.web.agents.forms import zone_choices
from rightaway.web.presences import shown_presence
from rightaway.web.routes import words
from rightaway.web.routes.forms import OWN, Typed, TypedCondition, TypedMember, crosses_midnight, field_of, typed
from rightaway.web.routes.reading import Configured
from rightaway.work import roles
from rightaway.work.models import Item
from rightaway.work.phrases import BAND_NAMES
from rightaway.work.sentences import field_name

_SAMPLE: Final = 1000  # leads whose values are suggested
_MOST_KNOWN: Final = 50  # suggestions for one field


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    label: str
    chosen: bool
    note: str = ""


@dataclass(frozen=True, slots=True)
class RangeRow:
    n: int
    days: Sequence[tuple[int, Any, Any, bool]]
    start: str
    until: str
    next_day: bool
    errors: dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class ConditionRow:
    """`known` names the list of suggestions; `own` is the name of an own field that stands in no list."""

    n: int
    join: str
    fields: Sequence[Choice]
    own_fields: Sequence[Choice]
    own: str | None
    ops: Sequence[Choice]
    shape: str
    type: str
    values: Sequence[str]
    bands: Sequence[Choice]
    adding: str
    known: str
    errors: dict[str, list[str]]
    label: str

    @property
    def key(self) -> str:
        return str(self.n)

    @property
    def wrong(self) -> list[tuple[str, str]]:
        return [(name, text) for name, texts in self.errors.items() for text in texts]


@dataclass(frozen=True, slots=True)
class MemberRow:
    """`share` is in per cent; `presence` is empty for teams."""

    n: int
    who: str
    name: str
    is_team: bool
    is_known: bool
    presence: str
    weight: str
    share: int
    is_first: bool
    is_last: bool
    errors: dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Somebody else changed this route meanwhile. `tag` is theirs; `changes` lead from theirs to what was typed."""

    tag: str
    changes: Sequence[str]


@dataclass
class Builder:
    """`was` is the tag of the route that the form was made from; `errors` by field; `is_saved`: the draft has it."""

    config: Configured
    route: RouteIn
    typed: Typed
    was: str
    errors: dict[str, list[str]] = field(default_factory=dict)
    is_saved: bool = True
    conflict: Conflict | None = None

    @property
    def id(self) -> UUID:
        return self.route.id

    @property
    def is_paused(self) -> bool:
        return self.id in self.config.paused

    @property
    def is_changed(self) -> bool:
        return all(route != self.route for route in self.config.live.routes)

    @property
    def zone_words(self) -> str:
        """With its distance from UTC; one that is none, as it was typed."""
        return self.typed.zone if self.errors.get("zone") else words.zone(self.typed.zone, formats.now())

    @cached_property
    def zones(self) -> list[tuple[str, str]]:
        return zone_choices(self.typed.zone)

    @property
    def kinds(self) -> list[Choice]:
        known = {*words.KINDS, *(route.kind for route in self.config.draft.routes.routes), self.typed.kind} - {""}
        ordered = [*words.KINDS, *sorted(known - words.KINDS.keys())]
        return [Choice(code, words.kind(code), code == self.typed.kind) for code in ordered]

    @property
    def ranges(self) -> list[RangeRow]:
        return [
            RangeRow(
                n, [(day, short, whole, day in row.days) for day, short, whole in words.DAYS], row.start, row.until,
                crosses_midnight(row), self._errors(f"range-{n}-"),
            )
            for n, row in enumerate(self.typed.ranges)
        ]  # fmt: skip

    @cached_property
    def gives(self) -> list[Choice]:
        """The item itself, or one of its functional roles; empty where there are none to choose."""
        named = {role.key: roles.name(role)["long"] for role in roles.in_order()}
        if not named and not self.typed.role:
            return []
        return _choices({"": _("the contact itself"), **named, **_unknown(self.typed.role, named)}, self.typed.role)

    @property
    def strategies(self) -> list[Choice]:
        """Those that there are for what it gives, and the one that was chosen."""
        chosen = self.typed.strategy
        return [
            Choice(code, str(name), code == chosen, str(note))
            for code, (name, note) in words.STRATEGIES.items()
            if not self.typed.role or code in ROLE_STRATEGIES or code == chosen
        ]

    @property
    def acts(self) -> list[Choice]:
        return _choices(words.ACTS, self.typed.act)

    @property
    def nobody(self) -> list[Choice]:
        return _choices(words.NOBODY | (words.OF_ROLE if self.typed.role else {}), self.typed.nobody)

    @property
    def unaccepted(self) -> list[Choice]:
        return _choices(words.UNACCEPTED | (words.OF_ROLE if self.typed.role else {}), self.typed.unaccepted)

    @property
    def masked(self) -> list[Choice]:
        return _choices(words.MASKED, self.typed.masked)

    @property
    def offer_units(self) -> list[Choice]:
        return _choices(_units(), self.typed.offer_unit)

    @property
    def wave_units(self) -> list[Choice]:
        return _choices(_units(), self.typed.wave_unit)

    @cached_property
    def known(self) -> dict[str, list[str]]:
        """What the last leads had, by field: for suggestions."""
        found: dict[str, set[str]] = {}
        columns = ("kind", "status", "source", "line", "language", "attributes")
        for *texts, attributes in Item.objects.filter(private=False).order_by("-id").values_list(*columns)[:_SAMPLE]:
            said = {
                **dict(zip(columns, texts, strict=False)),
                **{ATTRIBUTES + key: attributes[key] for key in attributes},
            }
            for name, value in said.items():
                values = found.setdefault(name, set())
                if len(values) < _MOST_KNOWN:
                    values.update(str(each) for each in (value if isinstance(value, list) else [value]) if each)
        for route in self.config.draft.routes.routes:
            found.setdefault("source", set()).update(route.sources)
        return {name: sorted(values) for name, values in sorted(found.items())}

    @property
    def known_sources(self) -> str:
        return _list_id("source")

    @property
    def suggestions(self) -> list[tuple[str, list[str]]]:
        """[(id of the list, its values)], only of fields that some row is about."""
        wanted = {"source", *(row.field for row in self.typed.conditions if row.type in ("text", "any"))}
        return [(_list_id(name), self.known.get(name, [])) for name in sorted(wanted)]

    @property
    def conditions(self) -> list[ConditionRow]:
        own = [name for name in self.known if name.startswith(ATTRIBUTES)]
        return [self._condition(n, row, own) for n, row in enumerate(self.typed.conditions)]

    def _condition(self, n: int, row: TypedCondition, known: Iterable[str]) -> ConditionRow:
        is_listed = row.field in FIELDS or row.field in known
        own = [Choice(name, field_name(name), name == row.field) for name in known]
        ops = [op for op in OPERATORS if op in OPERATORS_OF[row.type]]
        return ConditionRow(
            n=n, join=row.join, fields=[Choice(name, capfirst(field_name(name)), name == row.field) for name in FIELDS],
            own_fields=[*own, Choice(OWN, _("Another field…"), not is_listed)],
            own=None if is_listed else row.field.removeprefix(ATTRIBUTES),
            ops=[Choice(op, str(words.OPERATORS[op]), op == row.op) for op in ops],
            shape=row.shape, type=row.type, values=row.values,
            bands=[Choice(band, str(BAND_NAMES[band]), band in row.values) for band in BANDS], adding=row.adding,
            known=_list_id(row.field), errors=self._errors(f"condition-{n}-"),
            label=_("Condition %(number)d") % {"number": n + 1},
        )  # fmt: skip

    @cached_property
    def members(self) -> list[MemberRow]:
        rows = self.typed.members
        named = words.names()
        keys = [member.who.partition(":")[2] for member in rows]
        states = AgentState.objects.filter(agent__key__in=keys).select_related("agent")
        presence = {state.agent.key: shown_presence(state) for state in states}
        total = self.total
        return [self._member(n, row, named, presence, total) for n, row in enumerate(rows)]

    def _member(self, n: int, row: TypedMember, named: words.Names, presence: dict[str, str], total: int) -> MemberRow:
        kind, _colon, key = row.who.partition(":")
        names = named.teams if kind == "team" else named.agents
        weight = int(row.weight) if row.weight.isdecimal() else 0
        return MemberRow(
            n=n, who=row.who, name=names.get(key, key), is_team=kind == "team", is_known=key in names,
            presence="" if kind == "team" else presence.get(key, ""), weight=row.weight,
            share=round(100 * weight / total) if total else 0, is_first=n == 0,
            is_last=n == len(self.typed.members) - 1,
            errors={"weight": self.errors.get(f"weight-{n}", []), "who": self.errors.get(f"member-{n}", [])},
        )  # fmt: skip

    @property
    def total(self) -> int:
        """The sum of the shares."""
        return sum(int(row.weight) for row in self.typed.members if row.weight.isdecimal())

    @property
    def agents_to_add(self) -> list[tuple[str, str]]:
        taken = {row.who for row in self.typed.members}
        found = Agent.objects.filter(active=True).order_by("name", "key").values_list("key", "name")
        return [(f"agent:{key}", name) for key, name in found if f"agent:{key}" not in taken]

    @property
    def teams_to_add(self) -> list[tuple[str, str]]:
        taken = {row.who for row in self.typed.members}
        found = Team.objects.order_by("name", "key").values_list("key", "name")
        return [(f"team:{key}", name) for key, name in found if f"team:{key}" not in taken]

    @property
    def wrong(self) -> list[tuple[str, str, str]]:
        """[(field, its name, what is wrong)] for the summary."""
        return [(name, _label(name), text) for name, texts in self.errors.items() for text in texts]

    def _errors(self, beginning: str) -> dict[str, list[str]]:
        return {
            name.removeprefix(beginning): texts for name, texts in self.errors.items() if name.startswith(beginning)
        }


def building(config: Configured, route: RouteIn, *, form: Typed | None = None, quiet: bool = False) -> Builder:
    """The builder of a route of the draft, with what keeps it from being published by its fields.

    `quiet`: a row that was only just added is not told that it is empty.
    """
    shown = form or typed(route, home_zone())
    found = Builder(config, route, shown, tag(route))
    place = next((n for n, each in enumerate(config.draft.routes.routes) if each.id == route.id), None)
    mine = [problem for problem in config.problems if problem.path[1] == place]
    found.errors = errors_of(Problem((field_of(shown, problem.path[2:]),), problem.message) for problem in mine)
    if quiet and shown.conditions and not shown.conditions[-1].values:
        found.errors.pop(f"condition-{len(shown.conditions) - 1}-value", None)
    return found


def errors_of(problems: Iterable[Problem]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for problem in problems:
        found.setdefault(str(problem.path[0]), []).append(problem.message)
    return found


def tag(route: RouteIn) -> str:
    """Names exactly this form of the route."""
    return etag_of(route.model_dump_json())


def home_zone() -> str:
    return str(Organisation.objects.values_list("zone", flat=True).get(id=current_organisation()))


def _choices(table: dict[str, Any], chosen: str) -> list[Choice]:
    return [Choice(code, str(label), code == chosen) for code, label in table.items()]


def _unknown(key: str, known: Mapping[str, str]) -> dict[str, str]:
    """A role that was retired, or that is not there yet, stays as it was written."""
    return {key: key} if key and key not in known else {}


def _units() -> dict[str, Any]:
    return {"s": _("seconds"), "min": _("minutes"), "h": _("hours")}


def _list_id(name: str) -> str:
    """An id that any name of a field gives."""
    return f"known-{name.encode().hex()[:60]}"


def _label(name: str) -> str:
    """What a field is called in the summary of errors."""
    if name.startswith("condition-"):
        return _("Condition %(number)d") % {"number": int(name.split("-")[1]) + 1}
    if name.startswith(("range-", "ranges", "zone")):
        return _("When")
    if name.startswith(("member-", "weight-", "new_member")):
        return _("To")
    known = {
        "name": _("Name"), "adding": _("Sources"), "skills": _("Skills"), "offer_amount": _("Time to accept"),
        "tries": _("Tries"), "wave_amount": _("Time between"), "first_wave": _("Asked at first"),
        "later_wave": _("Asked after that"),
    }  # fmt: skip
    return known.get(name, name)
