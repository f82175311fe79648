"""Hear: a customer writes, or called and nobody answered. It begins a conversation or goes on with one.

A first message is an enquiry like any other. A later one opens the question again, without the priority of asking
anew; when what it was about is closed, it is an enquiry again.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

from rightaway.accounts.actor import Actor
from rightaway.conversations.models import Conversation, Message, Undeliverable
from rightaway.engine.basics import VALID
from rightaway.ledger.clock import clock
from rightaway.ledger.crash import crash_point
from rightaway.ledger.events import tell
from rightaway.ledger.tenancy import current_organisation
from rightaway.work import access, basics, change, drips, question, threads, timeline
from rightaway.work.actions.receive import receive
from rightaway.work.enquiry import Enquiry
from rightaway.work.models import Item
from rightaway.work.threads import File

LONGEST_SUBJECT = 300


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message as a door read it: texts are clean, `html` is harmless. `automatic`: a machine wrote it.

    `external_id` is the sender's own id of it; the same one again adds nothing.
    """

    channel: str
    text: str
    html: str = ""
    subject: str = ""
    sender: str = ""
    external_id: str = ""
    automatic: bool = False
    data: dict[str, Any] = field(default_factory=dict)
    files: tuple[File, ...] = ()


@dataclass(frozen=True, slots=True)
class Heard:
    """`outcome`: created (a new item), attached (asked again), followed (an open thread goes on), duplicate."""

    conversation_id: UUID
    message_id: UUID
    item_id: UUID
    outcome: str


def hear(
    *,
    message: Incoming,
    enquiry: Enquiry,
    actor: Actor,
    source_id: UUID | None = None,
    conversation_id: UUID | None = None,
    direction: str = "in",
) -> Heard:
    """Takes a message in; durable when the caller's transaction commits. Runs inside `organisation(…)`.

    `conversation_id` is the thread that it proved to belong to. Raises Invalid (nothing to reach or name the person
    by), NotFound.
    """
    access.require(actor, "item.create")
    _lock(message)
    known = _known(message, direction)
    if known is not None:
        return Heard(known.conversation_id, known.id, known.conversation.item_id, "duplicate")
    if conversation_id is None:
        received = receive(enquiry=enquiry, actor=actor)
        conversation = _begin(message, received.contact_id, received.item_id, source_id)
        outcome = received.outcome
    else:
        conversation, item = threads.locked(conversation_id)
        outcome = _go_on(conversation, item, message, enquiry, actor=actor)
    now = clock()
    row = threads.add(
        conversation, at=now, sent=message.files, direction=direction, text=message.text, html=message.html,
        sender=message.sender, external_id=message.external_id, data=message.data,
        state="automatic" if message.automatic else "received",
    )  # fmt: skip
    if not message.automatic:
        threads.change(conversation, state="open", waits_since=conversation.waits_since or now)
        drips.answered(conversation.contact_id, actor=actor, at=now)
        if message.channel == "email" and enquiry.email:
            Undeliverable.objects.filter(address=enquiry.email).delete()
    tell([("item", conversation.item_id, "message", 0)])
    crash_point("hear_before_commit")
    return Heard(conversation.id, row.id, conversation.item_id, outcome)


def _lock(message: Incoming) -> None:
    """Two copies of one message follow one another."""
    if message.external_id:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, %s))",
                [f"message:{message.external_id}", current_organisation()],
            )


def _known(message: Incoming, direction: str) -> Message | None:
    if not message.external_id:
        return None
    rows = Message.objects.select_related("conversation")
    found: Message | None = rows.filter(direction=direction, external_id=message.external_id).first()
    return found


def _begin(message: Incoming, contact_id: UUID, item_id: UUID, source_id: UUID | None) -> Conversation:
    Item.objects.select_for_update(no_key=True).get(id=item_id)
    calls = Conversation.objects.filter(contact=contact_id, channel="call", state="open")
    before: Conversation | None = calls.order_by("-id").first() if message.channel == "call" else None
    if before is not None:  # ringing again is the same story
        threads.change(before, item_id=item_id)
        return before
    conversation: Conversation = Conversation.objects.create(
        contact_id=contact_id, item_id=item_id, source_id=source_id, channel=message.channel,
        subject=message.subject[:LONGEST_SUBJECT], last_at=clock(),
    )  # fmt: skip
    return conversation


def _go_on(conversation: Conversation, item: Item, message: Incoming, enquiry: Enquiry, *, actor: Actor) -> str:
    if message.automatic:
        return "followed"
    if item.state == "closed":
        received = receive(enquiry=enquiry, actor=actor, contact_id=conversation.contact_id)
        threads.change(conversation, item_id=received.item_id)
        return received.outcome
    _follow(conversation, item, message, actor=actor, now=clock())
    return "followed"


def _follow(conversation: Conversation, item: Item, message: Incoming, *, actor: Actor, now: datetime) -> None:
    """The same question goes on. Once we have written, it is an answer: the contact is two-way."""
    two_way = Message.objects.filter(conversation=conversation.id, direction="out").exists()
    action, outcome = ("contact", "replied") if two_way else ("none", "")
    load = question.ask(item, at=now)
    entry = timeline.write(
        item, kind="heard", action=action, outcome=outcome, text=message.text[: timeline.LONGEST_TEXT], actor=actor,
        at=now,
    )  # fmt: skip
    columns = basics.mark_address(item, message.sender, VALID) if two_way and message.channel == "email" else {}
    body = {"entry": entry.id, "touch": "heard", "action": action, "to": item.owner_id}
    change.note(
        item, actor=actor, at=now, event="touched", body=body, load=load, unanswered_since=item.unanswered_since,
        units=item.units, **columns,
    )  # fmt: skip
