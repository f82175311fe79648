"""Contacts as the grid shows them: views, filters, orders, pages, counts, and search."""

from typing import Annotated, Any, Literal

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import Field, StringConstraints

from rightaway.api.door import Call, unkeyed
from rightaway.api.filters import FilterIn, ViewIn
from rightaway.api.items import Limit
from rightaway.api.schema import Out, Strict
from rightaway.work import grid
from rightaway.work.actions.export_contacts import export_contacts
from rightaway.work.person_view import ItemView, person_views
from rightaway.work.searching import LONGEST_SEARCH, search

router = Router(tags=["contacts"])

ViewName = Literal["evaluate", "unassigned", "attention", "priority", "team", "all"]
Sort = Literal[
    "urgency", "-waiting", "waiting", "name", "-name", "status", "-status", "source", "-source", "-band", "band",
    "-created", "created",
]  # fmt: skip


class ContactQuery(FilterIn):
    """Which contacts, in what order. `sort` is the view's own when not given; `cursor` is the `next` or `previous` of
    another page of this list."""

    view: ViewName = "evaluate"
    sort: Sort | None = None
    cursor: Annotated[str, StringConstraints(max_length=1000)] | None = None
    limit: Annotated[Limit, Field(strict=False)] = 50


class ContactPage(Out):
    """The item in front of each contact. `next` and `previous` are the cursors of the pages beside this one."""

    items: list[ItemView]
    next: str | None
    previous: str | None


@router.get("/contacts", response=ContactPage, operation_id="list_contacts", summary="The contacts that you may see")
def list_contacts(request: Call, query: Query[ContactQuery]) -> dict[str, Any]:
    page = grid.grid_page(
        request.actor, view=query.view, wanted=query.wanted(), sort=query.sort, cursor=query.cursor, limit=query.limit
    )
    return {"items": person_views(request.actor, page.items), "next": page.next, "previous": page.previous}


@router.get(
    "/contacts/counts",
    response=dict[str, int],
    operation_id="count_contacts",
    summary="How many contacts each of your views has",
)
def count_contacts(request: Call) -> dict[str, int]:
    """Up to two seconds old. 10,001 stands for more than 10,000."""
    return grid.view_counts(request.actor)


@router.post(
    "/contacts/export",
    response={200: str},
    operation_id="export_contacts",
    summary="A view's contacts as CSV",
    openapi_extra={
        "responses": {"200": {"description": "CSV", "content": {"text/csv": {"schema": {"type": "string"}}}}}
    },
)
@unkeyed
def export(request: Call, body: ViewIn) -> HttpResponse:
    """The longest wait first, 50,000 at most. Managers only; the trail keeps who took out how many."""
    text = export_contacts(view=body.view, wanted=body.wanted(), actor=request.actor)
    return HttpResponse(text, content_type="text/csv; charset=utf-8")


class SearchQuery(Strict):
    q: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_SEARCH, pattern=r"^[^\x00]*$")]
    limit: Annotated[Limit, Field(strict=False)] = 20


class FoundOut(Out):
    """`via`: what matched (name, alike, phone, email, id, note); `excerpt` is what the note says there. `views` are
    those in which the contact stands now; an `archived` one stands in none."""

    item: ItemView
    via: Literal["name", "alike", "phone", "email", "id", "note"]
    views: list[ViewName]
    archived: bool
    excerpt: str


@router.get(
    "/contacts/search", response=list[FoundOut], operation_id="search_contacts", summary="Search contacts in every view"
)
def search_contacts(request: Call, query: Query[SearchQuery]) -> list[dict[str, Any]]:
    """By name (nearly right is found when little else is), phone (the last four digits or more), e-mail, id or what
    is noted of them, the best first. Whoever is masked for you is not found."""
    found = search(request.actor, query.q, limit=query.limit)
    views = person_views(request.actor, [row.item for row in found])
    return [
        {"item": view, "via": row.via, "views": row.views, "archived": row.archived, "excerpt": row.excerpt}
        for row, view in zip(found, views, strict=True)
    ]
