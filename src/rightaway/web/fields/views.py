"""Fields of the organisation's own: which there are, what they are called, and whether they must be filled in."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from rightaway.contacts import fields
from rightaway.contacts.models import CustomField
from rightaway.contacts.schema import FieldIn
from rightaway.ledger.errors import Conflict, NotFound
from rightaway.routing.versions import config_row, etag_of
from rightaway.web.fields.forms import FieldForm, NewFieldForm, written
from rightaway.web.fields.words import TYPES
from rightaway.web.page import Done, PageRequest, Shown, Toast, action, page
from rightaway.work import access
from rightaway.work.actions.save_field import MOST_FIELDS, field_settings, save_field


@dataclass(frozen=True, slots=True)
class Row:
    id: UUID
    label: str
    key: str
    type: Any
    choices: str
    required: bool
    retired: bool


@page
def listing(request: PageRequest) -> Shown:
    access.require(request.actor, "fields.manage")
    rows = [_row(field) for field in CustomField.objects.order_by("retired_at", "place", "id")]
    return TemplateResponse(request, "fields/fields.html", {"rows": rows})


def _row(field: CustomField) -> Row:
    told = ", ".join(fields.choice_labels(field).values()) or field.currency
    name = fields.label(field.names, field.key)
    return Row(field.id, name, field.key, TYPES[field.type], told, field.required, field.retired_at is not None)


@page
def new(request: PageRequest) -> Shown:
    access.require(request.actor, "fields.manage")
    last = CustomField.objects.order_by("-place").values_list("place", flat=True).first()
    return _editing(request, None, NewFieldForm(initial={"place": 0 if last is None else last + 10}), "")


@action
def create(request: PageRequest) -> Done | Shown:
    access.require(request.actor, "fields.manage")
    form = NewFieldForm(request.POST)
    if form.is_valid():
        said = form.cleaned_data
        config_row()
        wanted = form.field(key=said["key"], type_=said["type"], currency=said["currency"])
        if wanted is not None and CustomField.objects.filter(key=wanted.key).exists():
            form.add_error("key", _("There is a field with this key already."))
        elif wanted is not None and _saved(request, form, wanted):
            return Done(back=reverse("fields"), toast=Toast(_("Saved.")))
    response = _editing(request, None, form, "")
    response.status_code = 422
    return response


@page
def edit(request: PageRequest, field_id: UUID) -> Shown:
    access.require(request.actor, "fields.manage")
    found = _field(field_id)
    known = field_settings(found)
    return _editing(request, found, FieldForm(initial=written(known)), _etag(known))


@action
def save(request: PageRequest, field_id: UUID) -> Done | Shown:
    access.require(request.actor, "fields.manage")
    config_row()  # what is compared must still hold when it is written
    found = _field(field_id)
    known = field_settings(found)
    form = FieldForm(request.POST)
    status = 422
    if form.is_valid():
        wanted = form.field(key=found.key, type_=found.type, currency=found.currency)
        if request.POST.get("etag") != _etag(known):
            status = 412
            form.add_error(None, _("Somebody else changed this field in the meantime. Look again, then save."))
        elif wanted is not None and _saved(request, form, wanted):
            return Done(back=reverse("fields"), toast=Toast(_("Saved.")))
    response = _editing(request, found, form, request.POST.get("etag", ""))
    response.status_code = status
    return response


def _saved(request: PageRequest, form: FieldForm, wanted: FieldIn) -> bool:
    try:
        with transaction.atomic():
            save_field(field=wanted, actor=request.actor)
    except Conflict as error:
        choices = error.parameters.get("choices")
        if isinstance(choices, list):
            said = {"choices": ", ".join(map(str, choices))}
            form.add_error("choices", _("Contacts have these choices, so they must stay: %(choices)s") % said)
        else:
            form.add_error(None, _("There are %(most)s fields already.") % {"most": MOST_FIELDS})
        return False
    return True


def _editing(request: PageRequest, found: CustomField | None, form: FieldForm, etag: str) -> TemplateResponse:
    shown = {"field": _row(found) if found else None, "form": form, "etag": etag}
    return TemplateResponse(request, "fields/edit.html", shown)


def _field(field_id: UUID) -> CustomField:
    row: CustomField | None = CustomField.objects.filter(id=field_id).first()
    if row is None:
        raise NotFound
    return row


def _etag(known: FieldIn) -> str:
    return etag_of(known.model_dump_json(warnings=False))
