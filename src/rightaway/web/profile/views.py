"""One person and the item about them: who has it and why, what was said and done, and what to do next."""

from collections.abc import Callable
from datetime import timedelta
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
from rightaway.web import formats
from rightaway.web.page import Done, PageRequest, Shown, Toast, action, id_of, is_fragment, page
from rightaway.web.profile import neighbours, when
from rightaway.web.profile.forms import Forms, hours_of, make
from rightaway.web.profile.shown import Profile
from rightaway.web.profile.words import PROTECTED_BY
from rightaway.work import access
from rightaway.work.actions.add_task import add_task
from rightaway.work.actions.claim import claim
from rightaway.work.actions.drip import start_drip, stop_drip
from rightaway.work.actions.edit_note import edit_note
from rightaway.work.actions.end_task import end_task, move_task
from rightaway.work.actions.finish import finish
from rightaway.work.actions.give_task import give_task
from rightaway.work.actions.hand_back import hand_back
from rightaway.work.actions.move_status import move_status
from rightaway.work.actions.offer import offer
from rightaway.work.actions.pin_note import pin_note
from rightaway.work.actions.rescind import rescind
from rightaway.work.actions.revoke import revoke
from rightaway.work.actions.share import share
from rightaway.work.actions.touch import touch
from rightaway.work.contact_record import survivor_of
from rightaway.work.models import Item

_PARTS: Final = ("head", "assignment", "basics", "tasks", "sequence", "person", "activity", "earlier", "why")


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
def sharing(request: PageRequest, item_id: UUID) -> Done | Shown:
    share(item_id=item_id, actor=request.actor)
    return _done(request, item_id, _("Your team sees this contact now."))


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
def begin_drip(request: PageRequest, item_id: UUID) -> Done | Shown:
    sequence_id = id_of(request.POST.get("sequence", ""))
    if sequence_id is None:
        raise NotFound
    start_drip(item_id=item_id, sequence_id=sequence_id, actor=request.actor)
    return _done(request, item_id, _("The sequence has begun."))


@action
def end_drip(request: PageRequest, item_id: UUID, drip_id: UUID) -> Done | Shown:
    stop_drip(drip_id=drip_id, actor=request.actor)
    return _done(request, item_id, _("The sequence is stopped."))


@action
def log_call(request: PageRequest, item_id: UUID) -> Done | Shown:
    return _answer(request, item_id, "call", lambda form: _touched(request, item_id, "call", form, _("Call saved.")))


@action
def log_message(request: PageRequest, item_id: UUID) -> Done | Shown:
    def do(form: forms.Form) -> str:
        said = form.cleaned_data
        touch(item_id=item_id, actor=request.actor, kind=said["kind"], outcome=said["outcome"], text=said["text"])
        return _("Message saved.")

    return _answer(request, item_id, "message", do)


@action
def log_visit(request: PageRequest, item_id: UUID) -> Done | Shown:
    return _answer(request, item_id, "visit", lambda form: _touched(request, item_id, "visit", form, _("Visit saved.")))


def _touched(request: PageRequest, item_id: UUID, kind: str, form: forms.Form, told: str) -> str:
    said = form.cleaned_data
    seconds = None if said["minutes"] is None else 60 * said["minutes"]
    touch(
        item_id=item_id, actor=request.actor, kind=kind, outcome=said["outcome"], text=said["text"], seconds=seconds
    )  # fmt: skip
    return told


@action
def plan_task(request: PageRequest, item_id: UUID) -> Done | Shown:
    def do(form: forms.Form) -> str:
        said = form.cleaned_data
        remind_at = None if said["remind"] is None else said["due_at"] - timedelta(minutes=said["remind"])
        receiver = UUID(said["receiver"]) if said["receiver"] else None
        add_task(
            item_id=item_id, kind=said["kind"], text=said["text"], due_at=said["due_at"], remind_at=remind_at,
            agent_id=receiver, actor=request.actor,
        )  # fmt: skip
        return _("Task planned: %(due)s.") % {"due": formats.weekday_time(said["due_at"])}

    return _answer(request, item_id, "task", do)


@action
def finish_task(request: PageRequest, item_id: UUID, task_id: UUID) -> Done | Shown:
    outcome = request.POST.get("outcome", "done")
    end_task(task_id=task_id, outcome=outcome, actor=request.actor)
    return _done(request, item_id, _("Task done.") if outcome == "done" else _("Task dropped."))


@action
def put_off_task(request: PageRequest, item_id: UUID, task_id: UUID) -> Done | Shown:
    due_at = when.instant(request.POST.get("due", ""), formats.now(), hours_of(request.actor))
    if due_at is None:
        raise Invalid(errors=[{"pointer": "/due", "detail": "unknown"}])
    move_task(task_id=task_id, due_at=due_at, actor=request.actor)
    return _done(request, item_id, _("Put off: %(due)s.") % {"due": formats.weekday_time(due_at)})


@action
def hand_task(request: PageRequest, item_id: UUID, task_id: UUID) -> Done | Shown:
    receiver = request.POST.get("agent", "")
    try:
        give_task(task_id=task_id, agent_id=UUID(receiver) if receiver else None, actor=request.actor)
    except ValueError:
        raise NotFound from None
    return _done(request, item_id, _("The task changed hands."))


@action
def rewrite_note(request: PageRequest, item_id: UUID, entry_id: UUID) -> Done | Shown:
    text = request.POST.get("text", "").replace("\r\n", "\n").strip()
    edit_note(entry_id=entry_id, text=text, actor=request.actor)
    return _done(request, item_id, _("Note saved."))


@action
def hold_note(request: PageRequest, item_id: UUID, entry_id: UUID) -> Done | Shown:
    pinned = request.POST.get("pinned") == "on"
    pin_note(entry_id=entry_id, pinned=pinned, actor=request.actor)
    return _done(request, item_id, _("Pinned on top.") if pinned else _("Not pinned any more."))


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
    form = make(name, request.actor, item, request.POST)
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
    response = _shown(request, item, forms=Forms(request.actor, item, refused=name, bound=form))
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
    if is_fragment(request):
        return TemplateResponse(request, "profile/body.html", _context(request, item, forms))
    beside = neighbours.beside(request.actor, item, request.GET)
    return TemplateResponse(request, "profile/profile.html", {**_context(request, item, forms), "beside": beside})


def _name(agent_id: UUID) -> str:
    return str(Agent.objects.values_list("name", flat=True).get(id=agent_id))


def _invalid(error: Invalid) -> str:
    codes = {row.get("detail", "") for row in error.errors}
    if "control_characters" in codes:
        return _("Remove the characters that cannot be shown.")
    return _("Some of what was sent cannot be used.")
