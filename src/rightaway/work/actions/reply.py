"""Reply: an agent answers from the thread. What is to be sent is written with the answer, and sent after the commit."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.conf import settings

from rightaway.accounts.actor import Actor
from rightaway.contacts.models import Identity
from rightaway.conversations.channels import CHANNELS
from rightaway.conversations.models import Conversation, Delivery, Message, Undeliverable
from rightaway.ledger.clock import clock
from rightaway.ledger.crash import crash_point
from rightaway.ledger.errors import AddressBounced, NoAddress, SendingNotSetUp, WrongState
from rightaway.ledger.events import wake_worker
from rightaway.work import access, threads, timeline
from rightaway.work.actions.assign import assign
from rightaway.work.actions.claim import claim
from rightaway.work.actions.touch import touch
from rightaway.work.models import Item


@dataclass(frozen=True, slots=True)
class Replied:
    """`state` is sent (the visitor's window has it), or queued until the mail server takes it."""

    conversation_id: UUID
    message_id: UUID
    state: str


_MARKS: Final = 255  # characters of a writer's own key


def reply(*, conversation_id: UUID, text: str, actor: Actor, take: bool = False, key: str = "") -> Replied:
    """Sends an answer; an attempt, which stops the waiting clock. `take`: whoever answers owns it first, where nobody
    does. `key` is the writer's own id of the message: the same one again adds nothing. Runs inside `organisation(…)`.

    Raises NotFound, NotAllowed, Invalid, WrongState (closed), SendingNotSetUp, NoAddress, AddressBounced; with `take`
    also what claiming and assigning raise.
    """
    timeline.check(text, pointer="/text", required=True)
    conversation, item = threads.locked(conversation_id)
    known = _known(conversation, key)
    access.item_for(actor, item.id, "item.view")
    if known is not None:
        return Replied(conversation.id, known.id, known.state)
    if take and item.owner_id is None:
        _take(item, actor)
    item = access.item_for(actor, item.id, "item.touch")
    if item.state == "closed":
        raise WrongState(state=item.state, move="reply")
    channel = CHANNELS[conversation.channel]
    address = address_of(conversation) if channel.way == "email" else ""
    now = clock()
    state = "queued" if channel.way == "email" else "sent"
    message = threads.add(
        conversation, at=now, direction="out", text=text, agent_id=actor.agent_id, state=state,
        external_id=key and f"{conversation.id}:{key[:_MARKS]}",
    )  # fmt: skip
    if channel.way == "email":
        Delivery.objects.create(message_id=message.id, channel="email", recipient=address, due_at=now)
        wake_worker()
    threads.change(conversation, state="open")
    touch(item_id=item.id, actor=actor, kind=channel.touch, text=text)
    crash_point("reply_before_commit")
    return Replied(conversation.id, message.id, state)


def address_of(conversation: Conversation) -> str:
    """The e-mail address that answers go to: whom the last mail was from, else the contact's.

    Raises SendingNotSetUp, NoAddress, AddressBounced."""
    if not (settings.ENVIRONMENT.smtp and settings.ENVIRONMENT.email_domain):
        raise SendingNotSetUp
    mails = Message.objects.filter(conversation=conversation.id, direction="in").exclude(sender="")
    last = mails.order_by("-id").values_list("sender", flat=True).first() if conversation.channel == "email" else None
    known = Identity.objects.filter(contact=conversation.contact_id, kind="email", verified=True)
    addresses = list(known.order_by("id").values_list("value", flat=True))
    if last in addresses:
        addresses.insert(0, last)
    if not addresses:
        raise NoAddress
    bounced = set(Undeliverable.objects.filter(address__in=addresses).values_list("address", flat=True))
    usable = [address for address in addresses if address not in bounced]
    if not usable:
        raise AddressBounced
    return str(usable[0])


def _known(conversation: Conversation, key: str) -> Message | None:
    if not key:
        return None
    found: Message | None = Message.objects.filter(
        direction="out", external_id=f"{conversation.id}:{key[:_MARKS]}"
    ).first()
    return found


def _take(item: Item, actor: Actor) -> None:
    if item.state in ("waiting", "pooled"):
        claim(item_id=item.id, actor=actor)
    elif actor.agent_id is not None:
        assign(item_id=item.id, agent_id=actor.agent_id, actor=actor)
