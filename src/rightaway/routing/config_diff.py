"""What a configuration file changes, in sentences."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from rightaway.people.schema import Strict, TeamIn
from rightaway.routing.config_file import ConfigFile
from rightaway.routing.schema import RouteIn


def changes(current: ConfigFile, whole: ConfigFile) -> list[str]:
    """One sentence for each thing that will be different; empty when nothing will."""
    found = list(_teams(current.teams or [], whole.teams or []))
    found += _agents(current, whole)
    found += _routes(current.routes or [], whole.routes or [])
    if (current.units or []) != (whole.units or []) or current.default_units != whole.default_units:
        found.append(_("What an item costs changes."))
    return found


def _teams(before: list[TeamIn], after: list[TeamIn]) -> Iterator[str]:
    known = {team.key: team for team in before}
    for team in after:
        old = known.get(team.key)
        if old is None:
            yield _("Team %(name)s is new.") % {"name": team.name}
        elif old != team:
            yield _("Team %(name)s: %(what)s.") % {"name": old.name, "what": "; ".join(_team_parts(old, team))}


def _team_parts(old: TeamIn, new: TeamIn) -> Iterator[str]:
    yield from _differences(old, new, ("name", "parent"))
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
            what = "; ".join(_differences(old, agent, fields))
            yield _("Agent %(name)s (%(key)s): %(what)s.") % {**names, "what": what}


def _routes(before: list[RouteIn], after: list[RouteIn]) -> Iterator[str]:
    known = {route.id: route for route in before}
    for place, route in enumerate(after, start=1):
        old = known.get(route.id)
        if old is None:
            yield _("Route %(name)s is new, in place %(place)d.") % {"name": route.name, "place": place}
        elif old != route:
            fields = tuple(name for name in RouteIn.model_fields if name != "id")
            what = "; ".join(_differences(old, route, fields))
            yield _("Route %(name)s: %(what)s.") % {"name": old.name, "what": what}
    stays = {route.id for route in after}
    for route in before:
        if route.id not in stays:
            yield _("Route %(name)s is removed.") % {"name": route.name}
    if [r.id for r in before if r.id in stays] != [r.id for r in after if r.id in known]:
        yield _("The order of the routes changes.")


def _differences(old: Strict, new: Strict, fields: tuple[str, ...]) -> Iterator[str]:
    for name in fields:
        was, now = getattr(old, name), getattr(new, name)
        if was == now:
            continue
        if isinstance(was, dict) and isinstance(now, dict):
            yield f"{name} ({_in_group(was, now)})"
        elif _short(was) and _short(now):
            yield f"{name} {_word(was)} → {_word(now)}"
        else:
            yield _("%(field)s changes") % {"field": name}


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


_MOST = 8  # names in one sentence


def _some(keys: set[str]) -> str:
    shown = ", ".join(sorted(keys)[:_MOST])
    more = len(keys) - _MOST
    return shown if more <= 0 else _("%(shown)s and %(more)d more") % {"shown": shown, "more": more}
