"""Revoke: a manager takes an item from whoever owns it, for the routes, for the pool, or for somebody else."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.engine.moves import next_state
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import Conflict, Invalid, NeedsConfirmation, WrongState
from rightaway.work import access, change, exclusions, offers, ownership, receiving, timeline
from rightaway.work.actions.assign import give
from rightaway.work.models import Item
from rightaway.work.protection import protected

MOVES = {"routes": "revoke", "pool": "revoke_to_pool", "agent": "give"}


@dataclass(frozen=True, slots=True)
class Revoked:
    """`before` are those who owned it; `state` is the item's now."""

    item_id: UUID
    before: tuple[UUID, ...]
    state: str


def revoke(
    *, item_id: UUID, actor: Actor, to: str, reason: str, agent_id: UUID | None = None, protected_too: bool = False
) -> Revoked:
    """Ends the ownership; for a day the routes do not give the item back to them. Runs inside `organisation(…)`.

    `to`: routes, pool, or agent (then `agent_id`). A contact that is protected is taken only with `protected_too`.
    Raises NotFound, NotAllowed, NotAMember, WrongState, NeedsConfirmation (protected), CapacityFull, Conflict (an
    inactive person), Invalid.
    """
    _check(to, reason, agent_id)
    item = access.item_for(actor, item_id, "item.revoke", lock=True)
    if item.state != "assigned" or next_state(item.state, MOVES[to]) is None:
        raise WrongState(state=item.state, move=MOVES[to])
    now = clock()
    if not protected_too and (why := protected([item], now)):
        raise NeedsConfirmation(protected=why[item.id])
    if agent_id is not None:
        before = _to_agent(item, agent_id, actor, now)
    else:
        before = _to_nobody(item, MOVES[to], actor, now)
    timeline.write(item, kind="revoked", action="housekeeping", text=reason, actor=actor, at=now)
    return Revoked(item_id=item.id, before=tuple(before), state=item.state)


def _check(to: str, reason: str, agent_id: UUID | None) -> None:
    if to not in MOVES:
        raise Invalid(errors=[{"pointer": "/to", "detail": "unknown"}])
    if (agent_id is not None) != (to == "agent"):
        raise Invalid(errors=[{"pointer": "/agent_id", "detail": "missing" if to == "agent" else "unexpected"}])
    timeline.check(reason, pointer="/reason", required=True)


def _to_agent(item: Item, agent_id: UUID, actor: Actor, now: datetime) -> list[UUID]:
    agent = access.agent_for(actor, agent_id, "agent.view")
    before = ownership.owners(item)
    if agent_id in before:
        raise WrongState(state=item.state, owner=str(agent_id))
    if not agent.active:
        raise Conflict(agent=str(agent_id), active=False)
    receiving.require_member(item, [agent_id])
    excluded = [exclusions.exclude(item, owner, "revoked", at=now) for owner in before]
    give(item, agent, actor=actor, now=now, event="revoked", cause="revoked", confirmed=False, excluded=list(excluded))
    return before


def _to_nobody(item: Item, move: str, actor: Actor, now: datetime) -> list[UUID]:
    loads = change.Loads()
    still_open = offers.open_offers(item)
    offers.end_offers(still_open, "rescinded", at=now, loads=loads)
    before = ownership.end(item, "revoked", at=now, loads=loads)
    exclusions.end_walk(item, at=now)
    excluded = [exclusions.exclude(item, owner, "revoked", at=now) for owner in before]
    body = {"from": before, "excluded": excluded, "rescinded": [offer.id for offer in still_open]}
    change.move(
        item, move, actor=actor, at=now, event="revoked", body=body, load=loads.told(),
        cause="revoked", **ownership.UNOWNED,
    )  # fmt: skip
    change.settle(loads)
    return before
