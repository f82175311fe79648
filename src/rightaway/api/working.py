"""What is done with an item: held out, taken back, called about, noted, moved on, closed."""

from typing import Annotated, Literal
from uuid import UUID

from ninja import Router
from pydantic import Field

from rightaway.api.door import Call
from rightaway.api.schema import VISIBLE, Id, Line, Prose, Strict
from rightaway.work.actions.edit_note import Edited, edit_note
from rightaway.work.actions.finish import Finished, finish
from rightaway.work.actions.hand_back import HandedBack, hand_back
from rightaway.work.actions.let_routes_decide import Routing, let_routes_decide
from rightaway.work.actions.move_status import Moved, move_status
from rightaway.work.actions.offer import LONGEST_SECONDS, MOST_AGENTS, SHORTEST_SECONDS, IfNobody, Offered, offer
from rightaway.work.actions.pin_note import Pinned, pin_note
from rightaway.work.actions.prioritise import Prioritised, prioritise
from rightaway.work.actions.put_back import PutBack, put_back
from rightaway.work.actions.request_update import Requested, request_update
from rightaway.work.actions.revoke import Revoked, revoke
from rightaway.work.actions.share import Shared, share
from rightaway.work.actions.touch import Touched, touch
from rightaway.work.timeline import LONGEST_TEXT

router = Router(tags=["items"])

Reason = Annotated[str, Prose(2000, pattern=VISIBLE)]


class OfferIn(Strict):
    """`places`: how many of them may accept; null means all. Nobody is named twice. `if_nobody` accepts an item, it is
    unassigned again or the routes decide; an offered role stays free."""

    agent_ids: Annotated[list[Id], Field(min_length=1, max_length=MOST_AGENTS, json_schema_extra={"uniqueItems": True})]
    places: Annotated[int, Field(ge=1, le=MOST_AGENTS)] | None = 1
    seconds: Annotated[int, Field(ge=SHORTEST_SECONDS, le=LONGEST_SECONDS)]
    note: Annotated[str, Prose(2000)] = ""
    if_nobody: IfNobody = "unassigned"


@router.post("/items/{uuid:item_id}/offer", response=Offered, operation_id="offer_item", summary="Offer an item")
def offer_item(request: Call, item_id: UUID, body: OfferIn) -> Offered:
    """Holds an unassigned item out to people."""
    return offer(
        item_id=item_id, agent_ids=body.agent_ids, places=body.places, seconds=body.seconds, note=body.note,
        if_nobody=body.if_nobody, actor=request.actor,
    )  # fmt: skip


class RevokeIn(Strict):
    """`to` says who has it next: the routes, the pool, or an agent, who is then named."""

    to: Literal["routes", "pool", "agent"]
    reason: Reason
    agent_id: Id | None = None
    protected_too: bool = False


@router.post("/items/{uuid:item_id}/revoke", response=Revoked, operation_id="revoke_item", summary="Revoke an item")
def revoke_item(request: Call, item_id: UUID, body: RevokeIn) -> Revoked:
    """Takes it from whoever owns it. A protected contact (an open opportunity, an appointment, spoken to within
    fourteen days) needs `protected_too`."""
    return revoke(
        item_id=item_id, to=body.to, reason=body.reason, agent_id=body.agent_id, protected_too=body.protected_too,
        actor=request.actor,
    )  # fmt: skip


@router.post("/items/{uuid:item_id}/put-back", response=PutBack, operation_id="put_back_item", summary="Put back")
def put_back_item(request: Call, item_id: UUID) -> PutBack:
    """Gives what was revoked within thirty days to whoever had it."""
    return put_back(item_id=item_id, actor=request.actor)


@router.post(
    "/items/{uuid:item_id}/route", response=Routing, operation_id="route_item", summary="Let the routes decide"
)
def route_item(request: Call, item_id: UUID) -> Routing:
    """Sends what is in the pool through the routes from the top."""
    return let_routes_decide(item_id=item_id, actor=request.actor)


class UpdateIn(Strict):
    """Due in so many `seconds`."""

    seconds: Annotated[int, Field(ge=60, le=30 * 86_400)] = 3600
    note: Annotated[str, Prose(2000)] = ""


@router.post(
    "/items/{uuid:item_id}/request-update", response=Requested, operation_id="request_update", summary="Ask the owner"
)
def request_update_of(request: Call, item_id: UUID, body: UpdateIn) -> Requested:
    """Whatever the owner logs answers it."""
    return request_update(item_id=item_id, seconds=body.seconds, note=body.note, actor=request.actor)


class HandBackIn(Strict):
    reason: Reason


@router.post(
    "/items/{uuid:item_id}/share", response=Shared, operation_id="share_item",
    summary="Take an item out of a private book",
)  # fmt: skip
def share_item(request: Call, item_id: UUID) -> Shared:
    """The managers of the owner's teams see it from now on; it does not go back."""
    return share(item_id=item_id, actor=request.actor)


@router.post(
    "/items/{uuid:item_id}/hand-back", response=HandedBack, operation_id="hand_back_item", summary="Hand an item back"
)
def hand_back_item(request: Call, item_id: UUID, body: HandBackIn) -> HandedBack:
    """The routes go on without you, for good."""
    return hand_back(item_id=item_id, reason=body.reason, actor=request.actor)


class CallIn(Strict):
    """A call that was made. `seconds`: how long it took."""

    outcome: Literal["", "connected", "no_answer", "busy", "voicemail", "wrong_number"] = ""
    text: Annotated[str, Prose(LONGEST_TEXT)] = ""
    seconds: Annotated[int, Field(ge=0, le=86_400)] | None = None


@router.post("/items/{uuid:item_id}/calls", response=Touched, operation_id="log_call", summary="Log a call")
def log_call(request: Call, item_id: UUID, body: CallIn) -> Touched:
    """The first attempt stops the waiting clock."""
    return touch(
        item_id=item_id, kind="call", outcome=body.outcome, text=body.text, seconds=body.seconds, actor=request.actor
    )


class NoteIn(Strict):
    text: Annotated[str, Prose(LONGEST_TEXT, pattern=VISIBLE)]


@router.post("/items/{uuid:item_id}/notes", response=Touched, operation_id="log_note", summary="Write a note")
def log_note(request: Call, item_id: UUID, body: NoteIn) -> Touched:
    return touch(item_id=item_id, kind="note", text=body.text, actor=request.actor)


class EditIn(Strict):
    text: Annotated[str, Prose(LONGEST_TEXT, pattern=VISIBLE)]


@router.post("/notes/{uuid:entry_id}/edit", response=Edited, operation_id="edit_note", summary="Put a note right")
def edit(request: Call, entry_id: UUID, body: EditIn) -> Edited:
    """By its author, within fifteen minutes."""
    return edit_note(entry_id=entry_id, text=body.text, actor=request.actor)


class PinIn(Strict):
    pinned: bool


@router.post("/notes/{uuid:entry_id}/pin", response=Pinned, operation_id="pin_note", summary="Pin a note on top")
def pin(request: Call, entry_id: UUID, body: PinIn) -> Pinned:
    return pin_note(entry_id=entry_id, pinned=body.pinned, actor=request.actor)


class ContactIn(Strict):
    """What was written or done elsewhere; nothing is sent. `outcome`: an e-mail `replied` or `bounced`, a message
    `replied`, a visit `missed`; empty otherwise. `seconds`: how long a visit took."""

    kind: Literal["email", "message", "visit"]
    outcome: Literal["", "replied", "bounced", "missed"] = ""
    text: Annotated[str, Prose(LONGEST_TEXT)] = ""
    seconds: Annotated[int, Field(ge=0, le=86_400)] | None = None


@router.post("/items/{uuid:item_id}/contacts", response=Touched, operation_id="log_contact", summary="Log a message")
def log_contact(request: Call, item_id: UUID, body: ContactIn) -> Touched:
    """An e-mail, message or visit. The first attempt stops the waiting clock."""
    return touch(
        item_id=item_id, kind=body.kind, outcome=body.outcome, text=body.text, seconds=body.seconds, actor=request.actor
    )


class StatusIn(Strict):
    """One of the pipeline of the item's kind."""

    status: Annotated[str, Line(40, pattern=VISIBLE)]


@router.post("/items/{uuid:item_id}/status", response=Moved, operation_id="move_item", summary="Set the status")
def move_item(request: Call, item_id: UUID, body: StatusIn) -> Moved:
    return move_status(item_id=item_id, status=body.status, actor=request.actor)


class PriorityIn(Strict):
    priority: bool


@router.post(
    "/items/{uuid:item_id}/priority", response=Prioritised, operation_id="prioritise_item", summary="Mark as priority"
)
def prioritise_item(request: Call, item_id: UUID, body: PriorityIn) -> Prioritised:
    return prioritise(item_id=item_id, priority=body.priority, actor=request.actor)


class FinishIn(Strict):
    outcome: Literal["won", "lost", "resolved", "unreachable", "duplicate", "spam", "other"]


@router.post("/items/{uuid:item_id}/finish", response=Finished, operation_id="finish_item", summary="Close an item")
def finish_item(request: Call, item_id: UUID, body: FinishIn) -> Finished:
    return finish(item_id=item_id, outcome=body.outcome, actor=request.actor)
