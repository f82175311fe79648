"""Saving a view of the contacts, changing it, giving it up. What it shows is in the address, as the list has it."""

from uuid import UUID

from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from rightaway.ledger.errors import AlreadyThere
from rightaway.web.contacts import filters, saved
from rightaway.web.contacts.saved import address_of
from rightaway.web.page import Done, PageRequest, Shown, Toast, action, by_method, page
from rightaway.web.saved_views.forms import ViewForm
from rightaway.work import saved_views
from rightaway.work.actions.save_view import ViewSettings, give_up_view, save_view
from rightaway.work.models import SavedView


@page
def _new(request: PageRequest) -> Shown:
    return _page(request, None, ViewForm(request.actor))


@action
def _create(request: PageRequest) -> Done | Shown:
    return _saved(request, None, ViewForm(request.actor, request.POST))


@page
def _edit(request: PageRequest, view_id: UUID) -> Shown:
    row = saved_views.view_for(request.actor, view_id, change=True)
    return _page(request, row, ViewForm(request.actor, view=row))


@action
def _save(request: PageRequest, view_id: UUID) -> Done | Shown:
    row = saved_views.view_for(request.actor, view_id, change=True)
    return _saved(request, row, ViewForm(request.actor, request.POST, view=row))


@action
def keeping(request: PageRequest, view_id: UUID) -> Done:
    """What the list shows now becomes the view's."""
    row = saved_views.view_for(request.actor, view_id, change=True)
    settings = ViewSettings.model_validate(
        {"name": row.name, "shared": row.shared, "team_id": row.team_id, "pinned": row.pinned}
    )
    kept = save_view(settings=settings, view_id=row.id, actor=request.actor, shown=_shown(request))
    return Done(back=f"{reverse('contacts')}?{address_of(kept)}", toast=Toast(_("Saved.")))


@action
def giving_up(request: PageRequest, view_id: UUID) -> Done:
    give_up_view(view_id=view_id, actor=request.actor)
    return Done(back=reverse("contacts"), toast=Toast(_("The view is deleted.")))


def _saved(request: PageRequest, row: SavedView | None, form: ViewForm) -> Done | Shown:
    if not form.is_valid():
        return _page(request, row, form, status=422)
    # Of one that is there, its name and who sees it change here; what it shows is kept from the list.
    shown = _shown(request) if row is None else saved_views.shows(row)
    try:
        made = save_view(settings=form.settings(), view_id=row.id if row else None, actor=request.actor, shown=shown)
    except AlreadyThere:
        form.add_error("name", _("There is a view of that name already, or there are fifty."))
        return _page(request, row, form, status=422)
    return Done(back=f"{reverse('contacts')}?{address_of(made)}", toast=Toast(_("Saved.")))


def _shown(request: PageRequest) -> saved_views.Shows:
    asked = filters.asked(request.actor, request.GET)
    density = request.GET.get("density", "")
    return saved_views.Shows(
        asked.view, asked.wanted, "" if asked.sort == asked.own_sort else asked.sort,
        density if density in ("comfortable", "compact") else "", saved.columns_by(request.GET),
    )  # fmt: skip


def _page(request: PageRequest, row: SavedView | None, form: ViewForm, *, status: int = 200) -> TemplateResponse:
    back = address_of(row) if row is not None else request.GET.urlencode()
    return TemplateResponse(request, "saved_views/view.html", {"row": row, "form": form, "back": back}, status=status)


making = by_method(_new, _create)
editing = by_method(_edit, _save)
