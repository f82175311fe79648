"""Save a functional role: what it is called, which items have it, where it stands. Retired, it is given no more."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import NotFound
from rightaway.ledger.events import Change, append
from rightaway.people.models import FunctionalRole
from rightaway.people.schema import RoleIn
from rightaway.routing.directory import touch_configuration
from rightaway.routing.versions import config_row
from rightaway.work import access


@dataclass(frozen=True, slots=True)
class SavedRole:
    """`changed` names what is different now; empty: nothing was written."""

    role_id: UUID
    created: bool
    changed: tuple[str, ...]


def save_role(*, role: RoleIn, actor: Actor) -> SavedRole:
    """Makes the role of this key exactly so. Runs inside `organisation(…)`. Raises NotAllowed."""
    access.require(actor, "roles.manage")
    config_row()  # the lock of every change of configuration
    known = FunctionalRole.objects.filter(key=role.key).first()
    columns = {
        "names": role.names.model_dump(), "kinds": sorted(set(role.kinds)), "position": role.position,
        "active": role.active,
    }  # fmt: skip
    if known is None:
        known = FunctionalRole.objects.create(key=role.key, **columns)
        _tell(known, "created", columns, actor)
        return SavedRole(known.id, created=True, changed=tuple(columns))
    changed = {name: value for name, value in columns.items() if getattr(known, name) != value}
    if changed:
        FunctionalRole.objects.filter(id=known.id).update(**changed)
        _tell(known, "changed", changed, actor)
    return SavedRole(known.id, created=False, changed=tuple(changed))


def retire_role(*, role_id: UUID, actor: Actor) -> bool:
    """Gives the role to nobody any more; whoever holds it, holds it. False: it was so already. Runs inside
    `organisation(…)`. Raises NotFound, NotAllowed."""
    access.require(actor, "roles.manage")
    config_row()
    role = FunctionalRole.objects.filter(id=role_id).first()
    if role is None:
        raise NotFound
    if not role.active:
        return False
    FunctionalRole.objects.filter(id=role.id).update(active=False)
    _tell(role, "changed", {"active": False}, actor)
    return True


def _tell(role: FunctionalRole, kind: str, changed: dict[str, Any], actor: Actor) -> None:
    touch_configuration()
    now = {name: value for name, value in changed.items() if name != "names"}  # texts are not for the ledger
    body = {"changed": sorted(changed), "now": now, **actor.as_event()}
    append(role, clock(), [Change(kind, body)])
