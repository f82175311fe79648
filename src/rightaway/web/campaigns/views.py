"""The settings of campaigns: the list of them, and one with its dates, its sources and its members."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, Q
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from rightaway.accounts.actor import EVERYWHERE, Actor
from rightaway.accounts.models import Organisation
from rightaway.engine.hours import zone_of
from rightaway.ledger.finding import row_of
from rightaway.ledger.tenancy import current_organisation
from rightaway.people.keys import free_key
from rightaway.routing.versions import config_row, etag_of
from rightaway.web import formats
from rightaway.web.campaigns.forms import CampaignForm
from rightaway.web.page import Done, PageRequest, Shown, Toast, action, by_method, page
from rightaway.work import access
from rightaway.work.actions.save_campaign import save_campaign
from rightaway.work.campaigns import settings_of
from rightaway.work.models import Campaign, CampaignMember


@dataclass(frozen=True, slots=True)
class Line:
    """One campaign in the list: whether it takes in now, its days, how many belong to it, how many of its contacts are
    open, and how many of these wait for somebody."""

    campaign: Campaign
    state: str  # coming, running or ended
    first: date | None
    last: date | None
    members: int
    contacts: int
    waiting: int


@page
def campaigns(request: PageRequest) -> Shown:
    access.require(request.actor, "campaigns.view")
    told = {"lines": _lines(request.actor), "may": request.actor.may("campaigns.manage", EVERYWHERE)}
    return TemplateResponse(request, "campaigns/campaigns.html", told)


@page
def _new(request: PageRequest) -> Shown:
    access.require(request.actor, "campaigns.manage")
    return _page(request, None, CampaignForm(zone=_zone()))


@action
def _create(request: PageRequest) -> Done | Shown:
    access.require(request.actor, "campaigns.manage")
    form = CampaignForm(request.POST, zone=_zone())
    config_row()  # the key that is free stays free
    if not form.is_valid():
        return _page(request, None, form, status=422)
    return _saved(request, None, form, free_key(Campaign, form.cleaned_data["name"]))


@page
def _edit(request: PageRequest, campaign_id: UUID) -> Shown:
    access.require(request.actor, "campaigns.manage")
    campaign = row_of(Campaign, campaign_id)
    return _page(request, campaign, CampaignForm(known=settings_of([campaign])[campaign.id], zone=_zone()))


@action
def _save(request: PageRequest, campaign_id: UUID) -> Done | Shown:
    access.require(request.actor, "campaigns.manage")
    config_row()  # what is compared must still hold when it is written
    campaign = row_of(Campaign, campaign_id)
    form = CampaignForm(request.POST, known=settings_of([campaign])[campaign.id], zone=_zone())
    if form.is_valid() and request.POST.get("etag") != _etag(form):
        form.add_error(None, _("Somebody else changed this campaign in the meantime. Look again, then save."))
    if not form.is_valid():
        return _page(request, campaign, form, status=422)
    return _saved(request, campaign, form, campaign.key)


def _saved(request: PageRequest, campaign: Campaign | None, form: CampaignForm, key: str) -> Done | Shown:
    wanted = form.campaign(key)
    if wanted is None:
        return _page(request, campaign, form, status=422)
    save_campaign(campaign=wanted, actor=request.actor)
    return Done(back=reverse("campaigns"), toast=Toast(_("Saved.")))


def _zone() -> ZoneInfo:
    """Days are the organisation's, whoever reads them."""
    return zone_of(Organisation.objects.values_list("zone", flat=True).get(id=current_organisation()))


def _page(
    request: PageRequest, campaign: Campaign | None, form: CampaignForm, *, status: int = 200
) -> TemplateResponse:
    told: dict[str, Any] = {"campaign": campaign, "form": form, "etag": _etag(form) if campaign else ""}
    return TemplateResponse(request, "campaigns/campaign.html", told, status=status)


def _etag(form: CampaignForm) -> str:
    return etag_of(form.known.model_dump_json()) if form.known else ""


def _lines(actor: Actor) -> list[Line]:
    """What is running first; of its contacts those that the actor sees."""
    rows = list(Campaign.objects.order_by("name", "id")[:1000])
    active = CampaignMember.objects.filter(agent__active=True).values_list("campaign")
    members = dict(active.annotate(count=Count("id")).order_by())
    items = access.visible_items(actor, "item.view").exclude(state="closed").filter(front=True, campaign__isnull=False)
    counted = items.values_list("campaign").annotate(contacts=Count("id"), waiting=Count("id", filter=Q(owner_id=None)))
    found = {campaign: (contacts, waiting) for campaign, contacts, waiting in counted.order_by()}
    now, zone = formats.now(), _zone()
    lines = [_line(row, members.get(row.id, 0), *found.get(row.id, (0, 0)), now=now, zone=zone) for row in rows]
    return sorted(lines, key=lambda line: ("running", "coming", "ended").index(line.state))


def _line(row: Campaign, members: int, contacts: int, waiting: int, *, now: datetime, zone: ZoneInfo) -> Line:
    state = "running"
    if row.ends_at is not None and row.ends_at <= now:
        state = "ended"
    elif row.starts_at is not None and row.starts_at > now:
        state = "coming"
    first = row.starts_at.astimezone(zone).date() if row.starts_at else None
    last = (row.ends_at - timedelta(microseconds=1)).astimezone(zone).date() if row.ends_at else None
    return Line(row, state, first, last, members, contacts, waiting)


making = by_method(_new, _create)
editing = by_method(_edit, _save)
