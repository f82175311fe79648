"""Bulk jobs: the same done to many items, with a result for each."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from django.utils.translation import gettext_noop
from ninja import Query, Router
from pydantic import Field, model_validator

from rightaway.api.door import Call
from rightaway.api.filters import ViewIn
from rightaway.api.schema import Id, Out, Prose, Strict
from rightaway.work import grid
from rightaway.work.actions.end_bulk import bulk_for, confirm_bulk, stop_bulk, undo_bulk
from rightaway.work.actions.retry_bulk import retry_bulk
from rightaway.work.actions.start_bulk import MOST, Started, start_bulk
from rightaway.work.bulk.foreseen import Foreseen, foresee
from rightaway.work.bulk.wanted import AssignWanted, MoveWanted, OfferWanted, RevokeWanted, RouteWanted, UpdateWanted
from rightaway.work.models import Bulk, BulkRow

router = Router(tags=["bulk"])

MOST_NAMED = 10_000  # by id; a whole view may be larger

Doing = Annotated[
    AssignWanted | OfferWanted | RevokeWanted | UpdateWanted | MoveWanted | RouteWanted, Field(discriminator="verb")
]


class BulkIn(Strict):
    """Either `item_ids` or `of`; `do` says what, `note` goes along (the reason, for a revoke)."""

    do: Doing
    item_ids: Annotated[list[Id], Field(max_length=MOST_NAMED)] = []
    of: ViewIn | None = None
    note: Annotated[str, Prose(2000)] = ""

    @model_validator(mode="after")
    def says_which(self) -> "BulkIn":
        if bool(self.item_ids) == (self.of is not None):
            raise ValueError(gettext_noop("name either items or a view"))
        return self


@router.post("/bulk", response={202: Started}, operation_id="start_bulk", summary="Do the same to many items")
def start(request: Call, body: BulkIn) -> tuple[int, Started]:
    """The items are written down at once; look at the job for what became of each."""
    ids = body.item_ids if body.of is None else _of_view(request, body.of)
    return 202, start_bulk(wanted=body.do, item_ids=ids, note=body.note, actor=request.actor)


class ForeseenReceiver(Out):
    """`load`, `then` (after taking all) and `capacity` in hundredths of a unit."""

    agent_id: UUID
    name: str
    gets: int
    load: int
    then: int
    capacity: int
    away: bool
    full: bool
    unspoken: int


class ForeseenOut(Out):
    """`refused` and `protected` count by why. `confirmation`: needs `confirmed` and a note; `second`: another manager
    must agree."""

    total: int
    able: int
    owned: int
    offers: int
    refused: dict[str, int]
    protected: dict[str, int]
    receivers: list[ForeseenReceiver]
    confirmation: bool
    second: bool


@router.post("/bulk/preview", response=ForeseenOut, operation_id="preview_bulk", summary="What a job would do")
def preview(request: Call, body: BulkIn) -> Foreseen:
    """Deals as the job itself does, and changes nothing."""
    ids = body.item_ids if body.of is None else _of_view(request, body.of)
    return foresee(wanted=body.do, item_ids=ids, actor=request.actor)


def _of_view(request: Call, of: ViewIn) -> list[UUID]:
    return grid.ids_of(request.actor, view=of.view, wanted=of.wanted(), most=MOST)


class BulkOut(Out):
    """`refused` items stayed as they were: see its rows."""

    id: UUID
    verb: str
    state: Literal["to_confirm", "running", "stopped", "done"]
    total: int
    done: int
    refused: int
    made_at: datetime
    ended_at: datetime | None


@router.get("/bulk/{uuid:bulk_id}", response=BulkOut, operation_id="get_bulk", summary="A job")
def get(request: Call, bulk_id: UUID) -> Bulk:
    return bulk_for(request.actor, bulk_id)


class BulkRowOut(Out):
    """`problem` is the last part of a problem's type: /problems/capacity-full, say."""

    place: int
    item_id: UUID
    agent_id: UUID | None
    outcome: Literal["", "done", "refused"]
    problem: str


@router.get("/bulk/{uuid:bulk_id}/rows", response=list[BulkRowOut], operation_id="list_bulk_rows", summary="Its items")
def rows(
    request: Call,
    bulk_id: UUID,
    outcome: Literal["done", "refused"] | None = None,
    after: Annotated[int, Query(ge=0, le=MOST)] = 0,
) -> list[BulkRow]:
    """In their order, 1,000 at most; `after` is the place of the last one known."""
    found = BulkRow.objects.filter(bulk=bulk_for(request.actor, bulk_id).id, place__gt=after)
    if outcome is not None:
        found = found.filter(outcome=outcome)
    return list(found.order_by("place")[:1000])


@router.post("/bulk/{uuid:bulk_id}/stop", response=BulkOut, operation_id="stop_bulk", summary="Stop a job")
def stop(request: Call, bulk_id: UUID) -> Bulk:
    """What is done stays done."""
    return stop_bulk(bulk_id=bulk_id, actor=request.actor)


@router.post("/bulk/{uuid:bulk_id}/confirm", response=BulkOut, operation_id="confirm_bulk", summary="Agree to a job")
def confirm(request: Call, bulk_id: UUID) -> Bulk:
    """By another manager than the one who asked for it."""
    return confirm_bulk(bulk_id=bulk_id, actor=request.actor)


class RetryIn(Strict):
    """`confirmed_because`: do it all the same to who is absent or full, or what is protected; the note says why."""

    confirmed_because: Annotated[str, Prose(2000)] = ""


@router.post("/bulk/{uuid:bulk_id}/retry", response={202: Started}, operation_id="retry_bulk", summary="Try again")
def retry(request: Call, bulk_id: UUID, body: RetryIn) -> tuple[int, Started]:
    """What was refused, as a job of its own."""
    return 202, retry_bulk(bulk_id=bulk_id, confirmed_because=body.confirmed_because, actor=request.actor)


@router.post("/bulk/{uuid:bulk_id}/undo", response={202: Started}, operation_id="undo_bulk", summary="Undo a job")
def undo(request: Call, bulk_id: UUID) -> tuple[int, Started]:
    """Where nothing has happened to an item since: for ten seconds, and what was revoked for thirty days."""
    return 202, undo_bulk(bulk_id=bulk_id, actor=request.actor)
