"""Remark: an internal note in a conversation. The customer never sees it."""

from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.conversations.models import Message
from rightaway.work import threads
from rightaway.work.actions.touch import touch


def remark(*, conversation_id: UUID, text: str, actor: Actor) -> Message:
    """Writes the note, in the thread and in the contact's timeline. Runs inside `organisation(…)`.

    Raises NotFound, NotAllowed, Invalid.
    """
    conversation, item = threads.locked(conversation_id)
    done = touch(item_id=item.id, actor=actor, kind="note", text=text)
    return threads.add(
        conversation, at=done.at, direction="note", text=text, agent_id=actor.agent_id, state="sent"
    )  # fmt: skip
