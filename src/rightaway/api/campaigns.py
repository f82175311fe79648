"""Campaigns: their dates, sources and members."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _
from ninja import Router, Status

from rightaway.api.conditional import conditional, etag, require_match, tagged
from rightaway.api.door import Call
from rightaway.api.people import SavedOut
from rightaway.api.schema import Out
from rightaway.ledger.errors import AlreadyThere, Invalid
from rightaway.ledger.finding import row_of
from rightaway.routing.versions import config_row
from rightaway.work import access
from rightaway.work.actions.save_campaign import save_campaign
from rightaway.work.campaigns import CampaignIn, settings_of
from rightaway.work.models import Campaign, CampaignMember

router = Router(tags=["campaigns"])


class CampaignOut(Out):
    """`settings` is what you send to change it; `members` are all agents who belong to it now, by name or by a team."""

    id: UUID
    settings: CampaignIn
    members: list[UUID]


@router.get("/campaigns", response=list[CampaignOut], operation_id="list_campaigns", summary="The campaigns")
def list_campaigns(request: Call) -> list[dict[str, Any]]:
    """By name, the ended ones too."""
    access.require(request.actor, "campaigns.view")
    return _written(list(Campaign.objects.order_by("name", "id")[:1000]))


@router.post("/campaigns", response={201: SavedOut}, operation_id="create_campaign", summary="Add a campaign")
def create_campaign(request: Call, body: CampaignIn) -> Status[Any]:
    access.require(request.actor, "campaigns.manage")
    config_row()
    if Campaign.objects.filter(key=body.key).exists():
        raise AlreadyThere
    return Status(201, _saved(body, request))


@router.get("/campaigns/{uuid:campaign_id}", response=CampaignOut, operation_id="get_campaign", summary="One campaign")
def get_campaign(request: Call, response: HttpResponse, campaign_id: UUID) -> dict[str, Any]:
    access.require(request.actor, "campaigns.view")
    (found,) = _written([row_of(Campaign, campaign_id)])
    tagged(response, etag(found["settings"]))
    return found


@router.put(
    "/campaigns/{uuid:campaign_id}", response=SavedOut, operation_id="replace_campaign", summary="Change a campaign"
)
@conditional
def replace_campaign(request: Call, response: HttpResponse, campaign_id: UUID, body: CampaignIn) -> dict[str, Any]:
    """It acts at once: who joins is asked for what waits in it, the open offers of who leaves end."""
    access.require(request.actor, "campaigns.manage")
    config_row()
    known = row_of(Campaign, campaign_id)
    require_match(request, etag(settings_of([known])[known.id]))
    if known.key != body.key:
        raise Invalid(errors=[{"pointer": "/key", "detail": _("A key cannot be changed.")}])
    saved = _saved(body, request)
    tagged(response, etag(settings_of([row_of(Campaign, campaign_id)])[campaign_id]))
    return saved


def _written(campaigns: list[Campaign]) -> list[dict[str, Any]]:
    settings = settings_of(campaigns)
    members: dict[UUID, list[UUID]] = {}
    rows = CampaignMember.objects.filter(campaign__in=[row.id for row in campaigns], agent__active=True)
    for campaign_id, agent_id in rows.order_by("agent_id").values_list("campaign", "agent"):
        members.setdefault(campaign_id, []).append(agent_id)
    return [{"id": row.id, "settings": settings[row.id], "members": members.get(row.id, [])} for row in campaigns]


def _saved(body: CampaignIn, request: Call) -> dict[str, Any]:
    saved = save_campaign(campaign=body, actor=request.actor)
    return {"id": saved.campaign_id, "changed": list(saved.changed)}
