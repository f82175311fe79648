"""When contacts count as looked after, and the stages they go through: as people write it, as the engine reads it."""

from datetime import date
from typing import Annotated, Final

from django.utils.translation import gettext_noop
from pydantic import Field, StringConstraints, model_validator

from rightaway.engine import basics, facts
from rightaway.engine.hours import Calendar
from rightaway.people.schema import RangeIn, Strict, Text, Zone, minutes
from rightaway.routing.models import Config

Seconds = Annotated[int, Field(ge=0, le=366 * 86_400)]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
Label = Annotated[str, Field(max_length=60)]

EVALUATE: Final = "evaluate"


class ThresholdsIn(Strict):
    """Of one kind and status, or of every status of the kind. Seconds of opening time; null: never turns bad."""

    kind: Text = "lead"
    status: Code | None = None
    target_seconds: Seconds = 300
    late_seconds: Seconds | None = 600
    phone_seconds: Seconds | None = 600
    notes_seconds: Seconds | None = 3600
    email: bool = True
    task: bool = True

    @model_validator(mode="after")
    def is_in_order(self) -> "ThresholdsIn":
        if self.late_seconds is not None and self.late_seconds < self.target_seconds:
            raise ValueError(gettext_noop("late_seconds must not be less than target_seconds"))
        return self


class BasicsIn(Strict):
    """The opening times of the business, by which waiting is counted (null: always open), and the thresholds."""

    zone: Zone = "UTC"
    hours: Annotated[list[RangeIn], Field(max_length=50)] | None = None
    closed: Annotated[list[Annotated[date, Field(strict=False)]], Field(max_length=1000)] = []
    thresholds: Annotated[list[ThresholdsIn], Field(max_length=200)] = []

    def calendar(self) -> Calendar:
        hours = None
        if self.hours is not None:
            ranges = [(day, minutes(each.start), minutes(each.until)) for each in self.hours for day in each.days]
            hours = facts.Hours(zone=self.zone, ranges=tuple(sorted(ranges)))
        return Calendar(self.zone, hours, frozenset(self.closed))

    def rules(self) -> basics.Rules:
        thresholds = {
            (row.kind, row.status or ""): basics.Thresholds(
                target=row.target_seconds, late=row.late_seconds, phone=row.phone_seconds, email=row.email,
                notes=row.notes_seconds, task=row.task,
            )
            for row in reversed(self.thresholds)
        }  # fmt: skip
        return basics.Rules(self.calendar(), thresholds)


class StageIn(Strict):
    """One status of a pipeline: the code that rows hold, and its name in each language (empty: the usual word)."""

    code: Code
    en: Label = ""
    es: Label = ""


class PipelineIn(Strict):
    """The statuses of a kind, in order. *Evaluate* always stands first."""

    kind: Text
    stages: Annotated[list[StageIn], Field(min_length=1, max_length=50)]

    @model_validator(mode="after")
    def begins_with_evaluate(self) -> "PipelineIn":
        codes = [stage.code for stage in self.stages]
        if codes[0] != EVALUATE:
            raise ValueError(gettext_noop("the first status must be evaluate"))
        if len(set(codes)) < len(codes):
            raise ValueError(gettext_noop("a status is named twice"))
        return self


class PipelinesIn(Strict):
    """The pipelines that differ from the usual one."""

    pipelines: Annotated[list[PipelineIn], Field(max_length=50)] = []

    def of(self, kind: str) -> list[StageIn]:
        found = next((pipeline.stages for pipeline in self.pipelines if pipeline.kind == kind), None)
        return found or [StageIn(code=code) for code in USUAL.get(kind, USUAL["lead"])]


USUAL: Final = {
    "lead": (EVALUATE, "working", "qualified", "nurture", "under_contract"),
    "case": (EVALUATE, "working", "waiting", "solved"),
    "opportunity": (EVALUATE, "working", "proposal", "negotiation"),
    "work_order": (EVALUATE, "scheduled", "working"),
}
"""The statuses of a kind whose pipeline nobody has edited; of another kind: those of a lead."""


def basics_of(config: Config | None) -> BasicsIn:
    return BasicsIn.model_validate_json(config.basics) if config is not None and config.basics else BasicsIn()


def pipelines_of(config: Config | None) -> PipelinesIn:
    return PipelinesIn.model_validate_json(config.pipelines) if config and config.pipelines else PipelinesIn()
