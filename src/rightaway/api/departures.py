"""Who leaves for good, and who is ill for the rest of a day: what would move, and moving it."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Router
from pydantic import Field

from rightaway.api.door import Call
from rightaway.api.schema import Id, Instant, Out, Strict
from rightaway.ledger.clock import clock
from rightaway.work import access, departures
from rightaway.work.actions.ill import Illness, come_back, fall_ill
from rightaway.work.actions.leave import Leaving, cancel_leave, leave, take_back
from rightaway.work.models import Departure

router = Router(tags=["people"])


class LeaveIn(Strict):
    """`at` null: now. What they hold goes to the routes, to a team (shared out by load) or to one agent."""

    at: Instant | None = None
    to: Literal["routes", "team", "agent"] = "routes"
    team_id: Id | None = None
    receiver_id: Id | None = None


class ShareOut(Out):
    agent_id: UUID
    items: int


class MovingOut(Out):
    """What would move, were it now. `shares` is empty where the routes decide; of an agent's own, they name nobody."""

    items: int
    unanswered: int
    tasks: int
    offers: int
    shares: Annotated[list[ShareOut], Field(max_length=10_000)]


class DepartureOut(Out):
    id: UUID
    kind: Literal["leave", "ill"]
    state: Literal["planned", "leaving", "gone", "back", "cancelled"]
    starts_at: datetime
    ends_at: datetime | None
    to: Literal["routes", "team", "agent"]
    team_id: UUID | None
    receiver_id: UUID | None


@router.get(
    "/agents/{uuid:agent_id}/departures", response=list[DepartureOut], operation_id="list_departures",
    summary="When somebody leaves, left or was ill",
)  # fmt: skip
def list_departures(request: Call, agent_id: UUID) -> list[Departure]:
    """The latest first, 100 at most."""
    agent = access.agent_for(request.actor, agent_id, "agent.view")
    return list(Departure.objects.filter(agent=agent.id).order_by("-made_at", "-id")[:100])


@router.post(
    "/agents/{uuid:agent_id}/leave/preview", response=MovingOut, operation_id="preview_leave",
    summary="What would move if they left",
)  # fmt: skip
def preview_leave(request: Call, agent_id: UUID, body: LeaveIn) -> dict[str, Any]:
    agent = access.agent_for(request.actor, agent_id, "agent.leave")
    if body.receiver_id is not None:
        access.agent_for(request.actor, body.receiver_id, "agent.view")
    wanted = Departure(agent_id=agent.id, to=body.to, team_id=body.team_id, receiver_id=body.receiver_id)
    return _moving(departures.preview(agent.id, departures.book(agent.id), departures.receivers(wanted)), named=True)


@router.post("/agents/{uuid:agent_id}/leave", response=Leaving, operation_id="leave_agent", summary="Somebody leaves")
def leave_agent(request: Call, agent_id: UUID, body: LeaveIn) -> Leaving:
    """At the date they are inactive, signed out, without keys, offers and presence within seconds, and what they hold
    moves. Planned already: it is changed."""
    return leave(
        agent_id=agent_id, at=body.at, to=body.to, team_id=body.team_id, receiver_id=body.receiver_id,
        actor=request.actor,
    )  # fmt: skip


@router.delete(
    "/agents/{uuid:agent_id}/leave", response=Leaving, operation_id="cancel_leave", summary="They stay after all"
)
def cancel(request: Call, agent_id: UUID) -> Leaving:
    """Until the date."""
    return cancel_leave(agent_id=agent_id, actor=request.actor)


@router.post(
    "/agents/{uuid:agent_id}/take-back", response=Leaving, operation_id="take_back_agent", summary="Take somebody back"
)
def take_back_agent(request: Call, agent_id: UUID) -> Leaving:
    """For thirty days after they left: active again, and the owner of what no person has touched since. Their keys
    stay revoked."""
    return take_back(agent_id=agent_id, actor=request.actor)


@router.get(
    "/agents/{uuid:agent_id}/ill", response=MovingOut, operation_id="preview_illness",
    summary="What would be lent if they were ill",
)  # fmt: skip
def preview_illness(request: Call, agent_id: UUID) -> dict[str, Any]:
    agent = access.agent_for(request.actor, agent_id, "agent.ill")
    now = clock()
    ids = departures.pressing(agent.id, departures.end_of_day(agent, now))
    found = departures.preview(agent.id, ids, departures.present_mates(agent.id, now))
    return _moving(found, named=agent.id != request.actor.agent_id)


@router.post("/agents/{uuid:agent_id}/ill", response=Illness, operation_id="fall_ill", summary="Ill today")
def ill(request: Call, agent_id: UUID) -> Illness:
    """Away until midnight of their zone. Unanswered questions of a high band and what has a task today are lent to
    present colleagues of their teams, by load; with nobody there, to the routes."""
    return fall_ill(agent_id=agent_id, actor=request.actor)


class BackOut(Out):
    agent_id: UUID
    jobs: int


@router.post("/agents/{uuid:agent_id}/well", response=BackOut, operation_id="come_back", summary="Well again")
def well(request: Call, agent_id: UUID) -> dict[str, Any]:
    """What nobody has touched returns. Within a minute it is undone altogether."""
    return {"agent_id": agent_id, "jobs": come_back(agent_id=agent_id, actor=request.actor)}


def _moving(found: departures.Preview, *, named: bool) -> dict[str, Any]:
    shares = [{"agent_id": agent, "items": count} for agent, count in found.shares] if named else []
    return {**{k: v for k, v in asdict(found).items() if k != "item_ids"}, "shares": shares}
