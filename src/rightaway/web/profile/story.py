"""The timeline of an item in words: its routing events, what was said and done, tasks, and moves along the pipeline."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from rightaway.accounts.actor import Actor
from rightaway.accounts.models import Membership
from rightaway.accounts.roles import Role
from rightaway.contacts.models import Task
from rightaway.ledger.models import Event
from rightaway.people.models import Agent
from rightaway.web import formats
from rightaway.web.contacts.words import status
from rightaway.web.profile.words import CHANGES, DONE, ENDED_TASKS, ICONS, OUTCOMES, TASK_KINDS, TONES
from rightaway.work import notes, queries
from rightaway.work.explaining import MOST_STEPS, Step
from rightaway.work.models import Item
from rightaway.work.queries import TimelineEntry
from rightaway.work.sentences import headline

PAGE: Final = 100
SHOWS: Final = ("all", "assignment", "contact", "task")
_LONG: Final = 280  # characters of a text from which on it is folded
_LONG_LINES: Final = 5
# These lines carry the reason that was given for an event of the same instant.
_REASONS: Final = ("assigned", "offered", "revoked", "handed_back", "role_assigned")
_TASKS: Final = ("task_added", "task_moved", "task_given", "task_ended", "task_due")
_CHANGED: Final = ("moved", "prioritised", *_TASKS)


@dataclass(frozen=True, slots=True)
class Note:
    """What its reader may do with a note. `edit_until`: null where it is not theirs to change any more."""

    id: UUID
    pinned: bool
    edited: bool
    edit_until: datetime | None


@dataclass(frozen=True, slots=True)
class Line:
    """`group` is assignment, contact (calls, notes, questions), task or status; `said` what somebody wrote."""

    at: datetime
    group: str
    text: str
    icon: str
    tone: str = ""
    said: str = ""
    note: Note | None = None

    @property
    def is_long(self) -> bool:
        return len(self.said) > _LONG or self.said.count("\n") >= _LONG_LINES


@dataclass(frozen=True, slots=True)
class Day:
    at: datetime
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """One page, the latest first, by local day. `before` is where the next page begins; null on the last."""

    days: tuple[Day, ...]
    before: datetime | None


def story(actor: Actor, item: Item, steps: Sequence[Step], *, show: str, before: datetime | None = None) -> Story:
    """`PAGE` lines and whatever happened in the same instant as the last of them. `steps` are those `before` it.

    Each source is read so far as one page can need; where one of them ends early, the page ends there, so that
    nothing of another is told out of turn.
    """
    entries = queries.timeline(actor, item, limit=PAGE + 1, before=before)
    events = _changed(item, before)
    lines = [*_routed(steps, entries), *_done(actor, entries, steps), *_moves(actor, events)]
    ends = [rows[-1].at for rows in (entries, events) if len(rows) > PAGE]
    read_until = max([*ends, *_end_of_steps(item, before)], default=None)
    wanted = [line for line in lines if show in ("all", line.group) and (read_until is None or line.at >= read_until)]
    wanted.sort(key=lambda line: line.at, reverse=True)
    page = [line for line in wanted if len(wanted) <= PAGE or line.at >= wanted[PAGE - 1].at]
    more = len(page) < len(wanted) or read_until is not None
    last = page[-1].at if len(page) < len(wanted) else read_until
    return Story(tuple(_by_day(page)), last if more else None)


def pinned(actor: Actor, item: Item) -> list[Line]:
    """The notes that somebody pinned on top."""
    return list(_done(actor, queries.pinned_notes(actor, item), ()))


def _routed(steps: Iterable[Step], entries: Sequence[TimelineEntry]) -> Iterator[Line]:
    reasons = {(entry.kind, entry.at): entry.text for entry in entries if entry.kind in _REASONS}
    asked = {entry.at: entry for entry in entries if entry.kind == "enquiry"}
    for step in steps:
        text = headline(step)
        said = reasons.get((step.code, step.at), "")
        if step.code in ("received", "attached"):
            entry = asked.get(step.at)
            said = entry.text if entry else ""
        icon = ICONS.get(step.code, "layers" if step.code.startswith("pool") else "route")
        yield Line(step.at, "assignment", text, icon, TONES.get(step.code, ""), said)


def _done(actor: Actor, entries: Iterable[TimelineEntry], steps: Sequence[Step]) -> Iterator[Line]:
    rows = list(entries)
    names = _agent_names(actor, {row.agent_id for row in rows if row.agent_id})
    writers = _member_names(actor, {UUID(row.data[notes.BY]) for row in rows if row.data.get(notes.BY)})
    arrivals = {step.at for step in steps if step.code in ("received", "attached")}
    for row in rows:
        icon = ICONS.get(row.kind, "sticky-note")
        if row.kind in DONE:
            by = UUID(row.data[notes.BY]) if row.data.get(notes.BY) else None
            who = names.get(row.agent_id) or (writers.get(by) if by else None) or _somebody(row.agent_id)
            text = _with_outcome(str(DONE[row.kind]) % {"who": who}, row)
            yield Line(row.at, "contact", text, icon, _tone(row), row.text, _note(actor, row))
        elif row.kind == "enquiry" and row.at not in arrivals:
            yield Line(row.at, "contact", _("A question came in"), icon, "", row.text)


def _note(actor: Actor, row: TimelineEntry) -> Note | None:
    if row.kind != "note" or not row.text:
        return None
    until = row.at + notes.EDITABLE
    mine = notes.is_by(actor, row.data) and until > formats.now()
    edited = bool(row.data.get(notes.EDITED))
    return Note(row.id, bool(row.data.get(notes.PINNED)), edited, until if mine else None)


def _with_outcome(text: str, row: TimelineEntry) -> str:
    told = [str(OUTCOMES[row.outcome]).lower()] if row.outcome in OUTCOMES else []
    seconds = row.data.get("seconds")
    if isinstance(seconds, int) and seconds:
        told.append(_length(seconds))
    return f"{text}: {', '.join(told)}" if told else text


def _length(seconds: int) -> str:
    """3 min 12 s."""
    minutes, rest = divmod(seconds, 60)
    told = (formats.duration(60 * minutes) if minutes else "", f"{rest} s" if rest else "")
    return " ".join(part for part in told if part)


def _tone(row: TimelineEntry) -> str:
    return {"contact": "good"}.get(row.action, "") if row.outcome not in ("wrong_number", "bounced") else "bad"


def _changed(item: Item, before: datetime | None) -> list[Event]:
    """What people changed of the item beside its way, the latest first."""
    rows = Event.objects.filter(subject_kind="item", subject_id=item.id, kind__in=_CHANGED)
    if before is not None:
        rows = rows.filter(at__lt=before)
    return list(rows.order_by("-seq")[: PAGE + 1])


def _end_of_steps(item: Item, before: datetime | None) -> list[datetime]:
    """How far back `steps` tell; nothing where they tell everything."""
    rows = Event.objects.filter(subject_kind="item", subject_id=item.id)
    if before is not None:
        rows = rows.filter(at__lt=before)
    found = list(rows.order_by("-seq").values_list("at", flat=True)[MOST_STEPS - 1 : MOST_STEPS + 1])
    return found[:1] if len(found) > 1 else []


def _moves(actor: Actor, events: Iterable[Event]) -> Iterator[Line]:
    told = [(row.kind, row.at, json.loads(row.body)) for row in events]
    bodies = [body for _kind, _at, body in told]
    names = _member_names(actor, {UUID(body["by_id"]) for body in bodies if body.get("by_id")})
    tasks = Task.objects.in_bulk([UUID(body["task"]) for body in bodies if "task" in body])
    agents = _agent_names(actor, {UUID(body["for"]) for body in bodies if body.get("for")})
    for kind, at, body in told:
        who = (names.get(UUID(body["by_id"])) if body.get("by_id") else None) or _("Somebody")
        if kind in _TASKS:
            task = tasks.get(UUID(body["task"]))
            receiver = body.get("for")
            name = agents.get(UUID(receiver)) or _somebody(UUID(receiver)) if receiver else ""
            yield _task_line(kind, at, body, task, {"who": who, "name": name})
        elif kind == "moved":
            said = {"who": who, "before": status(body["before"]), "status": status(body["status"])}
            yield Line(at, "status", _("%(who)s moved it from %(before)s to %(status)s") % said, ICONS["moved"])
        else:
            code = kind if kind != "prioritised" or body["band"] > body["before"] else "unprioritised"
            yield Line(at, "status", str(CHANGES[code]) % {"who": who}, ICONS[kind])


def _task_line(kind: str, at: datetime, body: dict[str, Any], task: Task | None, said: dict[str, str]) -> Line:
    what = str(TASK_KINDS[task.kind]).lower() if task is not None else ""
    due = datetime.fromisoformat(body["due"]) if "due" in body else None
    said = {**said, "what": what, "due": _small(formats.moment(due)) if due else ""}
    sentence = ENDED_TASKS[body["outcome"]] if kind == "task_ended" else CHANGES[kind]
    if kind == "task_given" and not said["name"]:
        sentence = CHANGES["task_given_back"]
    tone = "good" if body.get("outcome") == "done" else ""
    return Line(at, "task", str(sentence) % said, ICONS["task"], tone, task.text if task is not None else "")


def _small(words: str) -> str:
    """As it stands inside of a sentence."""
    return f"{words[:1].lower()}{words[1:]}"


def _somebody(agent_id: UUID | None) -> str:
    return _("Another agent") if agent_id else _("Somebody")


def _agent_names(actor: Actor, ids: Iterable[UUID]) -> dict[UUID | None, str]:
    """What they are called for this viewer: an agent is not told the names of other agents."""
    wanted = set(ids)
    if actor.role is Role.AGENT:
        wanted &= {actor.agent_id} if actor.agent_id else set()
    return dict(Agent.objects.filter(id__in=wanted).values_list("id", "name"))


def _member_names(actor: Actor, ids: Iterable[UUID]) -> dict[UUID, str]:
    members = Membership.objects.filter(id__in=set(ids))
    if actor.role is Role.AGENT:
        members = members.exclude(role=Role.AGENT.value) | members.filter(id=actor.id)
    return dict(members.values_list("id", "user__name"))


def _by_day(lines: Iterable[Line]) -> Iterator[Day]:
    found: list[Line] = []
    for line in lines:
        if found and _day(found[0].at) != _day(line.at):
            yield Day(found[0].at, tuple(found))
            found = []
        found.append(line)
    if found:
        yield Day(found[0].at, tuple(found))


def _day(at: datetime) -> date:
    return timezone.localtime(at).date()
