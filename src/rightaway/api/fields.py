"""Fields of the organisation's own."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from ninja import Router, Status

from rightaway.api.conditional import conditional, etag, require_match, tagged
from rightaway.api.door import Call
from rightaway.api.people import SavedOut
from rightaway.api.schema import Out
from rightaway.contacts.models import CustomField
from rightaway.contacts.schema import FieldIn
from rightaway.ledger.errors import AlreadyThere, Invalid, NotFound
from rightaway.routing.versions import config_row
from rightaway.work import access
from rightaway.work.actions.save_field import field_settings, save_field

router = Router(tags=["fields"])


class FieldOut(Out):
    """`settings` is what you send to change it."""

    id: UUID
    settings: FieldIn


@router.get("/fields", response=list[FieldOut], operation_id="list_fields", summary="Your own fields of contacts")
def list_fields(request: Call) -> list[dict[str, Any]]:
    """In their order, retired ones last."""
    rows = CustomField.objects.order_by("retired_at", "place", "id")
    return [{"id": row.id, "settings": field_settings(row)} for row in rows]


@router.post("/fields", response={201: SavedOut}, operation_id="create_field", summary="Add a field")
def create_field(request: Call, body: FieldIn) -> Status[Any]:
    access.require(request.actor, "fields.manage")
    config_row()
    if CustomField.objects.filter(key=body.key).exists():
        raise AlreadyThere
    return Status(201, _saved(body, request))


@router.get("/fields/{uuid:field_id}", response=FieldOut, operation_id="get_field", summary="One field")
def get_field(request: Call, response: HttpResponse, field_id: UUID) -> dict[str, Any]:
    row = _field(field_id)
    tagged(response, etag(field_settings(row)))
    return {"id": row.id, "settings": field_settings(row)}


@router.put("/fields/{uuid:field_id}", response=SavedOut, operation_id="replace_field", summary="Change a field")
@conditional
def replace_field(request: Call, response: HttpResponse, field_id: UUID, body: FieldIn) -> dict[str, Any]:
    access.require(request.actor, "fields.manage")
    config_row()
    row = _field(field_id)
    require_match(request, etag(field_settings(row)))
    if row.key != body.key:
        raise Invalid(errors=[{"pointer": "/key", "detail": "cannot_change"}])
    saved = _saved(body, request)
    tagged(response, etag(field_settings(_field(field_id))))
    return saved


def _field(field_id: UUID) -> CustomField:
    row: CustomField | None = CustomField.objects.filter(id=field_id).first()
    if row is None:
        raise NotFound
    return row


def _saved(body: FieldIn, request: Call) -> dict[str, Any]:
    saved = save_field(field=body, actor=request.actor)
    return {"id": saved.field_id, "changed": list(saved.changed)}
