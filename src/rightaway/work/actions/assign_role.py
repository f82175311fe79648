"""Assign one of an item's functional roles to somebody, in place of whoever held it, or take it away."""

from dataclasses import dataclass
from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import WrongState
from rightaway.work import access, change, offers, roles, timeline, vacancies


@dataclass(frozen=True, slots=True)
class RoleAssigned:
    """`agent_id` null: nobody holds it now. `before` are those who did."""

    item_id: UUID
    role_id: UUID
    agent_id: UUID | None
    before: tuple[UUID, ...]


def assign_role(*, item_id: UUID, role_id: UUID, agent_id: UUID | None, actor: Actor, note: str = "") -> RoleAssigned:
    """Ends the present holder's period and begins the agent's; open offers of the role end too. It costs no place.

    Runs inside `organisation(…)`. Raises NotFound, NotAllowed, WrongState (closed, retired, or theirs already),
    Conflict (somebody who may not hold it), Invalid.
    """
    timeline.check(note)
    roles.hold_still()
    item = access.item_for(actor, item_id, "item.assign_role", lock=True)
    before = roles.held_by(item, role_id)
    if agent_id is not None:
        access.agent_for(actor, agent_id, "agent.view")
        roles.role_of(item, role_id)
        roles.require_holders(role_id, [agent_id])
    if item.state == "closed" or before == ([] if agent_id is None else [agent_id]):
        raise WrongState(state=item.state, role=str(role_id), holders=[str(holder) for holder in before])
    now, loads = clock(), change.Loads()
    rescinded = offers.open_offers(item, role_id)
    offers.end_offers(rescinded, "rescinded", at=now, loads=loads)
    roles.end(item, "reassigned", at=now, role_id=role_id)
    if agent_id is None:
        vacancies.end(item, role_id)
    else:
        roles.begin(item, role_id, agent_id, how="by_hand", at=now)
    body = {"role": role_id, "agent": agent_id, "from": before, "rescinded": [offer.id for offer in rescinded]}
    change.note(item, actor=actor, at=now, event="role_assigned", body=body)
    change.settle(loads)  # a route gets back the turns of its offers
    if note:
        timeline.write(item, kind="role_assigned", action="housekeeping", text=note, actor=actor, at=now)
    return RoleAssigned(item_id=item.id, role_id=role_id, agent_id=agent_id, before=tuple(before))
