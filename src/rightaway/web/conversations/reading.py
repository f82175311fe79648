"""What the conversations' pages show, to one reader: lists by waiting, a thread with its routing, and who it is with.

Names and texts come only with items that the reader sees openly; of others there is only that somebody waits.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from rightaway.accounts.actor import Actor
from rightaway.accounts.roles import Relation
from rightaway.conversations.channels import CHANNELS
from rightaway.conversations.models import Attachment, Conversation, Delivery, Message, Seen
from rightaway.ledger.errors import RightawayError
from rightaway.ledger.ids import new_id
from rightaway.web import formats
from rightaway.web.contacts.rows import Row, rows_of
from rightaway.web.conversations import words
from rightaway.web.profile.forms import Forms
from rightaway.web.profile.shown import Profile
from rightaway.web.profile.words import ICONS
from rightaway.work import access, conversing
from rightaway.work.actions.reply import address_of
from rightaway.work.models import Item
from rightaway.work.sentences import headline

LATE: Final = timedelta(minutes=10)  # that somebody waits in a conversation

MOST: Final = 100  # rows of a list, and what a count goes up to
MOST_LINES: Final = 300
_TOGETHER: Final = timedelta(minutes=5)  # messages of one writer closer than this share one line of time
_NOT_NEWS: Final = frozenset({"received", "attached"})  # the message itself stands there


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the list. `row` is the item as the grid shows it."""

    conversation: Conversation
    row: Row
    text: str
    unread: bool
    chosen: bool

    @property
    def channel(self) -> Any:
        return words.CHANNELS[self.conversation.channel]

    @property
    def icon(self) -> str:
        return CHANNELS[self.conversation.channel].icon

    @property
    def is_late(self) -> bool:
        since = self.conversation.waits_since
        return since is not None and formats.now() - since >= LATE


@dataclass(frozen=True, slots=True)
class Shelf:
    """A list: its tab, its lines, and how many each tab has."""

    tab: str
    listed: tuple[Listed, ...]
    counts: tuple[tuple[str, Any, str, bool], ...]
    previous: UUID | None
    next: UUID | None
    held: int

    @property
    def first(self) -> Listed | None:
        return self.listed[0] if self.listed else None


def shelf(actor: Actor, *, tab: str, chosen: UUID | None = None, held: int = 0) -> Shelf:
    """Whoever waits first, the longest on top; then the latest."""
    tab = tab if tab in words.TABS else "all"
    found = conversing.by_waiting(conversing.visible(actor, tab), MOST)
    counts = tuple(
        (name, label, _told(conversing.visible(actor, name).values("id")[: MOST + 1].count()), name == tab)
        for name, label in words.TABS.items()
    )
    ids = [row.id for row in found]
    at = ids.index(chosen) if chosen in ids else -1
    return Shelf(
        tab, tuple(_listed(actor, found, chosen)), counts,
        ids[at - 1] if at > 0 else None, ids[at + 1] if at + 1 < len(ids) else None, held,
    )  # fmt: skip


def waiting_count(actor: Actor) -> int:
    """How many conversations wait for an answer, as the navigation counts: an agent's own, a manager's all."""
    rows = conversing.visible(
        actor, "all" if actor.may("item.assign", frozenset({Relation.TEAM, Relation.ANY})) else "mine"
    )
    return len(rows.filter(waits_since__isnull=False).values_list("id")[:MOST])


def _listed(actor: Actor, found: Sequence[Conversation], chosen: UUID | None) -> Iterable[Listed]:
    items = {item.id: item for item in Item.objects.filter(id__in={each.item_id for each in found})}
    rows = {row.item.id: row for row in rows_of(actor, list(items.values()))}
    seen = dict(
        Seen.objects.filter(membership_id=actor.id, conversation__in=[each.id for each in found]).values_list(
            "conversation", "at"
        )
    )
    for each in found:
        row = rows[each.item_id]
        is_new = each.last_direction != "out" and (each.id not in seen or seen[each.id] < each.last_at)
        text = "" if row.item.masked else each.last_text or str(words.CHANNELS[each.channel])
        yield Listed(each, row, text, is_new and each.id != chosen, each.id == chosen)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a thread. `kind` is day, event, in, out, note or call; `shows_at`: its time stands below it."""

    kind: str
    at: datetime
    text: str = ""
    html: str = ""
    who: str = ""
    icon: str = ""
    id: UUID | None = None
    state: str = ""
    error: str = ""
    files: tuple[Attachment, ...] = ()
    mark: str = ""
    shows_at: bool = True

    @property
    def state_words(self) -> Any:
        return words.STATES.get(self.state, "")


class Thread:
    """One conversation as its reader sees it. Each part is read when the template first asks for it."""

    def __init__(self, actor: Actor, conversation: Conversation, item: Item) -> None:
        self.actor, self.conversation, self.item = actor, conversation, item

    @cached_property
    def profile(self) -> Profile:
        return Profile(self.actor, self.item, query={}, forms=Forms.empty(self.actor, self.item))

    @cached_property
    def row(self) -> Row:
        return rows_of(self.actor, [self.item])[0]

    @property
    def masked(self) -> bool:
        return self.row.item.masked

    @property
    def name(self) -> str:
        return self.row.name

    @property
    def channel(self) -> Any:
        return words.CHANNELS[self.conversation.channel]

    @cached_property
    def is_late(self) -> bool:
        since = self.conversation.waits_since
        return since is not None and formats.now() - since >= LATE

    @property
    def key(self) -> str:
        """The writer's own id of what they write next: pressed twice, it is sent once."""
        return str(new_id())

    @cached_property
    def may_claim(self) -> bool:
        """Whether answering may make it theirs."""
        return self.item.owner_id is None and (self.profile.may.claim or (
            self.profile.may.assign and self.actor.agent_id is not None
        ))  # fmt: skip

    @cached_property
    def hindrance(self) -> str:
        """Why no answer can be sent, in words; empty when one can."""
        if CHANNELS[self.conversation.channel].way != "email":
            return ""
        try:
            address_of(self.conversation)
        except RightawayError as error:
            return _(error.title())
        return ""

    @cached_property
    def may_write(self) -> bool:
        return not self.masked and self.item.state != "closed" and (self.profile.may.touch or self.may_claim)

    @cached_property
    def lines(self) -> list[Line]:
        """In order of time, with days between; of a long thread its end."""
        found = sorted([*self._messages(), *self._events()], key=lambda line: line.at)[-MOST_LINES:]
        return list(_with_days(_timed(found)))

    def _messages(self) -> list[Line]:
        rows = list(Message.objects.filter(conversation=self.conversation.id).order_by("-id")[:MOST_LINES])
        if self.masked:
            return [Line(row.direction, row.at) for row in rows if row.direction != "note"]
        files = conversing.files_of(rows)
        errors = dict(
            Delivery.objects.filter(message__in=[row.id for row in rows])
            .exclude(error="")
            .values_list("message", "error")
        )
        names = self._agents({row.agent_id for row in rows if row.agent_id})
        return [
            Line(
                row.direction, row.at, row.text, row.html, id=row.id, state=row.state, error=errors.get(row.id, ""),
                who="" if row.direction == "in" else names.get(row.agent_id, _("Somebody")),
                files=tuple(files.get(row.id, ())), mark=self._doubt(row),
            )
            for row in rows
        ]  # fmt: skip

    def _doubt(self, row: Message) -> str:
        """What speaks against the sender being who they say."""
        if row.direction != "in" or self.conversation.channel != "email":
            return ""
        return _("The sender could not be confirmed") if row.data.get("dmarc") == "fail" else ""

    def _agents(self, ids: set[UUID]) -> dict[UUID | None, str]:
        known = dict(access.visible_agents(self.actor).filter(id__in=ids).values_list("id", "name"))
        return {id: known.get(id, _("Another agent")) for id in ids}

    def _events(self) -> Iterable[Line]:
        for step in self.profile.steps:
            if step.code not in _NOT_NEWS and step.at >= self.conversation.made_at:
                icon = ICONS.get(step.code, "layers" if step.code.startswith("pool") else "route")
                yield Line("event", step.at, headline(step), icon=icon)


def _timed(lines: Sequence[Line]) -> Iterable[Line]:
    """Of messages that follow each other closely only the last one says when."""
    for line, after in zip(lines, [*lines[1:], None], strict=True):
        close = (
            after is not None and (after.kind, after.who) == (line.kind, line.who) and after.at - line.at < _TOGETHER
        )
        yield replace(line, shows_at=not close or line.state not in ("received", "sent"))


def _with_days(lines: Iterable[Line]) -> Iterable[Line]:
    day: date | None = None
    for line in lines:
        today = timezone.localtime(line.at).date()
        if today != day:
            yield Line("day", line.at)
            day = today
        yield line


def _told(count: int) -> str:
    return f"{MOST}+" if count > MOST else formats.number(count)
