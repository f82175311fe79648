"""Hand back: an owner returns what was assigned to them, with a reason."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import WrongState
from rightaway.work import access, change, exclusions, offers, ownership, timeline
from rightaway.work.models import Item


@dataclass(frozen=True, slots=True)
class HandedBack:
    """`state` is the item's now: waiting, or still assigned when others own it too."""

    item_id: UUID
    state: str


def hand_back(*, item_id: UUID, actor: Actor, reason: str) -> HandedBack:
    """Ends the actor's ownership; the routes go on without them, for good. Runs inside `organisation(…)`.

    Raises NotFound, NotAllowed, WrongState, Invalid.
    """
    timeline.check(reason, pointer="/reason", required=True)
    item = access.item_for(actor, item_id, "item.hand_back", lock=True)
    now, me, owners = clock(), actor.agent_id, ownership.owners(item)
    if item.state != "assigned" or me is None or me not in owners:
        raise WrongState(state=item.state, move="hand_back")
    loads = change.Loads()
    ownership.end(item, "handed_back", at=now, loads=loads, only=me)
    excluded = exclusions.exclude(item, me, "handed_back", at=now)
    _record(item, [owner for owner in owners if owner != me], me, excluded, loads, actor=actor, now=now)
    change.settle(loads)
    timeline.write(item, kind="handed_back", action="housekeeping", text=reason, actor=actor, at=now)
    return HandedBack(item_id=item.id, state=item.state)


def _record(
    item: Item, others: list[UUID], me: UUID, excluded: list[object], loads: change.Loads, *, actor: Actor,
    now: datetime,
) -> None:  # fmt: skip
    body = {"agent": me, "excluded": [excluded], "owners": others}
    if others:
        owner = item.owner_id if item.owner_id in others else others[0]
        change.note(
            item, actor=actor, at=now, event="handed_back", body=body, load=loads.told(), owner_id=owner
        )  # fmt: skip
        return
    still_open = offers.open_offers(item)
    offers.end_offers(still_open, "rescinded", at=now, loads=loads)
    exclusions.end_walk(item, at=now)
    body["rescinded"] = [offer.id for offer in still_open]
    change.move(
        item, "hand_back", actor=actor, at=now, event="handed_back", body=body, load=loads.told(),
        cause="handed_back", **ownership.UNOWNED,
    )  # fmt: skip
