"""Agents as their managers see them: the list, and one of them in full."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Q
from django.utils.functional import cached_property
from django.utils.text import capfirst

from rightaway.accounts.actor import Actor
from rightaway.accounts.roles import Relation
from rightaway.ledger.errors import NotAllowed, NotFound
from rightaway.people import ramp
from rightaway.people.models import Absence, Agent, AgentState, Proposal, RoutePause, Tally, TeamMember
from rightaway.people.schema import RangeIn, hours_from_rows
from rightaway.routing.directory import directory
from rightaway.web import formats
from rightaway.web.agents.words import CAUSES, DAYS, LIMITS
from rightaway.web.contacts.words import plain
from rightaway.web.presences import shown_presence
from rightaway.work import access, departures
from rightaway.work.actions.leave import gone as can_be_taken_back
from rightaway.work.models import Departure
from rightaway.work.sentences import language_name
from rightaway.work.tally import period_starts

MOST: Final = 100  # rows of one page
_MOST_SKILLS: Final = 4


@dataclass(frozen=True, slots=True)
class Row:
    """One agent of the list. Loads are whole places; `more` counts the skills that are not named."""

    id: UUID
    name: str
    email: str
    active: bool
    paused: bool
    presence: str
    load: int
    capacity: int
    skills: tuple[tuple[str, int], ...]
    more: int
    languages: str
    teams: str
    may_manage: bool
    ill: bool


@dataclass(frozen=True, slots=True)
class Listing:
    rows: Sequence[Row]
    next: str


def listing(actor: Actor, *, find: str, team: str, after: str) -> Listing:
    """The agents whom the actor sees, by name, from the one after `after` (an id)."""
    agents = access.visible_agents(actor).order_by("-active", "name", "id")
    if find:
        agents = agents.filter(Q(name__icontains=find) | Q(email__icontains=find))
    if team:
        agents = agents.filter(id__in=TeamMember.objects.filter(team__key=team).values("agent"))
    last = Agent.objects.filter(id=after).first() if after else None
    if last is not None:
        later = Q(name__gt=last.name) | Q(name=last.name, id__gt=last.id)
        agents = agents.filter(Q(active=last.active) & later | (Q(active=False) if last.active else Q(pk__in=[])))
    found = list(agents[: MOST + 1])
    return Listing(rows(actor, found[:MOST]), str(found[MOST - 1].id) if len(found) > MOST else "")


def rows(actor: Actor, agents: Iterable[Agent]) -> list[Row]:
    wanted = list(agents)
    ids = [agent.id for agent in wanted]
    states = {state.agent_id: state for state in AgentState.objects.filter(agent__in=ids)}
    teams: dict[UUID, list[str]] = {}
    for agent_id, name in (
        TeamMember.objects.filter(agent__in=ids).order_by("team__name").values_list("agent", "team__name")
    ):
        teams.setdefault(agent_id, []).append(name)
    below, ill = access.team_agents(actor), departures.ill_now(ids)
    return [
        _row(actor, agent, states[agent.id], teams.get(agent.id, []), below, ill=agent.id in ill) for agent in wanted
    ]


def _row(actor: Actor, agent: Agent, state: AgentState, teams: list[str], below: set[UUID], *, ill: bool) -> Row:
    skills = sorted(agent.skills.items(), key=lambda pair: (-pair[1], pair[0]))
    return Row(
        id=agent.id, name=agent.name, email=agent.email, active=agent.active, paused=agent.paused_at is not None,
        presence=shown_presence(state), load=state.load // 100, capacity=state.capacity // 100,
        skills=tuple((plain(name), level) for name, level in skills[:_MOST_SKILLS]),
        more=max(0, len(skills) - _MOST_SKILLS),
        languages=", ".join(language_name(code) for code in agent.languages), teams=", ".join(teams),
        may_manage=may_manage(actor, agent.id, below), ill=ill,
    )  # fmt: skip


def may(actor: Actor, agent_id: UUID, action: str) -> bool:
    try:
        access.agent_for(actor, agent_id, action)
    except (NotFound, NotAllowed):
        return False
    return True


def may_manage(actor: Actor, agent_id: UUID, below: set[UUID]) -> bool:
    relations = {Relation.ANY}
    if agent_id == actor.agent_id:
        relations.add(Relation.OWN)
    if agent_id in below:
        relations.add(Relation.TEAM)
    return actor.may("agent.manage", frozenset(relations))


@dataclass(frozen=True, slots=True)
class Away:
    id: UUID
    starts_at: datetime
    ends_at: datetime
    cause: Any


@dataclass(frozen=True, slots=True)
class Taken:
    """How much of a limit is used up in the present period."""

    label: Any
    given: int
    most: int


@dataclass(frozen=True, slots=True)
class OnRoute:
    id: UUID
    name: str
    weight: int
    paused: bool
    paused_for_all: bool


class Shown:
    """One agent; each part is read when the template first asks for it."""

    def __init__(self, actor: Actor, agent: Agent) -> None:
        self.actor, self.agent = actor, agent

    @cached_property
    def row(self) -> Row:
        return rows(self.actor, [self.agent])[0]

    @cached_property
    def state(self) -> AgentState:
        state: AgentState = AgentState.objects.get(agent=self.agent.id)
        return state

    @cached_property
    def skills(self) -> list[tuple[str, int]]:
        skills = sorted(self.agent.skills.items(), key=lambda pair: (-pair[1], pair[0]))
        return [(plain(name), level) for name, level in skills]

    @cached_property
    def languages(self) -> str:
        return capfirst(", ".join(language_name(code) for code in self.agent.languages))

    @cached_property
    def always(self) -> bool:
        return self.agent.hours is None

    @cached_property
    def hours(self) -> list[tuple[Any, str]]:
        """[(day, "09:00–18:00")], only days with hours."""
        found: dict[int, list[str]] = {}
        for each in hours_from_rows(self.agent.hours) or []:
            for day in each.days:
                found.setdefault(day, []).append(range_text(each))
        return [(DAYS[day], ", ".join(sorted(found[day]))) for day in sorted(found)]

    @cached_property
    def absences(self) -> list[Away]:
        """Those that are not over."""
        found = Absence.objects.filter(agent=self.agent.id, ends_at__gt=formats.now()).order_by("starts_at", "id")
        return [Away(row.id, row.starts_at, row.ends_at, CAUSES[row.cause]) for row in found[:100]]

    @cached_property
    def limits(self) -> list[Taken]:
        starts = period_starts(self.agent.zone, formats.now())
        given = {
            row.period: row.given
            for row in Tally.objects.filter(agent=self.agent.id)
            if row.starts_at == starts[row.period]
        }
        return [
            Taken(label, given.get(period, 0), self.agent.limits[period])
            for period, label in LIMITS.items()
            if self.agent.limits.get(period) is not None
        ]

    @cached_property
    def ramp(self) -> tuple[str, str] | None:
        """(the share that they have now, the day from which it is full), while it grows."""
        start, weeks, zone = self.agent.ramp_start, self.agent.ramp_weeks, self.agent.zone
        if start is None or weeks is None or (have := ramp.quarters(start, weeks, zone, formats.now())) == ramp.FULL:
            return None
        return f"{100 * have // ramp.FULL} %", formats.calendar_day(ramp.full_on(start, weeks, zone))

    @cached_property
    def proposal(self) -> Proposal | None:
        """What they propose, for whoever may agree to it."""
        return access.proposals_to_decide(self.actor).filter(agent=self.agent.id).first()

    @cached_property
    def may_ill(self) -> bool:
        return may(self.actor, self.agent.id, "agent.ill") and self.agent.active

    @cached_property
    def may_leave(self) -> bool:
        return may(self.actor, self.agent.id, "agent.leave") and self.agent.id != self.actor.agent_id

    @cached_property
    def ill(self) -> Departure | None:
        return departures.running(self.agent.id, "ill")

    @cached_property
    def leaving(self) -> Departure | None:
        return departures.running(self.agent.id, "leave")

    @cached_property
    def gone(self) -> Departure | None:
        """Of somebody who can still be taken back."""
        return None if self.agent.active else can_be_taken_back(self.agent.id, formats.now())

    @cached_property
    def routes(self) -> list[OnRoute]:
        """The live routes that may choose them, in their order."""
        found = directory()
        position = next((each.position for each in found.agents if each.id == self.agent.id), None)
        if position is None:
            return []
        paused = set(RoutePause.objects.filter(agent=self.agent.id).values_list("route_id", flat=True))
        return [
            OnRoute(
                route.id, route.name, route.weights[route.audience.index(position)], route.id in paused,
                route.id in found.paused,
            )
            for route in found.routes
            if position in route.audience
        ]  # fmt: skip


def range_text(each: RangeIn) -> str:
    """09:00–18:00; until midnight is 24:00."""
    return f"{each.start}–{'24:00' if each.until == '00:00' else each.until}"
