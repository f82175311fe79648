"""Offers: those that wait for your answer, and the answers."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Router

from rightaway.api.door import Call
from rightaway.api.schema import Out, Prose, Strict
from rightaway.work import queries
from rightaway.work.actions.accept import Accepted, accept
from rightaway.work.actions.decline import Declined, decline
from rightaway.work.actions.rescind import Rescinded, rescind
from rightaway.work.person_view import ItemView, person_views

router = Router(tags=["offers"])


class OfferOut(Out):
    """An item held out to you until `expires_at`; with `role_id`, that role of it. `sender_id`: the person who sent it;
    null when a route did."""

    id: UUID
    item: ItemView
    role_id: UUID | None
    route_id: UUID | None
    sender_id: UUID | None
    masked: bool
    wave: int
    made_at: datetime
    expires_at: datetime
    note: str


@router.get("/offers", response=list[OfferOut], operation_id="list_offers", summary="Your open offers")
def list_offers(request: Call) -> list[dict[str, Any]]:
    """The most urgent first."""
    offers = queries.my_offers(request.actor)
    views = person_views(request.actor, [offer.item for offer in offers])
    return [
        {
            "id": offer.id, "item": view, "role_id": offer.role_id, "route_id": offer.route_id,
            "sender_id": offer.sender_id, "masked": view.masked, "wave": offer.wave, "made_at": offer.made_at,
            "expires_at": offer.expires_at,
            "note": offer.note,
        }
        for offer, view in zip(offers, views, strict=True)
    ]  # fmt: skip


@router.post("/offers/{uuid:offer_id}/accept", response=Accepted, operation_id="accept_offer", summary="Accept")
def accept_offer(request: Call, offer_id: UUID) -> Accepted:
    """Makes the item, or its role, yours. `rescinded`: how many other offers of it ended with that."""
    return accept(offer_id=offer_id, actor=request.actor)


class DeclineIn(Strict):
    """`bad_lead` needs a note, for a manager to rule on."""

    kind: Literal["busy_now", "not_for_me", "bad_lead"]
    note: Annotated[str, Prose(2000)] = ""


@router.post("/offers/{uuid:offer_id}/decline", response=Declined, operation_id="decline_offer", summary="Decline")
def decline_offer(request: Call, offer_id: UUID, body: DeclineIn) -> Declined:
    """The item goes on to the next person at once. A role that is declined leaves it where it is."""
    return decline(offer_id=offer_id, actor=request.actor, kind=body.kind, note=body.note)


@router.post("/offers/{uuid:offer_id}/rescind", response=Rescinded, operation_id="rescind_offer", summary="Rescind")
def rescind_offer(request: Call, offer_id: UUID) -> Rescinded:
    """Takes an open offer back. It costs nobody a turn."""
    return rescind(offer_id=offer_id, actor=request.actor)
