"""The lead pool: nobody's leads get somebody. An agent claims, a manager assigns."""

from uuid import UUID

from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from rightaway.accounts.roles import Relation
from rightaway.ledger.errors import CapacityFull, ItemTaken, LimitReached, WrongState
from rightaway.web.my_work import words
from rightaway.web.page import Done, PageRequest, Shown, Toast, action, page
from rightaway.web.pool import reading
from rightaway.work.actions.claim import claim


@page
def pool(request: PageRequest) -> Shown:
    return _page(request, "pool/page.html", [])


@page
def rows(request: PageRequest) -> Shown:
    return _page(request, "pool/rows.html", request.GET.getlist("seen"))


@action
def claim_item(request: PageRequest, item_id: UUID) -> Done:
    """Whoever was faster is named in the row itself."""
    try:
        claim(item_id=item_id, actor=request.actor)
        toast = Toast(_("It is yours. Call now: it is on top of your work."))
    except ItemTaken as error:
        name = words.first_names({UUID(str(error.parameters["agent"]))})
        toast = Toast(_("%(name)s was faster.") % {"name": next(iter(name.values()), "")}, kind="bad")
    except CapacityFull as error:
        raise CapacityFull(words.why_full(error)) from None
    except LimitReached:
        raise LimitReached(_("Not claimed. You have reached your limit for this period.")) from None
    except WrongState:
        raise WrongState(_("Not claimed. It is no longer in the pool.")) from None
    return _done(request, toast)


def _done(request: PageRequest, toast: Toast) -> Done:
    seen = request.POST.getlist("seen")
    return Done(back=reverse("pool"), show=lambda inside: _page(inside, "pool/rows.html", seen), toast=toast)


def _page(request: PageRequest, template: str, seen: list[str]) -> TemplateResponse:
    actor = request.actor
    assigns = actor.may("item.assign", frozenset({Relation.TEAM}))
    told = {
        "pool": reading.pool(actor, seen), "most": reading.COUNTED, "assigns": assigns,
        "claims": actor.agent_id is not None and actor.may("item.claim", frozenset({Relation.FREE})),
    }  # fmt: skip
    return TemplateResponse(request, template, told)
