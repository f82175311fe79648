"""Sequences of e-mails, and those that are on their way to a contact."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Router, Status

from rightaway.api.conditional import conditional, etag, require_match, tagged
from rightaway.api.door import Call
from rightaway.api.people import SavedOut
from rightaway.api.schema import Id, Out, Strict
from rightaway.ledger.errors import AlreadyThere, Invalid
from rightaway.ledger.finding import row_of
from rightaway.routing.versions import config_row
from rightaway.work import access
from rightaway.work.actions.drip import DripStarted, DripStopped, start_drip, stop_drip
from rightaway.work.actions.save_sequence import save_sequence
from rightaway.work.drips import SequenceIn, settings_of
from rightaway.work.models import Drip, Sequence

router = Router(tags=["sequences"])


class SequenceOut(Out):
    """`settings` is what you send to change it."""

    id: UUID
    settings: SequenceIn


@router.get("/sequences", response=list[SequenceOut], operation_id="list_sequences", summary="The sequences of e-mails")
def list_sequences(request: Call) -> list[dict[str, Any]]:
    access.require(request.actor, "sequences.view")
    return [_written(row) for row in Sequence.objects.order_by("name", "id")[:1000]]


@router.post("/sequences", response={201: SavedOut}, operation_id="create_sequence", summary="Add a sequence")
def create_sequence(request: Call, body: SequenceIn) -> Status[Any]:
    access.require(request.actor, "sequences.manage")
    config_row()
    if Sequence.objects.filter(key=body.key).exists():
        raise AlreadyThere
    return Status(201, _saved(body, request))


@router.get("/sequences/{uuid:sequence_id}", response=SequenceOut, operation_id="get_sequence", summary="One sequence")
def get_sequence(request: Call, response: HttpResponse, sequence_id: UUID) -> dict[str, Any]:
    access.require(request.actor, "sequences.view")
    found = _written(row_of(Sequence, sequence_id))
    tagged(response, etag(found["settings"]))
    return found


@router.put(
    "/sequences/{uuid:sequence_id}", response=SavedOut, operation_id="replace_sequence", summary="Change a sequence"
)
@conditional
def replace_sequence(request: Call, response: HttpResponse, sequence_id: UUID, body: SequenceIn) -> dict[str, Any]:
    """What is on its way goes on as it began."""
    access.require(request.actor, "sequences.manage")
    config_row()
    known = row_of(Sequence, sequence_id)
    require_match(request, etag(settings_of(known)))
    if known.key != body.key:
        raise Invalid(errors=[{"pointer": "/key", "detail": _("A key cannot be changed.")}])
    saved = _saved(body, request)
    tagged(response, etag(settings_of(row_of(Sequence, sequence_id))))
    return saved


class DripOut(Out):
    """`sent` of its messages are out; the next is due at `due_at`. `reason`: why it was stopped (replied, by_hand,
    closed, no_address, bounced)."""

    id: UUID
    sequence_id: UUID
    conversation_id: UUID
    state: Literal["running", "done", "stopped"]
    reason: str
    sent: int
    started_at: datetime
    due_at: datetime | None
    ended_at: datetime | None


@router.get(
    "/items/{uuid:item_id}/drips", response=list[DripOut], operation_id="list_drips", summary="An item's sequences"
)
def list_drips(request: Call, item_id: UUID) -> list[Drip]:
    """The latest first."""
    item = access.item_for(request.actor, item_id, "item.touch")
    return list(Drip.objects.filter(item=item.id).order_by("-started_at", "-id")[:100])


class DripIn(Strict):
    sequence_id: Id


@router.post(
    "/items/{uuid:item_id}/drips", response={201: DripStarted}, operation_id="start_drip", summary="Begin a sequence"
)
def start(request: Call, item_id: UUID, body: DripIn) -> Status[Any]:
    """In a thread of its own; it ends when the contact answers, the item is finished, or somebody stops it."""
    return Status(201, start_drip(item_id=item_id, sequence_id=body.sequence_id, actor=request.actor))


@router.post("/drips/{uuid:drip_id}/stop", response=DripStopped, operation_id="stop_drip", summary="Stop a sequence")
def stop(request: Call, drip_id: UUID) -> DripStopped:
    """What is out is out."""
    return stop_drip(drip_id=drip_id, actor=request.actor)


def _written(sequence: Sequence) -> dict[str, Any]:
    return {"id": sequence.id, "settings": settings_of(sequence)}


def _saved(body: SequenceIn, request: Call) -> dict[str, Any]:
    saved = save_sequence(sequence=body, actor=request.actor)
    return {"id": saved.sequence_id, "changed": list(saved.changed)}
