"""Do next: what somebody owns, whoever waits first, each with the one thing to do about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rightaway.accounts.actor import Actor
from rightaway.contacts.models import Entry
from rightaway.web import formats
from rightaway.web.contacts.words import BANDS, source
from rightaway.web.my_work import words
from rightaway.web.my_work.offers import messages
from rightaway.work.models import Assignment, Item
from rightaway.work.person_view import ItemView, person_views
from rightaway.work.updates import Request, requests_of

MOST: Final = 50
LATE: Final = timedelta(minutes=10)
MISSED: Final = {
    "no_answer": gettext_lazy("No answer at %(time)s"),
    "busy": gettext_lazy("Busy at %(time)s"),
    "voicemail": gettext_lazy("Left a message at %(time)s"),
    "wrong_number": gettext_lazy("Wrong number at %(time)s"),
    "missed": gettext_lazy("Missed the visit at %(time)s"),
    "bounced": gettext_lazy("The e-mail came back at %(time)s"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One item. `state` is good, neutral or bad, as the glyph before `why`; `since`: it waits, from then on."""

    view: ItemView
    title: str
    under: str
    icon: str
    action: str
    state: str
    why: str
    since: datetime | None
    band: str
    source: str
    phone: str
    address: str


@dataclass(frozen=True, slots=True)
class Doing:
    rows: list[Row]
    total: int
    kinds: list[tuple[str, str]]  # (kind, its name) of everything that somebody owns, to choose from


def doing(actor: Actor, kind: str = "") -> Doing:
    """`kind` shows only one kind of item."""
    if actor.agent_id is None:
        return Doing([], 0, [])
    owned = Assignment.objects.filter(agent=actor.agent_id, ended_at=None, role_id=None)
    items = Item.objects.filter(id__in=owned.values("item"), state="assigned")
    kinds = sorted(items.values_list("kind", flat=True).distinct())
    if kind in kinds:
        items = items.filter(kind=kind)
    asked = list(items.filter(update_asked_at__isnull=False).order_by("update_due_at", "id")[:MOST])
    total, items = items.count(), items.filter(update_asked_at=None)
    order = F("unanswered_since").asc(nulls_last=True)
    waiting = list(items.filter(unanswered_since__isnull=False).order_by("-band", order, "id")[: MOST - len(asked)])
    rest = items.filter(unanswered_since__isnull=True).order_by("-band", "-assigned_at", "id")
    shown = [*asked, *waiting, *rest[: MOST - len(asked) - len(waiting)]]
    named = [(name, str(words.KINDS_MANY.get(name, words.kind_word(name)))) for name in kinds]
    return Doing(_rows(actor, shown), total, named if len(named) > 1 else [])


def _rows(actor: Actor, items: Sequence[Item]) -> list[Row]:
    views = person_views(actor, items)
    said, last, asked = messages(views), _last(views), requests_of(items)
    return [_row(view, said.get(view.id, ""), last.get(view.id), asked.get(view.id)) for view in views]


def _last(views: Sequence[ItemView]) -> dict[UUID, Entry]:
    """What a person did last about each item."""
    if not views:
        return {}
    contacts = {view.contact_id for view in views}
    rows = Entry.objects.filter(contact__in=contacts, item_id__in=[view.id for view in views])
    done = rows.exclude(action="none").exclude(kind="assigned").order_by("item_id", "-at", "-id").distinct("item_id")
    return {row.item_id: row for row in done}


def _row(view: ItemView, message: str, last: Entry | None, asked: Request | None) -> Row:
    icon, action, state, why = _action(view, last) if asked is None else _answer(asked)
    wants = asked.note if asked is not None and asked.note else words.need(view, message)
    phones = view.person.phones if view.person is not None else ()
    facts = ", ".join(value for _name, value in words.facts(view))
    return Row(
        view=view, title=words.title(view), under=wants or facts or words.kind_word(view.kind),
        icon=icon, action=action, state=state, why=why, since=None if asked is not None else view.unanswered_since,
        band=str(BANDS[view.band]), source=source(view.source),
        phone=next((reach.value for reach in phones if reach.verified), ""), address=words.profile_address(view),
    )  # fmt: skip


def _answer(asked: Request) -> tuple[str, str, str, str]:
    """As `_action`: somebody waits for a word."""
    late = formats.now() > asked.due_at
    who = asked.by or _("A manager")
    why = _("%(who)s asked, due %(time)s") % {"who": who, "time": formats.moment(asked.due_at)}
    return "bell", _("Give an update"), "bad" if late else "caution", why


def _action(view: ItemView, last: Entry | None) -> tuple[str, str, str, str]:
    """(icon, what to do, how bad it is, why now)"""
    if view.unanswered_since is not None:
        late = formats.now() - view.unanswered_since >= LATE
        asked = _("Answer again") if view.first_attempt_at is not None else _("Make the first call")
        return "phone", asked, "bad" if late else "neutral", ""
    if last is None:
        return "sticky-note", _("Write a note"), "neutral", _("Nothing logged yet")
    said = {"ago": formats.ago(last.at)}
    if last.outcome in MISSED:
        return "phone", _("Try again"), "neutral", str(MISSED[last.outcome]) % {"time": formats.clock_time(last.at)}
    if last.kind == "note":
        return "check", _("Nothing is due"), "good", _("Note written %(ago)s") % said
    if not last.text:
        return "sticky-note", _("Write a note"), "neutral", _("Spoken %(ago)s, no note yet") % said
    return "check", _("Nothing is due"), "good", _("Last logged %(ago)s") % said
