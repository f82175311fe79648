"""The Why panel: the answer in a sentence, then the latest recorded decision, part by part. Nothing is decided anew."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext as _

from rightaway.accounts.actor import Actor
from rightaway.routing.schema import RouteIn
from rightaway.work.explaining import Step
from rightaway.work.models import Item
from rightaway.work.sentences import Sentences, answer, sentences, standing

_LONGEST_BEFORE: Final = 20  # of what stands before a route's name in its sentence


@dataclass(frozen=True, slots=True)
class Route:
    """What came of one route: its place and name, and the rest of the sentence."""

    place: str
    name: str
    text: str
    taken: bool


@dataclass(frozen=True, slots=True)
class Candidate:
    """`name` is empty where the line counts several; `mark` is chosen, runner_up or nothing."""

    name: str
    text: str
    mark: str


@dataclass(frozen=True, slots=True)
class Why:
    """`decision` parts are empty where no route has looked at the item yet."""

    title: str
    answer: str
    standing: str
    headline: str = ""
    routes: tuple[Route, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    left: tuple[str, ...] = ()
    funnel: str = ""
    changes: tuple[str, ...] = ()
    footer: str = ""


def why(actor: Actor, item: Item, steps: Sequence[Step], *, owner_name: str) -> Why:
    said = answer(steps) or standing(item.state, item.cause)
    found = Why(_title(actor, item, owner_name), said, standing(item.state, item.cause))
    of_owner = (step for step in reversed(steps) if step.explanation is not None and "role" not in step.body)
    decided = next(of_owner, None)
    return found if decided is None else _with_decision(found, decided)


def _title(actor: Actor, item: Item, owner_name: str) -> str:
    if item.state == "offered":
        return _("Who is asked, and why?")
    if item.owner_id is None:
        return _("Why nobody?")
    if item.owner_id == actor.agent_id:
        return _("Why you?")
    return _("Why %(name)s?") % {"name": owner_name}


def _with_decision(found: Why, step: Step) -> Why:
    told = sentences(step)
    assert step.explanation is not None
    known = step.names.routes.get(step.explanation.version, {})
    routes = zip(step.explanation.routes, told.routes, strict=True)
    return Why(
        found.title, found.answer, found.standing, told.headline,
        tuple(_route(text, known.get(tried.route), tried.said.code == "route_taken") for tried, text in routes),
        tuple(_candidates(step, told)), told.left, told.funnel, told.changes, told.footer,
    )  # fmt: skip


def _route(text: str, route: RouteIn | None, taken: bool) -> Route:
    """The name stands out of its sentence; a route that is not known any more keeps the sentence whole."""
    place, dot, rest = text.partition(". ")
    before, name, after = rest.partition(route.name) if route is not None and route.name else (rest, "", "")
    if not dot or not name or len(before) > _LONGEST_BEFORE:
        return Route("", "", text, taken)
    reason = after.lstrip("”»: ")
    return Route(place, name, reason[:1].upper() + reason[1:], taken)


def _candidates(step: Step, told: Sentences) -> list[Candidate]:
    named: Sequence[Any] = step.listed.named if step.listed else ()
    rows = zip(named, told.candidates, strict=False)
    found = [_candidate(step, row.agent, row.said.code, text) for row, text in rows]
    return [*found, *(Candidate("", text, "") for text in told.candidates[len(named) :])]


def _candidate(step: Step, agent: UUID, code: str, text: str) -> Candidate:
    name = step.names.agents.get(agent, "")
    reason = text.removeprefix(f"{name[:1].upper()}{name[1:]}: ") if name else text
    return Candidate(name, reason[:1].upper() + reason[1:], code if code in ("chosen", "runner_up") else "")
