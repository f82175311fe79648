"""Offers of a locked item: reading them locked, ending them, and what ending gives back."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef

from rightaway.accounts.actor import Actor
from rightaway.ledger.errors import OfferEnded, OfferExpired, OfferTaken
from rightaway.ledger.events import LostUpdate
from rightaway.work import change, vacancies
from rightaway.work.change import Loads
from rightaway.work.models import Item, Offer, OfferGroup


def open_offers(item: Item, role_id: UUID | None = None) -> list[Offer]:
    """The item's open offers to own it, or to hold this role; locked, in order of id. The item is locked already."""
    return [offer for offer in every_open(item) if offer.role_id == role_id]


def every_open(item: Item) -> list[Offer]:
    """The item's open offers, those of its roles too; locked, in order of id. The item is locked already."""
    return list(Offer.objects.select_for_update(no_key=True).filter(item=item.id, state="open").order_by("id"))


def by_role(offers: Iterable[Offer]) -> dict[UUID | None, list[Offer]]:
    """The offers of ownership (None) and of each role by themselves: the ends of one say nothing of the others."""
    found: dict[UUID | None, list[Offer]] = {}
    for offer in offers:
        found.setdefault(offer.role_id, []).append(offer)
    return found


def end_offers(
    offers: Iterable[Offer], state: str, *, at: datetime, loads: Loads, decline_kind: str = "", note: str = ""
) -> None:
    """Ends open, locked offers of one item as `state`. What they reserved and counted for goes to `loads`.

    An offer that was never delivered, or was rescinded or withdrawn, costs no turn: the rotation gets it back.
    Raises LostUpdate when one of them was not open any more.
    """
    ended = list(offers)
    if not ended:
        return
    ids = [offer.id for offer in ended]
    columns = {"state": state, "ended_at": at, "decline_kind": decline_kind, "note": note}
    if state != "declined":
        columns = {"state": state, "ended_at": at}
    if Offer.objects.filter(id__in=ids, state="open").update(**columns) != len(ended):
        raise LostUpdate(f"offers {ids}")
    for offer in ended:
        offer.state, offer.ended_at = state, at
        loads.add(offer.agent_id, -offer.reserved)
        if state in ("rescinded", "withdrawn") or (state == "expired" and offer.delivered_at is None):
            _give_back(offer, loads)
    _close_groups({offer.group_id for offer in ended if offer.group_id}, at)


def _give_back(offer: Offer, loads: Loads) -> None:
    """The offer no longer counts: not in its route's rotation, and not in the agent's limits."""
    if offer.sender_id is None and offer.group_id is None and offer.role_id is None:
        loads.give_back(offer.agent_id, offer.made_at)
    if not offer.turn:
        return
    Offer.objects.filter(id=offer.id).update(turn=False)
    offer.turn = False
    assert offer.route_id is not None  # only a route's offer costs a turn
    loads.turns[offer.route_id, offer.band, offer.agent_id] += 1


def _close_groups(group_ids: set[UUID], at: datetime) -> None:
    """A group without an open offer has ended."""
    still = Offer.objects.filter(group=OuterRef("id"), state="open")
    if group_ids:
        OfferGroup.objects.filter(~Exists(still), id__in=group_ids, ended_at=None).update(ended_at=at)


def why_not(offer_id: UUID) -> OfferEnded | OfferExpired | OfferTaken:
    """Why an offer that is not open is not, read now that its item is locked: it ended while we waited."""
    offer = Offer.objects.get(id=offer_id)
    if offer.state == "expired":
        return OfferExpired(expired_at=offer.expires_at.isoformat())
    if offer.state == "rescinded":
        winner = Offer.objects.filter(item=offer.item_id, state="accepted", ended_at=offer.ended_at).first()
        if winner is not None:
            return OfferTaken(agent=str(winner.agent_id), at=winner.ended_at.isoformat())
    return OfferEnded(state=offer.state)


def gone(
    item: Item,
    ended: list[Offer],
    remaining: list[Offer],
    *,
    actor: Actor,
    at: datetime,
    event: str,
    body: Mapping[str, Any],
    loads: Loads,
    tries: int = 1,
) -> None:
    """Writes the one event of offers of ownership, or of one role, that ended without being accepted. Was it the last
    one of ownership, a route's item goes back to waiting and its walk goes on; one that was offered by hand goes back
    to its sender, unassigned, or to the routes if the sender said so and did not take it back. An offer of a role moves
    nothing."""
    told = {"offers": sorted([offer.id, offer.agent_id] for offer in ended), **body}
    role_id = ended[0].role_id
    if role_id is not None:
        told["role"] = role_id
    if role_id is not None and not remaining and ended[0].sender_id is None:
        vacancies.go_on(item, role_id, at=at)
    if remaining or role_id is not None or item.state != "offered":
        change.note(item, actor=actor, at=at, event=event, body=told, load=loads.told())
    elif all(offer.sender_id for offer in ended) and (event == "rescinded" or not ended[0].then_routes):
        change.move(
            item, "return", actor=actor, at=at, event=event, body={**told, "cause": "returned"},
            load=loads.told(), cause="returned",
        )  # fmt: skip
    else:
        change.move(
            item, "lapse", actor=actor, at=at, event=event, body={**told, "cause": event},
            load=loads.told(), cause=event, tries=min(item.tries + tries, 32_000),
        )  # fmt: skip


def places_left(group: OfferGroup) -> int | None:
    """How many more may accept an offer of this group; None: everyone may."""
    if group.places is None:
        return None
    left: int = group.places - Offer.objects.filter(group=group.id, state="accepted").count()
    return left
