"""Resume a paused route, for everybody or for one agent. What waits for it looks again at once."""

from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.ledger.clock import clock
from rightaway.ledger.events import Change, append
from rightaway.people.models import Agent, RoutePause
from rightaway.routing.directory import touch_configuration
from rightaway.routing.models import PausedRoute
from rightaway.routing.versions import config_row
from rightaway.work import access
from rightaway.work.actions.pause_route import known_route
from rightaway.work.actions.wake import wake_for_agents, wake_for_routes


def resume_route(*, route_id: UUID, actor: Actor) -> bool:
    """The route takes items again. True when it was paused.

    Runs inside `organisation(…)`. Raises NotFound, NotAllowed.
    """
    access.require(actor, "routes.manage")
    row = config_row()
    known_route(route_id)
    now = clock()
    gone, _by_model = PausedRoute.objects.filter(route_id=route_id).delete()
    if gone:
        touch_configuration()
        append(row, now, [Change("route_resumed", {"route": route_id, **actor.as_event()})])
        wake_for_routes([route_id])
    return bool(gone)


def resume_route_for(*, route_id: UUID, agent_id: UUID, actor: Actor) -> bool:
    """The route may choose this agent again. True when it was paused for them.

    Runs inside `organisation(…)`. Raises NotFound, NotAllowed.
    """
    access.agent_for(actor, agent_id, "agent.pause_route")
    config_row()
    agent = Agent.objects.select_for_update(no_key=True).get(id=agent_id)
    now = clock()
    gone, _by_model = RoutePause.objects.filter(route_id=route_id, agent=agent_id).delete()
    if gone:
        touch_configuration()
        append(agent, now, [Change("route_resumed", {"route": route_id, **actor.as_event()})])
        wake_for_agents([agent_id])
    return bool(gone)
