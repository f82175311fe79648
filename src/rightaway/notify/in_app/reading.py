"""A member's notices in sentences, made of what this reader may see now: whom they lost is not named any more."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.utils.text import Truncator
from django.utils.translation import gettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from rightaway.accounts.actor import Actor
from rightaway.accounts.memberships import membership_of
from rightaway.accounts.models import Membership
from rightaway.accounts.roles import Role
from rightaway.contacts.models import Entry
from rightaway.ledger.statements import fetched
from rightaway.notify.models import Notice
from rightaway.work import access
from rightaway.work.models import Offer
from rightaway.work.person_view import ItemView, person_views

MOST_COUNTED: Final = 100  # unread ones are counted up to here
_UNREAD: Final = """
SELECT count(*) FROM (
    SELECT FROM notify_notice
    WHERE organisation_id = %(organisation)s::smallint AND membership_id = %(membership)s::uuid AND read_at IS NULL
    LIMIT %(most)s::int
) n
"""
NAMED: Final = 3  # of several together, so many are named
TOGETHER: Final = timedelta(hours=1)
_LONGEST: Final = 200  # of a reason, in letters

# kind → (nobody is named, somebody did it)
ONE: Final[dict[str, tuple[Any, Any]]] = {
    "offered": (_("A contact was offered to you."), _("%(by)s offered you a contact.")),
    "assigned": (_("A contact was assigned to you."), _("%(by)s assigned you a contact.")),
    "taken": (_("A contact was taken from you."), _("%(by)s took a contact from you.")),
    "asked": (_("You are asked for an update."), _("%(by)s asks you for an update.")),
    "confirm": (
        _("Contacts are to be taken back: you may agree."),
        _("%(by)s wants to take contacts back: do you agree?"),
    ),
    "role": (_("You have a role in a contact now."), _("%(by)s gave you a role in a contact.")),
    "role_taken": (_("A role in a contact was taken from you."), _("%(by)s took a role in a contact from you.")),
    "missed": (_("An offer to you expired and went on."), None),
    "break": (_("You are on break: you missed two offers in a row."), None),
    "nobody": (_("A contact waits: nobody can take it just now."), None),
    "task_due": (_("A task of yours is due."), None),
    "wrote": (_("A contact of yours wrote."), None),
}
SEVERAL: Final[dict[str, tuple[Any, Any]]] = {
    "offered": (
        ngettext_lazy("%(count)d contact was offered to you.", "%(count)d contacts were offered to you.", "count"),
        ngettext_lazy("%(by)s offered you %(count)d contact.", "%(by)s offered you %(count)d contacts.", "count"),
    ),
    "assigned": (
        ngettext_lazy("%(count)d contact was assigned to you.", "%(count)d contacts were assigned to you.", "count"),
        ngettext_lazy("%(by)s assigned you %(count)d contact.", "%(by)s assigned you %(count)d contacts.", "count"),
    ),
    "taken": (
        ngettext_lazy("%(count)d contact was taken from you.", "%(count)d contacts were taken from you.", "count"),
        ngettext_lazy("%(by)s took %(count)d contact from you.", "%(by)s took %(count)d contacts from you.", "count"),
    ),
    "asked": (
        ngettext_lazy("%(count)d update is asked of you.", "%(count)d updates are asked of you.", "count"),
        ngettext_lazy(
            "%(by)s asks you for %(count)d update.", "%(by)s asks you for %(count)d updates.", "count"
        ),
    ),
    "missed": (
        ngettext_lazy(
            "%(count)d offer to you expired and went on.", "%(count)d offers to you expired and went on.", "count"
        ),
        None,
    ),
    "nobody": (
        ngettext_lazy(
            "%(count)d contact waits: nobody can take it just now.",
            "%(count)d contacts wait: nobody can take them just now.", "count",
        ),
        None,
    ),
    "task_due": (ngettext_lazy("%(count)d task of yours is due.", "%(count)d tasks of yours are due.", "count"), None),
    "wrote": (ngettext_lazy("%(count)d contact of yours wrote.", "%(count)d contacts of yours wrote.", "count"), None),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One notice, or several of a kind together: `count` of them, the newest `at`.

    `items` are the first few that the reader may see. `by` is who did it, where a person or a key did and may be named.
    `subject_id` is what the event is about; `reason` why one was taken, as whoever took it told the owner.
    """

    id: UUID
    kind: str
    at: datetime
    read: bool
    count: int
    by: str
    items: tuple[ItemView, ...]
    subject_id: UUID
    reason: str = ""

    @property
    def text(self) -> str:
        forms = ONE[self.kind] if self.count == 1 else SEVERAL[self.kind]
        form = forms[1] if self.by and forms[1] is not None else forms[0]
        text = str(form % {"by": self.by, "count": self.count}) if "%(" in str(form) or self.count > 1 else str(form)
        return f"{text.removesuffix('.')}: {self.reason}" if self.reason else text

    @property
    def more(self) -> int:
        """How many are not among `items`."""
        return self.count - len(self.items)


@dataclass(frozen=True, slots=True)
class Page:
    """`next` is the id before which the following page begins; null on the last. `newest` is of all notices."""

    lines: list[Line]
    next: UUID | None
    newest: UUID | None


def notices(actor: Actor, *, before: UUID | None = None, limit: int = 50) -> Page:
    """The member's notices, the newest first, `limit` of them, those of a kind together, but for offers that wait for
    an answer. Nothing for a key of its own.

    Runs inside `organisation(…)`.
    """
    mine = Notice.objects.filter(membership=membership_of(actor)).order_by("-id")
    newest = mine.values_list("id", flat=True).first()
    found = list((mine if before is None else mine.filter(id__lt=before))[: limit + 1])
    rows = found[:limit]
    lines = _lines(actor, _together(rows, _waiting(actor)))
    return Page(lines, rows[-1].id if len(found) > limit else None, newest)


def unread(actor: Actor) -> int:
    """How many are new, counted up to `MOST_COUNTED`."""
    [(count,)] = fetched(_UNREAD, membership=membership_of(actor), most=MOST_COUNTED)
    return int(count)


def _waiting(actor: Actor) -> set[UUID]:
    """The items that are offered to the reader now."""
    return set(Offer.objects.filter(agent=actor.agent_id, state="open").values_list("item", flat=True))


def _together(rows: Iterable[Notice], waiting: set[UUID]) -> list[list[Notice]]:
    """Rows of the same kind, by the same person and within an hour are one line, where the newest of them stands."""
    groups: list[list[Notice]] = []
    last: dict[tuple[object, ...], list[Notice]] = {}
    for row in rows:
        alone = row.kind not in SEVERAL or (row.kind == "offered" and row.item_id in waiting)
        key = (row.kind, row.by, row.by_id, row.read_at is None, row.id if alone else None)
        group = last.get(key)
        if group is None or group[0].at - row.at > TOGETHER:
            group = last[key] = []
            groups.append(group)
        group.append(row)
    return groups


def _lines(actor: Actor, groups: Sequence[Sequence[Notice]]) -> list[Line]:
    shown = [list(dict.fromkeys(row.item_id for row in group if row.item_id))[:NAMED] for group in groups]
    views = _views(actor, {id for ids in shown for id in ids})
    reasons = _reasons([group[0] for group in groups if len(group) == 1])
    people = _people(actor, {group[0].by_id for group in groups if group[0].by == "member"})
    return [
        Line(
            id=group[0].id, kind=group[0].kind, at=group[0].at, read=group[0].read_at is not None, count=len(group),
            by=_by(group[0], people), items=tuple(views[id] for id in ids if id in views),
            subject_id=group[0].subject_id, reason=reasons.get(group[0].id, "") if len(group) == 1 else "",
        )
        for group, ids in zip(groups, shown, strict=True)
    ]  # fmt: skip


def _views(actor: Actor, ids: set[UUID]) -> dict[UUID, ItemView]:
    items = list(access.visible_items(actor).filter(id__in=ids)) if ids else []
    return {view.id: view for view in person_views(actor, items)}


def _reasons(rows: Sequence[Notice]) -> dict[UUID, str]:
    """Why each was taken: the line of its timeline of that instant."""
    taken = {(row.item_id, row.at): row.id for row in rows if row.kind == "taken" and row.by != "system"}
    said = Entry.objects.filter(item_id__in=[item for item, _at in taken], kind="revoked").exclude(text="")
    found = said.values_list("item_id", "at", "text") if taken else []
    return {
        taken[item, at]: Truncator(" ".join(text.split())).chars(_LONGEST)
        for item, at, text in found
        if (item, at) in taken
    }


def _people(actor: Actor, ids: set[UUID | None]) -> dict[UUID, str]:
    """Who acted. An agent is told the names of managers, not of other agents."""
    members = Membership.objects.filter(id__in=ids)
    if actor.role is Role.AGENT:
        members = members.exclude(role=Role.AGENT.value)
    return dict(members.values_list("id", "user__name")) if ids else {}


def _by(row: Notice, people: Mapping[UUID, str]) -> str:
    if row.by == "key":
        return gettext("An API key")
    return people.get(row.by_id, "") if row.by == "member" and row.by_id else ""
