"""What a bulk job does to one item: the same verbs as by hand. Each returns nothing, and raises what they raise."""

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import Conflict, NotFound
from rightaway.people.models import Agent
from rightaway.work import access, change, exclusions, offers, ownership, roles
from rightaway.work.actions.assign import assign, give
from rightaway.work.actions.assign_role import assign_role
from rightaway.work.actions.hand_over import give_back, hand_over
from rightaway.work.actions.let_routes_decide import let_routes_decide
from rightaway.work.actions.move_status import move_status
from rightaway.work.actions.offer import offer
from rightaway.work.actions.offer_role import offer_role
from rightaway.work.actions.put_back import put_back
from rightaway.work.actions.request_update import request_update
from rightaway.work.actions.revoke import revoke
from rightaway.work.bulk import of_role
from rightaway.work.bulk.wanted import AssignWanted, HandOverWanted, MoveWanted, OfferWanted, RevokeWanted, UpdateWanted
from rightaway.work.models import BulkRow, Item

Deed = Callable[[BulkRow, Any, str, Actor], None]


def _assign(row: BulkRow, wanted: AssignWanted, note: str, actor: Actor) -> None:
    if wanted.role_id is not None:
        assign_role(item_id=row.item_id, role_id=wanted.role_id, agent_id=row.agent_id, actor=actor, note=note)
        return
    first, *others = [row.agent_id] if row.agent_id else wanted.agent_ids
    assign(item_id=row.item_id, agent_id=first, others=others, actor=actor, note=note, over_capacity=wanted.confirmed)


def _offer(row: BulkRow, wanted: OfferWanted, note: str, actor: Actor) -> None:
    agents = [row.agent_id] if row.agent_id else wanted.agent_ids
    places = 1 if row.agent_id else wanted.places
    if wanted.role_id is not None:
        offer_role(
            item_id=row.item_id, role_id=wanted.role_id, agent_ids=agents, places=places, seconds=wanted.seconds,
            actor=actor, note=note,
        )  # fmt: skip
        return
    offer(
        item_id=row.item_id, agent_ids=agents, places=places, seconds=wanted.seconds, if_nobody=wanted.if_nobody,
        actor=actor, note=note,
    )  # fmt: skip


def _revoke(row: BulkRow, wanted: RevokeWanted, note: str, actor: Actor) -> None:
    revoke(
        item_id=row.item_id, to=wanted.to, agent_id=row.agent_id, reason=note, protected_too=wanted.protected_too,
        actor=actor,
    )  # fmt: skip


def _request_update(row: BulkRow, wanted: UpdateWanted, note: str, actor: Actor) -> None:
    request_update(item_id=row.item_id, seconds=wanted.seconds, note=note, actor=actor)


def _move(row: BulkRow, wanted: MoveWanted, note: str, actor: Actor) -> None:
    move_status(item_id=row.item_id, status=wanted.status, actor=actor)


def _route(row: BulkRow, wanted: Any, note: str, actor: Actor) -> None:
    let_routes_decide(item_id=row.item_id, actor=actor)


def _hand_over(row: BulkRow, wanted: HandOverWanted, note: str, actor: Actor) -> None:
    hand_over(
        item_id=row.item_id, from_id=wanted.agent_id, to_id=row.agent_id, cause=wanted.cause,
        tasks_until=wanted.tasks_until, actor=actor,
    )  # fmt: skip


DEEDS: Final[dict[str, Deed]] = {
    "hand_over": _hand_over, "assign": _assign, "offer": _offer, "revoke": _revoke, "request_update": _request_update,
    "move": _move,
    "route": _route,
}  # fmt: skip


def as_before(item: Item, wanted: Any = None) -> dict[str, Any]:
    """What undoing needs of an item as it was."""
    owner = None if item.owner_id is None else str(item.owner_id)
    found: dict[str, Any] = {"owner": owner, "state": item.state, "cause": item.cause, "status": item.status}
    role_id = getattr(wanted, "role_id", None)
    return found if role_id is None else {**found, "held": [str(agent) for agent in roles.held_by(item, role_id)]}


def undo(row: BulkRow, wanted: Any, actor: Actor) -> None:
    """Takes back what a job's row did, where nothing has happened to its item since; a revoked one also later, and one
    that was handed over as long as no person has done anything with it.

    Raises Conflict where something has.
    """
    verb = wanted.verb
    if verb == "revoke":
        put_back(item_id=row.item_id, actor=actor)
        return
    if verb == "hand_over" and row.seq is not None:
        give_back(item_id=row.item_id, seq=row.seq, actor=actor)
        return
    of_a_role = getattr(wanted, "role_id", None) is not None
    if of_a_role:
        roles.hold_still()
    item = Item.objects.select_for_update(no_key=True).filter(id=row.item_id).first()
    if item is None or row.before is None:
        raise NotFound
    if item.event_seq != row.seq:
        raise Conflict(item=str(item.id), changed=True)
    if of_a_role:
        of_role.undo(row, wanted, item, actor)
    elif verb in ("assign", "offer"):
        _give_up(item, row.before, actor)
    elif verb == "move":
        move_status(item_id=item.id, status=row.before["status"], actor=actor)
    else:
        change.note(
            item, actor=actor, at=clock(), event="update_request_withdrawn", update_asked_at=None, update_due_at=None
        )


def _give_up(item: Item, before: dict[str, Any], actor: Actor) -> None:
    """An assignment or offer of a moment ago, taken back: whoever had it has it again, or nobody, as it was."""
    item = access.item_for(actor, item.id, "item.assign", lock=True)
    now, loads = clock(), change.Loads()
    if before["owner"]:
        agent = Agent.objects.get(id=UUID(before["owner"]))
        give(item, agent, actor=actor, now=now, event="undone", cause="undone", confirmed=True)
        return
    still_open = offers.open_offers(item)
    offers.end_offers(still_open, "rescinded", at=now, loads=loads)
    owners = ownership.end(item, "undone", at=now, loads=loads)
    exclusions.end_walk(item, at=now)
    move = "return" if item.state == "offered" else "revoke" if before["state"] == "waiting" else "revoke_to_pool"
    body = {"from": owners, "rescinded": [offer.id for offer in still_open]}
    change.move(
        item, move, actor=actor, at=now, event="undone", body=body, load=loads.told(), cause=before["cause"],
        **ownership.UNOWNED,
    )  # fmt: skip
    change.settle(loads)
