"""The order of routes: what moves where, when only some of them are looked at."""

from collections.abc import Sequence
from uuid import UUID

from rightaway.routing.schema import RouteIn


def moved(routes: Sequence[RouteIn], route_id: UUID, place: int, among: Sequence[UUID]) -> list[RouteIn]:
    """The routes with this one in `place` (from 0) of the list `among`, which shows some of them in their order.

    What is not shown stays between the same neighbours as far as it can. The same list when there is nothing to move.
    """
    others = [id for id in among if id != route_id]
    found = next((route for route in routes if route.id == route_id), None)
    if found is None or route_id not in among or not others:
        return list(routes)
    place = max(0, min(place, len(others)))
    if list(among).index(route_id) == place:
        return list(routes)
    rest = [route for route in routes if route.id != route_id]
    at = {route.id: index for index, route in enumerate(rest)}
    spot = at[others[place]] if place < len(others) else at[others[-1]] + 1
    return [*rest[:spot], found, *rest[spot:]]
