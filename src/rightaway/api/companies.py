"""Companies, to which contacts belong."""

from typing import Annotated, Any
from uuid import UUID

from django.http import HttpResponse
from ninja import Query, Router, Status
from pydantic import Field, StringConstraints

from rightaway.api.conditional import conditional, expected, tagged
from rightaway.api.door import Call
from rightaway.api.people import SavedOut
from rightaway.api.schema import VISIBLE, Id, Line, Out, Strict
from rightaway.contacts.models import Company
from rightaway.work import access
from rightaway.work.actions.save_company import company_tag, save_company
from rightaway.work.company_queries import companies_page, contacts_of, open_items_of

router = Router(tags=["companies"])


class CompanyOut(Out):
    """`owner_id`: the agent who looks after the whole account."""

    id: UUID
    name: str
    owner_id: UUID | None


class CompanyPage(Out):
    companies: list[CompanyOut]
    next: str | None


class CompanyQuery(Strict):
    """`q` is part of a name; `after` the `next` of the page before."""

    q: Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00]*$")] = ""
    after: Id | None = None
    limit: Annotated[int, Field(ge=1, le=200, strict=False)] = 100


@router.get("/companies", response=CompanyPage, operation_id="list_companies", summary="Companies that you may see")
def list_companies(request: Call, query: Query[CompanyQuery]) -> dict[str, Any]:
    """By name."""
    found, following = companies_page(request.actor, find=query.q, after=query.after, limit=query.limit)
    return {"companies": found, "next": None if following is None else str(following)}


class CompanyIn(Strict):
    """One name is one company, however it is written. `owner_id` is an agent's."""

    name: Annotated[str, Line(300, pattern=VISIBLE)]
    owner_id: Id | None = None


@router.post("/companies", response={201: SavedOut}, operation_id="create_company", summary="Add a company")
def create_company(request: Call, body: CompanyIn) -> Status[Any]:
    saved = save_company(company_id=None, name=body.name, owner_id=body.owner_id, actor=request.actor)
    return Status(201, {"id": saved.company_id, "changed": list(saved.changed)})


class CompanyInFull(CompanyOut):
    """`contacts` and `open_items` are those that you may see, at most 200 of each."""

    contacts: list[UUID]
    open_items: list[UUID]


@router.get("/companies/{uuid:company_id}", response=CompanyInFull, operation_id="get_company", summary="One company")
def get_company(request: Call, response: HttpResponse, company_id: UUID) -> dict[str, Any]:
    company = access.company_for(request.actor, company_id, "company.view")
    tagged(response, company_tag(company))
    return {
        "id": company.id, "name": company.name, "owner_id": company.owner_id,
        "contacts": [row.id for row in contacts_of(request.actor, company)],
        "open_items": [row.id for row in open_items_of(request.actor, company)],
    }  # fmt: skip


@router.put(
    "/companies/{uuid:company_id}", response=SavedOut, operation_id="replace_company", summary="Change a company"
)
@conditional
def replace_company(request: Call, response: HttpResponse, company_id: UUID, body: CompanyIn) -> dict[str, Any]:
    """Its contacts read the new name."""
    saved = save_company(
        company_id=company_id, name=body.name, owner_id=body.owner_id, actor=request.actor, seen=expected(request)
    )
    tagged(response, company_tag(Company.objects.get(id=company_id)))
    return {"id": saved.company_id, "changed": list(saved.changed)}
