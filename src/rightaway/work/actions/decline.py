"""Decline an offer: busy now, not for me, or a bad lead."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import Invalid, OfferExpired
from rightaway.people.models import AgentState
from rightaway.work import access, change, exclusions, offers, timeline
from rightaway.work.models import Item, Offer

KINDS = ("busy_now", "not_for_me", "bad_lead")
LONGEST_NOTE = 2000


@dataclass(frozen=True, slots=True)
class Declined:
    """`excluded_until` null: for good; of a role nobody is left out."""

    item_id: UUID
    offer_id: UUID
    excluded_until: datetime | None


def decline(*, offer_id: UUID, actor: Actor, kind: str, note: str = "") -> Declined:
    """Ends the offer; the agent is not offered this item again while the exclusion of this kind is in force.

    A bad lead needs a note as evidence, for a manager to rule on; the item goes on to the next person meanwhile.
    Declining a role leaves the item where it is. Runs inside `organisation(…)`. Raises NotFound, Invalid, OfferExpired,
    OfferTaken, OfferEnded.
    """
    _check(kind, note)
    seen = access.offer_for(actor, offer_id, "offer.answer")
    item = Item.objects.select_for_update(no_key=True).get(id=seen.item_id)
    open_offers = offers.open_offers(item, seen.role_id)
    now = clock()
    offer = next((offer for offer in open_offers if offer.id == offer_id), None)
    if offer is None:
        raise offers.why_not(offer_id)
    if now >= offer.expires_at:
        raise OfferExpired(expired_at=offer.expires_at.isoformat())
    return _end(item, offer, [other for other in open_offers if other is not offer], kind, note, now=now, actor=actor)


def _check(kind: str, note: str) -> None:
    if kind not in KINDS:
        raise Invalid(errors=[{"pointer": "/kind", "detail": "unknown"}])
    timeline.check(note, required=kind == "bad_lead", longest=LONGEST_NOTE)


def _end(
    item: Item, offer: Offer, remaining: list[Offer], kind: str, note: str, *, now: datetime, actor: Actor
) -> Declined:
    loads = change.Loads()
    offers.end_offers([offer], "declined", at=now, loads=loads, decline_kind=kind, note=note)
    of_role = offer.role_id is not None
    excluded = [] if of_role else [exclusions.exclude(item, offer.agent_id, kind, at=now)]
    offers.gone(
        item,
        [offer],
        remaining,
        actor=actor,
        at=now,
        event="declined",
        body={"decline": kind, "excluded": excluded},
        loads=loads,
    )
    change.settle(loads)
    AgentState.objects.filter(agent=offer.agent_id).exclude(missed_in_row=0).update(missed_in_row=0)
    lasts = None if of_role else exclusions.IN_FORCE[kind]
    return Declined(item_id=item.id, offer_id=offer.id, excluded_until=None if lasts is None else now + lasts)
