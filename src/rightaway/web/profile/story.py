"""The timeline of an item in words: its routing events, what was said and done, and moves along the pipeline."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from rightaway.accounts.actor import Actor
from rightaway.accounts.models import Membership
from rightaway.accounts.roles import Role
from rightaway.ledger.models import Event
from rightaway.people.models import Agent
from rightaway.web import formats
from rightaway.web.contacts.words import status
from rightaway.web.profile.words import DONE, ICONS, OUTCOMES, TONES
from rightaway.work import queries
from rightaway.work.explaining import Step
from rightaway.work.models import Item
from rightaway.work.queries import TimelineEntry
from rightaway.work.sentences import headline

MOST_LINES: Final = 200
SHOWS: Final = ("all", "assignment", "contact")
# These lines carry the reason that was given for an event of the same instant.
_REASONS: Final = ("assigned", "offered", "revoked", "handed_back", "role_assigned")


@dataclass(frozen=True, slots=True)
class Line:
    """`group` is assignment, contact (calls, notes, questions) or status; `said` what somebody wrote."""

    at: datetime
    group: str
    text: str
    icon: str
    tone: str = ""
    said: str = ""


@dataclass(frozen=True, slots=True)
class Day:
    at: datetime
    lines: tuple[Line, ...]


def days(actor: Actor, item: Item, steps: Sequence[Step], *, show: str) -> list[Day]:
    """The latest first, by local day; of what there is, the latest `MOST_LINES`."""
    entries = queries.timeline(actor, item, limit=MOST_LINES)
    reasons = {(entry.kind, entry.at): entry.text for entry in entries if entry.kind in _REASONS}
    asked = {entry.at: entry for entry in entries if entry.kind == "enquiry"}
    lines = [*_events(steps, reasons, asked), *_done(actor, entries, steps), *_moves(actor, item)]
    wanted = [line for line in lines if show in ("all", line.group)]
    wanted.sort(key=lambda line: line.at, reverse=True)
    return list(_by_day(wanted[:MOST_LINES]))


def _events(
    steps: Iterable[Step], reasons: dict[tuple[str, datetime], str], asked: dict[datetime, TimelineEntry]
) -> Iterator[Line]:
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
    arrivals = {step.at for step in steps if step.code in ("received", "attached")}
    for row in rows:
        icon = ICONS.get(row.kind, "sticky-note")
        if row.kind in DONE:
            text = str(DONE[row.kind]) % {"who": names.get(row.agent_id) or _somebody(row.agent_id)}
            yield Line(row.at, "contact", _with_outcome(text, row), icon, _tone(row), row.text)
        elif row.kind == "enquiry" and row.at not in arrivals:
            yield Line(row.at, "contact", _("A question came in"), icon, "", row.text)


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
    return {"contact": "good"}.get(row.action, "") if row.outcome != "wrong_number" else "bad"


def _moves(actor: Actor, item: Item) -> Iterator[Line]:
    rows = Event.objects.filter(subject_kind="item", subject_id=item.id, kind="moved").order_by("-seq")[:MOST_LINES]
    told = [(row.at, json.loads(row.body)) for row in rows]
    names = _member_names(actor, {UUID(body["by_id"]) for _at, body in told if "by_id" in body})
    for at, body in told:
        who = names.get(UUID(body["by_id"])) if "by_id" in body else None
        said = {"who": who or _("Somebody"), "before": status(body["before"]), "status": status(body["status"])}
        yield Line(at, "status", _("%(who)s moved it from %(before)s to %(status)s") % said, ICONS["moved"])


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
