"""Drip: a sequence of e-mails begins for a contact, goes on by itself, and is stopped. A machine writes: it is no
attempt of a person, and the waiting clock goes on."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from rightaway.accounts.actor import SYSTEM, Actor
from rightaway.conversations.models import Conversation, Delivery
from rightaway.ledger.clock import clock
from rightaway.ledger.crash import crash_point
from rightaway.ledger.errors import AddressBounced, Conflict, NoAddress, SendingNotSetUp, WrongState
from rightaway.ledger.events import Change, append, tell, wake_worker
from rightaway.ledger.finding import row_of
from rightaway.ledger.tenancy import organisation
from rightaway.work import access, change, drips, ownership, threads, timeline
from rightaway.work.actions.reply import address_of
from rightaway.work.models import Drip, Sequence
from rightaway.work.sweeping import one_by_one

_AGAIN: Final = timedelta(hours=1)  # while no mail can be sent at all


@dataclass(frozen=True, slots=True)
class DripStarted:
    drip_id: UUID
    conversation_id: UUID
    due_at: datetime


@dataclass(frozen=True, slots=True)
class DripStopped:
    """`sent` messages are out."""

    drip_id: UUID
    sent: int


def start_drip(*, item_id: UUID, sequence_id: UUID, actor: Actor) -> DripStarted:
    """Begins a sequence for the item's contact, in a thread of its own; counts as written to. Runs inside
    `organisation(…)`.

    Raises NotFound, NotAllowed, WrongState (closed, or a sequence that is not active), Conflict (one is on its way),
    SendingNotSetUp, NoAddress, AddressBounced.
    """
    item = access.item_for(actor, item_id, "item.touch", lock=True)
    sequence = row_of(Sequence, sequence_id)
    if item.state == "closed" or not sequence.active:
        raise WrongState(state=item.state, active=sequence.active)
    known = drips.running(item.id)
    if known is not None:
        raise Conflict(drip=str(known.id), running=True)
    now = clock()
    conversation: Conversation = Conversation.objects.create(
        contact_id=item.contact_id, item_id=item.id, channel="email", subject=sequence.subject, last_at=now
    )
    address_of(conversation)
    due_at = now + timedelta(minutes=sequence.steps[0]["after_minutes"])
    drip = Drip.objects.create(
        item_id=item.id, sequence_id=sequence.id, conversation_id=conversation.id, steps=sequence.steps,
        agent_id=actor.agent_id, started_at=now, due_at=due_at,
    )  # fmt: skip
    body = {"sequence": sequence.id, "item": item.id, "steps": len(sequence.steps), **actor.as_event()}
    append(drip, now, [Change("started", body)])
    looks_after = actor.agent_id is None or item.owner_id is None or actor.agent_id in ownership.owners(item)
    columns: dict[str, Any] = {"mailed_at": now} if looks_after and item.mailed_at is None else {}
    change.note(item, actor=actor, at=now, event="drip_started", body={"drip": drip.id}, **columns)
    timeline.write(item, kind="drip_started", action="housekeeping", text=sequence.name, actor=actor, at=now)
    wake_worker()
    return DripStarted(drip.id, conversation.id, due_at)


def stop_drip(*, drip_id: UUID, actor: Actor) -> DripStopped:
    """Nothing more of it goes out. Runs inside `organisation(…)`. Raises NotFound, NotAllowed, WrongState (it has
    ended)."""
    seen = row_of(Drip, drip_id)
    access.item_for(actor, seen.item_id, "item.touch", lock=True)
    drip = Drip.objects.select_for_update(no_key=True).get(id=drip_id)
    if drip.state != "running":
        raise WrongState(state=drip.state)
    drips.end(drip, "stopped", "by_hand", actor=actor, at=clock())
    return DripStopped(drip.id, drip.sent)


def drip_due(organisation_id: int, *, limit: int = 200) -> int:
    """Sends what is due of up to so many, each in a transaction. Returns how many were dealt with."""
    with organisation(organisation_id):
        due = Drip.objects.filter(state="running", due_at__lte=clock()).order_by("due_at")
        ids = list(due.values_list("id", flat=True)[:limit])
    return one_by_one(organisation_id, ids, _next)


def _next(drip_id: UUID) -> int:
    """The next step of one; 0 where it is somebody else's, or not due any more."""
    seen = Drip.objects.get(id=drip_id)
    conversation, item = threads.locked(seen.conversation_id)
    drip = Drip.objects.select_for_update(no_key=True).get(id=drip_id)
    now = clock()
    if drip.due_at is None or drip.due_at > now:
        return 0
    if item.state == "closed":
        drips.end(drip, "stopped", "closed", actor=SYSTEM, at=now)
        return 1
    try:
        address = address_of(conversation)
    except SendingNotSetUp:
        Drip.objects.filter(id=drip.id).update(due_at=now + _AGAIN)
        return 1
    except (NoAddress, AddressBounced) as error:
        reason = "no_address" if isinstance(error, NoAddress) else "bounced"
        drips.end(drip, "stopped", reason, actor=SYSTEM, at=now)
        return 1
    text = drips.filled_in(drip.steps[drip.sent]["text"], item)
    message = threads.add(
        conversation, at=now, direction="out", text=text, agent_id=item.owner_id, state="queued",
        data={"drip": str(drip.id), "step": drip.sent + 1},
    )  # fmt: skip
    Delivery.objects.create(message_id=message.id, channel="email", recipient=address, due_at=now)
    timeline.write(item, kind="drip", action="none", text=text, actor=SYSTEM, at=now)
    drip.sent += 1
    is_last = drip.sent == len(drip.steps)
    due_at = None if is_last else now + timedelta(minutes=drip.steps[drip.sent]["after_minutes"])
    Drip.objects.filter(id=drip.id).update(sent=drip.sent, due_at=due_at if due_at else drip.due_at)
    append(drip, now, [Change("sent", {"step": drip.sent, **SYSTEM.as_event()})])
    if is_last:
        drips.end(drip, "done", "", actor=SYSTEM, at=now)
    tell([("item", item.id, "message", 0)])
    wake_worker()
    crash_point("drip_before_commit")
    return 1
