"""The basics of one item in words: for each of them a shape, what it says, and when it turns bad. Pure: it reads the
item's columns and the organisation's rules, never a table."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, ngettext

from rightaway.engine.basics import BAD, GOOD, NEUTRAL, NONE, VALID, WRONG, Rules, is_in_evaluate, waiting_grade
from rightaway.web import formats
from rightaway.web.contacts import words
from rightaway.work.basics import work_of
from rightaway.work.models import Item

LABELS: Final = {
    "status": gettext_lazy("Status"),
    "waiting": gettext_lazy("Waiting time"),
    "phone": gettext_lazy("Phone"),
    "email": gettext_lazy("E-mail"),
    "notes": gettext_lazy("Notes"),
    "task": gettext_lazy("Next task"),
}


NOT_DUE: Final = gettext_noop("Not due")
NOT_DONE: Final = gettext_noop("None")


class Mark(NamedTuple):
    """`state` is good, neutral or bad. With `since` the words count on from that instant. `turns_at`: when it turns
    bad as things stand; null where it is bad already, or will not. `counts` false: there is nothing to look after."""

    name: str
    state: str
    words: str = ""
    since: datetime | None = None
    turns_at: datetime | None = None
    counts: bool = True

    @property
    def label(self) -> Any:
        return LABELS[self.name]

    @property
    def turns_words(self) -> str:
        """The time of it, with its day where that is another."""
        assert self.turns_at is not None
        today = timezone.localtime(self.turns_at).date() == timezone.localtime(formats.now()).date()
        return formats.clock_time(self.turns_at) if today else formats.moment(self.turns_at)

    @property
    def spoken(self) -> str:
        """Where only the shape is seen: “Phone: Not called”."""
        waits = "" if self.since is None else formats.duration((formats.now() - self.since).total_seconds())
        return f"{self.label}: {self.words or waits}"


@dataclass(frozen=True, slots=True)
class Basics:
    marks: tuple[Mark, ...]

    def __iter__(self) -> Iterator[Mark]:
        return iter(self.marks)

    @property
    def good(self) -> int:
        return sum(mark.state == GOOD for mark in self.marks if mark.counts)

    @property
    def most(self) -> int:
        """How many there are to look after: who left no e-mail address cannot be written to."""
        return sum(mark.counts for mark in self.marks)

    @property
    def is_complete(self) -> bool:
        return self.good == self.most

    @property
    def turns_at(self) -> datetime | None:
        """When the next of them turns bad."""
        return min((mark.turns_at for mark in self.marks if mark.turns_at), default=None)


def basics_of(item: Item, rules: Rules) -> Basics | None:
    """As they stand now, in the order in which the grid shows them. None where the item is closed."""
    if item.state == "closed":
        return None
    now = formats.now()
    makers = (_status, _waiting, _phone, _email, _notes, _task)
    return Basics(tuple(make(item, rules, now) for make in makers))


def _mark(name: str, good: str, neutral: str, bad: str, bad_at: datetime | None, now: datetime) -> Mark:
    """`good` where it is done; else `neutral` until `bad_at`, then `bad`, both of which are translated here."""
    if bad_at is not None and bad_at <= now:
        return Mark(name, BAD, _(bad))
    return Mark(name, GOOD, good, turns_at=bad_at) if good else Mark(name, NEUTRAL, _(neutral), turns_at=bad_at)


def _status(item: Item, rules: Rules, now: datetime) -> Mark:
    name = words.status(item.status)
    if not is_in_evaluate(item.status, item.unanswered_since):
        return Mark("status", GOOD, name)
    told = name if item.status == "evaluate" else _("%(status)s, asked again") % {"status": name}
    if item.status_bad_at is not None and item.status_bad_at <= now:
        return Mark("status", BAD, told)
    return Mark("status", NEUTRAL, told, turns_at=item.status_bad_at)


def _waiting(item: Item, rules: Rules, now: datetime) -> Mark:
    state = waiting_grade(work_of(item), item.waiting_bad_at, rules, now)
    turns_at = item.waiting_bad_at if state != BAD else None
    if item.unanswered_since is not None:
        # At night nobody is late: what counts is when they will be.
        if turns_at is not None and not rules.calendar.between(now, now + timedelta(minutes=1)):
            return Mark("waiting", state, _("due %(time)s") % {"time": formats.moment(turns_at)}, turns_at=turns_at)
        return Mark("waiting", state, since=item.unanswered_since, turns_at=turns_at)
    if item.answered_seconds is not None:
        told = _("in %(time)s") % {"time": formats.duration(item.answered_seconds)}
        return Mark("waiting", state, told, turns_at=turns_at)
    if item.owner_id is None and item.waiting_bad_at is not None:
        return Mark("waiting", state, _("No owner"), turns_at=turns_at)
    return Mark("waiting", NEUTRAL, "–", counts=False)


def _phone(item: Item, rules: Rules, now: datetime) -> Mark:
    if item.phone_mark == NONE:
        return Mark("phone", NEUTRAL, _("No phone"), counts=False)
    if item.phone_mark == WRONG:
        return Mark("phone", BAD if item.phone_bad_at else NEUTRAL, _("Wrong no."))
    done = "" if item.called_at is None else _("Valid") if item.phone_mark == VALID else _("Called")
    return _mark("phone", done, NOT_DUE, gettext_noop("Not called"), item.phone_bad_at, now)


def _email(item: Item, rules: Rules, now: datetime) -> Mark:
    if item.email_mark == NONE:
        return Mark("email", NEUTRAL, _("No e-mail"), counts=False)
    if item.email_mark == WRONG:
        return Mark("email", BAD if item.email_bad_at else NEUTRAL, _("Bounced"))
    done = "" if item.mailed_at is None else _("Valid") if item.email_mark == VALID else _("Sent")
    return _mark("email", done, NOT_DUE, NOT_DONE, item.email_bad_at, now)


def _notes(item: Item, rules: Rules, now: datetime) -> Mark:
    done = ngettext("%(count)d note", "%(count)d notes", item.notes) % {"count": item.notes} if item.notes else ""
    return _mark("notes", done, NOT_DUE, NOT_DONE, item.notes_bad_at, now)


def _task(item: Item, rules: Rules, now: datetime) -> Mark:
    due = item.next_task_at
    if due is None:
        return _mark("task", "", NOT_DUE, NOT_DONE, item.task_bad_at, now)
    if due <= now:
        late = formats.duration((now - due).total_seconds())
        return Mark("task", BAD if item.task_bad_at else NEUTRAL, _("Overdue %(time)s") % {"time": late})
    today = timezone.localtime(due).date() == timezone.localtime(now).date()
    return Mark("task", NEUTRAL if today else GOOD, formats.moment(due), turns_at=item.task_bad_at)
