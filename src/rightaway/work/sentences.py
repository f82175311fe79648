"""Codes of explanations as sentences, in the active language. Names of people, routes, skills and fields are data."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils import translation
from django.utils.formats import date_format, number_format
from django.utils.translation import get_language_info, gettext, ngettext

from rightaway.engine.explain import Candidate, RouteTried, Said
from rightaway.engine.facts import BANDS
from rightaway.routing.schema import AnyOfIn, RouteIn
from rightaway.work.explaining import Listed, Names, Step
from rightaway.work.phrases import (
    AGENTS,
    BAND_NAMES,
    BECAUSE,
    BROADCAST,
    CAUSES,
    CAUSES_OF_EXCLUSION,
    CHANGES,
    CHANGES_BY_REASON,
    DECLINES,
    EVENTS,
    EVENTS_OF_ROLE,
    EXPIRED,
    FIELDS,
    FILTERS,
    HEADLINES,
    OPERATORS,
    OTHERS_TOLD,
    OUTCOMES,
    OVER,
    RANKS,
    ROUTES,
    STATES,
    UNSKILLED,
    WITH_NEXT,
    WITHOUT_ROUTE,
)

_SHOWN_NAMES: Final = 10  # of those to whom something was offered at once


@dataclass(frozen=True, slots=True)
class Sentences:
    """One step in sentences: the answer first. `left` is what was said of candidates of routes that were left
    before; `funnel` how many were left after each check."""

    headline: str
    routes: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    candidates: tuple[str, ...] = ()
    funnel: str = ""
    changes: tuple[str, ...] = ()
    footer: str = ""

    def all(self) -> list[str]:
        lines = [self.headline, *self.routes, *self.left, *self.candidates, self.funnel, *self.changes, self.footer]
        return [line for line in lines if line]


def decision_sentences(step: Step, language: str) -> list[str]:
    """A step in this language, the answer first."""
    with translation.override(language):
        return sentences(step).all()


def sentences(step: Step) -> Sentences:
    """A step in the active language."""
    told = step.explanation
    if told is None:
        return Sentences(headline(step))
    listed = [line for left in step.given_up for line in _candidates(step, left, with_route=True)]
    return Sentences(
        headline=headline(step),
        routes=tuple(_route_line(step, place, tried) for place, tried in enumerate(told.routes, 1)),
        left=tuple(listed),
        candidates=tuple(_candidates(step, step.listed)) if step.listed else (),
        funnel=_funnel(told.survivors),
        changes=tuple(_change(step, said) for said in told.changes),
        footer=gettext("Decided %(at)s by version %(number)d of the routes.")
        % {"at": moment(step.at, step.names), "number": step.version or 0},
    )


def headline(step: Step) -> str:
    """What happened in this step, in one sentence."""
    if step.explanation is None:
        return _capital(_happened(step))
    said = _capital(_decided(step))
    if "role" not in step.body:
        return said
    return gettext("%(role)s: %(said)s") % {"role": step.names.roles.get(UUID(step.body["role"]), ""), "said": said}


def answer(steps: Iterable[Step]) -> str:
    """Why the item is where it is, in as few sentences as that takes."""
    told = [step for step in steps if step.code != "attached" and "role" not in step.body]
    if not told:
        return ""
    last, decided = told[-1], [step for step in told if step.explanation is not None]
    found = [headline(last)]
    if last.code in ("accepted", "claimed") and decided:
        found.append(headline(decided[-1]))
    return " ".join(found)


def standing(state: str, cause: str) -> str:
    """Where an item is now, and why, by its codes."""
    said = {"state": str(STATES.get(state, state)), "cause": str(CAUSES.get(cause, cause))}
    return gettext("Now: %(state)s, because %(cause)s.") % said


def moment(at: datetime, names: Names) -> str:
    """An instant in the organisation's zone, to the second."""
    return date_format(at.astimezone(ZoneInfo(names.zone)), gettext("j M Y H:i:s T"))


# Decisions


def _decided(step: Step) -> str:
    told = step.explanation
    assert told is not None
    params = told.headline.params
    route = _route_name(step, params.get("route"))
    if step.code == "broadcast":
        return str(BROADCAST % {"count": params["count"], "route": route, "wave": params["wave"]})
    if step.code not in ("assigned", "offered"):
        table = WITHOUT_ROUTE if params.get("route", "") is None and step.code in WITHOUT_ROUTE else HEADLINES
        return str(table[step.code] % {"route": route})
    rank = told.candidates[0].rank
    said = {"agent": _agent(step, params["agent"]), "route": route, "because": BECAUSE[rank.code] if rank else ""}
    second = next((row.agent for row in told.candidates if row.said.code == "runner_up"), None)
    if second is not None and step.names.may_name(second):
        return str(WITH_NEXT[step.code] % {**said, "next": _agent(step, second)})
    return str(HEADLINES[step.code] % said)


def _route_line(step: Step, place: int, tried: RouteTried) -> str:
    said = str(ROUTES[tried.said.code] % tried.said.params) if tried.said.params else str(ROUTES[tried.said.code])
    route = _route(step, tried.route)
    if route is not None and step.names.open:
        if tried.said.code == "route_condition":
            said += ": " + _condition(route, tried.said.params["number"], step.explanation.facts)  # type: ignore[union-attr]
        if tried.said.code == "route_source":
            said += ": " + ", ".join(route.sources)
    named = {"place": place, "route": _route_name(step, tried.route), "said": said}
    return gettext("%(place)d. Route “%(route)s”: %(said)s.") % named


def _condition(route: RouteIn, number: int, facts: Mapping[str, Any]) -> str:
    """A condition that did not hold, with what the item had instead."""
    row = route.conditions[number - 1]
    rows = row.any if isinstance(row, AnyOfIn) else [row]
    wanted = gettext(" or ").join(condition_text(each.field, each.op, each.value) for each in rows)
    read = [name for name in dict.fromkeys(each.field for each in rows) if name in facts]
    had = [f"{field_name(name)} = {_value(name, facts[name])}" for name in read]
    return f"{wanted} ({', '.join(had)})" if had else wanted


def condition_text(field: str, op: str, value: Any) -> str:
    """A condition in words: "language is es". One that a draft has left unfinished is told as it stands."""
    said = {"field": field_name(field), "value": _value(field, value)}
    if op == "between":
        if not isinstance(value, list | tuple) or len(value) != 2:
            return f"{said['field']} … {said['value']}"
        said |= {"low": _value(field, value[0]), "high": _value(field, value[1])}
    return str(OPERATORS[op] % said) if op in OPERATORS else f"{said['field']} {op} {said['value']}"


def field_name(name: str) -> str:
    return str(FIELDS[name]) if name in FIELDS else name.removeprefix("attributes.")


def _value(field: str, value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(_value(field, each) for each in value)
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if value is None or value == "":
        return gettext("empty")
    if field == "band":
        name = BANDS[value] if isinstance(value, int) and value < len(BANDS) else str(value)
        return str(BAND_NAMES.get(name, name))
    return str(value)


def _candidates(step: Step, listed: Listed, *, with_route: bool = False) -> list[str]:
    lines = [f"{_capital(_agent(step, row.agent))}: {_reason_of(step, row)}." for row in listed.named]
    for said, count in listed.counted:
        others = ngettext("%(count)d other agent", "%(count)d other agents", count) % {"count": count}
        lines.append(f"{others}: {_reason(said)}.")
    return [f"{_route_name(step, listed.route)} · {line}" for line in lines] if with_route else lines


def _reason_of(step: Step, row: Candidate) -> str:
    cause = step.causes.get(row.agent)
    if row.said.code in ("excluded", "asked") and cause in CAUSES_OF_EXCLUSION:
        return str(CAUSES_OF_EXCLUSION[cause])
    reason = _reason(row.said)
    return f"{reason}; {_rank(row.rank, step.names)}" if row.rank is not None else reason


def _reason(said: Said) -> str:
    if said.code in CAUSES_OF_EXCLUSION:
        return str(CAUSES_OF_EXCLUSION[said.code])
    if said.code == "skill" and said.params["has"] is None:
        return str(UNSKILLED % said.params)
    if said.code == "language":
        return str(AGENTS["language"] % {"language": language_name(said.params["language"])})
    return str(AGENTS[said.code] % said.params) if said.params else str(AGENTS[said.code])


def language_name(code: str) -> str:
    """A language in the reader's own; its code where it has no name."""
    try:
        name = gettext(get_language_info(code)["name"])
    except KeyError:
        return code
    # Spanish writes languages small; Django's catalogue has them as headings.
    return name.lower() if (translation.get_language() or "").startswith("es") else name


def _rank(said: Said, names: Names) -> str:
    return str(RANKS[said.code] % {name: _shown(name, value, names) for name, value in said.params.items()})


def _shown(name: str, value: int, names: Names) -> str:
    """A value of a rank: levels are thousandths of a turn, loads hundredths of a unit, places count from 0."""
    if name == "last_given":
        return moment(datetime.fromtimestamp(value, UTC), names) if value else gettext("never")
    scale = {"level": 1000, "load": 100, "capacity": 100}.get(name, 1)
    number = value + 1 if name == "place" else value
    return str(number_format(number // scale if number % scale == 0 else round(number / scale, 2)))


def _funnel(survivors: Iterable[tuple[str, int]]) -> str:
    steps = [f"{count} {FILTERS[code]}" for code, count in survivors]
    return gettext("Left after each check: %(steps)s.") % {"steps": ", ".join(steps)} if steps else ""


def _change(step: Step, said: Said) -> str:
    if said.code in CHANGES:
        named = {"agent": _agent(step, said.params["agent"])} if "agent" in said.params else {}
        return str(CHANGES[said.code] % named) if named else str(CHANGES[said.code])
    return str(CHANGES_BY_REASON[said.code.removeprefix("change_")] % said.params)


# What people did


def _happened(step: Step) -> str:
    body = step.body
    agents = [agent for _offer, agent in body.get("offers", ())]
    said = {
        "by": _actor(step), "agent": _agent(step, body.get("agent")), "agents": _all(step, agents),
        "before": _all(step, body.get("from", ())), "why": str(DECLINES.get(body.get("decline", ""), "")),
        "outcome": str(OUTCOMES.get(body.get("outcome", ""), "")),
    }  # fmt: skip
    if "role" in body:
        said["role"] = step.names.roles.get(UUID(body["role"]), "")
    elif step.code == "expired":
        return str(EXPIRED % {**said, "count": len(agents)})
    of_role = "role" in body and step.code in EVENTS_OF_ROLE
    sentence = EVENTS_OF_ROLE[step.code] if of_role else EVENTS[_form(step)]
    found = [str(sentence % said) if "%(" in str(sentence) else str(sentence)]
    if body.get("over"):
        found.append(str(OVER))
    if body.get("rescinded"):
        found.append(str(OTHERS_TOLD % {"count": len(body["rescinded"])}))
    return " ".join(found)


def _form(step: Step) -> str:
    """The sentence for this way of doing it."""
    body = step.body
    if step.code == "role_assigned":
        if not body.get("agent"):
            return "role_assigned_to_nobody_left" if body.get("cause") == "left" else "role_assigned_to_nobody"
        return "role_assigned_from" if body.get("from") else "role_assigned"
    if step.code == "assigned" and body.get("from"):
        return "assigned_from"
    if step.code == "claimed" and body.get("how") == "next":
        return "claimed_next"
    if step.code == "handed_over":
        return _handed_over(body)
    if step.code == "revoked" and body.get("agent"):
        return "revoked_to_agent"
    if step.code == "revoked" and body.get("state") == "pooled":
        return "revoked_to_pool"
    return step.code


def _handed_over(body: Mapping[str, Any]) -> str:
    if body.get("why") == "returned" and body.get("agent"):
        return "handed_over_to_return"
    if body.get("agent"):
        return "handed_over_to_agent"
    return "handed_over" if body.get("state") == "waiting" else "handed_over_to_others"


def _actor(step: Step) -> str:
    kind, id = step.body.get("by"), step.body.get("by_id")
    if kind == "key":
        name = step.names.keys.get(UUID(id)) if id else None
        return gettext("the API key “%(name)s”") % {"name": name} if name else gettext("an API key")
    if kind == "system":
        return gettext("the system")
    name = step.names.members.get(UUID(id)) if id else None
    return name or gettext("somebody")


# Names


def _agent(step: Step, agent: Any) -> str:
    if not agent:
        return ""
    name = step.names.agents.get(agent if isinstance(agent, UUID) else UUID(agent))
    return name or (gettext("somebody") if step.names.open else gettext("another agent"))


def _all(step: Step, agents: Iterable[Any]) -> str:
    """Several agents by name; those without one together."""
    ids = [UUID(str(agent)) for agent in agents]
    named = [_agent(step, id) for id in ids if id in step.names.agents][:_SHOWN_NAMES]
    rest = len(ids) - len(named)
    if len(ids) == 1 and rest:
        return _agent(step, ids[0])
    if rest:
        named.append(ngettext("%(count)d other agent", "%(count)d other agents", rest) % {"count": rest})
    return ", ".join(named)


def _route(step: Step, route: UUID | None) -> RouteIn | None:
    return step.names.routes.get(step.version or 0, {}).get(route) if route else None


def _route_name(step: Step, route: UUID | None) -> str:
    found = _route(step, route)
    return found.name if found is not None else str(route or "")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
