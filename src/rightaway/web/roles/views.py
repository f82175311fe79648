"""The settings of functional roles: the list of them, and one with its names, its place and who may hold it."""

from typing import Any
from uuid import UUID

from django.db.models import Count
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from rightaway.ledger.finding import row_of
from rightaway.people.keys import free_key
from rightaway.people.models import FunctionalRole, RoleHolder
from rightaway.people.written import role_settings
from rightaway.routing.versions import config_row, etag_of
from rightaway.web.page import Done, PageRequest, Shown, Toast, action, by_method, page
from rightaway.web.roles.forms import RoleForm
from rightaway.work import access
from rightaway.work import roles as known_roles
from rightaway.work.actions.save_role import save_role
from rightaway.work.actions.set_holders import set_holders


@page
def roles(request: PageRequest) -> Shown:
    access.require(request.actor, "roles.manage")
    active = RoleHolder.objects.filter(agent__active=True)
    counts = dict(active.values_list("role").annotate(count=Count("id")).order_by())
    rows = [(role, known_roles.name(role), counts.get(role.id, 0)) for role in known_roles.in_order(active=False)]
    rows.sort(key=lambda row: not row[0].active)  # what is retired stands last
    return TemplateResponse(request, "roles/roles.html", {"rows": rows})


@page
def _new(request: PageRequest) -> Shown:
    access.require(request.actor, "roles.manage")
    return _page(request, None, RoleForm())


@action
def _create(request: PageRequest) -> Done | Shown:
    access.require(request.actor, "roles.manage")
    form = RoleForm(request.POST)
    if not form.is_valid():
        return _page(request, None, form, status=422)
    config_row()  # the key that is free stays free
    return _saved(request, form, free_key(FunctionalRole, form.cleaned_data["long_en"]))


@page
def _edit(request: PageRequest, role_id: UUID) -> Shown:
    access.require(request.actor, "roles.manage")
    role = row_of(FunctionalRole, role_id)
    return _page(request, role, RoleForm(role=role))


@action
def _save(request: PageRequest, role_id: UUID) -> Done | Shown:
    access.require(request.actor, "roles.manage")
    config_row()  # what is compared must still hold when it is written
    role = row_of(FunctionalRole, role_id)
    form = RoleForm(request.POST, role=role)
    if form.is_valid() and request.POST.get("etag") != _etag(role, form):
        form.add_error(None, _("Somebody else changed this role in the meantime. Look again, then save."))
    if not form.is_valid():
        return _page(request, role, form, status=422)
    return _saved(request, form, role.key)


def _saved(request: PageRequest, form: RoleForm, key: str) -> Done:
    saved = save_role(role=form.role(key), actor=request.actor)
    set_holders(role_id=saved.role_id, agent_ids=form.holder_ids(), actor=request.actor)
    return Done(back=reverse("roles"), toast=Toast(_("Saved.")))


def _page(request: PageRequest, role: FunctionalRole | None, form: RoleForm, *, status: int = 200) -> TemplateResponse:
    found: dict[str, Any] = {"role": role, "form": form, "etag": _etag(role, form) if role else ""}
    if role is not None:
        found["name"] = known_roles.name(role)["long"]
    return TemplateResponse(request, "roles/role.html", found, status=status)


def _etag(role: FunctionalRole, form: RoleForm) -> str:
    return etag_of(role_settings(role).model_dump_json() + ",".join(sorted(map(str, form.holds))))


making = by_method(_new, _create)
editing = by_method(_edit, _save)
