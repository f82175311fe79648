"""Sources: the doors by which enquiries come in."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Router, Status

from rightaway.api.door import Call
from rightaway.api.schema import Out
from rightaway.conversations.models import Source
from rightaway.work import access
from rightaway.work.actions.save_source import SourceIn, change_source, make_source

router = Router(tags=["sources"])


class SourceOut(Out):
    """`key` is what its address ends in: `/f/KEY`, `/chat/KEY.js`, or `KEY@` your mail domain."""

    id: UUID
    key: str
    kind: Literal["web_form", "web_chat", "email"]
    name: str
    source: str
    line: str
    item_kind: str
    distribute: bool
    origins: list[str]
    active: bool
    created_at: datetime


@router.get("/sources", response=list[SourceOut], operation_id="list_sources", summary="The doors in")
def list_sources(request: Call) -> list[Source]:
    """The newest first, 500 at most."""
    access.require(request.actor, "sources.manage")
    return list(Source.objects.order_by("-id")[:500])


@router.post("/sources", response={201: SourceOut}, operation_id="create_source", summary="Open a door")
def create_source(request: Call, body: SourceIn) -> Status[Any]:
    row = make_source(source=body, actor=request.actor)
    row.refresh_from_db()
    return Status(201, row)


@router.put("/sources/{uuid:source_id}", response=SourceOut, operation_id="replace_source", summary="Change a door")
def replace_source(request: Call, source_id: UUID, body: SourceIn) -> Source:
    """Its kind stays, and so does its key. Not active: nothing comes in by it."""
    return change_source(source_id=source_id, source=body, actor=request.actor)
