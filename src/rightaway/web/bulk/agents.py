"""Whom a dialog may choose: everybody the actor sees, those first who are there and carry least."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.utils.translation import ngettext

from rightaway.accounts.actor import Actor
from rightaway.people.models import AgentState, RoleHolder
from rightaway.web.presences import shown_presence
from rightaway.web.tags import PRESENCES
from rightaway.work import access

MOST: Final = 500


@dataclass(frozen=True, slots=True)
class Candidate:
    id: UUID
    name: str
    presence: str
    load: int
    capacity: int
    reason: str
    chosen: bool
    roles: str  # the ids of those that they may hold


def candidates(actor: Actor, chosen: list[str]) -> list[Candidate]:
    agents = dict(access.visible_agents(actor).filter(active=True).values_list("id", "name")[:MOST])
    held: dict[UUID, list[str]] = {}
    for agent_id, role_id in RoleHolder.objects.filter(agent__in=agents, role__active=True).values_list(
        "agent", "role"
    ):
        held.setdefault(agent_id, []).append(str(role_id))
    found = []
    for state in AgentState.objects.filter(agent__in=agents):
        presence = shown_presence(state)
        free = max(0, state.capacity + state.over_by - state.load) // 100
        places = ngettext("%(count)d place free", "%(count)d places free", free) % {"count": free}
        found.append(
            Candidate(
                state.agent_id, agents[state.agent_id], presence, state.load // 100, state.capacity // 100,
                places if presence == "available" else str(PRESENCES[presence]), str(state.agent_id) in chosen,
                " ".join(held.get(state.agent_id, [])),
            )
        )  # fmt: skip
    return sorted(found, key=lambda each: (each.presence != "available", each.load / max(each.capacity, 1), each.name))
