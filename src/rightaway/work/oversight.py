"""Oversight: how the people of a manager look after their contacts, from the columns that the grid shows.

Each figure is a view under a filter, so that whoever presses it gets exactly those rows.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection

from rightaway.accounts.actor import Actor
from rightaway.accounts.roles import Role
from rightaway.engine.basics import BAD, GOOD
from rightaway.ledger.errors import NotAllowed
from rightaway.ledger.tenancy import current_organisation
from rightaway.people.models import AgentState, Team, TeamMember
from rightaway.work import access, grid
from rightaway.work.grid_filter import NO_FILTER, OPEN, GridFilter


@dataclass(frozen=True, slots=True)
class Figures:
    """How many of the open contacts: are in Evaluate; were answered in time, or at all; need attention; have an overdue
    task; lack a call or a note. `oldest` is the first question that nobody has answered."""

    open: int = 0
    evaluate: int = 0
    in_time: int = 0
    answered: int = 0
    attention: int = 0
    overdue: int = 0
    no_call: int = 0
    no_note: int = 0
    oldest: datetime | None = None

    @property
    def in_time_share(self) -> int | None:
        """Of those answered, in per cent; null where nobody was."""
        return None if not self.answered else round(100 * self.in_time / self.answered)

    @property
    def complete_share(self) -> int | None:
        """Of the open ones those that nothing is missing from, in per cent."""
        return None if not self.open else round(100 * (self.open - self.attention) / self.open)


@dataclass(frozen=True, slots=True)
class Line:
    """An agent, or a team with all of its agents. `load` and `capacity` are in hundredths."""

    name: str
    agent_ids: tuple[UUID, ...]
    figures: Figures
    load: int = 0
    capacity: int = 0


@dataclass(frozen=True, slots=True)
class Oversight:
    agents: Sequence[Line]
    teams: Sequence[Line]


ROWS: Final[dict[str, tuple[str, GridFilter]]] = {
    "open": ("all", NO_FILTER),
    "evaluate": ("evaluate", NO_FILTER),
    "in_time": ("all", GridFilter(basics=(("waiting", GOOD),))),
    "attention": ("attention", NO_FILTER),
    "overdue": ("all", GridFilter(tasks=("overdue",))),
    "no_call": ("all", GridFilter(basics=(("phone", BAD),))),
    "no_note": ("all", GridFilter(basics=(("notes", BAD),))),
}
"""Each figure as a view and a filter of the grid, beside the owner."""


def oversight(actor: Actor) -> Oversight:
    """The agents whom the actor manages, and their teams. Raises NotAllowed: somebody who manages nobody.

    Three queries, for any number of agents.
    """
    if actor.role is Role.AGENT:
        raise NotAllowed(action="agent.manage")
    agents = access.visible_agents(actor).filter(active=True).order_by("name")
    names = dict(agents.values_list("id", "name"))
    figures = _figures(actor, list(names))
    states = {row[0]: row[1:] for row in AgentState.objects.filter(agent__in=names).values_list(
        "agent", "load", "capacity")}  # fmt: skip
    lines = {
        id: Line(name, (id,), figures.get(id, Figures()), *states.get(id, (0, 0))) for id, name in names.items()
    }  # fmt: skip
    return Oversight(list(lines.values()), _teams(lines))


def _figures(actor: Actor, agents: list[UUID]) -> dict[UUID, Figures]:
    scope = grid.scope_of(actor)
    reader = grid.reader_of(actor, scope)
    parameters: dict[str, Any] = {
        "organisation": current_organisation(), "agents": agents, "now": reader.now, "me": actor.agent_id,
    }  # fmt: skip
    counted = {name: grid.told(view, wanted, reader, parameters) for name, (view, wanted) in ROWS.items()}
    counted["answered"] = "i.answered_seconds IS NOT NULL"
    columns = ", ".join(
        f"count(*) FILTER (WHERE {counted[field.name]})" for field in fields(Figures) if field.name in counted
    )
    sql = (
        f"SELECT i.owner_id, {columns}, min(i.unanswered_since) FROM work_item i WHERE i.organisation_id = "
        f"%(organisation)s AND i.front AND i.owner_id = ANY(%(agents)s::uuid[]) AND {OPEN} AND {scope.private} "
        "GROUP BY i.owner_id"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return {row[0]: Figures(*row[1:]) for row in cursor.fetchall()}


def _teams(lines: dict[UUID, Line]) -> list[Line]:
    members: dict[UUID, list[Line]] = {}
    for team_id, agent_id in TeamMember.objects.filter(agent__in=lines).values_list("team", "agent"):
        members.setdefault(team_id, []).append(lines[agent_id])
    named = Team.objects.filter(id__in=members).order_by("name").values_list("id", "name")
    return [_sum(name, members[id]) for id, name in named]


def _sum(name: str, lines: Sequence[Line]) -> Line:
    figures = [line.figures for line in lines]
    totals = {
        each.name: sum(getattr(one, each.name) for one in figures) for each in fields(Figures) if each.name != "oldest"
    }  # fmt: skip
    return Line(
        name, tuple(line.agent_ids[0] for line in lines), Figures(**totals, oldest=_earliest(figures)),
        sum(line.load for line in lines), sum(line.capacity for line in lines),
    )  # fmt: skip


def _earliest(figures: Iterable[Figures]) -> datetime | None:
    return min((one.oldest for one in figures if one.oldest is not None), default=None)
