"""Hand over: what somebody held goes on to a colleague or to the routes, because they left or are away; and back."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.contacts.models import Task
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import Conflict, WrongState
from rightaway.ledger.models import Event
from rightaway.people.models import Agent
from rightaway.work import access, change, exclusions, offers, ownership
from rightaway.work.actions.assign import give
from rightaway.work.models import Assignment, CampaignMember, Item


@dataclass(frozen=True, slots=True)
class HandedOver:
    """`agent_id` null: the routes decide, others own it still, or it was somebody else's and only tasks moved."""

    item_id: UUID
    agent_id: UUID | None
    tasks: int


def hand_over(
    *, item_id: UUID, from_id: UUID, to_id: UUID | None, cause: str, actor: Actor, tasks_until: datetime | None = None
) -> HandedOver:
    """Ends `from_id`'s ownership of an item; it goes to `to_id` where they may have it, else to the routes. Their open
    tasks about it go along. Others who own it too keep it. Runs inside `organisation(…)`.

    Raises NotFound, NotAllowed, WrongState (nothing of it is theirs any more).
    """
    item = access.item_for(actor, item_id, "item.revoke", lock=True)
    now, owners = clock(), ownership.owners(item)
    tasks = _tasks(item, from_id, tasks_until)
    if item.state == "closed" or (from_id not in owners and not tasks):
        raise WrongState(state=item.state, move="hand_over")
    told: dict[str, Any] = {"from": [from_id], "held_by": from_id, "why": cause, "tasks": [task.id for task in tasks]}
    receiver = _receiver(item, to_id) if owners == [from_id] else None
    _move_tasks(tasks, receiver)
    if receiver is not None:
        give(item, receiver, actor=actor, now=now, event="handed_over", cause=cause, confirmed=True, told=told)
    elif owners == [from_id]:
        _to_routes(item, cause, told, actor, now)
    else:
        _share_ends(item, from_id, owners, cause, told, actor, now)
    return HandedOver(item.id, receiver.id if receiver else None, len(tasks))


def _tasks(item: Item, agent_id: UUID, until: datetime | None) -> list[Task]:
    mine = Task.objects.filter(item_id=item.id, agent_id=agent_id, ended_at=None)
    return list((mine if until is None else mine.filter(due_at__lt=until)).order_by("id"))


def _move_tasks(tasks: list[Task], receiver: Agent | None) -> None:
    """To the receiver; without one, to whoever owns the item when they are due."""
    Task.objects.filter(id__in=[task.id for task in tasks]).update(agent_id=receiver.id if receiver else None)


def _receiver(item: Item, to_id: UUID | None) -> Agent | None:
    """Whom it can go to: somebody active, of its campaign when it has one."""
    agent: Agent | None = Agent.objects.filter(id=to_id, active=True).first() if to_id else None
    if agent is None or item.campaign_id is None:
        return agent
    member = CampaignMember.objects.filter(campaign=item.campaign_id, agent=agent.id).exists()
    return agent if member else None


def _to_routes(item: Item, cause: str, told: dict[str, Any], actor: Actor, now: datetime) -> None:
    loads = change.Loads()
    still_open = offers.open_offers(item)
    offers.end_offers(still_open, "rescinded", at=now, loads=loads)
    ownership.end(item, cause, at=now, loads=loads)
    exclusions.end_walk(item, at=now)
    body = {**told, "rescinded": [offer.id for offer in still_open]}
    change.move(
        item, "revoke", actor=actor, at=now, event="handed_over", body=body, load=loads.told(), cause="handed_over",
        **ownership.UNOWNED,
    )  # fmt: skip
    change.settle(loads)


def _share_ends(
    item: Item, from_id: UUID, owners: list[UUID], cause: str, told: dict[str, Any], actor: Actor, now: datetime
) -> None:
    """Others own it too, or it was theirs alone and only tasks moved."""
    loads = change.Loads()
    if from_id in owners:
        ownership.end(item, cause, at=now, loads=loads, only=from_id)
    left = [owner for owner in owners if owner != from_id]
    owner_id = item.owner_id if item.owner_id != from_id else left[0]
    body = {**told, "owners": left, "from": [from_id] if from_id in owners else []}
    change.note(
        item, actor=actor, at=now, event="handed_over", body=body, load=loads.told(), owner_id=owner_id
    )  # fmt: skip
    change.settle(loads)


def give_back(*, item_id: UUID, seq: int, actor: Actor) -> None:
    """Returns what the item's event `seq` handed over, where no person has done anything with it since.

    Runs inside `organisation(…)`. Raises NotFound, NotAllowed, Conflict (touched since, closed, or they are inactive).
    """
    item = access.item_for(actor, item_id, "item.revoke", lock=True)
    events = Event.objects.filter(subject_kind="item", subject_id=item.id, seq__gte=seq).order_by("seq")
    first, *since = (json.loads(body) for body in events.values_list("body", flat=True))
    from_id = UUID(first["held_by"])
    agent = Agent.objects.filter(id=from_id, active=True).first()
    touched = any(body["by"] != "system" for body in since)
    if touched or agent is None or item.state == "closed":
        raise Conflict(item=str(item.id), changed=touched, active=agent is not None)
    now = clock()
    Task.objects.filter(id__in=first["tasks"], ended_at=None).update(agent_id=from_id)
    if not first["from"]:
        change.note(item, actor=actor, at=now, event="handed_over", body=_RETURNED)
    elif first.get("owners"):
        _share_begins(item, agent, actor, now)
    else:
        give(
            item, agent, actor=actor, now=now, event="handed_over", cause="returned", confirmed=True, told=_RETURNED
        )  # fmt: skip


_RETURNED: Final = {"why": "returned", "tasks": []}


def _share_begins(item: Item, agent: Agent, actor: Actor, now: datetime) -> None:
    loads = change.Loads()
    Assignment.objects.filter(item=item.id, role_id=None, ended_at=None).update(exclusive=False)
    ownership.begin(item, agent.id, how="by_hand", at=now, exclusive=False)
    loads.add(agent.id, item.units, int(item.unanswered_since is not None))
    body = {**_RETURNED, "agent": agent.id, "from": []}
    change.note(item, actor=actor, at=now, event="handed_over", body=body, load=loads.told())
    change.settle(loads, receiver=agent.id, at=now, over=True)
