"""Add a route to the draft: on top, and paused, so that publishing it changes nothing until somebody resumes it."""

from rightaway.accounts.actor import Actor
from rightaway.routing.schema import RouteIn
from rightaway.routing.versions import Draft, config_row, draft_of
from rightaway.work.actions.pause_route import pause_route
from rightaway.work.actions.save_draft import save_draft


def add_route(*, route: RouteIn, if_match: str | None = None, actor: Actor) -> Draft:
    """The draft with this route on top. `if_match` is the etag of the draft that it is added to.

    Runs inside `organisation(…)`. Raises Stale, NotAllowed.
    """
    routes = draft_of(config_row()).routes
    wanted = routes.model_copy(update={"routes": [route, *routes.routes]})
    draft = save_draft(routes=wanted, if_match=if_match, actor=actor)
    pause_route(route_id=route.id, actor=actor)
    return draft
