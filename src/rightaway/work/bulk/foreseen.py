"""What a bulk job would do, said before it starts: who gets what, how full they are then, what would be refused."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.engine.moves import next_state
from rightaway.ledger.clock import clock
from rightaway.people.models import Absence, Agent, AgentState
from rightaway.routing.directory import directory
from rightaway.work import access
from rightaway.work.actions.start_bulk import action_of, checked, must_be_confirmed
from rightaway.work.bulk import of_role, sharing
from rightaway.work.models import CampaignMember, Item
from rightaway.work.present import here
from rightaway.work.protection import protected
from rightaway.work.units import units_of

_MOVES: Final = {"assign": "give", "offer": "hold_out", "route": "route"}
_COLUMNS: Final = ("kind", "status", "state", "unanswered_since", "owner", "language", "campaign", "contact", "units")
SHOWN: Final = 6


@dataclass(frozen=True, slots=True)
class Receiver:
    """What one agent would get: `gets` items; `load` and `then` (if they take all of them) of `capacity`, in
    hundredths. `away`: not available now. `unspoken`: items in a language that they do not speak."""

    agent_id: UUID
    name: str
    gets: int
    load: int
    then: int
    capacity: int
    away: bool
    unspoken: int

    @property
    def full(self) -> bool:
        """Whether it would be more than they can carry."""
        return self.then > self.capacity and self.gets > 0


@dataclass(frozen=True, slots=True)
class Foreseen:
    """`able` of the `total` can be done; the others would be refused, by why: `refused`. `owned` have an owner now, or
    somebody who holds the role that is given.
    `first` are the first few with whom they go to. `protected` counts by reason what a revoke leaves alone.

    `confirmation`: somebody is away or would be too full, which needs a note. `second`: another manager must agree.
    """

    total: int
    able: int
    owned: int
    offers: int
    refused: dict[str, int]
    protected: dict[str, int]
    first: list[tuple[UUID, list[UUID]]]
    receivers: list[Receiver]
    confirmation: bool
    second: bool


def foresee(*, wanted: Any, item_ids: Sequence[UUID], actor: Actor) -> Foreseen:
    """What `start_bulk` with the same would do if nothing changed until then. Raises what it raises, but for the note.
    Runs inside `organisation(…)`; writes nothing."""
    ids, now = checked(wanted, item_ids, actor), clock()
    items = {item.id: item for item in Item.objects.only(*_COLUMNS).filter(id__in=ids)}
    action = action_of(wanted)
    assert action is not None
    may = set(access.visible_items(actor, action).filter(id__in=ids).values_list("id", flat=True))
    dealt = dict(zip(ids, sharing.dealt(wanted, ids), strict=True))
    agents = list(getattr(wanted, "agent_ids", []))
    goes = {id: [agent] if (agent := dealt[id]) else agents for id in ids}
    guarded = protected(list(items.values()), now) if wanted.verb == "revoke" else {}
    left_alone = {} if getattr(wanted, "protected_too", False) else guarded
    members = _members(items.values())
    role_id = getattr(wanted, "role_id", None)
    role = None if role_id is None else of_role.Standing.of(of_role.require(role_id, agents), ids)
    why = {id: _why_not(wanted.verb, items.get(id), id in may, goes[id], members, role) for id in ids}
    able = [id for id in ids if not why[id] and id not in left_alone]
    receivers = _receivers(agents, [(items[id], goes[id]) for id in able], now, costs=role is None)
    owned = [id for id in able if (items[id].owner_id is not None if role is None else id in role.held)]
    return Foreseen(
        total=len(ids), able=len(able), owned=len(owned),
        offers=sum(len(goes[id]) for id in able) if wanted.verb == "offer" else 0,
        refused=dict(Counter(slug for slug in why.values() if slug)), protected=dict(Counter(guarded.values())),
        first=[(id, goes[id]) for id in able[:SHOWN]], receivers=receivers,
        confirmation=wanted.verb == "assign" and role is None and _strains(receivers),
        second=must_be_confirmed(wanted, len(ids), actor),
    )  # fmt: skip


def _strains(receivers: Sequence[Receiver]) -> bool:
    return any(each.gets and (each.away or each.full) for each in receivers)


def _why_not(
    verb: str, item: Item | None, may: bool, agents: Sequence[UUID], members: Mapping[UUID, set[UUID]],
    role: of_role.Standing | None,
) -> str:  # fmt: skip
    """The slug of what would refuse this item whoever is free; empty: nothing."""
    if item is None or not may:
        return "not-found"
    if role is not None:
        return "wrong-state" if role.refuses(verb, item, agents) else ""
    if verb in _MOVES:
        right = next_state(item.state, _MOVES[verb]) is not None
    elif verb in ("revoke", "request_update"):
        right = item.owner_id is not None
    else:
        right = item.state != "closed"
    if not right or (verb in ("assign", "revoke") and item.owner_id is not None and item.owner_id in agents):
        return "wrong-state"
    if item.campaign_id is not None and not members[item.campaign_id].issuperset(agents):
        return "not-a-member"
    return ""


def _members(items: Any) -> dict[UUID, set[UUID]]:
    found: dict[UUID, set[UUID]] = {item.campaign_id: set() for item in items if item.campaign_id is not None}
    for campaign, agent in CampaignMember.objects.filter(campaign__in=found).values_list("campaign_id", "agent_id"):
        found[campaign].add(agent)
    return found


def _receivers(
    agents: Sequence[UUID], given: Sequence[tuple[Item, Sequence[UUID]]], now: datetime, *, costs: bool
) -> list[Receiver]:
    """A role `costs` no place."""
    if not agents:
        return []
    gets: Counter[UUID] = Counter()
    more: Counter[UUID] = Counter()
    known = directory()
    tongues: dict[UUID, Counter[str]] = {agent: Counter() for agent in agents}
    for item, to in given:
        units = units_of(item, known) if costs else 0
        for agent in to:
            gets[agent] += 1
            more[agent] += units
            tongues[agent][item.language] += 1
        if costs and item.owner_id in tongues:
            more[item.owner_id] -= item.units
    people = {agent.id: agent for agent in Agent.objects.filter(id__in=agents)}
    states = {state.agent_id: state for state in AgentState.objects.filter(agent__in=agents)}
    present = set(here(now).filter(agent__in=agents).values_list("agent_id", flat=True))
    present -= set(
        Absence.objects.filter(agent__in=agents, starts_at__lte=now, ends_at__gt=now).values_list("agent_id", flat=True)
    )
    return [
        Receiver(
            agent, people[agent].name, gets[agent], states[agent].load, states[agent].load + more[agent],
            states[agent].capacity + states[agent].over_by, agent not in present,
            sum(count for code, count in tongues[agent].items() if code and code not in people[agent].languages),
        )
        for agent in agents
    ]  # fmt: skip
