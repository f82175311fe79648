"""Assign an item by hand, or move it from one person to another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.engine.moves import next_state
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import Conflict, NeedsConfirmation, WrongState
from rightaway.people.models import Absence, Agent, AgentState
from rightaway.work import access, change, exclusions, offers, ownership, receiving, timeline
from rightaway.work.models import Item
from rightaway.work.present import here
from rightaway.work.units import units_of


@dataclass(frozen=True, slots=True)
class Assigned:
    """`before` are those who owned it until now; `over`: beyond the person's capacity or presence, as confirmed."""

    item_id: UUID
    agent_id: UUID
    before: tuple[UUID, ...]
    over: bool


def assign(
    *,
    item_id: UUID,
    agent_id: UUID,
    actor: Actor,
    note: str = "",
    over_capacity: bool = False,
    others: Sequence[UUID] = (),
) -> Assigned:
    """Gives an open item to a person, whoever had it or was asked; with `others`, all of them own it. Runs inside
    `organisation(…)`.

    Somebody absent, offline or full needs `over_capacity` and a note that says why; what exceeds the capacity is then
    written to `over_by`. Raises NotFound, NotAllowed, NotAMember, WrongState, NeedsConfirmation (absent),
    CapacityFull, Invalid.
    """
    timeline.check(note, required=over_capacity)
    item = access.item_for(actor, item_id, "item.assign", lock=True)
    now = clock()
    agent = _receiver(item, agent_id, actor, now, confirmed=over_capacity)
    for each in others:
        _receiver(item, each, actor, now, confirmed=over_capacity)
    before, over = give(
        item, agent, actor=actor, now=now, event="assigned", cause="reassigned", confirmed=over_capacity, others=others
    )
    if note:
        timeline.write(item, kind="assigned", action="housekeeping", text=note, actor=actor, at=now)
    return Assigned(item_id=item.id, agent_id=agent_id, before=tuple(before), over=over)


def _receiver(item: Item, agent_id: UUID, actor: Actor, now: datetime, *, confirmed: bool) -> Agent:
    agent = access.agent_for(actor, agent_id, "agent.view")
    if not agent.active:
        raise Conflict(agent=str(agent_id), active=False)
    if agent_id in ownership.owners(item):
        raise WrongState(state=item.state, owner=str(agent_id))
    receiving.require_member(item, [agent_id])
    if not confirmed:
        _require_present(agent_id, now)
    return agent


def _require_present(agent_id: UUID, now: datetime) -> None:
    if Absence.objects.filter(agent=agent_id, starts_at__lte=now, ends_at__gt=now).exists():
        raise NeedsConfirmation(agent=str(agent_id), presence="absent")
    if not here(now).filter(agent=agent_id).exists():
        presence = AgentState.objects.values_list("presence", flat=True).get(agent=agent_id)
        raise NeedsConfirmation(agent=str(agent_id), presence=presence)


def give(
    item: Item,
    agent: Agent,
    *,
    actor: Actor,
    now: datetime,
    event: str,
    cause: str,
    confirmed: bool,
    excluded: list[object] | None = None,
    others: Sequence[UUID] = (),
    told: Mapping[str, Any] | None = None,
) -> tuple[list[UUID], bool]:
    """Makes a locked item the agent's by hand, and that of `others` beside them; `told` is more for the event. Returns
    (who owned it until now, whether it is beyond somebody's capacity)."""
    if next_state(item.state, "give") is None:
        raise WrongState(state=item.state, move="give")
    loads = change.Loads()
    rescinded = offers.open_offers(item)
    offers.end_offers(rescinded, "rescinded", at=now, loads=loads)
    before = ownership.end(item, cause, at=now, loads=loads)
    units, everybody = units_of(item), [agent.id, *others]
    for each in everybody:
        loads.add(each, units, int(item.unanswered_since is not None))
        ownership.begin(item, each, how="by_hand", at=now, exclusive=not others)
        loads.count(each, now, enforce=False)
    exclusions.end_walk(item, at=now)
    over = settle_over(loads, everybody, now) if confirmed else []
    body = {
        "agent": agent.id, "from": before, "rescinded": [offer.id for offer in rescinded], "how": "by_hand",
        **(told or {}),
    }  # fmt: skip
    if others:
        body["owners"] = everybody
    if over:
        body["over"] = over[0] if len(over) == 1 else over
    if excluded:
        body["excluded"] = excluded
    change.move(
        item, "give", actor=actor, at=now, event=event, body=body, load=loads.told(),
        **ownership.owned_columns(agent.id, at=now, units=units),
    )  # fmt: skip
    if not confirmed:
        change.settle(loads, receivers=set(everybody), at=now)
    return before, bool(over)


def settle_over(loads: change.Loads, receivers: Sequence[UUID], now: datetime) -> list[UUID]:
    """Settles within the capacities when there is room, beyond them when there is not. Returns who is beyond theirs."""
    change.settle_turns(loads)
    agents = change.lock_agents(sorted({*receivers, *loads.units, *loads.questions}))
    states = [agents[receiver] for receiver in receivers]
    over = [s.agent_id for s in states if s.load + loads.units[s.agent_id] > s.capacity + s.over_by]
    change.settle(loads, receivers=set(receivers), at=now, over=bool(over))
    return over
