"""Close a conversation, or open it again. The next message of the customer opens it by itself."""

from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.conversations.models import Conversation
from rightaway.ledger.clock import clock
from rightaway.work import access, change, threads


def close_conversation(*, conversation_id: UUID, actor: Actor, closed: bool = True) -> Conversation:
    """Takes it out of the lists of open ones; whoever waits in it waits no more. Runs inside `organisation(…)`.

    Raises NotFound, NotAllowed.
    """
    conversation, item = threads.locked(conversation_id)
    access.item_for(actor, item.id, "item.touch")
    state = "closed" if closed else "open"
    if conversation.state != state:
        threads.change(conversation, state=state, waits_since=None)
        body = {"touch": "conversation", "action": "housekeeping", "outcome": state, "conversation": conversation.id}
        change.note(item, actor=actor, at=clock(), event="touched", body=body)
    return conversation
