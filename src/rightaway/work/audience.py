"""Who may hear that something changed. A hint is a kind and an id; who hears it reads the rows through `access`."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from rightaway.accounts.actor import EVERYWHERE, Actor
from rightaway.accounts.memberships import membership_of
from rightaway.accounts.roles import Relation, Role
from rightaway.ledger.arrays import plain
from rightaway.ledger.statements import fetched
from rightaway.work.access import team_agents

# Those whose offer or ownership has just ended hear it too: they know the item, and their page still shows it. So do
# those who could have taken it until a moment ago.
_INVOLVED = """
SELECT i.id, i.owner_id, i.private,
    i.owner_id IS NULL OR i.assigned_at > now() - interval '10 seconds' AND NOT EXISTS (
        SELECT FROM work_assignment a WHERE a.organisation_id = i.organisation_id AND a.item_id = i.id
            AND a.role_id IS NULL AND a.ended_at > now() - interval '10 seconds'),
    CASE WHEN i.campaign_id IS NOT NULL THEN array(
        SELECT agent_id FROM work_campaignmember m
        WHERE m.organisation_id = i.organisation_id AND m.campaign_id = i.campaign_id) END,
    coalesce(involved.owners, '{}'), coalesce(involved.holders, '{}')
FROM work_item i CROSS JOIN LATERAL (
    SELECT array_agg(agent_id) FILTER (WHERE role_id IS NULL) AS owners,
        array_agg(agent_id) FILTER (WHERE role_id IS NOT NULL) AS holders
    FROM (
        SELECT agent_id, role_id FROM work_offer o WHERE o.organisation_id = i.organisation_id AND o.item_id = i.id
            AND (o.state = 'open' OR o.ended_at > now() - interval '10 minutes')
        UNION ALL
        SELECT agent_id, role_id FROM work_assignment a WHERE a.organisation_id = i.organisation_id AND a.item_id = i.id
            AND a.ended_at IS NULL
        UNION ALL
        SELECT agent_id, role_id FROM work_assignment a WHERE a.organisation_id = i.organisation_id AND a.item_id = i.id
            AND a.ended_at > now() - interval '10 minutes'
    ) each) involved
WHERE i.organisation_id = %(organisation)s::smallint AND i.id = ANY (%(items)s::uuid[])
"""

Hint = tuple[str, str, str]  # subject kind, subject id, event kind
Free = tuple[Hint, ...]
Heard = tuple[tuple[Hint, ...], Free]
"""What is somebody's own concern, and what is merely free to take."""
_FREE: Final = frozenset({Relation.FREE})


@dataclass(frozen=True, slots=True)
class Listener:
    """Somebody who listens, the agents below them, and the member that they are."""

    actor: Actor
    team: frozenset[UUID]
    membership_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Involved:
    """An item's owner, and the agents who have or just had to do with it; `holders` with one of its roles. `free`:
    anybody may take it, or could until a moment ago; of a campaign, only its `members`."""

    owner_id: UUID | None
    private: bool
    agents: frozenset[UUID]
    holders: frozenset[UUID]
    free: bool
    members: frozenset[UUID] | None


def listener(actor: Actor) -> Listener:
    team = frozenset() if actor.role is Role.AGENT else frozenset(team_agents(actor))
    return Listener(actor, team, membership_of(actor))


def involved(hints: Iterable[Hint]) -> dict[str, Involved]:
    """What decides who hears about items, by the item's id as text."""
    ids = {id for kind, id, _ in hints if kind == "item"}
    if not ids:
        return {}
    return {
        str(id): Involved(
            owner, private, frozenset(agents), frozenset(holders), free and not private,
            None if members is None else frozenset(members),
        )
        for id, owner, private, free, members, agents, holders in fetched(_INVOLVED, items=plain(sorted(ids)))
    }  # fmt: skip


class Crowd:
    """What each of many listeners hears of these hints. Of a hint that does not name them they hear what everybody with
    the same role does, which is worked out once; whoever has a team, or is a key, is looked at by themselves.

    Who hears that anything is free hears it of all that is free to their role, also of what is their own concern: so
    that it is the very same for nearly all of them, however many they are."""

    def __init__(self, hints: Sequence[Hint], items: Mapping[str, Involved]) -> None:
        self._hints, self._items = hints, items
        self._alike: dict[tuple[Role, frozenset[str] | None], tuple[list[Hint | None], Heard]] = {}
        self._naming: defaultdict[UUID, list[int]] = defaultdict(list)  # places of the hints that name somebody
        for place, (kind, id, _event) in enumerate(hints):
            if kind in ("agent", "notice"):
                self._naming[UUID(id)].append(place)
            elif kind == "item" and (item := items.get(id)) is not None:
                for each in item.agents | item.holders | (item.members or frozenset()):
                    self._naming[each].append(place)

    def heard_by(self, who: Listener) -> Heard:
        if who.team or who.actor.kind == "key":
            return _split(heard(who, hint, self._items) for hint in self._hints)
        alike, whole = self._heard_by_all(who)
        places = [*self._named(who.actor.agent_id), *self._named(who.membership_id)]
        if not places:
            return whole
        told = alike.copy()
        for place in places:
            told[place] = heard(who, self._hints[place], self._items)
        own, free = _split(told)
        return own, whole[1] if free and set(free) <= set(whole[1]) else free

    def _named(self, id: UUID | None) -> list[int]:
        return self._naming.get(id, []) if id is not None else []

    def _heard_by_all(self, who: Listener) -> tuple[list[Hint | None], Heard]:
        """What somebody with this role hears whom nothing names, hint by hint and together."""
        key = who.actor.role, who.actor.scopes
        found = self._alike.get(key)
        if found is None:
            nobody = Listener(replace(who.actor, agent_id=None), frozenset())
            told = [heard(nobody, hint, self._items) for hint in self._hints]
            found = self._alike[key] = told, _split(told)
        return found


def _split(told: Iterable[Hint | None]) -> Heard:
    found = [hint for hint in told if hint is not None]
    return tuple(hint for hint in found if hint[0] != "free"), tuple(hint for hint in found if hint[0] == "free")


def heard(who: Listener, hint: Hint, items: Mapping[str, Involved]) -> Hint | None:
    """The hint as this listener may have it: of what is merely free to take, its kind is `free`, so that a page of
    somebody's own work is not read again for everybody's."""
    kind, id, event = hint
    if kind != "item":
        return hint if _hears(who, hint) else None
    item = items.get(id)
    if item is None:
        return None
    if who.actor.may("item.view", _to_item(who, item)):
        return hint
    takes = item.free and (item.members is None or who.actor.agent_id in item.members)
    return ("free", id, event) if takes and who.actor.may("item.view", _FREE) else None


RIGHTS: Final = frozenset({"membership", "apikey"})  # the kinds of hints of which `is_about` may say yes


def is_about(who: Listener, hint: Hint) -> bool:
    """Whether the listener's own right to listen may have changed."""
    kind, id, _ = hint
    return (kind == "membership" and id == str(who.membership_id)) or (kind == "apikey" and id == str(who.actor.id))


def _hears(who: Listener, hint: Hint) -> bool:
    kind, id, _ = hint
    if kind == "agent":
        return who.actor.may("agent.view", _to_agent(who, UUID(id)))
    if kind == "functionalrole":
        return who.actor.may("roles.view", EVERYWHERE)
    if kind in ("config", "team"):
        return who.actor.may("routes.view", EVERYWHERE)
    if kind == "notice":
        return who.membership_id is not None and id == str(who.membership_id)
    if kind == "invitation":
        return who.actor.may("members.manage", EVERYWHERE)
    return kind == "apikey" and who.actor.may("keys.manage", EVERYWHERE)


def _to_item(who: Listener, item: Involved) -> frozenset[Relation]:
    """As `access.relations_to_item`, but for what is merely free."""
    found = {Relation.ANY}
    if who.actor.agent_id is not None and who.actor.agent_id in item.agents:
        found.add(Relation.OWN)
    if who.actor.agent_id is not None and who.actor.agent_id in item.holders:
        found.add(Relation.HOLDS)
    if not item.private and (item.owner_id is None or item.owner_id in who.team or item.agents & who.team):
        found.add(Relation.TEAM)
    return frozenset(found)


def _to_agent(who: Listener, agent_id: UUID) -> frozenset[Relation]:
    found = {Relation.ANY}
    if agent_id == who.actor.agent_id:
        found.add(Relation.OWN)
    if agent_id in who.team:
        found.add(Relation.TEAM)
    return frozenset(found)
