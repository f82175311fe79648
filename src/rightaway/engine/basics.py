"""The basics: whether a contact is looked after, as a grid shows it at a glance.

A grade is good, neutral or bad. What is stored is the instant at which each turns bad, so that "bad" is a comparison
with now and nothing needs to be worked out again as time passes. What counts is what the present owner did since this
enquiry or assignment (`Work.since`). Seconds are of opening time.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from rightaway.engine.hours import Calendar

GOOD: Final = "good"
NEUTRAL: Final = "neutral"
BAD: Final = "bad"
BASICS: Final = ("status", "waiting", "phone", "email", "notes", "task")

# What is known of a number or address: nothing, that there is none, that it reaches the person, that it does not.
UNKNOWN: Final = ""
NONE: Final = "none"
VALID: Final = "valid"
WRONG: Final = "wrong"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Of one kind and status. `target`: answered within it is good; `late`: from then on it is bad. `notes`: how long
    after the first action a note may be missing. Null: this one never turns bad."""

    target: int = 300
    late: int | None = 600
    phone: int | None = 600
    email: bool = True
    notes: int | None = 3600
    task: bool = True


@dataclass(frozen=True, slots=True)
class Rules:
    """The organisation's thresholds: by (kind, status), by (kind, ""), else the usual ones; and when it is open."""

    calendar: Calendar = field(default_factory=Calendar)
    thresholds: Mapping[tuple[str, str], Thresholds] = field(default_factory=dict)

    def of(self, kind: str, status: str) -> Thresholds:
        found = self.thresholds.get((kind, status)) or self.thresholds.get((kind, ""))
        return found or _USUAL


_USUAL: Final = Thresholds()


@dataclass(frozen=True, slots=True)
class Work:
    """What the grades of an open item are made from.

    `since`: when this enquiry or assignment began, null for what nobody need look after (a migrated contact).
    `acted_at`, `called_at`, `mailed_at`: the owner's first attempt, first call and first mail since then. `phone` and
    `email` say what is known of them; `next_task_at` is when the earliest open task is due.
    """

    kind: str
    status: str
    is_owned: bool
    since: datetime | None
    unanswered_since: datetime | None = None
    answered_seconds: int | None = None
    acted_at: datetime | None = None
    called_at: datetime | None = None
    mailed_at: datetime | None = None
    phone: str = UNKNOWN
    email: str = UNKNOWN
    notes: int = 0
    next_task_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TurnsBad:
    """When each of the basics turns bad; null: not as things stand. `attention`: the earliest that can be mended."""

    status: datetime | None = None
    waiting: datetime | None = None
    phone: datetime | None = None
    email: datetime | None = None
    notes: datetime | None = None
    task: datetime | None = None
    attention: datetime | None = None


def turns_bad(work: Work, rules: Rules) -> TurnsBad:
    """When the grades of this open item turn bad."""
    since = work.since
    if since is None:
        return TurnsBad()
    limits, calendar = rules.of(work.kind, work.status), rules.calendar
    asked = work.unanswered_since or since
    late = None if limits.late is None else calendar.after(asked, limits.late)
    status = late if is_in_evaluate(work.status, work.unanswered_since) else None
    waiting = late if work.unanswered_since or not work.is_owned else None
    task = work.next_task_at or work.acted_at if limits.task else None
    phone, email = _phone(work, limits, calendar, since), _email(work, limits)
    found = (status, waiting, phone, email, _notes(work, limits, calendar), task)
    attention = min((each for each in found if each is not None), default=None)
    if waiting is None and _was_late(work, limits):
        found = (status, since, *found[2:])  # told for good, but nothing can be done about it any more
    return TurnsBad(*found, attention)


def is_in_evaluate(status: str, unanswered_since: datetime | None) -> bool:
    """Evaluate is a stage, and a flag on every other one while a question is unanswered."""
    return status == "evaluate" or unanswered_since is not None


def _was_late(work: Work, limits: Thresholds) -> bool:
    return work.answered_seconds is not None and limits.late is not None and work.answered_seconds >= limits.late


def _phone(work: Work, limits: Thresholds, calendar: Calendar, since: datetime) -> datetime | None:
    if limits.phone is None or work.phone == NONE:
        return None
    if work.phone == WRONG:
        return since
    return None if work.called_at else calendar.after(since, limits.phone)


def _email(work: Work, limits: Thresholds) -> datetime | None:
    if not limits.email or work.email == NONE:
        return None
    if work.email == WRONG:
        return work.since
    return None if work.mailed_at else work.called_at


def _notes(work: Work, limits: Thresholds, calendar: Calendar) -> datetime | None:
    if limits.notes is None or work.notes or work.acted_at is None:
        return None
    return calendar.after(work.acted_at, limits.notes)


def waiting_grade(work: Work, turns: datetime | None, rules: Rules, now: datetime) -> str:
    """Good: the first attempt came within the target."""
    if turns is not None and turns <= now:
        return BAD
    answered = work.answered_seconds
    return GOOD if answered is not None and answered <= rules.of(work.kind, work.status).target else NEUTRAL
