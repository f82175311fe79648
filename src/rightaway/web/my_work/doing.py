"""Do next: what somebody owns, by deadline, each with the one thing to do about it now."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, Final, NamedTuple
from urllib.parse import quote
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rightaway.accounts.actor import Actor
from rightaway.contacts.models import Entry, Task
from rightaway.engine.facts import Directory
from rightaway.ledger.arrays import plain
from rightaway.ledger.statements import Row as Found
from rightaway.ledger.statements import asked, columns_of, fetched, made
from rightaway.routing.directory import directory_asked
from rightaway.web import formats, tags
from rightaway.web.addresses import address_of
from rightaway.web.basics import Basics, Mark, basics_of
from rightaway.web.contacts.words import BANDS
from rightaway.web.kept import Filling, Piece, piece
from rightaway.web.my_work import words
from rightaway.web.my_work.kept_words import KeptWords
from rightaway.web.profile.words import TASK_ICONS, TASK_KINDS
from rightaway.work import tasks
from rightaway.work.basics import rules
from rightaway.work.models import Item
from rightaway.work.person_view import ItemView, person_views
from rightaway.work.updates import Request, requests_of

MOST: Final = 50
MISSED: Final = {
    "no_answer": gettext_lazy("No answer at %(time)s"),
    "busy": gettext_lazy("Busy at %(time)s"),
    "voicemail": gettext_lazy("Left a message at %(time)s"),
    "wrong_number": gettext_lazy("Wrong number at %(time)s"),
    "missed": gettext_lazy("Missed the visit at %(time)s"),
    "bounced": gettext_lazy("The e-mail came back at %(time)s"),
}
# A basic that is bad, and what mends it.
MENDS: Final[dict[str, tuple[str, Any]]] = {
    "phone": ("phone", gettext_lazy("Call")),
    "email": ("mail", gettext_lazy("Send an e-mail")),
    "notes": ("sticky-note", gettext_lazy("Write a note")),
    "task": ("calendar", gettext_lazy("Plan the next step")),
    "status": ("activity", gettext_lazy("Set the status")),
}
# The kinds of all and how many there are of each; then, on top, requests for an update, then questions and tasks of
# today; each by what turns bad first. Without its columns what is not asked about.
_OWNED: Final = f"""
WITH owned AS MATERIALIZED (
    SELECT i.organisation_id, i.id, i.kind, i.band, least(i.attention_at, i.update_due_at, i.next_task_at) AS deadline,
        CASE WHEN i.update_asked_at IS NOT NULL THEN 0
             WHEN i.unanswered_since IS NOT NULL OR i.next_task_at < %(tonight)s::timestamptz THEN 1 ELSE 2 END AS rank
    FROM work_assignment a
    JOIN work_item i ON i.organisation_id = a.organisation_id AND i.id = a.item_id AND i.state = 'assigned'
    WHERE a.organisation_id = %(organisation)s::smallint AND a.agent_id = %(agent)s::uuid AND a.ended_at IS NULL
      AND a.role_id IS NULL
), kinds AS (
    SELECT array_agg(kind ORDER BY kind) AS names, array_agg(n ORDER BY kind) AS counts
    FROM (SELECT kind, count(*) AS n FROM owned GROUP BY kind) each
), first AS (
    SELECT owned.* FROM owned, kinds WHERE kind = %(kind)s OR %(kind)s <> ALL (kinds.names)
    ORDER BY rank, deadline NULLS LAST, band DESC, id LIMIT %(most)s::int
)
SELECT kinds.names, kinds.counts, first.id, {columns_of(Item, "i")}
FROM kinds, first LEFT JOIN work_item i ON i.organisation_id = first.organisation_id AND i.id = first.id
  AND (%(about)s::uuid[] IS NULL OR i.id = ANY (%(about)s::uuid[]))
ORDER BY first.rank, first.deadline NULLS LAST, first.band DESC, first.id
"""
# Of each item what was asked last, and what a person did last about it.
_LAST: Final = f"""
SELECT DISTINCT ON (e.item_id, e.kind = 'enquiry') {columns_of(Entry, "e")} FROM contacts_entry e
WHERE e.organisation_id = %(organisation)s::smallint AND e.contact_id = ANY (%(contacts)s::uuid[])
  AND e.item_id = ANY (%(items)s::uuid[]) AND (
    e.kind = 'enquiry' OR e.action <> 'none' AND e.kind NOT IN ('assigned', 'task', 'update_requested'))
ORDER BY e.item_id, e.kind = 'enquiry', e.at DESC, e.id DESC
"""
_NEVER: Final = datetime.max.replace(tzinfo=timezone.get_fixed_timezone(0))


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do. `state` is good, neutral, bad or caution, as the glyph before `why`; `since`: it waits, from
    then on. `due`: by when. `task_id`: doing it ends that task."""

    icon: str
    text: str
    state: str
    why: str = ""
    since: datetime | None = None
    due: datetime | None = None
    task_id: UUID | None = None


class Look(NamedTuple):
    """What a row may have in common with others: its shapes, and what there is to do in it. `marks` are the basics, as
    (gap that says it, state)."""

    icon: str
    state: str
    waits: bool
    calls: bool
    ends: bool  # doing it ends a task
    best: bool
    marks: tuple[tuple[str, str], ...]


class Said(NamedTuple):
    """All that a row says."""

    id: UUID
    title: str
    under: str
    phone: str
    band: str
    action: Action
    marks: tuple[Mark, ...]
    kind: str  # of the list that it stands in


class ListLook(NamedTuple):
    """`kinds`: (kind, its name) of everything that somebody owns, to choose from, where there are several."""

    any: bool
    more: bool  # than are shown
    kinds: tuple[tuple[str, str], ...] = ()
    chosen: str | None = ""


@dataclass(frozen=True, slots=True)
class Doing:
    """The list, as `doing_list.html` shows it."""

    rows: list[Filling]  # each an item, with the one thing to do about it
    look: ListLook
    gaps: dict[str, object]


def doing(actor: Actor, kind: str = "", about: Collection[UUID] | None = None) -> Doing:
    """`kind` shows only one kind of item. `about`: of other items it only says where they stand."""
    found: list[Found] = []
    known = directory_asked()
    if actor.agent_id is not None:
        asked_for = None if about is None else plain(about)
        found = fetched(_OWNED, agent=actor.agent_id, kind=kind, tonight=_tonight(), most=MOST, about=asked_for)
    kinds: dict[str, int] = dict(zip(found[0][0], found[0][1], strict=True)) if found else {}
    items = [made(Item, row[3:]) for row in found if row[3] is not None]
    said = _said(actor, items, kind, known) if items else {}
    total = kinds.get(kind) or sum(kinds.values())
    named = tuple((name, str(words.KINDS_MANY.get(name, words.kind_word(name)))) for name in kinds)
    look = ListLook(
        any=bool(found), more=total > len(found), kinds=named if len(named) > 1 else (),
        chosen=kind if kind == "" or kind in kinds else None,
    )  # fmt: skip
    rows = [_filling(id, said.get(id)) for _names, _counts, id, *_columns in found]
    return Doing(rows, look, {"total": total, "shown": len(found), "query": quote(kind)})


def _filling(id: UUID, said: Said | None) -> Filling:
    if said is None:
        return Filling(piece("my_work/doing_row_as_it_is.html", {}, formats.reader()), {"id": id})
    return Filling(_kept.of(id, said), {})


def _tonight() -> datetime:
    """The end of today, where its reader is."""
    today = timezone.localtime(formats.now()).date()
    return datetime.combine(today + timedelta(days=1), time(), timezone.get_current_timezone())


def _said(actor: Actor, items: Sequence[Item], kind: str, known: Callable[[], Directory]) -> dict[UUID, Said]:
    entries = asked(
        _LAST, contacts=plain({item.contact_id for item in items}), items=plain(item.id for item in items)
    )  # fmt: skip
    views = person_views(actor, items)
    said, last = _last(entries())
    wanted = requests_of(items)
    planned = tasks.mine_first_due(actor, [item.id for item in items if item.next_task_at is not None])
    limits = rules(known())
    marks = {item.id: basics_of(item, limits) for item in items}
    return {
        item.id: _row(
            view, said[item.id].text if item.id in said and not view.masked else "", wanted.get(item.id),
            _chosen(item, marks[item.id], planned, last.get(item.id), wanted.get(item.id)), marks[item.id], kind,
        )
        for item, view in zip(items, views, strict=True)
    }  # fmt: skip


def _last(found: list[Found]) -> tuple[dict[UUID | None, Entry], dict[UUID | None, Entry]]:
    """What was asked last, and what a person did last, by item."""
    rows = [made(Entry, row) for row in found]
    enquiries = {row.item_id: row for row in rows if row.kind == "enquiry"}
    done = {row.item_id: row for row in rows if row.kind != "enquiry"}
    return enquiries, done


def _row(view: ItemView, message: str, asked: Request | None, action: Action, basics: Basics | None, kind: str) -> Said:
    wants = asked.note if asked is not None and asked.note else words.need(view, message)
    under = wants or ", ".join(value for _name, value in words.facts(view)) or words.kind_word(view.kind)
    return Said(view.id, words.title(view), under, words.phone(view), view.band, action, tuple(basics or ()), kind)


def _made(said: Said) -> Piece:
    action = said.action
    look = Look(
        icon=action.icon, state=action.state, waits=action.since is not None,
        calls=bool(said.phone) and action.icon == "phone", ends=action.task_id is not None,
        best=said.band in words.BEST, marks=tuple((f"basic_{mark.name}", mark.state) for mark in said.marks),
    )  # fmt: skip
    gaps: dict[str, object] = {
        "id": said.id, "title": said.title, "under": said.under, "address": address_of("contact", said.id),
        "phone": said.phone, "action": action.text,
        "why": action.why if action.since is None else tags.since(action.since),
        "due": "–" if action.due is None else tags.moment(action.due), "band": BANDS[said.band],
        "task": action.task_id, "kind": said.kind,
    }  # fmt: skip
    for mark in said.marks:
        gaps[f"basic_{mark.name}"] = mark.spoken
    return piece("my_work/doing_row.html", {"look": look}, formats.reader()).partly(gaps)


_kept: Final = KeptWords(_made)


def _chosen(
    item: Item, basics: Basics | None, planned: Mapping[UUID, Task], last: Entry | None, asked: Request | None
) -> Action:
    """A request for an update, else what somebody waits for soonest, else what mends the basics; then the next."""
    task = planned.get(item.id)
    pressing = list(_pressing(item, task, asked))
    if pressing:
        return pressing[0] if asked is not None else min(pressing, key=lambda action: action.due or _NEVER)
    if task is None and last is not None and last.outcome in MISSED:
        return Action("phone", _("Try again"), "neutral", _missed(last))
    bad = next((mark for mark in basics or () if mark.state == "bad" and mark.name in MENDS), None)
    if bad is not None:
        icon, text = MENDS[bad.name]
        return Action(icon, str(text), "bad", f"{bad.label}: {bad.words}", due=item.attention_at)
    if task is not None:
        return _task(task, "good")
    return _after(last)


def _pressing(item: Item, task: Task | None, asked: Request | None) -> Iterator[Action]:
    now = formats.now()
    if asked is not None:
        why = _("%(who)s asked, due %(time)s") % {
            "who": asked.by or _("A manager"), "time": formats.moment(asked.due_at),
        }  # fmt: skip
        yield Action("bell", _("Give an update"), "bad" if asked.due_at <= now else "caution", why, due=asked.due_at)
    if item.unanswered_since is not None:
        late = item.waiting_bad_at is not None and item.waiting_bad_at <= now
        text = _("Answer again") if item.first_attempt_at is not None else _("Make the first call")
        due = item.waiting_bad_at or item.unanswered_since
        yield Action("phone", text, "bad" if late else "neutral", since=item.unanswered_since, due=due)
    if task is not None and task.due_at < _tonight():
        yield _task(task, "neutral")


def _task(task: Task, state: str) -> Action:
    now = formats.now()
    if task.due_at <= now:
        late = formats.duration((now - task.due_at).total_seconds())
        state, why = "bad", _("Overdue %(time)s") % {"time": late}
    else:
        why = _("Task due today") if state == "neutral" else _("Planned")
    text = task.text or str(TASK_KINDS[task.kind])
    return Action(TASK_ICONS[task.kind], text, state, why, due=task.due_at, task_id=task.id)


def _missed(last: Entry) -> str:
    return str(MISSED[last.outcome]) % {"time": formats.clock_time(last.at)}


def _after(last: Entry | None) -> Action:
    """Nothing presses and nothing is planned."""
    if last is None:
        return Action("sticky-note", _("Write a note"), "neutral", _("Nothing logged yet"))
    said = {"ago": formats.ago(last.at)}
    if last.kind == "note":
        return Action("check", _("Nothing is due"), "good", _("Note written %(ago)s") % said)
    if not last.text:
        return Action("sticky-note", _("Write a note"), "neutral", _("Spoken %(ago)s, no note yet") % said)
    return Action("check", _("Nothing is due"), "good", _("Last logged %(ago)s") % said)
