"""Teams, agents and absences as people write them (API, YAML file), strictly checked."""

import re
import zoneinfo
from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from django.utils.translation import gettext_noop
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_ZONE = re.compile(r"[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+){0,2}")
_NOT_ZONES = ("posix/", "right/", "localtime", "Factory", "posixrules")


def one_line(text: str) -> str:
    """The text, when it has no control characters. Raises ValueError."""
    if _CONTROL.search(text):
        raise ValueError(gettext_noop("control characters are not allowed"))
    return text


def known_zone(name: str) -> str:
    """The name, when it is an IANA time zone. Raises ValueError."""
    # ZoneInfo reads files below its folders: only what looks like a zone's name gets that far.
    if _ZONE.fullmatch(name) is None or name.startswith(_NOT_ZONES):
        raise ValueError(gettext_noop("not an IANA time zone"))
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(gettext_noop("not an IANA time zone")) from None
    return name


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(one_line)]
Zone = Annotated[str, StringConstraints(max_length=64), AfterValidator(known_zone)]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=35)]
Minute = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Weekday = Annotated[int, Field(ge=1, le=7)]
Level = Annotated[int, Field(ge=0, le=10)]
Hundredths = Annotated[int, Field(ge=0, le=1_000_000)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Plain = Annotated[str, StringConstraints(max_length=2000), AfterValidator(one_line)] | bool | int | Number
Instant = Annotated[AwareDatetime, Field(strict=False)]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class RoleName(Strict):
    """`short` stands in a column, `long` is read out."""

    short: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=8), AfterValidator(one_line)
    ]
    long: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60), AfterValidator(one_line)
    ]


class RoleNames(Strict):
    en: RoleName
    es: RoleName


class RoleIn(Strict):
    """A functional role of items of these `kinds`; none means all. By `position` they stand in a row."""

    key: Text
    names: RoleNames
    kinds: Annotated[list[Text], Field(max_length=50)] = []
    position: Annotated[int, Field(ge=0, le=1000)] = 0
    active: bool = True


class RangeIn(Strict):
    """Open on these weekdays (1 Monday … 7 Sunday) from one local time until another; past midnight if not later."""

    days: Annotated[list[Weekday], Field(min_length=1, max_length=7)]
    start: Minute = "00:00"
    until: Minute = "00:00"


class TeamIn(Strict):
    """A team. `members` and `managers` are keys of agents; managers are members, with their role's rights over it."""

    key: Text
    name: Text
    parent: Text | None = None
    managers: Annotated[list[Text], Field(max_length=10_000)] = []
    members: Annotated[list[Text], Field(max_length=10_000)] = []


class LimitsIn(Strict):
    """The most items given in a period of the agent's own calendar."""

    hour: Annotated[int, Field(ge=0, le=100_000)] | None = None
    day: Annotated[int, Field(ge=0, le=100_000)] | None = None
    week: Annotated[int, Field(ge=0, le=100_000)] | None = None
    month: Annotated[int, Field(ge=0, le=100_000)] | None = None


class RampIn(Strict):
    """From the midnight of `start` on a newcomer has a quarter of their share on routes by share, all of it in the last
    quarter of so many `weeks`."""

    start: Annotated[date, Field(strict=False, ge=date(2000, 1, 1), le=date(2100, 1, 1))]
    weeks: Annotated[int, Field(ge=1, le=52)] = 4


class AgentIn(Strict):
    """An agent. `capacity` in hundredths of a unit; `hours` null means always, an empty list never."""

    key: Text
    name: Text
    email: Annotated[str, StringConstraints(strip_whitespace=True, max_length=254), AfterValidator(one_line)] = ""
    active: bool = True
    zone: Zone = "UTC"
    language: Literal["en", "es"] = "en"
    mode: Literal["desk", "field"] = "desk"
    languages: Annotated[list[Language], Field(max_length=50)] = []
    skills: Annotated[dict[Text, Level], Field(max_length=500)] = {}
    attributes: Annotated[dict[Text, Plain | Annotated[list[Plain], Field(max_length=500)]], Field(max_length=200)] = {}
    hours: Annotated[list[RangeIn], Field(max_length=50)] | None = None
    capacity: Hundredths = 1000
    unanswered_cap: Annotated[int, Field(ge=0, le=10_000)] | None = 3
    limits: LimitsIn = LimitsIn()
    ramp: RampIn | None = None


class ProfileIn(Strict):
    """What agents say of themselves. `hours` null means always, an empty list never."""

    languages: Annotated[list[Language], Field(max_length=50)] = []
    skills: Annotated[dict[Text, Level], Field(max_length=500)] = {}
    hours: Annotated[list[RangeIn], Field(max_length=50)] | None = None


class InvitationIn(Strict):
    """Somebody who is to come in. They work leads as the agent `agent_id`, or as a new one, unless `works` is false;
    in the team `team_id`, which they manage in any role but agent."""

    name: Text
    email: Annotated[str, StringConstraints(strip_whitespace=True, max_length=254), AfterValidator(one_line)] = ""
    role: Literal["company_manager", "organisation_manager", "agent_manager", "agent"] = "agent"
    team_id: Annotated[UUID, Field(strict=False)] | None = None
    agent_id: Annotated[UUID, Field(strict=False)] | None = None
    works: bool = True


class AbsenceIn(Strict):
    """Away from one instant until another (ISO 8601 with a zone or offset)."""

    starts_at: Instant
    ends_at: Instant
    cause: Literal["holiday", "illness", "training", "leave", "other"] = "other"

    @model_validator(mode="after")
    def ends_later(self) -> "AbsenceIn":
        if self.ends_at <= self.starts_at:
            raise ValueError(gettext_noop("ends_at must be after starts_at"))
        return self


def minutes(text: str) -> int:
    """Minutes after local midnight of "HH:MM"."""
    return int(text[:2]) * 60 + int(text[3:])


def hours_to_rows(hours: list[RangeIn] | None) -> list[list[object]] | None:
    """[[weekday, "HH:MM", "HH:MM"], …], sorted, as the agent's row keeps them."""
    if hours is None:
        return None
    return [list(row) for row in sorted({(day, r.start, r.until) for r in hours for day in r.days})]


def hours_from_rows(rows: list[list[object]] | None) -> list[RangeIn] | None:
    """The rows again as ranges, weekdays with the same times together: the one written form of the same hours."""
    if rows is None:
        return None
    days: dict[tuple[object, object], list[object]] = {}
    for day, start, until in sorted(rows):
        days.setdefault((start, until), []).append(day)
    ranges = [{"days": found, "start": start, "until": until} for (start, until), found in days.items()]
    return [RangeIn.model_validate(row) for row in sorted(ranges, key=lambda row: (row["days"], row["start"]))]


def utc_text(at: datetime) -> str:
    """The instant as the file writes it: UTC, whole seconds where there is no fraction."""
    return at.isoformat().replace("+00:00", "Z")
