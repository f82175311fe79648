"""API keys: make, list, revoke."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from ninja import Router, Status
from pydantic import Field

from rightaway.accounts.actor import EVERYWHERE
from rightaway.accounts.keys import SCOPES, make_key, revoke_key
from rightaway.accounts.models import ApiKey
from rightaway.api.door import Call, unkeyed
from rightaway.api.schema import VISIBLE, Id, Line, Out, Strict
from rightaway.ledger.errors import NotAllowed

router = Router(tags=["keys"])

Scope = Annotated[str, Field(json_schema_extra={"enum": sorted(SCOPES)}, max_length=50)]


class KeyIn(Strict):
    """`scopes`: actions (`item.create`), groups of them (`item.*`), or `*`. With a membership it acts as the member."""

    name: Annotated[str, Line(200, pattern=VISIBLE)]
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=100)]
    membership_id: Id | None = None


class KeyMade(Out):
    """`secret` is shown this once. Send it as `Authorization: Bearer …`."""

    id: UUID
    secret: str


class KeyOut(Out):
    id: UUID
    name: str
    scopes: list[str]
    membership_id: UUID | None
    created_at: datetime
    revoked_at: datetime | None


@router.get("/keys", response=list[KeyOut], operation_id="list_keys", summary="The organisation's keys")
def list_keys(request: Call) -> list[ApiKey]:
    """The newest first, 500 at most. Secrets are kept nowhere."""
    if not request.actor.may("keys.manage", EVERYWHERE):
        raise NotAllowed(action="keys.manage")
    return list(ApiKey.objects.order_by("-id")[:500])


@router.post("/keys", response={201: KeyMade}, operation_id="create_key", summary="Make a key")
@unkeyed
def create_key(request: Call, body: KeyIn) -> Status[Any]:
    made = make_key(name=body.name, scopes=body.scopes, membership_id=body.membership_id, actor=request.actor)
    return Status(201, {"id": made.id, "secret": made.secret})


@router.post("/keys/{uuid:key_id}/revoke", response=KeyOut, operation_id="revoke_key", summary="Revoke a key")
def revoke(request: Call, key_id: UUID) -> ApiKey:
    """It stops with this answer."""
    return revoke_key(key_id=key_id, actor=request.actor)
