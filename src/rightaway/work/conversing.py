"""Reads of conversations for pages and the API. They write nothing and run inside `organisation(…)`.

Texts and subjects come only with items that the reader sees openly.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from rightaway.accounts.actor import Actor
from rightaway.accounts.roles import ALLOWED, Relation
from rightaway.conversations.models import Attachment, Conversation, Message
from rightaway.work import access, threads
from rightaway.work.models import Item
from rightaway.work.person_view import is_masked, person_views

MOST_MESSAGES: Final = 200


@dataclass(frozen=True, slots=True)
class ConversationView:
    """A conversation as its reader may see it."""

    id: UUID
    item_id: UUID
    contact_id: UUID
    channel: str
    state: str
    owner_id: UUID | None
    masked: bool
    subject: str
    last_text: str
    last_at: datetime
    waits_since: datetime | None


@dataclass(frozen=True, slots=True)
class MessageView:
    id: UUID
    direction: str
    state: str
    text: str
    html: str
    agent_id: UUID | None
    at: datetime
    files: list[Attachment]


def visible(actor: Actor, tab: str, state: str = "open") -> QuerySet[Conversation]:
    """Of a tab: unassigned, mine, or all that the actor may see."""
    rows: QuerySet[Conversation] = Conversation.objects.filter(state=state)
    if tab == "mine":
        mine = Item.objects.filter(id=OuterRef("item_id"), owner=actor.agent_id)
        return rows.filter(Exists(mine)) if actor.agent_id and actor.in_scope("item.view") else rows.none()
    items = access.visible_items(actor).filter(id=OuterRef("item_id"))
    if tab == "unassigned":
        items = items.filter(owner=None).exclude(state="closed")
    elif Relation.ANY in ALLOWED["item.view"][actor.role] and actor.in_scope("item.view"):
        return rows
    return rows.filter(Exists(items))


def by_waiting(rows: QuerySet[Conversation], limit: int) -> list[Conversation]:
    """Whoever waits first, the longest on top; then the latest."""
    found = list(rows.filter(waits_since__isnull=False).order_by("waits_since", "id")[:limit])
    return found + list(rows.filter(waits_since=None).order_by("-last_at", "-id")[: limit - len(found)])


def listed(actor: Actor, *, tab: str, state: str, limit: int) -> list[ConversationView]:
    return _views(actor, by_waiting(visible(actor, tab, state), limit))


def thread(actor: Actor, conversation_id: UUID) -> tuple[ConversationView, list[MessageView]]:
    """The conversation and its latest messages, in order. Raises NotFound, NotAllowed."""
    conversation, item = threads.conversation_for(actor, conversation_id, "item.view")
    masked = is_masked(actor, item)
    rows = list(Message.objects.filter(conversation=conversation.id).order_by("-id")[:MOST_MESSAGES])[::-1]
    files = files_of([] if masked else rows)
    messages = [
        MessageView(
            row.id, row.direction, row.state, "" if masked else row.text, "" if masked else row.html, row.agent_id,
            row.at, files.get(row.id, []),
        )
        for row in rows
        if not (masked and row.direction == "note")
    ]  # fmt: skip
    return _views(actor, [conversation])[0], messages


def files_of(messages: Iterable[Message]) -> dict[UUID, list[Attachment]]:
    """Their attachments, by message."""
    found: dict[UUID, list[Attachment]] = {}
    for file in Attachment.objects.filter(message__in=[row.id for row in messages]).order_by("id"):
        found.setdefault(file.message_id, []).append(file)
    return found


def _views(actor: Actor, rows: list[Conversation]) -> list[ConversationView]:
    items = list(Item.objects.filter(id__in={row.item_id for row in rows}))
    views = {view.id: view for view in person_views(actor, items)}
    return [
        ConversationView(
            row.id, row.item_id, row.contact_id, row.channel, row.state, view.owner_id, view.masked,
            "" if view.masked else row.subject, "" if view.masked else row.last_text, row.last_at, row.waits_since,
        )
        for row in rows
        for view in (views[row.item_id],)
    ]  # fmt: skip
