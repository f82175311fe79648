"""Rescind an offer: its sender, or a manager, takes it back."""

from dataclasses import dataclass
from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.ledger.clock import clock
from rightaway.work import access, change, exclusions, offers
from rightaway.work.models import Item


@dataclass(frozen=True, slots=True)
class Rescinded:
    """`state` is the item's now."""

    item_id: UUID
    offer_id: UUID
    state: str


def rescind(*, offer_id: UUID, actor: Actor) -> Rescinded:
    """Ends an open offer; it costs nobody a turn. Runs inside `organisation(…)`.

    Raises NotFound, NotAllowed, OfferExpired, OfferTaken, OfferEnded.
    """
    seen = access.offer_for(actor, offer_id, "offer.rescind")
    item = Item.objects.select_for_update(no_key=True).get(id=seen.item_id)
    open_offers = offers.open_offers(item, seen.role_id)
    now = clock()
    offer = next((offer for offer in open_offers if offer.id == offer_id), None)
    if offer is None:
        raise offers.why_not(offer_id)
    loads = change.Loads()
    offers.end_offers([offer], "rescinded", at=now, loads=loads)
    # The routes go on to somebody else; by hand the same person may be asked again.
    excluded = [] if offer.sender_id else [exclusions.exclude(item, offer.agent_id, "missed", at=now)]
    remaining = [other for other in open_offers if other is not offer]
    offers.gone(
        item, [offer], remaining, actor=actor, at=now, event="rescinded", body={"excluded": excluded}, loads=loads
    )
    change.settle(loads)
    return Rescinded(item_id=item.id, offer_id=offer.id, state=item.state)
