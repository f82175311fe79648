"""The functional roles of items: who may hold one, who holds it, and the periods that begin and end.

A role costs no place and no turn, it is not ownership, and who owns the item may change around it.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import get_language

from rightaway.accounts.actor import Actor
from rightaway.ledger.errors import Conflict, NotFound, WrongState
from rightaway.ledger.tenancy import current_organisation
from rightaway.people.models import Agent, FunctionalRole, RoleHolder
from rightaway.work import change, offers, vacancies
from rightaway.work.models import Assignment, Item

_STILL = "SELECT 1 FROM routing_config WHERE organisation_id = %s FOR SHARE"


def hold_still(*, wait: bool = True) -> bool:
    """Nobody stops being active or a holder until this transaction ends. Call it before anything is locked. Without
    waiting, whether it is so: not while somebody changes the configuration."""
    with connection.cursor() as cursor:
        cursor.execute(_STILL if wait else f"{_STILL} SKIP LOCKED", [current_organisation()])
        return cursor.fetchone() is not None


def role_of(item: Item, role_id: UUID) -> FunctionalRole:
    """The role, when this item may have it. Raises NotFound, WrongState (retired, or for items of other kinds)."""
    role: FunctionalRole | None = FunctionalRole.objects.filter(id=role_id).first()
    if role is None:
        raise NotFound
    if not role.active or not is_for(role, item.kind):
        raise WrongState(role=role.key, active=role.active, kinds=role.kinds)
    return role


def is_for(role: FunctionalRole, kind: str) -> bool:
    return not role.kinds or kind in role.kinds


def require_holders(role_id: UUID, agent_ids: Sequence[UUID]) -> None:
    """Raises Conflict when one of the agents may not hold the role: not among its holders, or not active."""
    may = set(holders_of(role_id).filter(id__in=agent_ids).values_list("id", flat=True))
    outside = sorted(str(agent) for agent in agent_ids if agent not in may)
    if outside:
        raise Conflict(role=str(role_id), agents=outside, holders=False)


def holders_of(role_id: UUID) -> QuerySet[Agent]:
    """The active agents who may hold the role."""
    agents: QuerySet[Agent] = Agent.objects.all()
    return agents.filter(active=True, id__in=RoleHolder.objects.filter(role=role_id).values("agent"))


def held_by(item: Item, role_id: UUID) -> list[UUID]:
    """Who holds the role of this item now: nobody, one, or several when it was offered to several."""
    active = Assignment.objects.filter(item=item.id, role_id=role_id, ended_at=None)
    return list(active.order_by("started_at", "id").values_list("agent_id", flat=True))


def begin(
    item: Item, role_id: UUID, agent_id: UUID, *, how: str, at: datetime, exclusive: bool = True,
    route_id: UUID | None = None, turn: bool = False,
) -> None:  # fmt: skip
    """Starts a period of holding the role; the routes look for nobody any more."""
    Assignment.objects.create(
        item_id=item.id, agent_id=agent_id, role_id=role_id, exclusive=exclusive, how=how, route_id=route_id,
        band=item.band, turn=turn, started_at=at,
    )  # fmt: skip
    vacancies.end(item, role_id)


def end(item: Item, cause: str, *, at: datetime, role_id: UUID | None = None, only: UUID | None = None) -> list[UUID]:
    """Ends the periods of this role, or of every one; with `only`, that agent's. Returns whose they were."""
    active = Assignment.objects.filter(item=item.id, role_id__isnull=False, ended_at=None)
    if role_id is not None:
        active = active.filter(role_id=role_id)
    if only is not None:
        active = active.filter(agent=only)
    agents = list(active.order_by("started_at", "id").values_list("agent_id", flat=True))
    active.update(ended_at=at, end_cause=cause)
    return agents


def in_order(*, active: bool = True) -> list[FunctionalRole]:
    """The roles as they stand in a row; with `active` false, the retired ones too."""
    rows = FunctionalRole.objects.order_by("position", "key")
    return list(rows.filter(active=True) if active else rows)


def any_active() -> bool:
    """Whether the organisation has functional roles at all."""
    return bool(FunctionalRole.objects.filter(active=True).exists())


def name(role: FunctionalRole) -> dict[str, str]:
    """{"short", "long"} in the language of whoever reads."""
    found: dict[str, str] = role.names["es" if (get_language() or "").startswith("es") else "en"]
    return found


def holding(item_ids: Iterable[UUID]) -> dict[UUID, dict[UUID, list[UUID]]]:
    """Who holds what now: by item, by role, the agents; one query for any number of items."""
    active = Assignment.objects.filter(item__in=list(item_ids), role_id__isnull=False, ended_at=None)
    found: dict[UUID, dict[UUID, list[UUID]]] = {}
    for item_id, role_id, agent_id in active.order_by("started_at", "id").values_list("item", "role_id", "agent"):
        found.setdefault(item_id, {}).setdefault(role_id, []).append(agent_id)
    return found


def pairs_of(item_id: UUID) -> list[tuple[UUID, UUID]]:
    """(role, agent) of everybody who holds one of its roles now."""
    held = holding([item_id]).get(item_id, {})
    return [(role_id, agent_id) for role_id, agents in held.items() for agent_id in agents]


def hand_on(item: Item, pairs: Sequence[tuple[UUID, UUID]], *, actor: Actor, at: datetime) -> list[tuple[UUID, UUID]]:
    """Gives roles of a locked item to those who held them of another one, where nobody has or is offered the role here
    and they still may hold it. Returns (role, agent) of those who have one now. After `hold_still`."""
    given = []
    for role_id in sorted({role_id for role_id, _agent in pairs}):
        role = FunctionalRole.objects.filter(id=role_id, active=True).first()
        if role is None or not is_for(role, item.kind) or held_by(item, role_id) or offers.open_offers(item, role_id):
            continue
        wanted = [agent for other, agent in pairs if other == role_id]
        may = set(holders_of(role_id).filter(id__in=wanted).values_list("id", flat=True))
        agents = [agent for agent in wanted if agent in may]
        for agent_id in agents:
            begin(item, role_id, agent_id, how="by_hand", at=at, exclusive=len(agents) == 1)
            body = {"role": role_id, "agent": agent_id, "from": [], "rescinded": []}
            change.note(item, actor=actor, at=at, event="role_assigned", body=body)
            given.append((role_id, agent_id))
    return given


def take_away(item: Item, pairs: Iterable[tuple[UUID, UUID]], *, actor: Actor, at: datetime) -> None:
    """Ends those of these (role, agent) that still hold it of the locked item."""
    for role_id, agent_id in pairs:
        before = end(item, "reassigned", at=at, role_id=role_id, only=agent_id)
        if before:
            body = {"role": role_id, "agent": None, "from": before, "rescinded": []}
            change.note(item, actor=actor, at=at, event="role_assigned", body=body)
