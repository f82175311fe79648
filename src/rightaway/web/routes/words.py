"""What the pages about routes call codes, and how they tell schedules, people and differences."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from rightaway.engine.hours import zone_of
from rightaway.people.models import Agent, Team
from rightaway.people.schema import RangeIn
from rightaway.routing.config_diff import Wording
from rightaway.routing.schema import AnyOfIn, ConditionIn, MemberIn, RouteIn, WhenIn
from rightaway.web import formats
from rightaway.work.sentences import condition_text

# strategy → (its name, what it does in a few words)
STRATEGIES: Final = {
    "round_robin": (gettext_lazy("Round robin"), gettext_lazy("Strict turns")),
    "load_balanced": (gettext_lazy("Load-balanced"), gettext_lazy("Lightest load first")),
    "longest_idle": (gettext_lazy("Longest idle"), gettext_lazy("Longest without a lead")),
    "weighted": (gettext_lazy("Weighted"), gettext_lazy("A share for each")),
    "first_to_accept": (gettext_lazy("First to accept"), gettext_lazy("Offered to several")),
    "agent": (gettext_lazy("Assign to agent"), gettext_lazy("Ignores the order")),
    "pool": (gettext_lazy("Lead pool"), gettext_lazy("For whoever claims")),
}
ACTS: Final = {"offer": gettext_lazy("Offer it"), "assign": gettext_lazy("Assign it at once")}
NOBODY: Final = {
    "wait": gettext_lazy("it waits for one of them"),
    "next": gettext_lazy("the next matching route"),
    "pool": gettext_lazy("the lead pool"),
}
UNACCEPTED: Final = {**NOBODY, "wait": gettext_lazy("it waits, and they are asked again")}
OF_ROLE: Final = {"pool": gettext_lazy("nobody, until somebody gives it")}
MASKED: Final = {
    "": gettext_lazy("As usual: hidden when several are asked"),
    "yes": gettext_lazy("Hidden until somebody accepts"),
    "no": gettext_lazy("Shown with the offer"),
}
KINDS: Final = {
    "lead": gettext_lazy("Lead"),
    "case": gettext_lazy("Case"),
    "opportunity": gettext_lazy("Opportunity"),
    "work_order": gettext_lazy("Work order"),
}
DAYS: Final = (
    (1, gettext_lazy("Mon"), gettext_lazy("Monday")),
    (2, gettext_lazy("Tue"), gettext_lazy("Tuesday")),
    (3, gettext_lazy("Wed"), gettext_lazy("Wednesday")),
    (4, gettext_lazy("Thu"), gettext_lazy("Thursday")),
    (5, gettext_lazy("Fri"), gettext_lazy("Friday")),
    (6, gettext_lazy("Sat"), gettext_lazy("Saturday")),
    (7, gettext_lazy("Sun"), gettext_lazy("Sunday")),
)
OPERATORS: Final = {
    "is": gettext_lazy("is"),
    "is_not": gettext_lazy("is not"),
    "in": gettext_lazy("is one of"),
    "not_in": gettext_lazy("is none of"),
    "contains": gettext_lazy("contains"),
    "starts_with": gettext_lazy("starts with"),
    "gt": gettext_lazy("is above"),
    "gte": gettext_lazy("is at least"),
    "lt": gettext_lazy("is below"),
    "lte": gettext_lazy("is at most"),
    "between": gettext_lazy("is from … to"),
    "is_empty": gettext_lazy("is empty"),
    "is_set": gettext_lazy("is given"),
}
FIELDS_OF_ROUTE: Final = {
    "name": gettext_lazy("name"),
    "kind": gettext_lazy("kind"),
    "role": gettext_lazy("what it gives"),
    "sources": gettext_lazy("sources"),
    "when": gettext_lazy("schedule"),
    "conditions": gettext_lazy("conditions"),
    "strategy": gettext_lazy("strategy"),
    "act": gettext_lazy("what is done"),
    "audience": gettext_lazy("agents"),
    "skills": gettext_lazy("skills"),
    "match_language": gettext_lazy("must speak the language"),
    "offer_seconds": gettext_lazy("time to accept"),
    "tries": gettext_lazy("tries"),
    "first_wave": gettext_lazy("asked at first"),
    "later_wave": gettext_lazy("asked after that"),
    "wave_seconds": gettext_lazy("time between"),
    "masked": gettext_lazy("name and numbers"),
    "ignore_capacity": gettext_lazy("even at capacity"),
    "ignore_absence": gettext_lazy("even when absent"),
    "nobody": gettext_lazy("if nobody is free"),
    "unaccepted": gettext_lazy("after nobody accepted"),
}
_MOST: Final = 6  # agents or ranges that a sentence names


def kind(code: str) -> str:
    return str(KINDS.get(code, code))


def schedule(when: WhenIn | None) -> str:
    """Mon–Fri 08:00–20:00, Sat 10:00–14:00."""
    if when is None:
        return _("Any time")
    parts = [f"{days(each.days)} {hours(each)}" for each in when.ranges]
    return ", ".join(parts[:_MOST]) + (" …" if len(parts) > _MOST else "")


def days(wanted: Iterable[int]) -> str:
    """Every day, Mon–Fri, or Mon, Wed, Fri."""
    names = {number: str(short) for number, short, _whole in DAYS}
    chosen = sorted(set(wanted))
    if chosen == list(range(1, 8)):
        return _("Every day")
    runs: list[list[int]] = []
    for day in chosen:
        if runs and runs[-1][-1] == day - 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    told = [[names[day] for day in run] if len(run) < 3 else [f"{names[run[0]]}–{names[run[-1]]}"] for run in runs]
    return ", ".join(name for run in told for name in run)


def hours(each: RangeIn) -> str:
    """08:00–20:00; a whole day is told as one."""
    if each.start == each.until == "00:00":
        return _("all day")
    return f"{each.start}–{'24:00' if each.until == '00:00' else each.until}"


def zone(name: str, at: datetime) -> str:
    """America/New York (UTC−5)."""
    offset = at.astimezone(zone_of(name)).utcoffset()
    minutes = int(offset.total_seconds() // 60) if offset else 0
    sign, (whole, rest) = "−" if minutes < 0 else "+", divmod(abs(minutes), 60)
    shown = f"UTC{sign}{whole}" + (f":{rest:02d}" if rest else "")
    return f"{name.replace('_', ' ')} ({shown if minutes else 'UTC'})"


@dataclass(frozen=True, slots=True)
class Names:
    """What keys of agents and teams are called."""

    agents: Mapping[str, str]
    teams: Mapping[str, str]

    def of(self, member: MemberIn) -> str:
        if member.agent is not None:
            return self.agents.get(member.agent, member.agent)
        return self.teams.get(str(member.team), str(member.team))


def names() -> Names:
    return Names(dict(Agent.objects.values_list("key", "name")), dict(Team.objects.values_list("key", "name")))


def conditions(rows: Iterable[ConditionIn | AnyOfIn]) -> str:
    """language is es, and source is portal or chat."""
    told = []
    for row in rows:
        some = row.any if isinstance(row, AnyOfIn) else [row]
        told.append(_(" or ").join(condition_text(each.field, each.op, each.value) for each in some))
    return _(", and ").join(told)


def audience(members: Iterable[MemberIn], known: Names, *, shares: bool) -> str:
    told = [known.of(member) + (f" {member.weight}" if shares else "") for member in members]
    if not told:
        return _("everybody")
    more = len(told) - _MOST
    return ", ".join(told[:_MOST]) + (
        ngettext(" and %(n)d more", " and %(n)d more", more) % {"n": more} if more > 0 else ""
    )


def wording() -> Wording:
    """Differences of routes as people tell them."""
    known = names()

    def value(field: str, said: Any) -> str | None:
        return _value(field, said, known)

    return Wording(field=lambda name: str(FIELDS_OF_ROUTE[name]), value=value)


def _value(field: str, said: Any, known: Names) -> str:
    match field:
        case "when":
            return schedule(said)
        case "conditions":
            return f"“{conditions(said)}”" if said else _("none")
        case "audience":
            return audience(said, known, shares=any(member.weight != 1 for member in said))
        case "sources":
            return ", ".join(said) or _("every source")
        case "strategy":
            return str(STRATEGIES[said][0])
        case "act":
            return str(ACTS[said])
        case "nobody":
            return str(NOBODY[said])
        case "unaccepted":
            return str(UNACCEPTED[said])
        case "masked":
            return str(MASKED[{None: "", True: "yes", False: "no"}[said]])
        case "offer_seconds" | "wave_seconds":
            return formats.duration(said)
        case "match_language" | "ignore_capacity" | "ignore_absence":
            return _("yes") if said else _("no")
        case _:
            return str(said)


def summary(route: RouteIn, agents: int) -> str:
    """Mon–Fri 08:00–20:00. Round robin, 6 agents."""
    strategy = str(STRATEGIES[route.strategy][0])
    if route.strategy == "pool":
        return f"{schedule(route.when)}. {strategy}"
    count = ngettext("%(n)d agent", "%(n)d agents", agents) % {"n": agents}
    return f"{schedule(route.when)}. {strategy}, {count}"
