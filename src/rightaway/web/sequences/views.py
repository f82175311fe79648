"""The settings of sequences: the list of them, and one with its e-mails."""

from typing import Any
from uuid import UUID

from django.db.models import Count
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from rightaway.ledger.finding import row_of
from rightaway.people.keys import free_key
from rightaway.routing.versions import config_row, etag_of
from rightaway.web.page import Done, PageRequest, Shown, Toast, action, by_method, page
from rightaway.web.sequences.forms import SequenceForm
from rightaway.work import access
from rightaway.work.actions.save_sequence import save_sequence
from rightaway.work.drips import NAMES, settings_of
from rightaway.work.models import Drip, Sequence


@page
def sequences(request: PageRequest) -> Shown:
    access.require(request.actor, "sequences.manage")
    on_their_way = Drip.objects.filter(state="running").values_list("sequence")
    counts = dict(on_their_way.annotate(count=Count("id")).order_by())
    rows = [(row, len(row.steps), counts.get(row.id, 0)) for row in Sequence.objects.order_by("name", "id")[:1000]]
    rows.sort(key=lambda row: not row[0].active)
    return TemplateResponse(request, "sequences/sequences.html", {"rows": rows})


@page
def _new(request: PageRequest) -> Shown:
    access.require(request.actor, "sequences.manage")
    return _page(request, None, SequenceForm())


@action
def _create(request: PageRequest) -> Done | Shown:
    access.require(request.actor, "sequences.manage")
    form = SequenceForm(request.POST)
    config_row()  # the key that is free stays free
    if not form.is_valid():
        return _page(request, None, form, status=422)
    return _saved(request, None, form, free_key(Sequence, form.cleaned_data["name"]))


@page
def _edit(request: PageRequest, sequence_id: UUID) -> Shown:
    access.require(request.actor, "sequences.manage")
    sequence = row_of(Sequence, sequence_id)
    return _page(request, sequence, SequenceForm(known=settings_of(sequence)))


@action
def _save(request: PageRequest, sequence_id: UUID) -> Done | Shown:
    access.require(request.actor, "sequences.manage")
    config_row()  # what is compared must still hold when it is written
    sequence = row_of(Sequence, sequence_id)
    form = SequenceForm(request.POST, known=settings_of(sequence))
    if form.is_valid() and request.POST.get("etag") != _etag(form):
        form.add_error(None, _("Somebody else changed this sequence in the meantime. Look again, then save."))
    if not form.is_valid():
        return _page(request, sequence, form, status=422)
    return _saved(request, sequence, form, sequence.key)


def _saved(request: PageRequest, sequence: Sequence | None, form: SequenceForm, key: str) -> Done | Shown:
    wanted = form.sequence(key)
    if wanted is None:
        return _page(request, sequence, form, status=422)
    save_sequence(sequence=wanted, actor=request.actor)
    return Done(back=reverse("sequences"), toast=Toast(_("Saved.")))


def _page(
    request: PageRequest, sequence: Sequence | None, form: SequenceForm, *, status: int = 200
) -> TemplateResponse:
    told: dict[str, Any] = {
        "sequence": sequence, "form": form, "etag": _etag(form), "names": [f"{{{name}}}" for name in NAMES],
    }  # fmt: skip
    return TemplateResponse(request, "sequences/sequence.html", told, status=status)


def _etag(form: SequenceForm) -> str:
    return etag_of(form.known.model_dump_json()) if form.known else ""


making = by_method(_new, _create)
editing = by_method(_edit, _save)
