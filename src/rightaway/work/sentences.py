"""Codes of explanations as sentences, in the active language. Names of people, routes, skills and fields are data."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from django.utils import translation
from django.utils.formats import date_format, number_format
from django.utils.translation import get_language_info, gettext, ngettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from rightaway.engine.explain import Candidate, RouteTried, Said
from rightaway.engine.facts import BANDS
from rightaway.routing.schema import AnyOfIn, RouteIn
from rightaway.work.explaining import Listed, Names, Step

_SHOWN_NAMES: Final = 10  # of those to whom something was offered at once

HEADLINES: Final = {
    "assigned": _("%(agent)s got it: route “%(route)s”, %(because)s."),
    "offered": _("It was offered to %(agent)s: route “%(route)s”, %(because)s."),
    "wait_nobody": _("It waits: nobody on the route “%(route)s” can take it just now."),
    "wait_unaccepted": _("It waits: nobody on the route “%(route)s” accepted it."),
    "pool_no_route": _("It is in the lead pool: no route fits."),
    "pool_nobody": _("It is in the lead pool: nobody on the route “%(route)s” could take it."),
    "pool_unaccepted": _("It is in the lead pool: nobody on the route “%(route)s” accepted it."),
    "pool_route": _("It is in the lead pool: the route “%(route)s” puts it straight there."),
}
_WITH_NEXT: Final = {
    "assigned": _("%(agent)s got it: route “%(route)s”, %(because)s; next would have been %(next)s."),
    "offered": _("It was offered to %(agent)s: route “%(route)s”, %(because)s; next would have been %(next)s."),
}
_BROADCAST: Final = ngettext_lazy(
    "It was offered to %(count)d agent, first to accept: route “%(route)s”, wave %(wave)d.",
    "It was offered to %(count)d agents at once, first to accept: route “%(route)s”, wave %(wave)d.",
    "count",
)
_WITHOUT_ROUTE: Final = {
    "pool_nobody": _("It is in the lead pool: nobody could take it."),
    "pool_unaccepted": _("It is in the lead pool: nobody accepted it."),
}

BECAUSE: Final = {
    "rank_round_robin": _("next in the rotation"),
    "rank_weighted": _("next by the shares"),
    "rank_load_balanced": _("the lightest load"),
    "rank_first_to_accept": _("the lightest load"),
    "rank_longest_idle": _("the longest without anything new"),
    "rank_agent": _("assign to agent"),
}
RANKS: Final = {
    "rank_round_robin": _("%(level)s turns so far, place %(place)s in the route"),
    "rank_weighted": _("%(level)s turns so far, share %(weight)s"),
    "rank_load_balanced": _("load %(load)s of %(capacity)s; last given something: %(last_given)s"),
    "rank_first_to_accept": _("load %(load)s of %(capacity)s; last given something: %(last_given)s"),
    "rank_longest_idle": _("last given something: %(last_given)s"),
    "rank_agent": _("place %(place)s in the route"),
}

ROUTES: Final = {
    "route_taken": _("fits, and decided"),
    "route_paused": _("it is paused"),
    "route_kind": _("for another kind of item"),
    "route_source": _("for other sources"),
    "route_schedule": _("outside its schedule"),
    "route_passed": _("tried before, nobody accepted"),
    "route_condition": _("condition %(number)d does not hold"),
    "route_agent_away": _("fits, but its agent is away or does not want it"),
    "route_nobody": _("fits, but nobody could take it"),
    "route_unaccepted": _("fits, but nobody accepted it"),
}

AGENTS: Final = {
    "chosen": _("chosen"),
    "runner_up": _("next in line"),
    "eligible": _("could have had it too"),
    "inactive": _("not active any more"),
    "excluded": _("left out of this item"),
    "absent": _("not available: on break or offline"),
    "out_of_hours": _("outside working hours"),
    "on_absence": _("away: a planned absence"),
    "agent_paused": _("gets nothing new: paused"),
    "route_paused_for_agent": _("this route is paused for them"),
    "no_weight": _("has no share in this route"),
    "limit_hour": _("hourly limit reached: %(most)s"),
    "limit_day": _("daily limit reached: %(most)s"),
    "limit_week": _("weekly limit reached: %(most)s"),
    "limit_month": _("monthly limit reached: %(most)s"),
    "unanswered_cap": _("limit of unanswered items reached: %(most)s"),
    "skill": _("skill “%(skill)s” too low: has %(has)s, needs %(needed)s"),
    "language": _("does not speak the language: %(language)s"),
    "campaign": _("not a member of the campaign"),
    "asked": _("was asked already and did not take it"),
    "holding": _("has an open offer of it"),
    "full": _("at capacity"),
}
_UNSKILLED: Final = _("does not have the skill “%(skill)s” (needs %(needed)s)")

# Why somebody is out of the question for an item: what they, or a manager, did about it.
CAUSES_OF_EXCLUSION: Final = {
    "busy_now": _("declined it: busy now"),
    "not_for_me": _("declined it: not for me"),
    "bad_lead": _("declined it: bad lead"),
    "handed_back": _("handed it back"),
    "revoked": _("had it taken back"),
    "expired": _("let the offer expire"),
    "rescinded": _("had the offer taken back"),
}

# After a reason refused somebody: what those who are left have passed.
FILTERS: Final = {
    "audience": _("on the route"),
    "inactive": _("active"),
    "excluded": _("not left out"),
    "absent": _("who are available"),
    "out_of_hours": _("within working hours"),
    "on_absence": _("not away"),
    "agent_paused": _("not paused"),
    "route_paused_for_agent": _("not paused on the route"),
    "no_weight": _("with a share"),
    "limit_hour": _("below the hourly limit"),
    "limit_day": _("below the daily limit"),
    "limit_week": _("below the weekly limit"),
    "limit_month": _("below the monthly limit"),
    "unanswered_cap": _("below the limit of unanswered items"),
    "skill": _("with the skills"),
    "language": _("who speak the language"),
    "campaign": _("in the campaign"),
    "asked": _("not asked yet"),
    "holding": _("without an open offer of it"),
    "full": _("with room"),
}

CHANGES: Final = {
    "change_runner_up": _("Otherwise it would have gone to %(agent)s."),
    "change_only_one": _("Nobody else could have had it."),
    "change_no_route": _("A route whose conditions it meets would change that."),
    "change_steward": _("Its priority is top: it should not stay there."),
}
CHANGES_BY_REASON: Final = {
    "inactive": ngettext_lazy(
        "%(count)d agent is not active: making them active would help.",
        "%(count)d agents are not active: making one active would help.", "count",
    ),
    "excluded": ngettext_lazy(
        "%(count)d agent is left out of this item: a new enquiry would lift that.",
        "%(count)d agents are left out of this item: a new enquiry would lift that.", "count",
    ),
    "absent": ngettext_lazy(
        "%(count)d agent is not available: coming back would help.",
        "%(count)d agents are not available: one coming back would help.", "count",
    ),
    "out_of_hours": ngettext_lazy(
        "%(count)d agent is outside working hours: it may go on when they begin.",
        "%(count)d agents are outside working hours: it may go on when they begin.", "count",
    ),
    "on_absence": ngettext_lazy(
        "%(count)d agent is away: it may go on when they return.",
        "%(count)d agents are away: it may go on when one returns.", "count",
    ),
    "agent_paused": ngettext_lazy(
        "%(count)d agent is paused: resuming them would help.",
        "%(count)d agents are paused: resuming one would help.", "count",
    ),
    "route_paused_for_agent": ngettext_lazy(
        "The route is paused for %(count)d agent: resuming it would help.",
        "The route is paused for %(count)d agents: resuming it would help.", "count",
    ),
    "no_weight": ngettext_lazy(
        "%(count)d agent has no share in the route: giving them one would help.",
        "%(count)d agents have no share in the route: giving them one would help.", "count",
    ),
    "limit_hour": ngettext_lazy(
        "%(count)d agent has reached the hourly limit: the next hour, or a higher limit, would help.",
        "%(count)d agents have reached the hourly limit: the next hour, or a higher limit, would help.", "count",
    ),
    "limit_day": ngettext_lazy(
        "%(count)d agent has reached the daily limit: the next day, or a higher limit, would help.",
        "%(count)d agents have reached the daily limit: the next day, or a higher limit, would help.", "count",
    ),
    "limit_week": ngettext_lazy(
        "%(count)d agent has reached the weekly limit: the next week, or a higher limit, would help.",
        "%(count)d agents have reached the weekly limit: the next week, or a higher limit, would help.", "count",
    ),
    "limit_month": ngettext_lazy(
        "%(count)d agent has reached the monthly limit: the next month, or a higher limit, would help.",
        "%(count)d agents have reached the monthly limit: the next month, or a higher limit, would help.", "count",
    ),
    "unanswered_cap": ngettext_lazy(
        "%(count)d agent has too many unanswered items: answering one would help.",
        "%(count)d agents have too many unanswered items: answering one would help.", "count",
    ),
    "skill": ngettext_lazy(
        "%(count)d agent lacks a required skill: asking for less would help.",
        "%(count)d agents lack a required skill: asking for less would help.", "count",
    ),
    "language": ngettext_lazy(
        "%(count)d agent does not speak the language: somebody who does would help.",
        "%(count)d agents do not speak the language: somebody who does would help.", "count",
    ),
    "campaign": ngettext_lazy(
        "%(count)d agent is not in the campaign: adding them would help.",
        "%(count)d agents are not in the campaign: adding one would help.", "count",
    ),
    "asked": ngettext_lazy(
        "%(count)d agent was asked already: a new round would help.",
        "%(count)d agents were asked already: a new round would help.", "count",
    ),
    "holding": ngettext_lazy(
        "%(count)d agent has an open offer of it: it goes on when that ends.",
        "%(count)d agents have open offers of it: it goes on when these end.", "count",
    ),
    "full": ngettext_lazy(
        "%(count)d agent is at capacity: a place that comes free would help.",
        "%(count)d agents are at capacity: a place that comes free would help.", "count",
    ),
}  # fmt: skip

# What is done to an item, by kind of event; some have a form for each way in which it can be done.
EVENTS: Final = {
    "received": _("It came in."),
    "attached": _("The same person asked again; nobody is left out any more."),
    "assigned": _("%(by)s assigned it by hand to %(agent)s."),
    "assigned_from": _("%(by)s moved it by hand from %(before)s to %(agent)s."),
    "offered": _("%(by)s offered it by hand to %(agents)s."),
    "accepted": _("%(agent)s accepted it."),
    "declined": _("%(agents)s declined it: %(why)s."),
    "rescinded": _("%(by)s took back the offer to %(agents)s."),
    "withdrawn": _("The offer to %(agents)s was withdrawn, because they left."),
    "claimed": _("%(agent)s claimed it."),
    "claimed_next": _("%(agent)s got it with “Get next item”."),
    "handed_back": _("%(agent)s handed it back."),
    "handed_over": _("%(before)s left or is ill; the routes decide again."),
    "handed_over_to_agent": _("%(before)s left or is ill; it went to %(agent)s."),
    "handed_over_to_others": _("Somebody who owned it too, or had a task about it, left or is ill."),
    "handed_over_to_return": _("%(agent)s is back and has it again."),
    "revoked": _("%(by)s took it from %(before)s; the routes decide again."),
    "revoked_to_pool": _("%(by)s took it from %(before)s and put it in the lead pool."),
    "revoked_to_agent": _("%(by)s took it from %(before)s and gave it to %(agent)s."),
    "put_back": _("%(by)s put it back with %(agent)s."),
    "undone": _("%(by)s undid what was done to it."),
    "sent_to_routes": _("%(by)s sent it through the routes again."),
    "finished": _("%(by)s closed it: %(outcome)s."),
    "merged": _("%(by)s merged another contact into this one, which had asked for the same."),
    "parted": _("%(by)s undid a merge: it is two contacts again."),
    "role_assigned": _("%(by)s gave the role %(role)s to %(agent)s."),
    "role_assigned_from": _("%(by)s gave the role %(role)s to %(agent)s in place of %(before)s."),
    "role_assigned_to_nobody": _("%(by)s took the role %(role)s from %(before)s."),
    "role_assigned_to_nobody_left": _("%(before)s no longer works here; the role %(role)s is free."),
}
# The same of offers of one of its functional roles.
EVENTS_OF_ROLE: Final = {
    "offered": _("%(by)s offered the role %(role)s to %(agents)s."),
    "accepted": _("%(agent)s accepted the role %(role)s."),
    "declined": _("%(agents)s declined the role %(role)s: %(why)s."),
    "expired": _("Nobody answered in time: the role %(role)s, offered to %(agents)s."),
    "rescinded": _("%(by)s took back the offer of the role %(role)s to %(agents)s."),
    "withdrawn": _("The offer of the role %(role)s to %(agents)s was withdrawn, because they left."),
}
_EXPIRED: Final = ngettext_lazy(
    "%(agents)s did not answer the offer in time.", "%(agents)s did not answer their offers in time.", "count"
)
_OTHERS_TOLD: Final = ngettext_lazy(
    "%(count)d other open offer of it ended.", "%(count)d other open offers of it ended.", "count"
)
_OVER: Final = _("That is beyond their capacity, as confirmed.")
DECLINES: Final = {"busy_now": _("busy now"), "not_for_me": _("not for me"), "bad_lead": _("bad lead")}
OUTCOMES: Final = {
    "won": _("won"),
    "lost": _("lost"),
    "resolved": _("resolved"),
    "unreachable": _("unreachable"),
    "duplicate": _("duplicate"),
    "spam": _("spam"),
    "other": _("other"),
}

STATES: Final = {
    "waiting": _("Waiting"),
    "offered": _("Offered"),
    "assigned": _("Assigned"),
    "pooled": _("In the lead pool"),
    "closed": _("Closed"),
}
# Why an item is where it is (`Item.cause`).
CAUSES: Final = {
    "new": _("it is new"),
    "offered": _("a route offered it"),
    "offered_by_hand": _("somebody offered it by hand"),
    "owned": _("somebody has it"),
    "declined": _("the offer was declined"),
    "expired": _("the offer expired"),
    "rescinded": _("the offer was taken back"),
    "withdrawn": _("the offer was withdrawn"),
    "returned": _("the offer came back to its sender"),
    "handed_back": _("it was handed back"),
    "handed_over": _("whoever had it left or is ill"),
    "revoked": _("it was taken back"),
    "sent_to_routes": _("it was sent through the routes again"),
    "asked_again": _("the person asked again"),
    "no_route": _("no route fits"),
    "nobody": _("nobody can take it"),
    "unaccepted": _("nobody accepted it"),
    "pool_route": _("its route puts it there"),
    "left_unassigned": _("it was left for somebody to choose"),
    "typed_in": _("it was typed in without an owner"),
    "parted": _("two merged contacts were separated again"),
    "finished": _("it is finished"),
}

FIELDS: Final = {
    "kind": _("kind"),
    "status": _("status"),
    "source": _("source"),
    "line": _("line of business"),
    "language": _("language"),
    "band": _("priority"),
    "enquiries": _("number of enquiries"),
    "answered": _("answered"),
}
OPERATORS: Final = {
    "is": _("%(field)s is %(value)s"),
    "is_not": _("%(field)s is not %(value)s"),
    "in": _("%(field)s is one of %(value)s"),
    "not_in": _("%(field)s is none of %(value)s"),
    "contains": _("%(field)s contains %(value)s"),
    "starts_with": _("%(field)s starts with %(value)s"),
    "gt": _("%(field)s is above %(value)s"),
    "gte": _("%(field)s is at least %(value)s"),
    "lt": _("%(field)s is below %(value)s"),
    "lte": _("%(field)s is at most %(value)s"),
    "between": _("%(field)s is from %(low)s to %(high)s"),
    "is_empty": _("%(field)s is empty"),
    "is_set": _("%(field)s is given"),
}
BAND_NAMES: Final = {"low": _("low"), "normal": _("normal"), "high": _("high"), "top": _("top")}


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
    return _capital(_decided(step) if step.explanation is not None else _happened(step))


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
        return str(_BROADCAST % {"count": params["count"], "route": route, "wave": params["wave"]})
    if step.code not in ("assigned", "offered"):
        table = _WITHOUT_ROUTE if params.get("route", "") is None and step.code in _WITHOUT_ROUTE else HEADLINES
        return str(table[step.code] % {"route": route})
    rank = told.candidates[0].rank
    said = {"agent": _agent(step, params["agent"]), "route": route, "because": BECAUSE[rank.code] if rank else ""}
    second = next((row.agent for row in told.candidates if row.said.code == "runner_up"), None)
    if second is not None and step.names.may_name(second):
        return str(_WITH_NEXT[step.code] % {**said, "next": _agent(step, second)})
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
        return str(_UNSKILLED % said.params)
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
        return str(_EXPIRED % {**said, "count": len(agents)})
    of_role = "role" in body and step.code in EVENTS_OF_ROLE
    sentence = EVENTS_OF_ROLE[step.code] if of_role else EVENTS[_form(step)]
    found = [str(sentence % said) if "%(" in str(sentence) else str(sentence)]
    if body.get("over"):
        found.append(str(_OVER))
    if body.get("rescinded"):
        found.append(str(_OTHERS_TOLD % {"count": len(body["rescinded"])}))
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
