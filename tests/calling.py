"""Calling the API in tests: a client that speaks JSON with one key, and members who do so."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.test import Client

from rightaway.accounts.actor import SYSTEM
from rightaway.accounts.keys import make_key
from rightaway.accounts.models import User
from rightaway.accounts.roles import Role
from rightaway.ledger.ids import new_id
from rightaway.ledger.tenancy import organisation
from rightaway.people.models import Agent, AgentState, Team, TeamMember
from rightaway.work.actions.found import add_member


class Api:
    """Sends JSON with one key."""

    def __init__(self, secret: str | None) -> None:
        self.client = Client(raise_request_exception=False, SERVER_NAME="localhost")
        self.headers = {"Authorization": f"Bearer {secret}"} if secret else {}

    def get(self, path: str, **headers: str) -> Any:
        return self.client.get(f"/api/v1{path}", headers=self._headers(headers))

    def send(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """`body` as JSON; bytes as they are."""
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        return self.client.generic(
            method, f"/api/v1{path}", data, content_type="application/json", headers=self._headers(headers)
        )

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.send("POST", path, body, **headers)

    def lead(self, body: Any = None, *, key: str | None = None, **fields: Any) -> Any:
        """Sends a lead under a key of its own, unless one is given."""
        body = {"source": "web", "name": "Ana", **fields} if body is None else body
        return self.post("/leads", body, Idempotency_Key=key or str(new_id()))

    def _headers(self, more: dict[str, str]) -> dict[str, str]:
        return {**self.headers, **{name.replace("_", "-"): value for name, value in more.items()}}


@dataclass
class Person:
    """A member: their agent, and the API as they use it."""

    agent_id: UUID
    membership_id: UUID
    user: User
    api: Api


def new_key(organisation_id: int, *scopes: str, membership_id: UUID | None = None) -> str:
    """The secret of a new key; without scopes it may do everything."""
    with organisation(organisation_id):
        return make_key(name="test", scopes=scopes or ("*",), actor=SYSTEM, membership_id=membership_id).secret


def new_person(
    organisation_id: int, role: Role = Role.AGENT, *, name: str = "Eva", team: UUID | None = None, **live: Any
) -> Person:
    """A member who is an agent; in a team, anybody but an agent manages it. `live` are columns of the hot row."""
    user = User.objects.create_user(email=f"{new_id().hex}@example.com", password=None)
    membership_id = add_member(organisation_id=organisation_id, user=user, role=role)
    with organisation(organisation_id):
        agent = Agent.objects.create(key=new_id().hex, name=name, membership_id=membership_id)
        AgentState.objects.create(agent_id=agent.id, **{"presence": "available", **live})
        if team is not None:
            TeamMember.objects.create(team_id=team, agent_id=agent.id, manages=role is not Role.AGENT)
    secret = new_key(organisation_id, membership_id=membership_id)
    return Person(agent.id, membership_id, user, Api(secret))


def new_team(organisation_id: int, *, parent: UUID | None = None) -> UUID:
    with organisation(organisation_id):
        row: UUID = Team.objects.create(key=new_id().hex, name="North", parent_id=parent).id
        return row
