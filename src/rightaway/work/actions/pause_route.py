"""Pause a route, for everybody or for one agent: live, at once, without a new version."""

from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import NotFound
from rightaway.ledger.events import Change, append
from rightaway.people.models import Agent, RoutePause
from rightaway.routing.directory import touch_configuration
from rightaway.routing.models import PausedRoute
from rightaway.routing.versions import config_row, current_draft, live_routes
from rightaway.work import access


def known_route(route_id: UUID) -> None:
    """Raises NotFound when no route of the live version or of the draft has this id."""
    if all(route.id != route_id for route in [*live_routes().routes, *current_draft().routes.routes]):
        raise NotFound


def pause_route(*, route_id: UUID, actor: Actor) -> bool:
    """No item takes this route until it is resumed. True when that is news.

    A route of the draft is published paused.

    Runs inside `organisation(…)`. Raises NotFound, NotAllowed.
    """
    access.require(actor, "routes.manage")
    row = config_row()
    known_route(route_id)
    now = clock()
    _pause, news = PausedRoute.objects.get_or_create(route_id=route_id, defaults={"paused_at": now})
    if news:
        touch_configuration()
        append(row, now, [Change("route_paused", {"route": route_id, **actor.as_event()})])
    return bool(news)


def pause_route_for(*, route_id: UUID, agent_id: UUID, actor: Actor) -> bool:
    """This agent is not chosen by this route until it is resumed for them. True when that is news.

    Runs inside `organisation(…)`. Raises NotFound, NotAllowed.
    """
    access.agent_for(actor, agent_id, "agent.pause_route")
    config_row()
    known_route(route_id)
    agent = Agent.objects.select_for_update(no_key=True).get(id=agent_id)
    now = clock()
    _pause, news = RoutePause.objects.get_or_create(route_id=route_id, agent_id=agent_id, defaults={"paused_at": now})
    if news:
        touch_configuration()
        append(agent, now, [Change("route_paused", {"route": route_id, **actor.as_event()})])
    return bool(news)
