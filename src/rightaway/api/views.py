"""Views of the contacts grid that are kept under a name."""

from typing import Any, Literal, get_args
from uuid import UUID

from ninja import Router, Status

from rightaway.api.contacts import Sort, ViewName
from rightaway.api.door import Call
from rightaway.api.filters import FilterIn, filter_out
from rightaway.api.schema import Out
from rightaway.work import grid, saved_views
from rightaway.work.actions.save_view import ViewSettings, give_up_view, save_view
from rightaway.work.grid_filter import of_data
from rightaway.work.models import SavedView
from rightaway.work.saved_views import Shows

router = Router(tags=["contacts"])

Column = Literal["status", "waiting", "owner", "roles", "phone", "email", "notes", "task", "source", "band"]
assert get_args(Column) == saved_views.COLUMNS


class SavedViewIn(ViewSettings):
    """`shared` with nobody, a team (`team_id`) or everybody. Without `sort` it has the view's own order; `density` is
    the height of rows, `columns` are those that show, in their order, the owner in any case; empty and null: as one has
    them."""

    view: ViewName
    filter: FilterIn = FilterIn()
    sort: Sort | Literal[""] = ""
    density: Literal["", "comfortable", "compact"] = ""
    columns: list[Column] | None = None


class SavedViewOut(Out):
    """`filter` is what a list, a bulk job and an export take. `count`: 10,001 stands for more than 10,000."""

    id: UUID
    name: str
    shared: str
    team_id: UUID | None
    pinned: bool
    mine: bool
    view: str
    filter: dict[str, Any]
    sort: str
    density: str
    columns: list[str] | None
    count: int


@router.get("/views", response=list[SavedViewOut], operation_id="list_views", summary="The saved views that you have")
def list_views(request: Call) -> list[dict[str, Any]]:
    """Your own first, then what is shared with you. Counts are up to two seconds old."""
    rows = saved_views.saved_views(request.actor)
    counts = grid.counts_of(request.actor, [(row.view, of_data(row.wanted)) for row in rows])
    return [_out(request, row, count) for row, count in zip(rows, counts, strict=True)]


@router.post("/views", response={201: SavedViewOut}, operation_id="create_view", summary="Save a view")
def create_view(request: Call, body: SavedViewIn) -> Status[Any]:
    return Status(201, _saved(request, body, None))


@router.put("/views/{uuid:view_id}", response=SavedViewOut, operation_id="replace_view", summary="Change a saved view")
def replace_view(request: Call, view_id: UUID, body: SavedViewIn) -> dict[str, Any]:
    """Your own, or one of those with whom you may share."""
    return _saved(request, body, view_id)


@router.delete(
    "/views/{uuid:view_id}", response={204: None}, operation_id="delete_view", summary="Give up a saved view"
)
def delete_view(request: Call, view_id: UUID) -> Status[None]:
    give_up_view(view_id=view_id, actor=request.actor)
    return Status(204, None)


def _saved(request: Call, body: SavedViewIn, view_id: UUID | None) -> dict[str, Any]:
    settings = ViewSettings(**body.model_dump(include=set(ViewSettings.model_fields)))
    columns = None if body.columns is None else tuple(body.columns)
    shown = Shows(body.view, body.filter.wanted(), body.sort, body.density, columns)
    row = save_view(settings=settings, shown=shown, actor=request.actor, view_id=view_id)
    return _out(request, row, *grid.counts_of(request.actor, [(row.view, of_data(row.wanted))]))


def _out(request: Call, row: SavedView, count: int) -> dict[str, Any]:
    return {
        "id": row.id, "name": row.name, "shared": row.shared, "team_id": row.team_id, "pinned": row.pinned,
        "mine": row.made_by == request.actor.id, "view": row.view, "filter": filter_out(of_data(row.wanted)),
        "sort": row.sort, "density": row.density, "columns": row.columns, "count": count,
    }  # fmt: skip
