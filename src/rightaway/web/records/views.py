"""Contacts as records: typing one in, editing, merging, archiving."""

from typing import Any
from uuid import UUID

from django import forms
from django.db import transaction
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from rightaway.contacts import fields
from rightaway.contacts.models import Contact
from rightaway.ledger.errors import CapacityFull, Invalid, KnownPerson, NeedsConfirmation, NotAMember, Stale
from rightaway.people.models import Agent, AgentState
from rightaway.web.page import Done, PageRequest, Shown, Toast, action, back_from, id_of, page
from rightaway.web.records import own_fields
from rightaway.web.records.forms import NewContactForm, PersonForm, campaign_key
from rightaway.web.records.shown import Candidate, candidates, told_preview
from rightaway.work import access, merging
from rightaway.work.actions.archive_contact import archive_contact, restore_contact
from rightaway.work.actions.create_contact import Created, create_contact, default_owner
from rightaway.work.actions.dismiss_suggestion import dismiss_suggestion
from rightaway.work.actions.edit_contact import Edit, edit_contact
from rightaway.work.actions.merge_contacts import merge_contacts
from rightaway.work.actions.undo_merge import undo_merge
from rightaway.work.contact_record import front_item, reached_by, record_of
from rightaway.work.enquiry import Enquiry


@page
def new(request: PageRequest) -> Shown:
    access.require(request.actor, "item.create")
    initial = {"owner": default_owner(request.actor), "kind": "lead"}
    return _typing_in(request, NewContactForm(request.actor, known=fields.fields(), initial=initial))


@action
def create(request: PageRequest) -> Done | Shown:
    """`known_too` is pressed by whoever was told that somebody has this number already."""
    access.require(request.actor, "item.create")
    form = NewContactForm(request.actor, request.POST, known=fields.fields())
    known: KnownPerson | None = None
    confirm = False
    if form.is_valid():
        try:
            with transaction.atomic():  # what was written before a refusal goes with it
                return _created(_create(request, form))
        except KnownPerson as error:
            known = error
        except (NeedsConfirmation, CapacityFull) as error:
            confirm = True
            form.add_error("owner", _needs_more(UUID(form.cleaned_data["owner"]), error))
        except NotAMember:
            form.add_error("owner", _("They are not in this campaign."))
        except Invalid as error:
            _tell(form, error)
    response = _typing_in(request, form, known=known, confirm=confirm or "anyway" in request.POST)
    response.status_code = 422
    return response


def _needs_more(agent_id: UUID, error: NeedsConfirmation | CapacityFull) -> str:
    """Devon is at capacity, 8 of 8."""
    name = Agent.objects.values_list("name", flat=True).get(id=agent_id)
    if isinstance(error, CapacityFull):
        state = AgentState.objects.get(agent=agent_id)
        said = {"name": name, "load": state.load // 100, "capacity": state.capacity // 100}
        return _("%(name)s is at capacity, %(load)s of %(capacity)s. Tick “Assign anyway” and say why.") % said
    return _("%(name)s is not available now. Tick “Assign anyway” and say why.") % {"name": name}


def _create(request: PageRequest, form: NewContactForm) -> Created:
    said = form.cleaned_data
    owner: str | UUID = said["owner"] if said["owner"] in ("me", "private", "nobody", "routes") else UUID(said["owner"])
    enquiry = Enquiry(
        source=said["source"], name=said["name"], kind=said["kind"], line=said["line"], language=said["language"],
        company=said["company"], message=said["message"], campaign=said["campaign"],
    )  # fmt: skip
    return create_contact(
        enquiry=enquiry, reached=reached_by(said["phones"], said["emails"], request.region), values=form.values,
        owner=owner, actor=request.actor, known_too="known_too" in request.POST, over_capacity=said["anyway"],
        note=said["note"],
    )  # fmt: skip


def _created(made: Created) -> Done:
    text = _("The enquiry was added.") if made.outcome == "attached" else _("Contact created.")
    return Done(back=reverse("contact", args=[made.item_id]), toast=Toast(text))


def _typing_in(
    request: PageRequest, form: NewContactForm, *, known: KnownPerson | None = None, confirm: bool = False
) -> TemplateResponse:
    contact_id = known.parameters.get("contact_id") if known else None
    name = Contact.objects.values_list("name", flat=True).get(id=contact_id) if contact_id else ""
    found = {
        "form": form, "confirm": confirm, "is_known": known is not None, "known_id": contact_id,
        "known_name": name or _("No name"),
    }  # fmt: skip
    return TemplateResponse(request, "records/new.html", found)


@page
def edit(request: PageRequest, contact_id: UUID) -> Shown:
    contact = access.contact_for(request.actor, contact_id, "contact.edit")
    record = record_of(request.actor, contact)
    known = fields.fields()
    initial = {
        "name": record.name, "company": record.company, "language": record.language,
        "phones": "\n".join(row.value for row in record.phones),
        "emails": "\n".join(row.value for row in record.emails),
        "campaign": campaign_key(front_item(contact_id)),
        **own_fields.initial(known, fields.values_of([contact_id])[contact_id]),
    }  # fmt: skip
    return _editing(request, contact, PersonForm(known=known, initial=initial), record.etag)


@action
def save(request: PageRequest, contact_id: UUID) -> Done | Shown:
    contact = access.contact_for(request.actor, contact_id, "contact.edit")
    form = PersonForm(request.POST, known=fields.fields(), initial={"language": contact.language})
    status = 422
    if form.is_valid():
        try:
            with transaction.atomic():
                _save(request, contact_id, form)
            return Done(back=reverse("contact", args=[contact_id]), toast=Toast(_("Saved.")))
        except Stale:
            status = 412
            form.add_error(None, _("Somebody else changed this contact in the meantime. Look again, then save."))
        except KnownPerson as error:
            form.add_error(None, _known_words(error))
        except NotAMember:
            form.add_error("campaign", _("Who has it is not in this campaign."))
        except Invalid as error:
            _tell(form, error)
    response = _editing(request, contact, form, request.POST.get("etag", ""))
    response.status_code = status
    return response


def _save(request: PageRequest, contact_id: UUID, form: PersonForm) -> None:
    said = form.cleaned_data
    wanted = Edit(
        name=said["name"], language=said["language"], company=said["company"], campaign=said["campaign"],
        reached=reached_by(said["phones"], said["emails"], request.region), fields=form.values,
    )  # fmt: skip
    edit_contact(contact_id=contact_id, edit=wanted, actor=request.actor, seen=request.POST.get("etag", ""))


def _editing(request: PageRequest, contact: Contact, form: PersonForm, etag: str) -> TemplateResponse:
    return TemplateResponse(request, "records/edit.html", {"contact": contact, "form": form, "etag": etag})


def _known_words(error: KnownPerson) -> str:
    contact_id = error.parameters.get("contact_id")
    if contact_id is None:
        return _("Somebody else has one of these numbers already.")
    name = Contact.objects.values_list("name", flat=True).get(id=contact_id) or _("No name")
    return _("%(name)s has one of these numbers already. Are they the same person? Then merge them.") % {"name": name}


def _tell(form: forms.Form, error: Invalid) -> None:
    """What a verb found wrong, by the field that it names."""
    for row in error.errors or [{"pointer": "", "detail": ""}]:
        key = row["pointer"].strip("/").removeprefix("fields/").removeprefix("attributes/")
        own = own_fields.PREFIX + key
        field = own if own in form.fields else key if key in form.fields else None
        form.add_error(field, _("This cannot be used."))


@page
def merge(request: PageRequest, contact_id: UUID) -> Shown:
    """`with` is the other one: then what would become of the two; without it somebody to choose."""
    contact = access.contact_for(request.actor, contact_id, "contact.merge")
    other_id = id_of(request.GET.get("with", ""))
    find = request.GET.get("find", "").strip()[:200]
    found: dict[str, Any] = {"contact": contact, "find": find, "name": contact.name or _("No name")}
    if other_id is None:
        rows: list[Candidate] = candidates(request.actor, contact, find) if find else []
        return TemplateResponse(request, "records/choose.html", {**found, "rows": rows})
    preview = merging.preview(request.actor, contact_id, other_id)
    return TemplateResponse(request, "records/merge.html", {**found, "preview": told_preview(preview)})


@action
def do_merge(request: PageRequest, contact_id: UUID) -> Done:
    other_id = id_of(request.POST.get("with", ""))
    if other_id is None:
        raise Invalid
    take = [
        name.removeprefix("win-")
        for name, value in request.POST.items()
        if name.startswith("win-") and value == "other"
    ]
    done = merge_contacts(survivor_id=contact_id, other_id=other_id, actor=request.actor, take=take)
    undo = reverse("contact-merge-undo", args=[done.merge_id])
    return Done(back=reverse("contact", args=[contact_id]), toast=Toast(_("Merged into one contact."), undo=undo))


@action
def undo(request: PageRequest, merge_id: UUID) -> Done:
    done = undo_merge(merge_id=merge_id, actor=request.actor)
    return Done(back=reverse("contact", args=[done.contact_id]), toast=Toast(_("They are two contacts again.")))


@page
def duplicates(request: PageRequest) -> Shown:
    access.require_some(request.actor, "contact.merge")
    return TemplateResponse(request, "records/duplicates.html", {"rows": merging.suggestions(request.actor)})


@action
def dismiss(request: PageRequest, suggestion_id: UUID) -> Done:
    dismiss_suggestion(suggestion_id=suggestion_id, actor=request.actor)
    return Done(back=reverse("duplicates"), toast=Toast(_("They stay two contacts.")))


@action
def archive(request: PageRequest, contact_id: UUID) -> Done:
    try:
        archive_contact(contact_id=contact_id, actor=request.actor, close_open="close_open" in request.POST)
    except NeedsConfirmation:
        raise NeedsConfirmation(_("Something is open. Finish it first, or tick that it may be closed.")) from None
    undo = reverse("contact-restore", args=[contact_id])
    return Done(back=reverse("contact", args=[contact_id]), toast=Toast(_("Archived."), undo=undo))


@action
def restore(request: PageRequest, contact_id: UUID) -> Done:
    restore_contact(contact_id=contact_id, actor=request.actor)
    return Done(back=back_from(request, reverse("contact", args=[contact_id])), toast=Toast(_("Restored.")))
