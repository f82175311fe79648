"""Bounce: a mail server reports that a mail did not reach its address, for good."""

from collections.abc import Sequence
from uuid import UUID

from rightaway.accounts.actor import SYSTEM
from rightaway.conversations.models import Delivery, Message, Undeliverable
from rightaway.engine.basics import WRONG
from rightaway.ledger.clock import clock
from rightaway.work import basics, change, threads, timeline


def bounce(*, message_ids: Sequence[UUID], reason: str) -> int:
    """Marks messages of ours as bounced, and their addresses. Returns how many messages. Runs inside `organisation(…)`.

    A report that quotes no message of ours marks nothing: anybody can write one.
    """
    done = 0
    for message_id in message_ids:
        conversation_id = Message.objects.values_list("conversation_id", flat=True).get(id=message_id)
        _conversation, item = threads.locked(conversation_id)
        if not Message.objects.filter(id=message_id, state__in=("queued", "sent")).update(state="bounced"):
            continue
        now = clock()
        recipient = Delivery.objects.values_list("recipient", flat=True).get(message=message_id)
        Undeliverable.objects.update_or_create(address=recipient, defaults={"reason": reason, "at": now})
        entry = timeline.write(
            item, kind="email", action="none", outcome="bounced", text=reason, data={"address": recipient},
            actor=SYSTEM, at=now,
        )  # fmt: skip
        body = {"entry": entry.id, "touch": "email", "action": "none", "outcome": "bounced"}
        columns = basics.mark_address(item, recipient, WRONG)
        change.note(item, actor=SYSTEM, at=now, event="touched", body=body, **columns)
        done += 1
    return done
