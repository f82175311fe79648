"""Let go of somebody who is deactivated: their open offers are withdrawn, their roles end; what they own stays."""

from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.ledger.clock import clock
from rightaway.work import change, roles, vacancies
from rightaway.work.actions.withdraw import withdraw
from rightaway.work.models import Assignment, Item, Offer


def let_go(*, agent_id: UUID, actor: Actor) -> int:
    """Ends the agent's open offers and periods of holding a role. Returns how many roles ended.

    Runs inside `organisation(…)`, under the lock of the configuration; call it before anything locks an agent.
    """
    held = Assignment.objects.filter(agent=agent_id, role_id__isnull=False, ended_at=None)
    asked = Offer.objects.filter(agent=agent_id, state="open")
    ids = {*held.values_list("item", flat=True), *asked.values_list("item", flat=True)}
    # All of them at once, in the order in which everybody locks items.
    items = {item.id: item for item in Item.objects.select_for_update(no_key=True).filter(id__in=ids).order_by("id")}
    ended = 0
    for item_id, role_id in held.order_by("item", "role_id").values_list("item", "role_id"):
        _end(items[item_id], role_id, agent_id, actor)
        ended += 1
    withdraw(agent_id=agent_id, actor=actor, by_hand=True)
    return ended


def _end(item: Item, role_id: UUID, agent_id: UUID, actor: Actor) -> None:
    now = clock()
    before = roles.end(item, "left", at=now, role_id=role_id, only=agent_id)
    body = {"role": role_id, "agent": None, "from": before, "cause": "left"}
    change.note(item, actor=actor, at=now, event="role_assigned", body=body)
    if not roles.held_by(item, role_id):
        vacancies.open_again(item, role_id, at=now)
