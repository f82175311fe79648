"""Accept an offer. The first to accept has it; the rest are told in the same transaction."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.engine.moves import next_state
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import OfferExpired, WrongState
from rightaway.work import access, change, exclusions, offers, ownership, roles
from rightaway.work.models import Item, Offer, OfferGroup
from rightaway.work.units import units_of


@dataclass(frozen=True, slots=True)
class Accepted:
    item_id: UUID
    offer_id: UUID
    rescinded: int


def accept(*, offer_id: UUID, actor: Actor) -> Accepted:
    """Makes the item, or its role that was offered, the accepting agent's. Runs inside `organisation(…)`.

    Raises NotFound, OfferExpired (no tolerance), OfferTaken (says by whom), OfferEnded, CapacityFull, LimitReached;
    of a role, WrongState (it is retired) and Conflict (the agent may not hold it any more).
    """
    seen = access.offer_for(actor, offer_id, "offer.answer")
    if seen.role_id is not None:
        roles.hold_still()
    item = Item.objects.select_for_update(no_key=True).get(id=seen.item_id)
    open_offers = offers.open_offers(item, seen.role_id)
    now = clock()  # after the lock: a deadline that passed while waiting for it has passed
    offer = next((offer for offer in open_offers if offer.id == offer_id), None)
    if offer is None:
        raise offers.why_not(offer_id)
    if now >= offer.expires_at:
        raise OfferExpired(expired_at=offer.expires_at.isoformat())
    if offer.role_id is not None:
        return _take_role(item, offer, offer.role_id, open_offers, now=now, actor=actor)
    if next_state(item.state, "accept") is None:
        raise WrongState(state=item.state, move="accept")
    return _take(item, offer, open_offers, now=now, actor=actor)


def _take(item: Item, offer: Offer, open_offers: list[Offer], *, now: datetime, actor: Actor) -> Accepted:
    units, loads = units_of(item), change.Loads()
    others, shared = _end(offer, open_offers, now=now, loads=loads)
    ownership.begin(item, offer.agent_id, how="accepted", at=now, route_id=offer.route_id, exclusive=not shared)
    exclusions.end_walk(item, at=now)
    # An offer to one by a route was counted when it was made. What a person gives by hand is never refused.
    if offer.sender_id is not None or offer.group_id is not None:
        loads.count(offer.agent_id, now, enforce=offer.sender_id is None)
    loads.add(offer.agent_id, units, int(item.unanswered_since is not None))
    change.move(
        item,
        "accept",
        actor=actor,
        at=now,
        event="accepted",
        load=loads.told(),
        body={"offer": offer.id, "agent": offer.agent_id, "rescinded": [other.id for other in others]},
        **ownership.owned_columns(item.owner_id or offer.agent_id, at=item.assigned_at or now, units=units),
    )
    change.settle(loads, receiver=offer.agent_id, at=now)
    return Accepted(item_id=item.id, offer_id=offer.id, rescinded=len(others))


def _end(offer: Offer, open_offers: list[Offer], *, now: datetime, loads: change.Loads) -> tuple[list[Offer], bool]:
    """Ends the accepted offer and, when no place is left, the others. Returns these, and whether several may accept."""
    group = OfferGroup.objects.get(id=offer.group_id) if offer.group_id else None
    offers.end_offers([offer], "accepted", at=now, loads=loads)
    left = offers.places_left(group) if group else 0
    others = [other for other in open_offers if other.id != offer.id] if left == 0 else []
    offers.end_offers(others, "rescinded", at=now, loads=loads)
    return others, group is not None and group.places != 1


def _take_role(
    item: Item, offer: Offer, role_id: UUID, open_offers: list[Offer], *, now: datetime, actor: Actor
) -> Accepted:
    """Nobody holds it but those who accepted an offer beside this one: it was free when it was offered, and assigning
    it by hand would have ended the offer."""
    roles.role_of(item, role_id)
    roles.require_holders(role_id, [offer.agent_id])
    loads = change.Loads()
    others, shared = _end(offer, open_offers, now=now, loads=loads)
    roles.begin(item, role_id, offer.agent_id, how="accepted", at=now, exclusive=not shared, route_id=offer.route_id)
    body = {
        "offer": offer.id, "agent": offer.agent_id, "role": role_id, "rescinded": [other.id for other in others],
    }  # fmt: skip
    change.note(item, actor=actor, at=now, event="accepted", body=body)
    change.settle(loads)
    return Accepted(item_id=item.id, offer_id=offer.id, rescinded=len(others))
