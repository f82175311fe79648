"""Save a campaign: its name, its dates, its sources and its members. It acts at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from rightaway.accounts.actor import Actor
from rightaway.ledger.clock import clock
from rightaway.ledger.events import Change, append
from rightaway.ledger.problems import Problem, refuse
from rightaway.people.models import Agent, Team
from rightaway.routing.directory import touch_configuration
from rightaway.routing.versions import config_row
from rightaway.work import access, campaigns
from rightaway.work.actions.wake import wake_for_agents
from rightaway.work.actions.withdraw import withdraw
from rightaway.work.campaigns import CampaignIn
from rightaway.work.models import Campaign, CampaignTeam, Offer


@dataclass(frozen=True, slots=True)
class SavedCampaign:
    """`changed` names what is different now; empty: nothing was written."""

    campaign_id: UUID
    created: bool
    changed: tuple[str, ...]


def save_campaign(*, campaign: CampaignIn, actor: Actor) -> SavedCampaign:
    """Makes the campaign of this key exactly so. Who joins is asked for what waits in it; who leaves keeps what they
    own of it, and their open offers end. Runs inside `organisation(…)`.

    Raises Invalid (unknown agent or team), NotAllowed.
    """
    access.require(actor, "campaigns.manage")
    config_row()  # the lock of every change of configuration
    agents, teams = _ids(Agent, campaign.agents), _ids(Team, campaign.teams)
    refuse([*_unknown("agents", campaign.agents, agents), *_unknown("teams", campaign.teams, teams)])
    known: Campaign | None = Campaign.objects.filter(key=campaign.key).first()
    before = campaigns.settings_of([known])[known.id] if known else None
    wanted = _in_order(campaign)
    parts = CampaignIn.model_fields
    changed = tuple(part for part in parts if before is None or getattr(before, part) != getattr(wanted, part))
    if not changed:
        assert known is not None
        return SavedCampaign(known.id, created=False, changed=())
    known = _write(known, wanted, frozenset(teams.values()))
    moved = campaigns.settle_members(known.id, frozenset(agents.values()))
    _tell(known, before is None, changed, moved, actor)
    _act(known.id, moved, actor)
    return SavedCampaign(known.id, created=before is None, changed=changed)


def follow_teams(*, actor: Actor) -> None:
    """The teams have changed: so have the members of campaigns that have teams. Under the configuration's lock."""
    grouped = CampaignTeam.objects.order_by("campaign").values_list("campaign", flat=True).distinct()
    for row in Campaign.objects.filter(id__in=list(grouped)).order_by("id"):
        moved = campaigns.settle_members(row.id)
        if moved.joined or moved.left:
            _tell(row, False, ("teams",), moved, actor)
            _act(row.id, moved, actor)


def _ids(model: type[Agent] | type[Team], keys: Iterable[str]) -> dict[str, UUID]:
    return dict(model.objects.filter(key__in=set(keys)).values_list("key", "id"))


def _unknown(name: str, keys: list[str], known: dict[str, UUID]) -> list[Problem]:
    said = {"agents": _("no agent has the key %(key)s"), "teams": _("no team has the key %(key)s")}[name]
    return [Problem((name, place), said % {"key": key}) for place, key in enumerate(keys) if key not in known]


def _in_order(campaign: CampaignIn) -> CampaignIn:
    lists = {name: sorted(set(getattr(campaign, name))) for name in ("sources", "agents", "teams")}
    return campaign.model_copy(update=lists)


def _write(known: Campaign | None, wanted: CampaignIn, teams: frozenset[UUID]) -> Campaign:
    columns = {
        "name": wanted.name, "starts_at": wanted.starts_at, "ends_at": wanted.ends_at, "sources": wanted.sources,
    }  # fmt: skip
    if known is None:
        known = Campaign.objects.create(key=wanted.key, **columns)
    else:
        Campaign.objects.filter(id=known.id).update(**columns)
    rows = CampaignTeam.objects.filter(campaign=known.id)
    had = set(rows.values_list("team", flat=True))
    rows.filter(team__in=had - teams).delete()
    CampaignTeam.objects.bulk_create(CampaignTeam(campaign_id=known.id, team_id=team) for team in sorted(teams - had))
    return known


def _tell(row: Campaign, created: bool, changed: tuple[str, ...], moved: campaigns.Changed, actor: Actor) -> None:
    body: dict[str, Any] = {
        "changed": list(changed), "joined": sorted(moved.joined), "left": sorted(moved.left), **actor.as_event(),
    }  # fmt: skip
    append(row, clock(), [Change("created" if created else "changed", body)])


def _act(campaign_id: UUID, moved: campaigns.Changed, actor: Actor) -> None:
    asked = Offer.objects.filter(agent__in=moved.left, state="open", item__campaign=campaign_id)
    for agent_id in sorted(set(asked.values_list("agent", flat=True))):
        withdraw(agent_id=agent_id, actor=actor, by_hand=True, campaign_id=campaign_id)
    touch_configuration()
    wake_for_agents(moved.joined)
