"""Link an agent to the member who signs in as them."""

from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.accounts.models import Membership
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import Conflict, NotFound
from rightaway.ledger.events import Change, append
from rightaway.people.models import Agent
from rightaway.routing.versions import config_row
from rightaway.work import access


def link_agent(*, agent_id: UUID, membership_id: UUID, actor: Actor) -> bool:
    """Makes the member this agent. True when that is news.

    Runs inside `organisation(…)`. Raises NotFound, NotAllowed, Conflict (the member is another agent already).
    """
    access.agent_for(actor, agent_id, "agent.manage")
    config_row()  # the lock of every change of configuration
    agent = Agent.objects.select_for_update(no_key=True).get(id=agent_id)
    if not Membership.objects.filter(id=membership_id).exists():
        raise NotFound
    if agent.membership_id == membership_id:
        return False
    if Agent.objects.filter(membership=membership_id).exists():
        raise Conflict(membership=str(membership_id))
    Agent.objects.filter(id=agent_id).update(membership=membership_id)
    append(agent, clock(), [Change("linked", {"membership": membership_id, **actor.as_event()})])
    return True
