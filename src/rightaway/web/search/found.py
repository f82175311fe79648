"""What the search of the top bar finds: contacts, companies, and for managers their agents."""

from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from django.urls import reverse

from rightaway.accounts.actor import Actor
from rightaway.accounts.roles import Role
from rightaway.contacts.models import Company
from rightaway.contacts.normalise import fold
from rightaway.people.models import Agent, AgentState
from rightaway.web.contacts.rows import Row, rows_of
from rightaway.web.presences import shown_presence
from rightaway.work import access, grid, searching
from rightaway.work.company_queries import companies_page

LONGEST: Final = 200


@dataclass(frozen=True, slots=True)
class FoundAgent:
    id: UUID
    name: str
    presence: str
    load: int
    capacity: int


@dataclass(frozen=True, slots=True)
class Found:
    """The best first. `more` contacts were found than are listed."""

    contacts: list[Row]
    companies: list[Company]
    agents: list[FoundAgent]
    more: bool

    @property
    def count(self) -> int:
        return len(self.contacts) + len(self.companies) + len(self.agents)


def asked(text: str) -> str:
    """What was typed, as the search takes it."""
    return " ".join(text.replace("\0", "").split())[:LONGEST]


def view_of(address: str) -> str | None:
    """The view of the contacts page at this address; None where it is another page."""
    parts = urlsplit(address)
    if parts.path != reverse("contacts"):
        return None
    wanted = parse_qs(parts.query).get("view", [""])[0]
    return wanted if wanted in grid.VIEWS else "evaluate"


def found(actor: Actor, text: str, *, limit: int, view: str | None = None, places: bool = False) -> Found:
    """Contacts say where they stand when they are outside of `view`, or always with `places`."""
    hits = searching.search(actor, text, limit=limit + 1) if text else []
    shown = hits[:limit]
    outside = {hit.item.id for hit in shown if places or (view is not None and view not in hit.views)}
    rows = rows_of(actor, [hit.item for hit in shown], places=bool(outside))
    contacts = [
        replace(row, place=row.place if row.item.id in outside else "", noted=hit.excerpt)
        for row, hit in zip(rows, shown, strict=True)
    ]
    companies, _following = companies_page(actor, find=text, limit=limit) if text else ([], None)
    return Found(contacts, companies, _agents(actor, text, limit) if text else [], len(hits) > limit)


def _agents(actor: Actor, text: str, limit: int) -> list[FoundAgent]:
    """Of the agents whom a manager sees, those whose name or address has every word; names that begin so first."""
    if actor.role is Role.AGENT:
        return []
    words = fold(text).split()
    named = [
        (not fold(agent.name).startswith(words[0]), fold(agent.name), agent)
        for agent in access.visible_agents(actor).filter(active=True).only("id", "name", "email")
        if all(word in f"{fold(agent.name)} {fold(agent.email)}" for word in words)
    ]
    agents: list[Agent] = [agent for _, _, agent in sorted(named, key=lambda each: each[:2])[:limit]]
    states = {state.agent_id: state for state in AgentState.objects.filter(agent__in=[agent.id for agent in agents])}
    return [
        FoundAgent(
            agent.id, agent.name, shown_presence(states[agent.id]),
            states[agent.id].load // 100, states[agent.id].capacity // 100,
        )
        for agent in agents
    ]  # fmt: skip
