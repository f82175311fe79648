"""What a configuration file, or a draft of the routes, changes, in sentences."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext as _

from rightaway.people.schema import Strict, TeamIn
from rightaway.routing.config_file import ConfigFile, RoleEntry
from rightaway.routing.schema import RouteIn, RouteSet


@dataclass(frozen=True, slots=True)
class Wording:
    """How fields and their values are told. A value of None is too long to be told: only that it changes."""

    field: Callable[[str], str]
    value: Callable[[str, Any], str | None]


def changes(current: ConfigFile, whole: ConfigFile) -> list[str]:
    """One sentence for each thing that will be different; empty when nothing will."""
    found = list(_teams(current.teams or [], whole.teams or []))
    found += _agents(current, whole)
    found += _roles(current.roles or [], whole.roles or [])
    found += route_changes(current.route_set(), whole.route_set())
    return found


def route_changes(before: RouteSet, after: RouteSet, wording: Wording | None = None) -> list[str]:
    """The same for routes and what items cost; in the words of a file unless told otherwise."""
    found = list(_routes(before.routes, after.routes, wording or AS_WRITTEN))
    if before.units != after.units or before.default_units != after.default_units:
        found.append(_("What an item costs changes."))
    return found


def changes_of_route(before: RouteIn, after: RouteIn, wording: Wording) -> list[str]:
    """What is different between two forms of one route, a part each."""
    return list(_differences(before, after, _ROUTE_FIELDS, wording))


def _teams(before: list[TeamIn], after: list[TeamIn]) -> Iterator[str]:
    known = {team.key: team for team in before}
    for team in after:
        old = known.get(team.key)
        if old is None:
            yield _("Team %(name)s is new.") % {"name": team.name}
        elif old != team:
            yield _("Team %(name)s: %(what)s.") % {"name": old.name, "what": "; ".join(_team_parts(old, team))}


def _team_parts(old: TeamIn, new: TeamIn) -> Iterator[str]:
    yield from _differences(old, new, ("name", "parent"), AS_WRITTEN)
    were, are = {*old.members, *old.managers}, {*new.members, *new.managers}
    if are - were:
        yield _("joins: %(who)s") % {"who": _some(are - were)}
    if were - are:
        yield _("leaves: %(who)s") % {"who": _some(were - are)}
    if rise := set(new.managers) - set(old.managers):
        yield _("now manages it: %(who)s") % {"who": _some(rise)}
    if fall := (set(old.managers) - set(new.managers)) & are:
        yield _("no longer manages it: %(who)s") % {"who": _some(fall)}


def _agents(current: ConfigFile, whole: ConfigFile) -> Iterator[str]:
    known = {agent.key: agent for agent in current.agents or []}
    for agent in whole.agents or []:
        old = known.get(agent.key)
        names = {"name": (old or agent).name, "key": agent.key}
        if old is None:
            yield _("Agent %(name)s (%(key)s) is new.") % names
        elif old.active and not agent.active:
            yield _("Agent %(name)s (%(key)s) is taken out of routing; what they own stays theirs.") % names
        elif old != agent:
            fields = tuple(type(agent).model_fields)
            what = "; ".join(_differences(old, agent, fields, AS_WRITTEN))
            yield _("Agent %(name)s (%(key)s): %(what)s.") % {**names, "what": what}


def _roles(before: list[RoleEntry], after: list[RoleEntry]) -> Iterator[str]:
    known = {role.key: role for role in before}
    for role in after:
        old = known.get(role.key)
        if old is None:
            yield _("Role %(name)s is new.") % {"name": role.key}
        elif old != role:
            what = "; ".join(_differences(old, role, tuple(RoleEntry.model_fields), AS_WRITTEN))
            yield _("Role %(name)s: %(what)s.") % {"name": role.key, "what": what}


_ROUTE_FIELDS: Final = tuple(name for name in RouteIn.model_fields if name != "id")


def _routes(before: list[RouteIn], after: list[RouteIn], wording: Wording) -> Iterator[str]:
    known = {route.id: route for route in before}
    for place, route in enumerate(after, start=1):
        old = known.get(route.id)
        if old is None:
            yield _("Route %(name)s is new, in place %(place)d.") % {"name": route.name, "place": place}
        elif old != route:
            what = "; ".join(_differences(old, route, _ROUTE_FIELDS, wording))
            yield _("Route %(name)s: %(what)s.") % {"name": old.name, "what": what}
    stays = {route.id for route in after}
    for route in before:
        if route.id not in stays:
            yield _("Route %(name)s is removed.") % {"name": route.name}
    if [r.id for r in before if r.id in stays] != [r.id for r in after if r.id in known]:
        yield _("The order of the routes changes.")


def _differences(old: Strict, new: Strict, fields: tuple[str, ...], wording: Wording) -> Iterator[str]:
    for name in fields:
        was, now = getattr(old, name), getattr(new, name)
        if was == now:
            continue
        label = wording.field(name)
        if isinstance(was, dict) and isinstance(now, dict):
            yield f"{label} ({_in_group(was, now)})"
            continue
        before, after = wording.value(name, was), wording.value(name, now)
        if before is not None and after is not None:
            yield f"{label} {before} → {after}"
        else:
            yield _("%(field)s changes") % {"field": label}


def _in_group(was: dict[str, Any], now: dict[str, Any]) -> str:
    keys = sorted(key for key in {*was, *now} if was.get(key) != now.get(key))
    return ", ".join(f"{key} {_word(was.get(key))} → {_word(now.get(key))}" for key in keys[:_MOST])


def _short(value: Any) -> bool:
    return (
        value is None or isinstance(value, str | int | float) or (isinstance(value, list) and all(map(_plain, value)))
    )


def _plain(value: Any) -> bool:
    return isinstance(value, str | int | float)


def _word(value: Any) -> str:
    if value is None:
        return "–"
    return ", ".join(map(str, value)) or "–" if isinstance(value, list) else str(value)


def _as_written(_name: str, value: Any) -> str | None:
    return _word(value) if _short(value) else None


AS_WRITTEN: Final = Wording(field=str, value=_as_written)
_MOST = 8  # names in one sentence


def _some(keys: set[str]) -> str:
    shown = ", ".join(sorted(keys)[:_MOST])
    more = len(keys) - _MOST
    return shown if more <= 0 else _("%(shown)s and %(more)d more") % {"shown": shown, "more": more}
