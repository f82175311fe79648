"""Who you are to us."""

from typing import Any, Literal
from uuid import UUID

from ninja import Router

from rightaway.accounts.models import Organisation
from rightaway.accounts.roles import ALLOWED
from rightaway.api.door import Call
from rightaway.api.people import LiveOut
from rightaway.api.schema import Out
from rightaway.ledger.tenancy import current_organisation
from rightaway.people.models import Agent, AgentState

router = Router(tags=["you"])


class OrganisationOut(Out):
    id: int
    name: str
    language: str
    zone: str
    region: str


class MyAgent(Out):
    id: UUID
    key: str
    name: str
    capacity: int
    live: LiveOut


class MeOut(Out):
    """`may` lists the actions that are open to you on at least some things."""

    kind: Literal["member", "key"]
    id: UUID
    role: Literal["company_manager", "organisation_manager", "agent_manager", "agent"]
    may: list[str]
    organisation: OrganisationOut
    agent: MyAgent | None


@router.get("/me", response=MeOut, operation_id="get_me", summary="You")
def get_me(request: Call) -> dict[str, Any]:
    actor = request.actor
    may = sorted(action for action, roles in ALLOWED.items() if roles[actor.role] and actor.in_scope(action))
    organisation = Organisation.objects.get(id=current_organisation())
    return {
        "kind": actor.kind, "id": actor.id, "role": actor.role.value, "may": may, "organisation": organisation,
        "agent": _agent(actor.agent_id),
    }  # fmt: skip


def _agent(agent_id: UUID | None) -> dict[str, Any] | None:
    if agent_id is None:
        return None
    agent, state = Agent.objects.get(id=agent_id), AgentState.objects.get(agent=agent_id)
    return {"id": agent.id, "key": agent.key, "name": agent.name, "capacity": state.capacity, "live": state}
