"""A set of routes as people write it (API, YAML file), strictly checked, and as the engine reads it."""

from typing import Annotated, Any, Final, Literal
from uuid import UUID

from django.utils.translation import gettext_noop
from pydantic import Discriminator, Field, Tag, model_validator

from rightaway.engine import facts
from rightaway.ledger.ids import new_id
from rightaway.people.schema import Level, Plain, RangeIn, Strict, Text, Zone, minutes

Seconds = Annotated[int, Field(ge=5, le=30 * 86_400)]


class ConditionIn(Strict):
    """A field of the item, an operator and its operand, which some operators do without."""

    field: Text
    op: Text
    value: Plain | Annotated[list[Plain], Field(max_length=1000)] | None = None


class AnyOfIn(Strict):
    """At least one of these conditions holds."""

    any: Annotated[list[ConditionIn], Field(min_length=1, max_length=50)]


def _shape(row: Any) -> str:
    has_any = "any" in row if isinstance(row, dict) else isinstance(row, AnyOfIn)
    return "any_of" if has_any else "condition"


# Told apart by its shape, so that a mistake is reported once and not for both.
RowIn = Annotated[Annotated[ConditionIn, Tag("condition")] | Annotated[AnyOfIn, Tag("any_of")], Discriminator(_shape)]


class WhenIn(Strict):
    """When a route is open: local times in a zone."""

    zone: Zone
    ranges: Annotated[list[RangeIn], Field(min_length=1, max_length=50)]


class MemberIn(Strict):
    """An agent or a team, by key; `weight` counts for the weighted strategy, for each agent of a team."""

    agent: Text | None = None
    team: Text | None = None
    weight: Annotated[int, Field(ge=1, le=10_000)] = 1

    @model_validator(mode="after")
    def names_one(self) -> "MemberIn":
        if (self.agent is None) == (self.team is None):
            raise ValueError(gettext_noop("name either an agent or a team"))
        return self


ROLE_STRATEGIES: Final = ("round_robin", "weighted", "first_to_accept", "agent")
"""How a role is given: it costs no place, so that no load says whose turn it is."""


class RouteIn(Strict):
    """One route. See `engine/facts.py: Route` for the words. With `role`, the key of a functional role, it fills that
    role among those who may hold it, and leaves whose the item is alone."""

    id: Annotated[UUID, Field(strict=False)] = Field(default_factory=new_id)
    name: Text
    kind: Text = "lead"
    role: Text | None = None
    sources: Annotated[list[Text], Field(max_length=200)] = []
    when: WhenIn | None = None
    conditions: Annotated[list[RowIn], Field(max_length=200)] = []
    strategy: Literal[
        "round_robin", "weighted", "load_balanced", "longest_idle", "first_to_accept", "pool", "agent"
    ] = "round_robin"
    act: Literal["assign", "offer"] = "offer"
    audience: Annotated[list[MemberIn], Field(max_length=10_000)] = []
    skills: Annotated[dict[Text, Level], Field(max_length=200)] = {}
    match_language: bool = False
    offer_seconds: Seconds = 120
    tries: Annotated[int, Field(ge=1, le=1000)] = 3
    first_wave: Annotated[int, Field(ge=1, le=1000)] = 3
    later_wave: Annotated[int, Field(ge=1, le=1000)] = 5
    wave_seconds: Seconds = 30
    masked: bool | None = None
    ignore_capacity: bool = False
    ignore_absence: bool = False
    nobody: Literal["wait", "next", "pool"] = "wait"
    unaccepted: Literal["wait", "next", "pool"] = "pool"


class UnitsIn(Strict):
    """What an item costs (hundredths of a unit): the first entry whose kind, status and answered fit."""

    kind: Text
    status: Text
    answered: bool
    units: Annotated[int, Field(ge=0, le=100_000)]


class RouteSet(Strict):
    """A whole version: the ordered routes, top first, and the settings that go with them."""

    routes: Annotated[list[RouteIn], Field(max_length=1000)] = []
    units: Annotated[list[UnitsIn], Field(max_length=500)] = []
    default_units: Annotated[int, Field(ge=0, le=100_000)] = 100


def engine_hours(when: WhenIn) -> facts.Hours:
    ranges = [(day, minutes(r.start), minutes(r.until)) for r in when.ranges for day in r.days]
    return facts.Hours(zone=when.zone, ranges=tuple(sorted(ranges)))


def engine_condition(row: ConditionIn | AnyOfIn) -> facts.Condition | facts.AnyOf:
    if isinstance(row, AnyOfIn):
        return facts.AnyOf(tuple(facts.Condition(c.field, c.op, c.value) for c in row.any))
    return facts.Condition(row.field, row.op, row.value)


def engine_route(route: RouteIn, audience: list[tuple[int, int]], role: UUID | None = None) -> facts.Route:
    """The engine's route; `audience` is [(position, weight)] in the route's order, without repeats, `role` the id of
    the functional role that it fills."""
    # Offers to many hide the customer until acceptance unless the route says otherwise.
    masked = route.strategy == "first_to_accept" if route.masked is None else route.masked
    return facts.Route(
        id=route.id, name=route.name, kind=route.kind, role=role, sources=frozenset(route.sources),
        when=engine_hours(route.when) if route.when else None,
        conditions=tuple(engine_condition(row) for row in route.conditions),
        strategy=route.strategy, act="assign" if route.strategy == "agent" else route.act,
        audience=tuple(position for position, _ in audience), weights=tuple(weight for _, weight in audience),
        skills=tuple(sorted(route.skills.items())), match_language=route.match_language,
        offer_seconds=route.offer_seconds, tries=route.tries, first_wave=route.first_wave,
        later_wave=route.later_wave, wave_seconds=route.wave_seconds, masked=masked,
        ignore_capacity=route.ignore_capacity or role is not None, ignore_absence=route.ignore_absence,
        nobody=route.nobody, unaccepted=route.unaccepted,
    )  # fmt: skip
