"""What agents say of themselves, and whoever manages them agreeing to it."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Router

from rightaway.api.door import Call
from rightaway.api.schema import Out
from rightaway.people.models import Proposal
from rightaway.people.schema import ProfileIn
from rightaway.work import access
from rightaway.work.actions.propose import Proposed, decide, propose

router = Router(tags=["people"])


class ProposalOut(Out):
    id: UUID
    agent_id: UUID
    wanted: dict[str, Any]
    state: Literal["open", "approved", "refused", "replaced"]
    made_at: datetime
    ended_at: datetime | None


@router.put("/me/profile", response=Proposed, operation_id="propose_profile", summary="Your skills, languages, hours")
def propose_mine(request: Call, body: ProfileIn) -> Proposed:
    """It counts once somebody who manages you agrees; at once where you manage everybody."""
    return propose(profile=body, actor=request.actor)


@router.get("/proposals", response=list[ProposalOut], operation_id="list_proposals", summary="What waits for you")
def list_proposals(request: Call) -> list[Proposal]:
    """Open ones of those whom you manage, the oldest first, 500 at most."""
    return list(access.proposals_to_decide(request.actor).order_by("made_at", "id")[:500])


@router.post(
    "/proposals/{uuid:proposal_id}/approve", response=ProposalOut, operation_id="approve_proposal", summary="Agree"
)
def approve(request: Call, proposal_id: UUID) -> Proposal:
    return decide(proposal_id=proposal_id, approve=True, actor=request.actor)


@router.post(
    "/proposals/{uuid:proposal_id}/refuse", response=ProposalOut, operation_id="refuse_proposal", summary="Refuse"
)
def refuse(request: Call, proposal_id: UUID) -> Proposal:
    return decide(proposal_id=proposal_id, approve=False, actor=request.actor)
