"""Views of the contacts grid that somebody keeps under a name: whose they are, and who has them too."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.db.models import Q

from rightaway.accounts.actor import Actor
from rightaway.accounts.roles import Relation
from rightaway.ledger.errors import NotAllowed, NotFound
from rightaway.people.models import Team, TeamMember
from rightaway.work import access
from rightaway.work.grid_filter import GridFilter, of_data
from rightaway.work.models import SavedView

COLUMNS: Final = ("status", "waiting", "owner", "roles", "phone", "email", "notes", "task", "source", "band")
"""In their first order, after whom a row is about. All but the owner may be left out."""


@dataclass(frozen=True, slots=True)
class Shows:
    """What a view lists and how. An empty `sort` is the view's own order; an empty `density` and `columns` None are as
    one has them."""

    view: str
    wanted: GridFilter
    sort: str = ""
    density: str = ""
    columns: tuple[str, ...] | None = None


def shows(row: SavedView) -> Shows:
    columns = None if row.columns is None else tuple(row.columns)
    return Shows(row.view, of_data(row.wanted), row.sort, row.density, columns)


def whole(columns: Iterable[str]) -> tuple[str, ...]:
    """The known ones of these, each once, in their order, and whose it is in any case."""
    named = tuple(dict.fromkeys(each for each in columns if each in COLUMNS))
    return named if "owner" in named else ("owner", *named)


def saved_views(actor: Actor) -> list[SavedView]:
    """Those that the actor has: their own first, then what is shared with them, each in the order of their making."""
    mine = Q(made_by=actor.id)
    teams = TeamMember.objects.filter(agent=actor.agent_id).values("team") if actor.agent_id else []
    shared = Q(shared="everybody") | Q(shared="team") & (Q(team__in=teams) | Q(team__in=access.managed_teams(actor)))
    if actor.may("views.share", frozenset({Relation.ANY})):
        shared = ~Q(shared="nobody")
    rows = SavedView.objects.filter(mine | shared, gone_at=None).order_by("id")
    return sorted(rows, key=lambda row: row.made_by != actor.id)


def view_for(actor: Actor, view_id: UUID, *, change: bool = False, lock: bool = False) -> SavedView:
    """One of them. Raises NotFound; NotAllowed, when it is to change and is neither theirs nor for whom they share."""
    row = next((each for each in saved_views(actor) if each.id == view_id), None)
    if row is None:
        raise NotFound
    if change and not may_change(actor, row):
        raise NotAllowed(action="views.share")
    if lock:
        row = SavedView.objects.select_for_update(no_key=True).filter(id=row.id, gone_at=None).first()
        if row is None:  # given up in this moment
            raise NotFound
    return row


def may_change(actor: Actor, row: SavedView) -> bool:
    return row.made_by == actor.id or may_share(actor, row.shared, row.team_id)


def may_share(actor: Actor, shared: str, team_id: UUID | None) -> bool:
    """Whether the actor decides what these people have: nobody else, a team, or everybody."""
    if shared == "team":
        return actor.may("views.share", access.relations_to_team(actor, team_id))
    return shared == "everybody" and actor.may("views.share", frozenset({Relation.ANY}))


def teams_to_share_with(actor: Actor) -> list[Team]:
    teams = Team.objects.order_by("name", "id")
    if actor.may("views.share", frozenset({Relation.ANY})):
        return list(teams)
    may = actor.may("views.share", frozenset({Relation.TEAM}))
    return list(teams.filter(id__in=access.managed_teams(actor))) if may else []
