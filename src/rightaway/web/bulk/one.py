"""What a manager may do with one contact: the menu of its row and its profile."""

from dataclasses import dataclass
from uuid import UUID

from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from rightaway.accounts.actor import Actor
from rightaway.engine.moves import next_state
from rightaway.people.models import Agent
from rightaway.web import formats
from rightaway.web.contacts.rows import rows_of
from rightaway.web.page import Done, PageRequest, Shown, Toast, action, back_from, is_fragment, page
from rightaway.work import access
from rightaway.work.actions.prioritise import PRIORITY_BAND, prioritise
from rightaway.work.actions.put_back import POSSIBLE_FOR, put_back
from rightaway.work.models import Assignment, Item


@dataclass(frozen=True, slots=True)
class Acts:
    """`put_back` is whom it can be given back to, after it was taken from them; empty: nobody."""

    item: Item
    name: str
    assign: bool
    offer: bool
    request_update: bool
    revoke: bool
    route: bool
    prioritise: bool
    is_priority: bool
    put_back: str

    @property
    def any(self) -> bool:
        return self.assign or self.offer or self.request_update or self.revoke or self.route or self.prioritise


def acts_of(actor: Actor, item: Item) -> Acts:
    relations, state = access.relations_to_item(actor, item), item.state

    def allows(what: str, move: str = "") -> bool:
        return actor.may(what, relations) and (not move or next_state(state, move) is not None)

    revokes = allows("item.revoke")
    return Acts(
        item=item, name=rows_of(actor, [item])[0].name, assign=allows("item.assign", "give"),
        offer=allows("item.offer", "hold_out"),
        request_update=item.owner_id is not None and allows("item.request_update"),
        revoke=item.owner_id is not None and allows("item.revoke", "revoke"), route=allows("item.revoke", "route"),
        prioritise=allows("item.prioritise") and state != "closed", is_priority=item.band >= PRIORITY_BAND,
        put_back=lost_by(item) if revokes and state != "closed" else "",
    )  # fmt: skip


def lost_by(item: Item) -> str:
    """From whom it was taken last, within the time in which it can be put back; empty where it has not been."""
    taken = Assignment.objects.filter(
        item=item.id, role_id=None, end_cause="revoked", ended_at__gt=formats.now() - POSSIBLE_FOR
    )
    last = taken.order_by("-ended_at", "-started_at", "-id").values_list("agent_id", flat=True).first()
    if last is None or last == item.owner_id:
        return ""
    return str(Agent.objects.filter(id=last, active=True).values_list("name", flat=True).first() or "")


@page
def menu(request: PageRequest, item_id: UUID) -> Shown:
    acts = acts_of(request.actor, access.item_for(request.actor, item_id, "item.view"))
    return TemplateResponse(
        request, "bulk/menu.html" if is_fragment(request) else "bulk/menu_page.html", {"acts": acts}
    )


@action
def set_priority(request: PageRequest, item_id: UUID) -> Done:
    wanted = (request.POST.get("priority") or request.GET.get("priority", "")) == "1"
    prioritise(item_id=item_id, priority=wanted, actor=request.actor)
    name = rows_of(request.actor, [Item.objects.get(id=item_id)])[0].name
    text = _("%(contact)s is answered first now.") if wanted else _("%(contact)s has no priority any more.")
    undo = f"{reverse('contact-priority', args=[item_id])}?priority={0 if wanted else 1}"
    return Done(back=back_from(request, reverse("contacts")), toast=Toast(text % {"contact": name}, undo=undo))


@action
def give_again(request: PageRequest, item_id: UUID) -> Done:
    given = put_back(item_id=item_id, actor=request.actor)
    agent = Agent.objects.values_list("name", flat=True).get(id=given.agent_id)
    text = _("It is back with %(agent)s, as it was.") % {"agent": agent}
    return Done(back=back_from(request, reverse("contacts")), toast=Toast(text))
