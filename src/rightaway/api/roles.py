"""Functional roles, who may hold them, and who holds those of an item."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Router, Status
from pydantic import Field

from rightaway.api.conditional import conditional, etag, require_match, tagged
from rightaway.api.door import Call
from rightaway.api.people import SavedOut
from rightaway.api.schema import Id, Out, Prose, Strict
from rightaway.api.working import OfferIn
from rightaway.ledger.errors import AlreadyThere, Invalid
from rightaway.ledger.finding import row_of
from rightaway.people.models import FunctionalRole
from rightaway.people.schema import RoleIn
from rightaway.people.written import role_settings
from rightaway.routing.versions import config_row
from rightaway.work import access, roles
from rightaway.work.actions.assign_role import RoleAssigned, assign_role
from rightaway.work.actions.offer import Offered
from rightaway.work.actions.offer_role import offer_role
from rightaway.work.actions.save_role import retire_role, save_role
from rightaway.work.actions.set_holders import set_holders
from rightaway.work.models import Assignment

router = Router(tags=["roles"])

_MOST_HOLDERS = 10_000


class RoleOut(Out):
    """`settings` is what you send to change it; `holders` are those of the agents who may hold it whom you may see."""

    id: UUID
    settings: RoleIn
    holders: list[UUID]


@router.get("/roles", response=list[RoleOut], operation_id="list_roles", summary="The functional roles")
def list_roles(request: Call) -> list[dict[str, Any]]:
    """As they stand in a row, the retired ones too."""
    access.require(request.actor, "roles.view")
    return [_role(request, role) for role in roles.in_order(active=False)]


@router.post("/roles", response={201: SavedOut}, operation_id="create_role", summary="Add a role")
def create_role(request: Call, body: RoleIn) -> Status[Any]:
    access.require(request.actor, "roles.manage")
    config_row()
    if FunctionalRole.objects.filter(key=body.key).exists():
        raise AlreadyThere
    return Status(201, _saved(body, request))


@router.get("/roles/{uuid:role_id}", response=RoleOut, operation_id="get_role", summary="One role")
def get_role(request: Call, response: HttpResponse, role_id: UUID) -> dict[str, Any]:
    access.require(request.actor, "roles.view")
    found = _role(request, row_of(FunctionalRole, role_id))
    tagged(response, etag(found["settings"]))
    return found


@router.put("/roles/{uuid:role_id}", response=SavedOut, operation_id="replace_role", summary="Change a role")
@conditional
def replace_role(request: Call, response: HttpResponse, role_id: UUID, body: RoleIn) -> dict[str, Any]:
    access.require(request.actor, "roles.manage")
    config_row()
    known = row_of(FunctionalRole, role_id)
    require_match(request, etag(role_settings(known)))
    if known.key != body.key:
        raise Invalid(errors=[{"pointer": "/key", "detail": _("A key cannot be changed.")}])
    saved = _saved(body, request)
    tagged(response, etag(role_settings(row_of(FunctionalRole, role_id))))
    return saved


@router.post("/roles/{uuid:role_id}/retire", response=SavedOut, operation_id="retire_role", summary="Retire a role")
def retire(request: Call, role_id: UUID) -> dict[str, Any]:
    """It is given to nobody any more; whoever holds it, holds it."""
    return {"id": role_id, "changed": ["active"] if retire_role(role_id=role_id, actor=request.actor) else []}


class HoldersIn(Strict):
    agent_ids: Annotated[list[Id], Field(max_length=_MOST_HOLDERS, json_schema_extra={"uniqueItems": True})]


@router.put("/roles/{uuid:role_id}/holders", response=SavedOut, operation_id="set_holders", summary="Who may hold it")
def replace_holders(request: Call, role_id: UUID, body: HoldersIn) -> dict[str, Any]:
    """Exactly these. Who holds it of an item now, holds it."""
    changed = set_holders(role_id=role_id, agent_ids=body.agent_ids, actor=request.actor)
    return {"id": role_id, "changed": ["holders"] if changed else []}


class HeldOut(Out):
    """A period of holding a role; `ended_at` null: it lasts."""

    role_id: UUID
    agent_id: UUID
    how: str
    started_at: datetime
    ended_at: datetime | None
    end_cause: str


@router.get(
    "/items/{uuid:item_id}/roles", response=list[HeldOut], operation_id="list_item_roles", summary="Who holds its roles"
)
def list_item_roles(request: Call, item_id: UUID) -> list[Assignment]:
    """With whoever held them before, the latest first."""
    item = access.item_for(request.actor, item_id, "item.view")
    return list(Assignment.objects.filter(item=item.id, role_id__isnull=False).order_by("-started_at", "-id")[:500])


class AssignRoleIn(Strict):
    """`agent_id` null takes the role away."""

    agent_id: Id | None
    note: Annotated[str, Prose(2000)] = ""


@router.post(
    "/items/{uuid:item_id}/roles/{uuid:role_id}/assign",
    response=RoleAssigned,
    operation_id="assign_role",
    summary="Assign a role",
)
def assign_role_of(request: Call, item_id: UUID, role_id: UUID, body: AssignRoleIn) -> RoleAssigned:
    """In place of whoever holds it; open offers of it end. It costs no place, and who owns the item stays."""
    return assign_role(item_id=item_id, role_id=role_id, agent_id=body.agent_id, note=body.note, actor=request.actor)


@router.post(
    "/items/{uuid:item_id}/roles/{uuid:role_id}/offer",
    response=Offered,
    operation_id="offer_role",
    summary="Offer a role",
)
def offer_role_of(request: Call, item_id: UUID, role_id: UUID, body: OfferIn) -> Offered:
    """Holds a role that nobody has out to people who may hold it. The item stays where it is."""
    return offer_role(
        item_id=item_id, role_id=role_id, agent_ids=body.agent_ids, places=body.places, seconds=body.seconds,
        note=body.note, actor=request.actor,
    )  # fmt: skip


def _role(request: Call, role: FunctionalRole) -> dict[str, Any]:
    visible = access.visible_agents(request.actor).values("id")
    holders = roles.holders_of(role.id).filter(id__in=visible).order_by("id").values_list("id", flat=True)
    return {"id": role.id, "settings": role_settings(role), "holders": list(holders)}


def _saved(body: RoleIn, request: Call) -> dict[str, Any]:
    saved = save_role(role=body, actor=request.actor)
    return {"id": saved.role_id, "changed": list(saved.changed)}
