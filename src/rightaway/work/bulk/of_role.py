"""Bulk jobs that give or offer one of the items' functional roles instead of the items."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import Conflict, WrongState
from rightaway.ledger.finding import row_of
from rightaway.people.models import FunctionalRole
from rightaway.work import access, change, offers, roles
from rightaway.work.actions.assign_role import assign_role
from rightaway.work.models import BulkRow, Item, Offer


def require(role_id: UUID, agent_ids: Sequence[UUID]) -> FunctionalRole:
    """The role. Raises NotFound, WrongState (retired), Conflict (one of the agents may not hold it)."""
    role = row_of(FunctionalRole, role_id)
    if not role.active:
        raise WrongState(role=role.key, active=False)
    roles.require_holders(role_id, agent_ids)
    return role


@dataclass(frozen=True, slots=True)
class Standing:
    """Who holds the role of each item now, and of which it is offered."""

    role: FunctionalRole
    held: Mapping[UUID, Sequence[UUID]]
    offered: frozenset[UUID]

    @classmethod
    def of(cls, role: FunctionalRole, ids: Sequence[UUID]) -> "Standing":
        held = {id: found[role.id] for id, found in roles.holding(ids).items() if role.id in found}
        asked = Offer.objects.filter(item__in=ids, role_id=role.id, state="open").values_list("item", flat=True)
        return cls(role, held, frozenset(asked))

    def refuses(self, verb: str, item: Item, agents: Sequence[UUID]) -> bool:
        if item.state == "closed" or not roles.is_for(self.role, item.kind):
            return True
        holders = self.held.get(item.id, ())
        return list(holders) == list(agents) if verb == "assign" else bool(holders) or item.id in self.offered


def undo(row: BulkRow, wanted: Any, item: Item, actor: Actor) -> None:
    """The role as it was before: with whoever held it, or free. Raises Conflict where that is not to be told."""
    if wanted.verb == "assign":
        before = (row.before or {}).get("held", [])
        if len(before) > 1:
            raise Conflict(item=str(item.id), holders=len(before))
        agent_id = UUID(before[0]) if before else None
        assign_role(item_id=item.id, role_id=wanted.role_id, agent_id=agent_id, actor=actor)
        return
    access.item_for(actor, item.id, "item.assign_role")
    now, loads = clock(), change.Loads()
    still_open = offers.open_offers(item, wanted.role_id)
    if still_open:
        offers.end_offers(still_open, "rescinded", at=now, loads=loads)
        offers.gone(item, still_open, [], actor=actor, at=now, event="rescinded", body={}, loads=loads)
        change.settle(loads)
