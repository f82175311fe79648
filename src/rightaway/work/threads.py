"""Reaching conversations: through their item, whose permissions and lock are theirs."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.conversations import files
from rightaway.conversations.models import Attachment, Conversation, Message
from rightaway.ledger.errors import NotFound
from rightaway.ledger.ids import new_id
from rightaway.work import access
from rightaway.work.models import Item

_LONGEST_SHOWN: Final = 160


@dataclass(frozen=True, slots=True)
class File:
    """A file that came with a message, as its sender called it."""

    name: str
    kind: str
    content: bytes


def conversation_for(actor: Actor, conversation_id: UUID, action: str) -> tuple[Conversation, Item]:
    """A conversation and its item, for an action on that item. Raises NotFound, NotAllowed."""
    conversation = _found(conversation_id)
    return conversation, access.item_for(actor, conversation.item_id, action)


def locked(conversation_id: UUID) -> tuple[Conversation, Item]:
    """A conversation and its item, locked. It may have gone on to a newer item while we waited for the lock."""
    conversation = _found(conversation_id)
    while True:
        item = Item.objects.select_for_update(no_key=True).get(id=conversation.item_id)
        conversation = _found(conversation_id)
        if conversation.item_id == item.id:
            return conversation, item


def _found(conversation_id: UUID) -> Conversation:
    conversation: Conversation | None = Conversation.objects.filter(id=conversation_id).first()
    if conversation is None:
        raise NotFound
    return conversation


def add(conversation: Conversation, *, at: datetime, sent: Iterable[File] = (), **columns: Any) -> Message:
    """Writes a message and its files, and what the list shows of it. The caller holds the item's lock."""
    message: Message = Message.objects.create(conversation_id=conversation.id, at=at, **columns)
    for file in list(sent)[: files.MOST_FILES]:
        attachment_id = new_id()
        files.write(attachment_id, file.content)
        Attachment.objects.create(
            id=attachment_id, message_id=message.id, name=file.name, kind=file.kind, size=len(file.content),
            digest=hashlib.sha256(file.content).digest(),
        )  # fmt: skip
    if message.direction != "note":
        shown = " ".join(message.text.split())[:_LONGEST_SHOWN]
        change(conversation, last_at=at, last_text=shown, last_direction=message.direction)
    return message


def answered(item: Item) -> None:
    """Nobody waits any more in the threads of a locked item: a person has called, or written."""
    Conversation.objects.filter(item_id=item.id, waits_since__isnull=False).update(waits_since=None)


def ended(item: Item) -> None:
    """What they were about is over; the next message opens them again."""
    Conversation.objects.filter(item_id=item.id, state="open").update(state="closed", waits_since=None)


def change(conversation: Conversation, **columns: Any) -> None:
    """Writes columns of a conversation whose item the caller has locked."""
    for column, value in columns.items():
        setattr(conversation, column, value)
    Conversation.objects.filter(id=conversation.id).update(**columns)
