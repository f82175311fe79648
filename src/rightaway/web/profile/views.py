"""One person and the item about them: who has it and why, what was said and done, and what to do next."""

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from django import forms
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from rightaway.accounts.actor import Actor
from rightaway.ledger.errors import Invalid, NeedsConfirmation, NotAllowed, NotFound
from rightaway.people.models import Agent
from rightaway.web.page import Done, PageRequest, Shown, Toast, action, is_fragment, page
from rightaway.web.profile.forms import Forms, make
from rightaway.web.profile.shown import Profile
from rightaway.web.profile.words import PROTECTED_BY
from rightaway.work import access
from rightaway.work.actions.claim import claim
from rightaway.work.actions.finish import finish
from rightaway.work.actions.hand_back import hand_back
from rightaway.work.actions.move_status import move_status
from rightaway.work.actions.offer import offer
from rightaway.work.actions.rescind import rescind
from rightaway.work.actions.revoke import revoke
from rightaway.work.actions.touch import touch
from rightaway.work.contact_record import survivor_of
from rightaway.work.models import Item

_PARTS: Final = ("head", "assignment", "person", "activity", "why")


@page
def profile(request: PageRequest, item_id: UUID) -> Shown:
    """By the id of an item, or of a contact: then its item in front, or the latest that they may see. One that was
    merged into another is that one."""
    item = _found(request.actor, item_id)
    if item.id != item_id:
        return redirect("contact", item.id)
    return _shown(request, item)


@page
def part(request: PageRequest, item_id: UUID, name: str) -> Shown:
    """One live part. Whoever may not see the item any more is told so in place of all of it."""
    if name not in _PARTS:
        raise NotFound
    try:
        item = access.item_for(request.actor, item_id, "item.view")
    except (NotFound, NotAllowed):
        response = TemplateResponse(request, "profile/gone.html")
        response["HX-Retarget"], response["HX-Reswap"] = "#profile", "outerHTML"
        return response
    return TemplateResponse(request, f"profile/{name}.html", _context(request, item))


@action
def to_me(request: PageRequest, item_id: UUID) -> Done | Shown:
    claim(item_id=item_id, actor=request.actor)
    return _done(request, item_id, _("It is yours now."))


@action
def hold_out(request: PageRequest, item_id: UUID) -> Done | Shown:
    def do(form: forms.Form) -> Toast:
        said = form.cleaned_data
        agent_id = UUID(said["agent"])
        made = offer(
            item_id=item_id, agent_ids=[agent_id], seconds=60 * said["minutes"], actor=request.actor, note=said["note"]
        )
        undo = reverse("profile-rescind", args=[item_id, made.offer_ids[0]])
        return Toast(_("Offered to %(name)s.") % {"name": _name(agent_id)}, undo=undo)

    return _answer(request, item_id, "offer", do)


@action
def take_back_offer(request: PageRequest, item_id: UUID, offer_id: UUID) -> Done | Shown:
    rescind(offer_id=offer_id, actor=request.actor)
    return _done(request, item_id, _("The offer was taken back."))


@action
def take_back(request: PageRequest, item_id: UUID) -> Done | Shown:
    def do(form: forms.Form) -> str:
        said = form.cleaned_data
        agent_id = UUID(said["agent"]) if said["to"] == "agent" else None
        revoke(
            item_id=item_id, actor=request.actor, to=said["to"], reason=said["reason"], agent_id=agent_id,
            protected_too=said.get("protected_too", False),
        )  # fmt: skip
        return _("It was taken back.")

    return _answer(request, item_id, "revoke", do)


@action
def give_back(request: PageRequest, item_id: UUID) -> Done | Shown:
    def do(form: forms.Form) -> str:
        hand_back(item_id=item_id, actor=request.actor, reason=form.cleaned_data["reason"])
        return _("You handed it back.")

    return _answer(request, item_id, "hand_back", do)


@action
def write_note(request: PageRequest, item_id: UUID) -> Done | Shown:
    def do(form: forms.Form) -> str:
        touch(item_id=item_id, actor=request.actor, kind="note", text=form.cleaned_data["text"])
        return _("Note saved.")

    return _answer(request, item_id, "note", do)


@action
def log_call(request: PageRequest, item_id: UUID) -> Done | Shown:
    def do(form: forms.Form) -> str:
        said = form.cleaned_data
        seconds = None if said["minutes"] is None else 60 * said["minutes"]
        touch(
            item_id=item_id, actor=request.actor, kind="call", outcome=said["outcome"], text=said["text"],
            seconds=seconds,
        )  # fmt: skip
        return _("Call saved.")

    return _answer(request, item_id, "call", do)


@action
def set_status(request: PageRequest, item_id: UUID) -> Done | Shown:
    move_status(item_id=item_id, status=request.POST.get("status", ""), actor=request.actor)
    return _done(request, item_id, _("Status saved."))


@action
def close(request: PageRequest, item_id: UUID) -> Done | Shown:
    def do(form: forms.Form) -> str:
        finish(item_id=item_id, outcome=form.cleaned_data["outcome"], actor=request.actor)
        return _("It is closed.")

    return _answer(request, item_id, "finish", do)


def _answer(request: PageRequest, item_id: UUID, name: str, do: Callable[[forms.Form], str | Toast]) -> Done | Shown:
    """Does it when the form is right; else the page again, with what was typed and what is wrong with it."""
    item = access.item_for(request.actor, item_id, "item.view", lock=True)
    form = make(name, request.actor, request.POST)
    if form.is_valid() and request.POST.get("seen", str(item.owner_id or "")) != str(item.owner_id or ""):
        form.add_error(None, _("It changed hands in the meantime. Look who has it now, then decide."))
    elif form.is_valid():
        try:
            return _done(request, item_id, do(form))
        except Invalid as error:
            form.add_error(None, _invalid(error))
        except NeedsConfirmation as error:
            if "protected" not in error.parameters:
                raise
            form.add_error("protected_too", PROTECTED_BY[str(error.parameters["protected"])])
    response = _shown(request, item, forms=Forms(request.actor, refused=name, bound=form))
    response.status_code = 422
    return response


def _done(request: PageRequest, item_id: UUID, told: str | Toast) -> Done:
    def show(inside: PageRequest) -> TemplateResponse:
        try:
            return _shown(inside, access.item_for(inside.actor, item_id, "item.view"))
        except (NotFound, NotAllowed):  # handed back: it is somebody else's business now
            return TemplateResponse(inside, "profile/gone.html")

    may_see = access.visible_items(request.actor).filter(id=item_id).exists()
    back = reverse("contact", args=[item_id]) if may_see else reverse("home")
    return Done(back=back, show=show, toast=told if isinstance(told, Toast) else Toast(told))


def _found(actor: Actor, id: UUID) -> Item:
    """Raises NotFound, also for what exists and is not this actor's to see."""
    if Item.objects.filter(id=id).exists():
        return access.item_for(actor, id, "item.view")
    rows = access.visible_items(actor).filter(contact=survivor_of(id))
    item: Item | None = rows.order_by("-front", "-id").first()
    if item is None:
        raise NotFound
    return item


def _context(request: PageRequest, item: Item, forms: Forms | None = None) -> dict[str, Any]:
    query = request.GET if request.method == "GET" else {}
    return {"profile": Profile(request.actor, item, query=query, forms=forms)}


def _shown(request: PageRequest, item: Item, *, forms: Forms | None = None) -> TemplateResponse:
    template = "profile/body.html" if is_fragment(request) else "profile/profile.html"
    return TemplateResponse(request, template, _context(request, item, forms))


def _name(agent_id: UUID) -> str:
    return str(Agent.objects.values_list("name", flat=True).get(id=agent_id))


def _invalid(error: Invalid) -> str:
    codes = {row.get("detail", "") for row in error.errors}
    if "control_characters" in codes:
        return _("Remove the characters that cannot be shown.")
    return _("Some of what was sent cannot be used.")
