"""Share a contact of one's private book with the team. It does not go back."""

from dataclasses import dataclass
from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import WrongState
from rightaway.work import access, change


@dataclass(frozen=True, slots=True)
class Shared:
    item_id: UUID


def share(*, item_id: UUID, actor: Actor) -> Shared:
    """The managers of the owner's teams see the item from now on. Runs inside `organisation(…)`. Raises NotFound,
    NotAllowed, WrongState (it is not private)."""
    item = access.item_for(actor, item_id, "item.share", lock=True)
    if not item.private:
        raise WrongState(state=item.state, private=False)
    change.note(item, actor=actor, at=clock(), event="shared", private=False)
    return Shared(item_id=item.id)
