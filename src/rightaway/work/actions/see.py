"""See: a member has read a conversation until now."""

from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.conversations.models import Seen
from rightaway.ledger.clock import clock
from rightaway.work import threads


def see(*, conversation_id: UUID, actor: Actor) -> None:
    """Remembers it for this member; nothing for others. Runs inside `organisation(…)`. Raises NotFound, NotAllowed."""
    conversation, _item = threads.conversation_for(actor, conversation_id, "item.view")
    if actor.kind == "member" and actor.id is not None:
        Seen.objects.update_or_create(conversation_id=conversation.id, membership_id=actor.id, defaults={"at": clock()})
