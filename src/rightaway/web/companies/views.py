"""Companies: the list, and one with its contacts, what is open of them, and who looks after the account."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Q
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from rightaway.accounts.actor import Actor
from rightaway.contacts.models import Company, Contact, Identity
from rightaway.ledger.errors import AlreadyThere, Conflict, Invalid, Stale
from rightaway.web.companies.forms import CompanyForm
from rightaway.web.contacts.words import status
from rightaway.web.page import Done, PageRequest, Shown, Toast, action, id_of, page
from rightaway.work import access
from rightaway.work.actions.save_company import company_tag, save_company
from rightaway.work.company_queries import companies_page, contacts_of, open_items_of
from rightaway.work.models import Item
from rightaway.work.person_view import person_views


@dataclass(frozen=True, slots=True)
class Row:
    """One company of the list, with how many contacts it has."""

    company: Company
    contacts: int


@page
def companies(request: PageRequest) -> Shown:
    access.require_some(request.actor, "company.view")
    find = request.GET.get("find", "").strip()[:200]
    found, following = companies_page(request.actor, find=find, after=id_of(request.GET.get("after", "")))
    shown = {
        "rows": _rows(found), "find": find, "next": following,
        "may_edit": access.may_some(request.actor, "company.edit"),
    }  # fmt: skip
    return TemplateResponse(request, "companies/companies.html", shown)


def _rows(found: Sequence[Company]) -> list[Row]:
    known = Q(merged_into=None, archived_at=None, employer__in=[row.id for row in found])
    counts = dict(Contact.objects.filter(known).values_list("employer").annotate(n=Count("id")).order_by())
    return [Row(row, counts.get(row.id, 0)) for row in found]


@dataclass(frozen=True, slots=True)
class Person:
    """A contact of the company, with one way to reach them."""

    id: UUID
    name: str
    reach: str


@dataclass(frozen=True, slots=True)
class Open:
    """Something open of one of its contacts."""

    item: Item
    name: str
    status: Any
    owner: str


@page
def company(request: PageRequest, company_id: UUID) -> Shown:
    found = access.company_for(request.actor, company_id, "company.view")
    shown = {
        "company": found, "etag": company_tag(found), "people": _people(contacts_of(request.actor, found)),
        "open": _open(request.actor, open_items_of(request.actor, found)),
        "may_edit": access.may_some(request.actor, "company.edit"),
    }  # fmt: skip
    return TemplateResponse(request, "companies/company.html", shown)


def _people(contacts: Iterable[Contact]) -> list[Person]:
    rows = list(contacts)
    reach: dict[UUID, str] = {}
    known = Identity.objects.filter(contact__in=[row.id for row in rows]).order_by("-kind", "place", "id")
    for id, value in known.values_list("contact", "value"):
        reach.setdefault(id, value)
    return [Person(row.id, row.name or _("No name"), reach.get(row.id, "")) for row in rows]


def _open(actor: Actor, items: Sequence[Item]) -> list[Open]:
    names = dict(access.visible_agents(actor).values_list("id", "name"))
    found = []
    for item, view in zip(items, person_views(actor, items), strict=True):
        name = view.person.name if view.person else _("Hidden until accepted")
        owner = names.get(item.owner_id, _("Another agent")) if item.owner_id else ""
        found.append(Open(item, name or _("No name"), status(item.status), owner))
    return found


@page
def new(request: PageRequest) -> Shown:
    access.require(request.actor, "company.edit")
    return _editing(request, None, CompanyForm(request.actor), "")


@action
def create(request: PageRequest) -> Done | Shown:
    access.require(request.actor, "company.edit")
    return _save(request, None)


@page
def edit(request: PageRequest, company_id: UUID) -> Shown:
    found = access.company_for(request.actor, company_id, "company.edit")
    form = CompanyForm(request.actor, initial={"name": found.name, "owner": str(found.owner_id or "")})
    return _editing(request, found, form, company_tag(found))


@action
def save(request: PageRequest, company_id: UUID) -> Done | Shown:
    return _save(request, access.company_for(request.actor, company_id, "company.edit"))


def _save(request: PageRequest, found: Company | None) -> Done | Shown:
    form, status_code = CompanyForm(request.actor, request.POST), 422
    if form.is_valid():
        owner = form.cleaned_data["owner"]
        try:
            with transaction.atomic():
                saved = save_company(
                    company_id=found.id if found else None, name=form.cleaned_data["name"],
                    owner_id=UUID(owner) if owner else None, actor=request.actor,
                    seen=request.POST.get("etag", "") if found else None,
                )  # fmt: skip
            return Done(back=reverse("company", args=[saved.company_id]), toast=Toast(_("Saved.")))
        except Stale:
            status_code = 412
            form.add_error(None, _("Somebody else changed this company in the meantime. Look again, then save."))
        except AlreadyThere:
            form.add_error("name", _("There is a company of this name already."))
        except Conflict:
            form.add_error("owner", _("They are no longer active."))
        except Invalid:
            form.add_error("name", _("Write the company's name."))
    response = _editing(request, found, form, request.POST.get("etag", ""))
    response.status_code = status_code
    return response


def _editing(request: PageRequest, found: Company | None, form: CompanyForm, etag: str) -> TemplateResponse:
    return TemplateResponse(request, "companies/edit.html", {"company": found, "form": form, "etag": etag})
