"""My work, an agent's home: what is offered, what to do next, how full one is."""

from typing import Final
from uuid import UUID

from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from rightaway.ledger.errors import (
    CapacityFull,
    Invalid,
    LimitReached,
    NotAllowed,
    NothingWaiting,
    OfferEnded,
    OfferExpired,
    OfferTaken,
)
from rightaway.web import formats
from rightaway.web.contacts.words import CALLS
from rightaway.web.my_work import words
from rightaway.web.my_work.asked_for import about
from rightaway.web.my_work.doing import doing as read_doing
from rightaway.web.my_work.offers import offered
from rightaway.web.my_work.side import side as read_side
from rightaway.web.page import Done, PageRequest, Shown, Toast, action, is_fragment, page
from rightaway.work import access
from rightaway.work.actions.accept import accept
from rightaway.work.actions.decline import decline
from rightaway.work.actions.end_task import end_task
from rightaway.work.actions.hand_back import hand_back
from rightaway.work.actions.next import next_item
from rightaway.work.actions.pause_route import pause_route_for
from rightaway.work.actions.resume_route import resume_route_for
from rightaway.work.actions.touch import touch

_MOST: Final = 100


@page
def my_work(request: PageRequest) -> Shown:
    agent, kind = request.actor.agent_id is not None, request.GET.get("kind", "")
    told = {
        "agent": agent, "offered": offered(request.actor), "doing": read_doing(request.actor, kind),
        "side": read_side(request.actor), "waiting": _waiting(request) if agent else 0, "most": _MOST,
        "kind": kind, "now": formats.now(), "calls": CALLS,
    }  # fmt: skip
    return TemplateResponse(request, "my_work/page.html", told)


@page
def offers(request: PageRequest) -> Shown:
    return _offers(request, request.GET.getlist("seen"), about(request))


@page
def no_offers(request: PageRequest) -> Shown:
    """What stands where no offers are: it tells how many places are free."""
    if request.actor.agent_id is None:
        raise NotAllowed(action="presence.set")
    return TemplateResponse(request, "my_work/no_offers.html")


@page
def doing(request: PageRequest) -> Shown:
    return _doing(request)


@page
def side(request: PageRequest) -> Shown:
    return TemplateResponse(request, "my_work/side.html", {"side": read_side(request.actor)})


@action
def accept_offer(request: PageRequest, offer_id: UUID) -> Done:
    """How it ended is told on its card, in place; only a browser without scripts needs a message of its own."""
    try:
        accept(offer_id=offer_id, actor=request.actor)
        toast = Toast(_("You have it"))
    except (OfferTaken, OfferExpired, OfferEnded) as error:
        toast = Toast(_(error.title()), kind="bad")
    return _answered(request, offer_id, toast)


@action
def decline_offer(request: PageRequest, offer_id: UUID) -> Done:
    kind, note = request.POST.get("kind", ""), request.POST.get("note", "").replace("\r\n", "\n")
    try:
        decline(offer_id=offer_id, actor=request.actor, kind=kind, note=note if kind == "bad_lead" else "")
        toast = Toast(_("You passed it on"))
    except (OfferTaken, OfferExpired, OfferEnded) as error:
        toast = Toast(_(error.title()), kind="bad")
    return _answered(request, offer_id, toast)


@action
def take_next(request: PageRequest) -> Done:
    """The queue chooses. Says why there is nothing, where there is nothing."""
    try:
        next_item(actor=request.actor)
        toast = Toast(_("You have the next one. It is on top of your list."))
    except CapacityFull as error:
        raise CapacityFull(words.why_full(error)) from None
    except LimitReached:
        raise LimitReached(_("Not claimed. You have reached your limit for this period.")) from None
    except NothingWaiting:
        toast = Toast(_("Nothing that you could take is waiting."), kind="bad")
    return Done(back=reverse("work"), show=_doing, toast=toast)


@action
def log(request: PageRequest, item_id: UUID) -> Done:
    """A call with its outcome, or a note."""
    said, text = request.POST.get("said", ""), request.POST.get("text", "").replace("\r\n", "\n").strip()
    kind, outcome = ("call", said) if said in CALLS else (said, "")
    touch(item_id=item_id, actor=request.actor, kind=kind, outcome=outcome, text=text)
    return Done(back=reverse("work"), show=_doing, toast=Toast(_("Call logged") if kind == "call" else _("Note saved")))


@action
def give_back(request: PageRequest, item_id: UUID) -> Done:
    reason = request.POST.get("reason", "").replace("\r\n", "\n").strip()
    if not reason:
        raise Invalid(_("Not handed back. Say why."))
    hand_back(item_id=item_id, actor=request.actor, reason=reason)
    return Done(back=reverse("work"), show=_doing, toast=Toast(_("You handed it back.")))


@action
def end_my_task(request: PageRequest, task_id: UUID) -> Done:
    end_task(task_id=task_id, actor=request.actor)
    return Done(back=reverse("work"), show=_doing, toast=Toast(_("Task done.")))


@action
def switch_route(request: PageRequest, route_id: UUID) -> Done:
    agent_id = request.actor.agent_id
    if agent_id is None:
        raise NotAllowed(action="agent.pause_route")
    change = resume_route_for if request.POST.get("mine") == "on" else pause_route_for
    change(route_id=route_id, agent_id=agent_id, actor=request.actor)
    return Done(back=reverse("work"), show=_side)


def _answered(request: PageRequest, offer_id: UUID, toast: Toast) -> Done:
    seen = [*request.POST.getlist("seen"), str(offer_id)]
    return Done(
        back=reverse("work"), show=lambda inside: _offers(inside, seen), toast=None if is_fragment(request) else toast,
        events={"answered": {"offer": str(offer_id)}},
    )  # fmt: skip


def _offers(request: PageRequest, seen: list[str], about: set[UUID] | None = None) -> TemplateResponse:
    return TemplateResponse(request, "my_work/offers.html", {"offered": offered(request.actor, seen, about)})


def _doing(request: PageRequest) -> TemplateResponse:
    kind = request.POST.get("kind", "") or request.GET.get("kind", "")
    told = {"doing": read_doing(request.actor, kind, about(request)), "kind": kind}
    return TemplateResponse(request, "my_work/doing.html", told)


def _side(request: PageRequest) -> TemplateResponse:
    return TemplateResponse(request, "my_work/side.html", {"side": read_side(request.actor)})


def _waiting(request: PageRequest) -> int:
    """How many wait in the pool for this person, counted up to a hundred."""
    rows = access.visible_items(request.actor, "item.claim").filter(state="pooled")
    return len(rows.values_list("id")[:_MOST])
