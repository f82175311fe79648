"""Who is acting: a member, an API key, or the system itself."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from rightaway.accounts.roles import ALLOWED, MAY_INVITE, Relation, Role


@dataclass(frozen=True, slots=True)
class Actor:
    """`kind` is member, key or system; `id` the membership's or key's. `agent_id` is whom a member works as.

    `scopes` narrow a key to actions (`item.create`) or groups of them (`item.*`); None narrows nothing.
    """

    kind: str
    id: UUID | None
    role: Role
    agent_id: UUID | None = None
    scopes: frozenset[str] | None = None

    def may(self, action: str, relations: frozenset[Relation]) -> bool:
        """Whether one of these relations to a thing allows the action on it."""
        return self.in_scope(action) and bool(ALLOWED[action][self.role] & relations)

    def may_ever(self, action: str) -> bool:
        """Whether the action is allowed on anything at all."""
        return self.in_scope(action) and bool(ALLOWED[action][self.role])

    def in_scope(self, action: str) -> bool:
        if self.scopes is None:
            return True
        return action in self.scopes or f"{action.split('.')[0]}.*" in self.scopes or "*" in self.scopes

    def may_invite(self, role: Role) -> bool:
        """Whether they may bring somebody in with this role. A narrowed key brings in agents only: whoever comes
        with a wider role could do what the key cannot."""
        narrowed = self.scopes is not None and "*" not in self.scopes
        return role in MAY_INVITE[self.role] and (role is Role.AGENT or not narrowed)

    def as_event(self) -> dict[str, Any]:
        """The actor as an event's body names them."""
        return {"by": self.kind} if self.id is None else {"by": self.kind, "by_id": str(self.id)}


SYSTEM: Final = Actor(kind="system", id=None, role=Role.COMPANY_MANAGER)
EVERYWHERE: Final = frozenset({Relation.ANY})
