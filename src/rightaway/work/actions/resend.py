"""Resend: a mail that could not be delivered is tried again, from the first try on."""

from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.conversations.models import Delivery, Message
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import NotFound, WrongState
from rightaway.ledger.events import tell, wake_worker
from rightaway.work import access, threads


def resend(*, message_id: UUID, actor: Actor) -> Message:
    """Runs inside `organisation(…)`. Raises NotFound, NotAllowed, WrongState (it did not fail)."""
    message: Message | None = Message.objects.filter(id=message_id, direction="out").first()
    if message is None:
        raise NotFound
    _conversation, item = threads.locked(message.conversation_id)
    access.item_for(actor, item.id, "item.touch")
    dead = Delivery.objects.filter(message=message.id, state="dead")
    if not dead.update(state="queued", due_at=clock(), attempts=0, error=""):
        raise WrongState(state=message.state, move="resend")
    Message.objects.filter(id=message.id).update(state="queued")
    tell([("item", item.id, "message", 0)])
    wake_worker()
    message.state = "queued"
    return message
