"""Items: the list, one item and its history, and what may be done with it."""

import json
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Query, Router
from pydantic import Field, StringConstraints

from rightaway.api.door import Call
from rightaway.api.schema import Id, Instant, Out, Prose, Strict
from rightaway.engine.explain import Explanation
from rightaway.engine.facts import BANDS
from rightaway.work import access, queries
from rightaway.work.actions.assign import Assigned, assign
from rightaway.work.actions.claim import Claimed, claim
from rightaway.work.actions.next import next_item
from rightaway.work.explaining import Step, explain_item
from rightaway.work.person_view import ItemView, person_view, person_views
from rightaway.work.sentences import sentences

router = Router(tags=["items"])

State = Literal["waiting", "offered", "assigned", "pooled", "closed"]
Band = Literal["low", "normal", "high", "top"]
Sort = Literal["created_at", "-created_at", "-band", "unanswered_since"]
Limit = Annotated[int, Field(ge=1, le=200)]
_MOST_DECISIONS = 50
_Filter = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00]*$")]


class ItemQuery(Strict):
    """Which items, in what order. `cursor` is the `next` of the page before."""

    state: State | None = None
    status: _Filter | None = None
    owner: Id | None = None
    source: _Filter | None = None
    band: Band | None = None
    unassigned: Annotated[bool, Field(strict=False)] | None = None
    sort: Sort = "-created_at"
    cursor: Annotated[str, StringConstraints(max_length=500)] | None = None
    limit: Annotated[Limit, Field(strict=False)] = 50


class ItemPage(Out):
    """`next` is the cursor of the page that follows; null on the last."""

    items: list[ItemView]
    next: str | None


@router.get("/items", response=ItemPage, operation_id="list_items", summary="The items that you may see")
def list_items(request: Call, query: Query[ItemQuery]) -> dict[str, Any]:
    wanted = queries.ItemFilter(
        state=query.state, status=query.status, owner=query.owner, source=query.source,
        band=None if query.band is None else BANDS.index(query.band), unassigned=query.unassigned,
    )  # fmt: skip
    page = queries.items_page(request.actor, wanted, sort=query.sort, cursor=query.cursor, limit=query.limit)
    return {"items": person_views(request.actor, page.items), "next": page.next}


@router.post("/items/next", response=Claimed, operation_id="take_next_item", summary="Take the best waiting item")
def take_next_item(request: Call) -> Claimed:
    """The pooled item with the highest band, and among those the one that has waited longest."""
    return next_item(actor=request.actor)


@router.get("/items/{uuid:item_id}", response=ItemView, operation_id="get_item", summary="One item")
def get_item(request: Call, item_id: UUID) -> ItemView:
    return person_view(request.actor, access.item_for(request.actor, item_id, "item.view"))


class EventOut(Out):
    """One change. `body` has ids, codes and numbers only; `hash` (hex) chains it to the one before."""

    seq: int
    at: datetime
    kind: str
    body: dict[str, Any]
    hash: str


class EventQuery(Strict):
    """From the event after number `after`."""

    after: Annotated[int, Field(ge=0, le=2**31 - 1, strict=False)] = 0
    limit: Annotated[Limit, Field(strict=False)] = 200


@router.get("/items/{uuid:item_id}/events", response=list[EventOut], operation_id="list_events", summary="Every change")
def list_events(request: Call, item_id: UUID, query: Query[EventQuery]) -> list[dict[str, Any]]:
    item = access.item_for(request.actor, item_id, "item.view")
    events = queries.events_of(item, after=query.after, limit=query.limit)
    return [
        {"seq": e.seq, "at": e.at, "kind": e.kind, "body": json.loads(e.body), "hash": bytes(e.hash).hex()}
        for e in events
    ]


class SaidOut(Out):
    """A code and its parameters."""

    code: str
    params: dict[str, Any]


class RouteTried(SaidOut):
    route: UUID


class CandidateOut(SaidOut):
    """`rank`: what ranked them, of those chosen and the runner-up."""

    agent: UUID
    rank: SaidOut | None


class Survivors(Out):
    """How many were left after this reason had refused some."""

    reason: str
    left: int


class DecisionOut(Out):
    """One automatic decision about whose the item is, or who holds this `role` of it. `sentences` say it in the
    language of the request, the answer first; the rest says it in codes. `candidates` come chosen first, at most 200
    of `considered`; `changes`: what would have changed the answer; `facts`: what the rules read; `version`: the
    routes’. Agents get no facts, and no candidates but themselves."""

    seq: int
    at: datetime
    role: UUID | None
    version: int
    sentences: list[str]
    headline: SaidOut
    routes: list[RouteTried]
    considered: int
    candidates: list[CandidateOut]
    survivors: list[Survivors]
    changes: list[SaidOut]
    facts: dict[str, Any]


@router.get(
    "/items/{uuid:item_id}/decisions",
    response=list[DecisionOut],
    operation_id="list_decisions",
    summary="Why it went where it went",
)
def list_decisions(request: Call, item_id: UUID) -> list[dict[str, Any]]:
    """The latest 50, the latest first: the routes tried, the candidates with their reasons, the choice."""
    steps = explain_item(item_id, actor=request.actor)
    return [_decision(step, step.explanation) for step in reversed(steps) if step.explanation][:_MOST_DECISIONS]


def _decision(step: Step, found: Explanation) -> dict[str, Any]:
    return {
        "seq": step.seq, "at": step.at, "role": step.body.get("role"), "version": found.version,
        "sentences": sentences(step).all(),
        "headline": found.headline._asdict(),
        "routes": [{"route": tried.route, **tried.said._asdict()} for tried in found.routes],
        "considered": len(found.candidates),
        "candidates": [
            {"agent": each.agent, **each.said._asdict(), "rank": each.rank._asdict() if each.rank else None}
            for each in (step.listed.named if step.listed else ())
        ],
        "survivors": [{"reason": reason, "left": left} for reason, left in found.survivors],
        "changes": [said._asdict() for said in found.changes], "facts": found.facts if step.names.open else {},
    }  # fmt: skip


class TimelineQuery(Strict):
    """Up to `limit` lines, `before` that instant: that of the last line of the page before."""

    before: Annotated[Instant, Field(strict=False)] | None = None
    limit: Annotated[Limit, Field(strict=False)] = 100


@router.get(
    "/items/{uuid:item_id}/timeline",
    response=list[queries.TimelineEntry],
    operation_id="list_timeline",
    summary="What was said and done",
)
def list_timeline(request: Call, item_id: UUID, query: Query[TimelineQuery]) -> list[queries.TimelineEntry]:
    """The latest first. Texts are withheld where the item is masked for you."""
    item = access.item_for(request.actor, item_id, "item.view")
    return queries.timeline(request.actor, item, limit=query.limit, before=query.before)


@router.post("/items/{uuid:item_id}/claim", response=Claimed, operation_id="claim_item", summary="Claim an item")
def claim_item(request: Call, item_id: UUID) -> Claimed:
    """Makes an unassigned item yours. Only one of many who try at once has it."""
    return claim(item_id=item_id, actor=request.actor)


class AssignIn(Strict):
    """`over_capacity` confirms a gift to somebody who is full, absent or offline; it needs a note that says why."""

    agent_id: Id
    note: Annotated[str, Prose(2000)] = ""
    over_capacity: bool = False


@router.post("/items/{uuid:item_id}/assign", response=Assigned, operation_id="assign_item", summary="Assign an item")
def assign_item(request: Call, item_id: UUID, body: AssignIn) -> Assigned:
    return assign(
        item_id=item_id, agent_id=body.agent_id, actor=request.actor, note=body.note, over_capacity=body.over_capacity
    )
