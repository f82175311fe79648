"""Presence: your word about yourself, and the heartbeat that keeps it at a desk."""

from typing import Annotated, Literal

from ninja import Router
from pydantic import Field

from rightaway.api.door import Call
from rightaway.api.schema import Id, Instant, Strict
from rightaway.ledger.errors import NotAllowed
from rightaway.work.actions.presence import Beat, Declared, declare, heartbeat

router = Router(tags=["presence"])


class PresenceIn(Strict):
    """`agent_id`: somebody else, for their manager. `until` ends being available in the field; `reason` is a code."""

    presence: Literal["available", "break", "offline"]
    reason: Annotated[str, Field(pattern=r"^([a-z][a-z0-9_]{0,39})?$")] = ""
    until: Instant | None = None
    agent_id: Id | None = None


@router.post("/presence", response=Declared, operation_id="declare_presence", summary="Say whether you are there")
def declare_presence(request: Call, body: PresenceIn) -> Declared:
    agent_id = body.agent_id or request.actor.agent_id
    if agent_id is None:
        raise NotAllowed(action="presence.set")
    return declare(agent_id=agent_id, presence=body.presence, reason=body.reason, until=body.until, actor=request.actor)


@router.post("/presence/heartbeat", response=Beat, operation_id="beat", summary="Still here")
def beat(request: Call) -> Beat:
    """Send it every 20 seconds while you work at a desk. It answers with your open offers."""
    return heartbeat(actor=request.actor)
