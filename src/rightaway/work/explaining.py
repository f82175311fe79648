"""Why an item is where it is: its recorded decisions, and what people did between them, for one viewer.

Nothing is decided anew. Names are today's; routes and conditions are those of the version that decided.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from rightaway.accounts.actor import SYSTEM, Actor
from rightaway.accounts.models import ApiKey, Membership, Organisation
from rightaway.accounts.roles import Relation, Role
from rightaway.engine.explain import Candidate, Choice, Explanation, Said, choice, explain, references
from rightaway.ledger.arrays import plain
from rightaway.ledger.models import Event
from rightaway.ledger.recent import Recent
from rightaway.ledger.statements import fetched
from rightaway.ledger.tenancy import current_organisation
from rightaway.people.models import Agent, FunctionalRole
from rightaway.routing.models import Version
from rightaway.routing.schema import RouteIn, RouteSet
from rightaway.work import access, roles
from rightaway.work.models import Decision

MOST_STEPS: Final = 500  # the latest; what lies before them is in the events
MOST_NAMED: Final = 200  # candidates of a route who are listed one by one

_CONTEXTS: Final = """
SELECT encode(hash, 'hex'), body FROM work_decisioncontext
WHERE organisation_id = %(organisation)s::smallint
  AND hash = ANY (ARRAY(SELECT decode(name, 'hex') FROM unnest(%(hashes)s::text[]) name))
"""
_known: Recent[tuple[int, str], str] = Recent(256)  # by organisation and hash: what a hash stands for never changes

# What people and deadlines do to an item's way. Work on the item itself (touched, moved) explains nothing.
SHOWN: Final = (
    "received", "attached", "assigned", "offered", "accepted", "declined", "expired", "rescinded", "withdrawn",
    "claimed", "handed_back", "handed_over", "revoked", "put_back", "undone", "sent_to_routes", "finished", "merged",
    "parted", "role_assigned", "kept_private", "shared",
)  # fmt: skip


@dataclass(slots=True)
class Names:
    """What ids are called for one viewer. An agent sees other agents without their names, and no conditions.

    `agents` and `members` hold those who may be named; `routes` the routes of each version by id, `roles` the
    functional roles.
    """

    open: bool
    agents: dict[UUID, str] = field(default_factory=dict)
    members: dict[UUID, str] = field(default_factory=dict)
    keys: dict[UUID, str] = field(default_factory=dict)
    roles: dict[UUID, str] = field(default_factory=dict)
    routes: dict[int, dict[UUID, RouteIn]] = field(default_factory=dict)
    zone: str = "UTC"

    def may_name(self, agent: UUID) -> bool:
        return self.open or agent in self.agents


@dataclass(frozen=True, slots=True)
class Listed:
    """Candidates of one route: `named` one by one, `counted` those who are not named, together by reason."""

    route: UUID
    named: tuple[Candidate, ...]
    counted: tuple[tuple[Said, int], ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of an item's way: a decision (then `explanation` is there), or something that was done.

    `code` is a headline of `engine/explain.py` or a kind of event, `body` what the event says. `causes` says of
    agents why they were out of the question for this item at that time: the last thing they did about it.
    `listed` are the candidates of the route that decided, `given_up` those of the routes that were left before.
    """

    seq: int
    at: datetime
    code: str
    names: Names
    version: int | None = None
    body: Mapping[str, Any] = field(default_factory=dict)
    explanation: Explanation | None = None
    causes: Mapping[UUID, str] = field(default_factory=dict)
    listed: Listed | None = None
    given_up: tuple[Listed, ...] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """Whom a decision chose, and the routes of the version that decided, by id."""

    choice: Choice
    routes: Mapping[UUID, RouteIn]


def explain_item(item_id: UUID, *, actor: Actor, before: datetime | None = None) -> list[Step]:
    """The item's way so far, in order, or its way `before` that instant. Of what there was, the last `MOST_STEPS`
    changes are looked at. Runs inside `organisation(…)`. Raises NotFound, NotAllowed."""
    item = access.item_for(actor, item_id, "item.explain")
    events = Event.objects.filter(subject_kind="item", subject_id=item.id)
    if before is not None:
        events = events.filter(at__lt=before)
    ordered = sorted(events.order_by("-seq")[:MOST_STEPS], key=lambda event: event.seq)
    if not ordered:
        return []
    seqs = (ordered[0].seq, ordered[-1].seq)
    decisions = {row.seq: row for row in Decision.objects.filter(item_id=item.id, seq__range=seqs)}
    return _named(list(_steps(ordered, decisions, actor)), actor)


def explained(decisions: Iterable[Decision]) -> list[Step]:
    """These decisions alone, with every name, as the terminal tells them live. Runs inside `organisation(…)`."""
    rows = list(decisions)
    contexts, names = _contexts(rows), _names_for(SYSTEM)
    return _named([_decided(row, contexts, names, {}, SYSTEM) for row in rows], SYSTEM)


def reasons(decisions: Iterable[Decision]) -> list[Reason]:
    """Why each of these decisions came about, without what anybody is called. Runs inside `organisation(…)`."""
    rows = list(decisions)
    contexts, routes = _contexts(rows), _routes_of({row.version for row in rows})
    return [Reason(choice(row.body, _hash(row), contexts), routes.get(row.version, {})) for row in rows]


def _steps(events: list[Event], decisions: Mapping[int, Decision], actor: Actor) -> Iterator[Step]:
    contexts, names = _contexts(decisions.values()), _names_for(actor)
    causes: dict[UUID, str] = {}
    for event in events:
        body = json.loads(event.body)
        if event.seq in decisions:
            row = decisions[event.seq]
            yield _decided(row, contexts, names, dict(causes) if row.role_id is None else {}, actor)
        elif event.kind in SHOWN:
            yield Step(seq=event.seq, at=event.at, code=event.kind, names=names, body=body)
        _remember(causes, event.kind, body)


def _remember(causes: dict[UUID, str], kind: str, body: Mapping[str, Any]) -> None:
    """Whom the event excludes from the item, and why; a new enquiry lifts all of it."""
    if "exclusions" in body:
        causes.clear()
    for agent, cause, _seconds in body.get("excluded") or ():
        causes[UUID(agent)] = kind if cause == "missed" else cause


def _contexts(decisions: Iterable[Decision]) -> dict[str, str]:
    """All contexts that these decisions refer to, by hash in base 16."""
    rows = list(decisions)
    found: dict[str, str] = {}
    wanted = {_hash(row) for row in rows}
    wanted.update(name for row in rows for name in references(row.body))
    while wanted:
        new = _contexts_named(wanted)
        found |= new
        wanted = {name for text in new.values() for name in references(text)} - found.keys()
    return found


def _contexts_named(names: set[str]) -> dict[str, str]:
    organisation_id = current_organisation()
    known = {name: text for name in names if (text := _known.get((organisation_id, name))) is not None}
    missing = names - known.keys()
    if not missing:
        return known
    read: dict[str, str] = dict(fetched(_CONTEXTS, hashes=plain(missing)))
    _known.update({(organisation_id, name): text for name, text in read.items()})
    return known | read


def _hash(row: Decision) -> str:
    assert row.context_hash is not None
    return bytes(row.context_hash).hex()


def _decided(
    row: Decision, contexts: Mapping[str, str], names: Names, causes: Mapping[UUID, str], actor: Actor
) -> Step:
    found = explain(row.body, _hash(row), contexts)
    route: UUID | None = found.headline.params.get("route")
    return Step(
        seq=row.seq,
        at=row.at,
        code=found.headline.code,
        names=names,
        version=row.version,
        body={} if row.role_id is None else {"role": str(row.role_id)},
        explanation=found,
        causes=causes,
        listed=_listed(route, found.candidates, causes, names, actor) if found.candidates and route else None,
        given_up=tuple(
            _listed(left.route, _by_cause(left.candidates, causes), causes, names, actor) for left in found.given_up
        ),
    )


def _by_cause(candidates: Iterable[Candidate], causes: Mapping[UUID, str]) -> list[Candidate]:
    """Candidates of a route that was left: who was out of the question is said by what happened before."""
    return [
        candidate._replace(said=Said("excluded", {}))
        if candidate.said.code == "eligible" and candidate.agent in causes
        else candidate
        for candidate in candidates
    ]


def _listed(
    route: UUID, candidates: Iterable[Candidate], causes: Mapping[UUID, str], names: Names, actor: Actor
) -> Listed:
    named: list[Candidate] = []
    counted: dict[str, tuple[Said, int]] = {}
    for candidate in candidates:
        if len(named) < MOST_NAMED and (names.open or candidate.agent == actor.agent_id):
            named.append(candidate)
            continue
        said = candidate.said
        if said.code in ("excluded", "asked"):
            said = Said(causes.get(candidate.agent, said.code), {})
        key = json.dumps([said.code, said.params], default=str)
        counted[key] = (said, counted.get(key, (said, 0))[1] + 1)
    return Listed(route, tuple(named), tuple(counted.values()))


def _names_for(actor: Actor) -> Names:
    zone = Organisation.objects.values_list("zone", flat=True).get(id=current_organisation())
    return Names(open=actor.role is not Role.AGENT, zone=zone)


def _named(steps: list[Step], actor: Actor) -> list[Step]:
    """Looks up what the steps' ids are called."""
    if not steps:
        return steps
    names = steps[0].names
    wanted = {agent for step in steps for agent in _agents_of(step)}
    if not names.open:
        wanted = {agent for agent in wanted if agent == actor.agent_id}
    names.agents.update(Agent.objects.filter(id__in=wanted).values_list("id", "name"))
    _name_people(names, steps, actor)
    held = {UUID(step.body["role"]) for step in steps if "role" in step.body}
    if held:
        rows = FunctionalRole.objects.filter(id__in=held)
        names.roles.update({role.id: roles.name(role)["long"] for role in rows})
    numbers = {step.version for step in steps if step.version is not None}
    names.routes.update(_routes_of(numbers))
    return steps


def _routes_of(versions: set[int]) -> dict[int, dict[UUID, RouteIn]]:
    """The routes of each version, by id."""
    organisation_id = current_organisation()
    return {number: _routes_in(organisation_id, number) for number in versions}


@lru_cache(maxsize=64)
def _routes_in(_organisation_id: int, number: int) -> dict[UUID, RouteIn]:
    """A version never changes, and its pages are read again and again."""
    body = Version.objects.filter(number=number).values_list("body", flat=True).first()
    return {} if body is None else {route.id: route for route in RouteSet.model_validate_json(body).routes}


def _agents_of(step: Step) -> Iterator[UUID]:
    """Everybody whom the step's sentences may name."""
    body = step.body
    named = [body.get("agent"), *body.get("from", ()), *(agent for _offer, agent in body.get("offers", ()))]
    yield from (UUID(agent) for agent in named if agent)
    for listed in [step.listed, *step.given_up]:
        if listed is not None:
            yield from (candidate.agent for candidate in listed.named)
    if step.explanation is not None:
        for said in (step.explanation.headline, *step.explanation.changes):
            if "agent" in said.params:
                yield said.params["agent"]


def _name_people(names: Names, steps: list[Step], actor: Actor) -> None:
    """Who acted. An agent is told the names of managers, not of other agents."""
    wanted = {UUID(step.body["by_id"]): step.body["by"] for step in steps if "by_id" in step.body}
    members = Membership.objects.filter(id__in=[id for id, kind in wanted.items() if kind == "member"])
    if not names.open:
        members = members.exclude(role=Role.AGENT.value) | members.filter(id=actor.id)
    names.members.update(members.values_list("id", "user__name"))
    if actor.may("keys.manage", frozenset({Relation.ANY})):
        keys = ApiKey.objects.filter(id__in=[id for id, kind in wanted.items() if kind == "key"])
        names.keys.update(keys.values_list("id", "name"))
