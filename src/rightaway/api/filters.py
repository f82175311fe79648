"""The filters of the contacts grid, as a query and as a body have them."""

from typing import Annotated, Any, Literal, get_args

from pydantic import BeforeValidator, Field

from rightaway.api.schema import Id, Line, Strict
from rightaway.work.grid_filter import MOST_DAYS, MOST_MINUTES, GridFilter, as_data

BandName = Literal["low", "normal", "high", "top"]
TaskState = Literal["overdue", "today", "future", "none"]
Grade = Literal[
    "status.good", "status.neutral", "status.bad", "waiting.good", "waiting.neutral", "waiting.bad",
    "phone.good", "phone.neutral", "phone.bad", "email.good", "email.neutral", "email.bad",
    "notes.good", "notes.neutral", "notes.bad", "task.good", "task.neutral", "task.bad",
]  # fmt: skip
_PARTS = {
    "status": "statuses", "source": "sources", "owner": "owners", "kind": "kinds", "language": "languages",
    "campaign": "campaigns", "band": "bands", "task": "tasks", "basics": "basics",
    "waiting_over_minutes": "waiting_over_minutes", "created_within_days": "created_within_days",
    "update_asked": "update_asked", "held_by_me": "held_by_me",
}  # fmt: skip
Part = Literal[
    "status", "source", "owner", "kind", "language", "campaign", "band", "task", "basics", "waiting_over_minutes",
    "created_within_days", "update_asked", "held_by_me",
]  # fmt: skip
assert set(get_args(Part)) == set(_PARTS)


def _listed(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


_Words = Annotated[list[Annotated[str, Line(200)]], BeforeValidator(_listed), Field(max_length=50)]


class FilterIn(Strict):
    """Of several values of one filter one must hold, of several filters all; those that `not` names must not.

    `owner`: ids of agents, `none`, `me` or `team` (whom you manage). `campaign`: ids, or `none`. `basics`: grades such
    as `phone.bad`. `task`: how the next task stands, by the organisation's day. `held_by_me`: you hold one of
    their roles.
    """

    status: _Words = []
    source: _Words = []
    owner: Annotated[list[Literal["none", "me", "team"] | Id], BeforeValidator(_listed), Field(max_length=500)] = []
    waiting_over_minutes: Annotated[int, Field(ge=0, le=MOST_MINUTES, strict=False)] | None = None
    kind: _Words = []
    language: _Words = []
    campaign: Annotated[list[Literal["none"] | Id], BeforeValidator(_listed), Field(max_length=50)] = []
    band: Annotated[list[BandName], BeforeValidator(_listed), Field(max_length=4)] = []
    basics: Annotated[list[Grade], BeforeValidator(_listed), Field(max_length=18)] = []
    task: Annotated[list[TaskState], BeforeValidator(_listed), Field(max_length=4)] = []
    created_within_days: Annotated[int, Field(ge=0, le=MOST_DAYS, strict=False)] | None = None
    update_asked: Annotated[bool, Field(strict=False)] = False
    held_by_me: Annotated[bool, Field(strict=False)] = False
    excluded: Annotated[list[Part], BeforeValidator(_listed), Field(max_length=13, alias="not")] = []

    def wanted(self) -> GridFilter:
        return GridFilter(
            statuses=tuple(self.status), sources=tuple(self.source), owners=tuple(self.owner),
            waiting_over_minutes=self.waiting_over_minutes, kinds=tuple(self.kind), languages=tuple(self.language),
            campaigns=tuple(self.campaign), bands=tuple(self.band), tasks=tuple(self.task),
            basics=tuple((name, grade) for name, _, grade in (each.partition(".") for each in self.basics)),
            created_within_days=self.created_within_days, update_asked=self.update_asked,
            held_by_me=self.held_by_me,
            excluded=frozenset(_PARTS[part] for part in self.excluded),
        )  # fmt: skip


def filter_out(wanted: GridFilter) -> dict[str, Any]:
    """The filter as it is sent: what differs from no filter."""
    names = {part: name for name, part in _PARTS.items()}
    found = {names.get(part, "not"): value for part, value in as_data(wanted).items()}
    if "basics" in found:
        found["basics"] = [f"{name}.{grade}" for name, grade in found["basics"]]
    if "not" in found:
        found["not"] = [names[part] for part in found["not"]]
    return found


class ViewIn(FilterIn):
    """A view of the contacts grid, as it is now, under its filters."""

    view: Annotated[str, Line(40)]
