"""Set the agents who may hold a functional role."""

from collections.abc import Iterable
from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import NotFound
from rightaway.ledger.events import Change, append
from rightaway.people.models import Agent, FunctionalRole, RoleHolder
from rightaway.routing.directory import touch_configuration
from rightaway.routing.versions import config_row
from rightaway.work import access


def set_holders(*, role_id: UUID, agent_ids: Iterable[UUID], actor: Actor) -> int:
    """Makes exactly these agents those who may hold the role; whoever holds one now, holds it. Returns how many
    changed. Runs inside `organisation(…)`. Raises NotFound, NotAllowed."""
    access.require(actor, "roles.manage")
    config_row()
    wanted = set(agent_ids)
    role = FunctionalRole.objects.filter(id=role_id).first()
    if role is None or Agent.objects.filter(id__in=wanted).count() != len(wanted):
        raise NotFound
    rows = RoleHolder.objects.filter(role=role_id)
    before = set(rows.values_list("agent", flat=True))
    joins, leaves = sorted(wanted - before), sorted(before - wanted)
    if joins or leaves:
        touch_configuration()
        rows.filter(agent__in=leaves).delete()
        RoleHolder.objects.bulk_create(RoleHolder(role_id=role_id, agent_id=agent) for agent in joins)
        append(role, clock(), [Change("holders_set", {"joins": joins, "leaves": leaves, **actor.as_event()})])
    return len(joins) + len(leaves)
