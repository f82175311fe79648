"""Who leaves or is ill, what they hold, and who could take it: reads for verbs and for pages that show it before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from rightaway.contacts.models import Task
from rightaway.people.models import Absence, Agent, TeamMember
from rightaway.work.bulk.sharing import shared_out
from rightaway.work.models import Assignment, Departure, Item, Offer
from rightaway.work.present import here

HOT = 2  # bands from here up


def running(agent_id: UUID, kind: str) -> Departure | None:
    """The departure of this kind that is planned or under way, or the illness that is not over."""
    open_ = Q(state__in=["planned", "leaving"]) | (Q(state="gone") if kind == "ill" else Q(pk__in=[]))
    found: Departure | None = Departure.objects.filter(open_, agent=agent_id, kind=kind).first()
    return found


def ill_now(agent_ids: Sequence[UUID]) -> set[UUID]:
    """Those of the agents who are ill today."""
    found = Departure.objects.filter(agent__in=agent_ids, kind="ill", state="gone")
    return set(found.values_list("agent_id", flat=True))


def owned(agent_id: UUID) -> QuerySet[Any]:
    """The open items that somebody owns, alone or with others."""
    shares = Assignment.objects.filter(agent=agent_id, ended_at=None, role_id=None).values("item")
    found: QuerySet[Any] = Item.objects.filter(id__in=shares).exclude(state="closed")
    return found


def book(agent_id: UUID) -> list[UUID]:
    """What a leaver holds: their open items, best band first, then others' about which they have an open task."""
    mine = list(owned(agent_id).order_by("-band", "asked", "id").values_list("id", flat=True))
    tasks = Task.objects.filter(agent_id=agent_id, ended_at=None).order_by("due_at", "id")
    return list(dict.fromkeys([*mine, *tasks.values_list("item_id", flat=True)]))


def pressing(agent_id: UUID, until: datetime) -> list[UUID]:
    """What cannot wait for somebody who is ill: unanswered questions of a high band, and what has a task that is due
    before `until`. A private book is lent to nobody."""
    mine = owned(agent_id).filter(private=False)
    hot = mine.filter(band__gte=HOT, unanswered_since__isnull=False)
    theirs = Q(agent_id=agent_id) | Q(agent_id=None)
    due = Task.objects.filter(theirs, ended_at=None, due_at__lt=until).values("item_id")
    found = mine.filter(Q(id__in=hot.values("id")) | Q(id__in=due)).order_by("-band", "asked", "id")
    return list(found.values_list("id", flat=True))


def end_of_day(agent: Agent, now: datetime) -> datetime:
    """The next midnight of the agent's own zone."""
    local = now.astimezone(ZoneInfo(agent.zone))
    midnight = (local + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight.astimezone(now.tzinfo)


def team_mates(agent_id: UUID) -> QuerySet[Any]:
    """The active people of the agent's own teams, without them."""
    teams = TeamMember.objects.filter(agent=agent_id).values("team")
    mates = TeamMember.objects.filter(team__in=teams).values("agent")
    found: QuerySet[Any] = Agent.objects.filter(id__in=mates, active=True).exclude(id=agent_id).order_by("id")
    return found


def present_mates(agent_id: UUID, now: datetime) -> list[UUID]:
    """Those of them who are there now: available by their own word, not away, not paused."""
    away = Absence.objects.filter(starts_at__lte=now, ends_at__gt=now).values("agent")
    found = team_mates(agent_id).filter(id__in=here(now).values("agent"), paused_at=None).exclude(id__in=away)
    return list(found.values_list("id", flat=True))


def receivers(departure: Departure) -> list[UUID]:
    """Who of those named takes a leaver's book, as things stand; nobody: the routes do."""
    active = Agent.objects.filter(active=True).exclude(id=departure.agent_id).order_by("id")
    if departure.to == "agent":
        return list(active.filter(id=departure.receiver_id).values_list("id", flat=True))
    if departure.to == "team":
        members = TeamMember.objects.filter(team=departure.team_id).values("agent")
        return list(active.filter(id__in=members).values_list("id", flat=True))
    return []


@dataclass(frozen=True, slots=True)
class Preview:
    """What would move now: so many items, open tasks and offers, and what each of the takers would get."""

    items: int
    unanswered: int
    tasks: int
    offers: int
    shares: tuple[tuple[UUID, int], ...]
    item_ids: tuple[UUID, ...]


def preview(agent_id: UUID, item_ids: Sequence[UUID], takers: Sequence[UUID]) -> Preview:
    """As `shared_out` would have it, were it done now."""
    dealt = shared_out(item_ids, takers)
    counts = {taker: dealt.count(taker) for taker in takers}
    mine = Item.objects.filter(id__in=item_ids, unanswered_since__isnull=False)
    return Preview(
        items=len(item_ids), unanswered=mine.count(),
        tasks=Task.objects.filter(item_id__in=item_ids, agent_id=agent_id, ended_at=None).count(),
        offers=Offer.objects.filter(agent=agent_id, state="open").count(),
        shares=tuple(sorted(counts.items(), key=lambda each: (-each[1], each[0]))), item_ids=tuple(item_ids),
    )  # fmt: skip
