"""Routes for a small house: published as people publish them."""

from typing import Any
from uuid import UUID

from rightaway.accounts.actor import SYSTEM
from rightaway.people.models import Agent
from rightaway.routing.directory import touch_configuration
from rightaway.routing.schema import RouteIn, RouteSet
from rightaway.work.actions.publish import publish
from rightaway.work.actions.save_draft import save_draft
from tests.making import House


def routed(house: House, *routes: dict[str, Any], units: list[dict[str, Any]] | None = None) -> list[UUID]:
    """Publishes these routes, top first; `agents` of a route are ids. Returns the routes' ids."""
    with house.inside():
        keys = dict(Agent.objects.values_list("id", "key"))
        wanted = []
        for number, route in enumerate(routes, start=1):
            audience = [{"agent": keys[agent]} for agent in route.pop("agents", [])]
            audience = [
                {**member, "weight": weight}
                for member, weight in zip(audience, route.pop("weights", [1] * len(audience)), strict=True)
            ]
            wanted.append(RouteIn.model_validate({"name": f"Route {number}", "audience": audience, **route}))
        save_draft(routes=RouteSet.model_validate({"routes": wanted, "units": units or []}), actor=SYSTEM)
        publish(actor=SYSTEM)
        touch_configuration()  # agents of a test are made directly in the tables
        return [route.id for route in wanted]
