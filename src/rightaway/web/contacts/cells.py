"""The basics of a contact in words and shapes, from the columns of its item: nothing else is read for a row."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rightaway.engine import hours
from rightaway.engine.basics import (
    BAD,
    GOOD,
    NEUTRAL,
    NONE,
    UNKNOWN,
    VALID,
    WRONG,
    Rules,
    is_in_evaluate,
    turns_bad,
    waiting_grade,
)
from rightaway.web import formats
from rightaway.web.contacts import words
from rightaway.work.basics import bad_columns, work_of
from rightaway.work.grid_filter import end_of_day
from rightaway.work.models import Item

NOTHING: Final = "–"
CAUTION: Final = "caution"


@dataclass(frozen=True, slots=True)
class Mark:
    """One of the four shapes with its words. With `since` the words count on from `counts_from`, which is later where
    the business was closed between."""

    state: str
    words: str = ""
    since: datetime | None = None
    counts_from: datetime | None = None

    @property
    def counts_ms(self) -> int | None:
        at = self.counts_from or self.since
        return None if at is None else int(at.timestamp() * 1000)


@dataclass(frozen=True, slots=True)
class Cells:
    """`asked`: a manager waits for a word of the owner. `turns_at`: then one of them changes by itself."""

    status: Mark
    waiting: Mark
    phone: Mark
    email: Mark
    notes: Mark
    task: Mark
    asked: datetime | None = None
    turns_at: datetime | None = None


_EMPTY: Final = Mark(NEUTRAL, NOTHING)


def cells_of(item: Item, rules: Rules, now: datetime, *, masked: bool, stages: words.Stages, task: str = "") -> Cells:
    """What each cell says. `task` is what the next task is about; nothing that tells of whoever is `masked` is used."""
    if item.state == "closed":
        told = words.outcome(item.outcome) if item.outcome else _("Closed")
        waiting = _answered(item, None, rules, now)
        return Cells(Mark(NEUTRAL, told), waiting, phone=_EMPTY, email=_EMPTY, notes=_EMPTY, task=_EMPTY)
    turns, marks = _turns(item), (item.phone_mark, item.email_mark)
    if masked:
        marks = (UNKNOWN, UNKNOWN)
        turns = bad_columns(turns_bad(replace(work_of(item), phone=UNKNOWN, email=UNKNOWN), rules))
    bad = {name: at is not None and at <= now for name, at in turns.items()}
    done = item.called_at, item.mailed_at
    due = item.basics_since is not None
    return Cells(
        status=_status(item, bad["status_bad_at"], stages),
        waiting=_waiting(item, turns["waiting_bad_at"], rules, now),
        phone=_reached(bad["phone_bad_at"], done[0], marks[0], due and turns["phone_bad_at"] is not None, _PHONE),
        email=_reached(bad["email_bad_at"], done[1], marks[1], due, _EMAIL),
        notes=_notes(item, bad["notes_bad_at"], due),
        task=_task(item, bad["task_bad_at"], rules, now, "" if masked else task),
        asked=item.update_asked_at,
        turns_at=min((at for at in _changes(item, turns, rules, now) if at > now), default=None),
    )


def _turns(item: Item) -> dict[str, datetime | None]:
    return {name: getattr(item, name) for name in _NAMES}


_NAMES: Final = tuple(f"{name}_bad_at" for name in ("status", "waiting", "phone", "email", "notes", "task"))


def _changes(item: Item, turns: dict[str, datetime | None], rules: Rules, now: datetime) -> Iterable[datetime]:
    yield from (at for at in turns.values() if at is not None)
    if item.next_task_at is not None:
        yield item.next_task_at
        yield end_of_day(rules, now)
    opening = rules.calendar.hours
    if opening is not None and item.unanswered_since is not None:  # the count stands still at night
        yield hours.state(opening, now)[1]


def _state(is_bad: bool, is_good: bool) -> str:
    return BAD if is_bad else GOOD if is_good else NEUTRAL


def _status(item: Item, is_bad: bool, stages: words.Stages) -> Mark:
    state = _state(is_bad, not is_in_evaluate(item.status, item.unanswered_since))
    return Mark(state, stages.name(item.kind, item.status))


def _waiting(item: Item, turns: datetime | None, rules: Rules, now: datetime) -> Mark:
    """Whoever waits: since when, or at night when it is late. Whoever was answered: in what time."""
    since = item.unanswered_since
    is_bad = turns is not None and turns <= now
    if since is None and item.owner_id is None and item.answered_seconds is None:
        since = item.basics_since  # nothing was asked, but nobody has it
    if since is None:
        return _answered(item, turns, rules, now)
    calendar = rules.calendar
    if turns is not None and not is_bad and calendar.between(now, now + timedelta(minutes=1)) == 0:
        return Mark(NEUTRAL, _("due %(time)s") % {"time": _soon(turns, now)})
    counts_from = now - timedelta(seconds=calendar.between(since, now))
    return Mark(BAD if is_bad else NEUTRAL, since=since, counts_from=counts_from)


def _answered(item: Item, turns: datetime | None, rules: Rules, now: datetime) -> Mark:
    if item.answered_seconds is None:
        return _EMPTY
    state = waiting_grade(work_of(item), turns, rules, now)
    return Mark(state, _("in %(time)s") % {"time": formats.duration(item.answered_seconds)})


def _soon(at: datetime, now: datetime) -> str:
    """9:10 where it is within a day, else with its day."""
    return formats.clock_time(at) if at - now < timedelta(days=1) else formats.moment(at)


@dataclass(frozen=True, slots=True)
class _Reach:
    """The words of a way to reach somebody: not done, the address is wrong, done, and there is no address."""

    missing: Any
    wrong: Any
    done: Any
    none: Any


_PHONE: Final = _Reach(gettext_lazy("Not called"), gettext_lazy("Wrong number"), gettext_lazy("Called"),
                       gettext_lazy("No number"))  # fmt: skip
_EMAIL: Final = _Reach(gettext_lazy("None sent"), gettext_lazy("Bounced"), gettext_lazy("Sent"),
                       gettext_lazy("No address"))  # fmt: skip


def _reached(is_bad: bool, done: datetime | None, mark: str, due: bool, told: _Reach) -> Mark:
    state = _state(is_bad, done is not None)
    if state == BAD:
        return Mark(BAD, told.wrong if mark == WRONG else told.missing)
    if state == GOOD:
        return Mark(GOOD, _("Valid") if mark == VALID else told.done)
    if mark == NONE:
        return Mark(NEUTRAL, told.none)
    return Mark(NEUTRAL, _("Not due") if due else NOTHING)


def _notes(item: Item, is_bad: bool, due: bool) -> Mark:
    state = _state(is_bad, item.notes > 0)
    if state == GOOD:
        return Mark(GOOD, formats.number(item.notes))
    return Mark(state, _("None") if state == BAD else _("Not due") if due else NOTHING)


def _task(item: Item, is_bad: bool, rules: Rules, now: datetime, about: str) -> Mark:
    at = item.next_task_at
    if at is None:
        if is_bad:
            return Mark(BAD, _("None"))
        return Mark(NEUTRAL, _("Not due") if item.basics_since is not None else NOTHING)
    state = _state(is_bad, at >= end_of_day(rules, now))
    if at <= now:
        return Mark(state, _("Overdue %(time)s") % {"time": formats.duration((now - at).total_seconds())})
    when = formats.upcoming(at, now)
    return Mark(state, f"{about}, {when}" if about else when[:1].upper() + when[1:])


KINDS: Final = {"call": gettext_lazy("Call"), "email": gettext_lazy("Email"), "meeting": gettext_lazy("Meeting")}
_LONGEST_ABOUT: Final = 24


def about(kind: str, text: str) -> str:
    """What a task is about, in a word or two."""
    known = str(KINDS.get(kind, ""))
    if known or len(text) <= _LONGEST_ABOUT:
        return known or text
    return f"{text[: _LONGEST_ABOUT - 1].rstrip()}…"
