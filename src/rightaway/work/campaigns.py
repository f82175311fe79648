"""Campaigns: who belongs to one, and which of them takes in an enquiry."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from django.utils.translation import gettext_noop
from pydantic import Field, model_validator

from rightaway.engine.facts import Directory
from rightaway.ledger.errors import Invalid
from rightaway.people.models import Team, TeamMember
from rightaway.people.schema import Instant, Strict, Text
from rightaway.routing.directory import directory
from rightaway.work.models import Campaign, CampaignMember, CampaignTeam

_CACHED: Final = "campaigns"


class CampaignIn(Strict):
    """A campaign. From `starts_at` until `ends_at` (null: always) it takes in what names its key and what comes from
    one of its `sources`. Members are the agents and everybody in the teams, by their keys."""

    key: Text
    name: Text
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    sources: Annotated[list[Text], Field(max_length=100)] = []
    agents: Annotated[list[Text], Field(max_length=10_000)] = []
    teams: Annotated[list[Text], Field(max_length=1_000)] = []

    @model_validator(mode="after")
    def _in_order(self) -> "CampaignIn":
        if self.starts_at is not None and self.ends_at is not None and self.ends_at <= self.starts_at:
            raise ValueError(gettext_noop("the end comes before the beginning"))
        return self


@dataclass(frozen=True, slots=True)
class _Wants:
    """What one campaign takes in, and when."""

    id: UUID
    starts_at: datetime | None
    ends_at: datetime | None
    sources: frozenset[str]

    def runs(self, at: datetime) -> bool:
        return (self.starts_at is None or self.starts_at <= at) and (self.ends_at is None or at < self.ends_at)


class Takings:
    """Which campaign takes in an enquiry. Read once for every revision of the configuration, which each change of a
    campaign raises."""

    def __init__(self, campaigns: Iterable[Campaign]) -> None:
        self._by_key = {
            row.key: _Wants(row.id, row.starts_at, row.ends_at, frozenset(row.sources)) for row in campaigns
        }

    def __contains__(self, key: str) -> bool:
        return key in self._by_key

    def campaign_of(self, key: str, source: str, at: datetime) -> UUID | None:
        """The one it names, else the latest made of those that want its source. One that is not running takes nothing
        in. Raises Invalid: no campaign has this key."""
        if key:
            named = self._by_key.get(key)
            if named is None:
                raise Invalid(errors=[{"pointer": "/campaign", "detail": "unknown"}])
            return named.id if named.runs(at) else None
        return max(
            (each.id for each in self._by_key.values() if source in each.sources and each.runs(at)), default=None
        )


def takings(known: Directory | None = None) -> Takings:
    """The current organisation's; of a directory that was just read, as that is."""
    cache = (known or directory()).cache
    found: Takings | None = cache.get(_CACHED)
    if found is None:
        found = cache[_CACHED] = Takings(Campaign.objects.all())
    return found


def settings_of(campaigns: Iterable[Campaign]) -> dict[UUID, CampaignIn]:
    """Each campaign by its id, as it is written; two queries for any number of them."""
    rows = list(campaigns)
    ids = [row.id for row in rows]
    agents: dict[UUID, list[str]] = {}
    teams: dict[UUID, list[str]] = {}
    members = CampaignMember.objects.filter(campaign__in=ids, direct=True).order_by("agent__key")
    for campaign_id, key in members.values_list("campaign", "agent__key"):
        agents.setdefault(campaign_id, []).append(key)
    groups = CampaignTeam.objects.filter(campaign__in=ids).order_by("team__key")
    for campaign_id, key in groups.values_list("campaign", "team__key"):
        teams.setdefault(campaign_id, []).append(key)
    return {
        row.id: CampaignIn.model_construct(
            key=row.key, name=row.name, starts_at=row.starts_at, ends_at=row.ends_at, sources=sorted(row.sources),
            agents=agents.get(row.id, []), teams=teams.get(row.id, []),
        )
        for row in rows
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Changed:
    """Who became a member of a campaign, and who is none any more."""

    joined: frozenset[UUID]
    left: frozenset[UUID]


def settle_members(campaign_id: UUID, direct: frozenset[UUID] | None = None) -> Changed:
    """Has everybody in it who is named (`direct`, or as it was) or stands in one of its teams, and nobody else.

    Under the lock of the configuration.
    """
    rows = CampaignMember.objects.filter(campaign=campaign_id)
    before = dict(rows.values_list("agent", "direct"))
    if direct is None:
        direct = frozenset(agent for agent, named in before.items() if named)
    teams = _with_below(CampaignTeam.objects.filter(campaign=campaign_id).values_list("team", flat=True))
    grouped = TeamMember.objects.filter(team__in=teams).values_list("agent", flat=True)
    wanted = dict.fromkeys(grouped, False) | dict.fromkeys(direct, True)
    differs = {agent for agent, named in before.items() if wanted.get(agent) is not named}
    rows.filter(agent__in=differs).delete()
    CampaignMember.objects.bulk_create(
        CampaignMember(campaign_id=campaign_id, agent_id=agent, direct=named)
        for agent, named in sorted(wanted.items())
        if agent not in before or agent in differs
    )
    return Changed(frozenset(wanted.keys() - before.keys()), frozenset(before.keys() - wanted.keys()))


def _with_below(team_ids: Iterable[UUID]) -> set[UUID]:
    below: dict[UUID, list[UUID]] = {}
    for id, parent_id in Team.objects.exclude(parent=None).values_list("id", "parent"):
        below.setdefault(parent_id, []).append(id)
    found: set[UUID] = set()
    waiting = list(team_ids)
    while waiting:
        team = waiting.pop()
        if team not in found:
            found.add(team)
            waiting += below.get(team, [])
    return found
