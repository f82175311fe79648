"""A stored decision as a value to put into words. Sentences are made elsewhere, one per code and language.

A decision's `body` is JSON with short keys: a act, c cause, b band, p place of the route, o what was said of each route
looked at (one sign each, `route.py`), f facts that the rules read, e how many were eligible, i chosen and n runner-up
([number, rank values …]), d refusals since the context was written ([code, params, numbers]), x excluded, q asked on
this walk, h with an open offer (lists of numbers, or a bitmap in base 16), t tries, w wave, v routes given up before
([place, code, context hash]), s the steward is to be told.
Numbers count the agents of the context named `agents` in the decision's context; places count the routes of the one
named `routes`.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple
from uuid import UUID

from rightaway.engine.eligible import ORDER, REASONS
from rightaway.engine.route import ROLE

# Every code that an explanation may hold, with the names of its parameters. A sentence exists for each, per language.
HEADLINES: Final[dict[str, tuple[str, ...]]] = {
    "assigned": ("agent", "route"),
    "offered": ("agent", "route"),
    "broadcast": ("count", "route", "wave"),
    "wait_nobody": ("route",),
    "wait_unaccepted": ("route",),
    "pool_no_route": (),
    "pool_nobody": ("route",),
    "pool_unaccepted": ("route",),
    "pool_route": ("route",),
}
ROUTE_CODES: Final[dict[str, tuple[str, ...]]] = {
    "route_taken": (),
    "route_paused": (),
    "route_kind": (),
    "route_source": (),
    "route_schedule": (),
    "route_passed": (),
    "route_condition": ("number",),
    "route_agent_away": (),
    "route_nobody": (),
    "route_unaccepted": (),
}
AGENT_CODES: Final[dict[str, tuple[str, ...]]] = {
    "audience": (),
    "chosen": (),
    "runner_up": (),
    "eligible": (),
    **dict.fromkeys(REASONS, ()),
    **{f"limit_{period}": ("most",) for period in ("hour", "day", "week", "month")},
    "unanswered_cap": ("most",),
    "skill": ("skill", "needed", "has"),
    "language": ("language",),
}
RANK_CODES: Final[dict[str, tuple[str, ...]]] = {
    "rank_round_robin": ("level", "place"),
    "rank_weighted": ("level", "weight"),
    "rank_load_balanced": ("load", "capacity", "last_given"),
    "rank_first_to_accept": ("load", "capacity", "last_given"),
    "rank_longest_idle": ("last_given",),
    "rank_agent": ("place",),
}
CHANGE_CODES: Final[dict[str, tuple[str, ...]]] = {
    "change_runner_up": ("agent",),
    "change_only_one": (),
    "change_no_route": (),
    "change_steward": (),
    **{f"change_{reason}": ("count",) for reason in REASONS},
}
CODES: Final = HEADLINES | ROUTE_CODES | AGENT_CODES | RANK_CODES | CHANGE_CODES

_SIGNS: Final = {
    "m": "route_taken",
    "p": "route_paused",
    "k": "route_kind",
    "s": "route_source",
    "w": "route_schedule",
    "x": "route_passed",
}
_SIGN: Final = re.compile(r"[a-z1-9A-Z]|~[0-9a-f]{2}")


class Said(NamedTuple):
    """A code and its parameters, by the names that `CODES` gives."""

    code: str
    params: dict[str, Any]


class RouteTried(NamedTuple):
    route: UUID
    said: Said


class Candidate(NamedTuple):
    """`rank` is there for those chosen and the runner-up: what ranked them."""

    agent: UUID
    said: Said
    rank: Said | None


class GivenUp(NamedTuple):
    """A route that this decision tried and left. Of its candidates only what holds of everybody is recorded: who is
    left may still have been excluded from the item, or been asked already."""

    route: UUID
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """`routes` as they were tried; `candidates` of the route that decided, chosen first, then by reason;
    `survivors`: how many were left after each reason that refused anybody; `changes`: what would change the answer;
    `given_up`: the routes that were left for the next one, in order."""

    headline: Said
    routes: tuple[RouteTried, ...]
    candidates: tuple[Candidate, ...]
    survivors: tuple[tuple[str, int], ...]
    changes: tuple[Said, ...]
    facts: dict[str, Any]
    version: int
    given_up: tuple[GivenUp, ...] = ()


class Choice(NamedTuple):
    """The first part of an explanation: `candidates` are those chosen, and the runner-up if there was one."""

    headline: Said
    candidates: tuple[Candidate, ...]


def references(text: str) -> list[str]:
    """Hashes (base 16) of the contexts that a body or context refers to; load these too before explaining."""
    value = json.loads(text)
    named = [value[key] for key in ("agents", "routes") if isinstance(value.get(key), str)]
    return named + [tried[2] for tried in value.get("v", ())]


def explain(body: str, context_hash: str, contexts: Mapping[str, str]) -> Explanation:
    """What a decision's row says. `context_hash` (base 16) is the decision's own; `contexts` maps hashes to texts and
    holds it and all that `references` finds from there. Raises KeyError when one is missing."""
    return _Reader(json.loads(body), json.loads(contexts[context_hash]), contexts).explanation()


def choice(body: str, context_hash: str, contexts: Mapping[str, str]) -> Choice:
    """As `explain`, but only whom the decision chose: its cost does not grow with the audience."""
    return _Reader(json.loads(body), json.loads(contexts[context_hash]), contexts).choice()


class _Reader:
    def __init__(self, body: dict[str, Any], root: dict[str, Any], contexts: Mapping[str, str]) -> None:
        self.body = body
        self.root = root
        self.contexts = contexts
        routes = root if "agents" not in root else json.loads(contexts[root["routes"]])
        self.routes: list[str] = routes["routes"]
        self.fields: list[str] = routes["fields"]
        self.version: int = routes["version"]
        self.agents: list[str] = json.loads(contexts[root["agents"]])["agents"] if "agents" in root else []

    def explanation(self) -> Explanation:
        refused = self._refused() if self.agents else {}
        return Explanation(
            headline=self._headline(),
            routes=tuple(self._routes()),
            candidates=tuple(self._candidates(refused)),
            survivors=tuple(self._survivors(refused)),
            changes=tuple(self._changes(refused)),
            facts=dict(zip(self.fields, self.body.get("f", ()), strict=False)),
            version=self.version,
            given_up=tuple(self._given_up()),
        )

    def choice(self) -> Choice:
        return Choice(self._headline(), tuple(self._first().values()) if self.agents else ())

    def _given_up(self) -> Iterator[GivenUp]:
        for place, _code, context in self.body.get("v", ()):
            root = json.loads(self.contexts[context])
            agents = json.loads(self.contexts[root["agents"]])["agents"]
            refused = _first_reasons([(code, params, _bits(int(mask, 16))) for code, params, mask in root["refusals"]])
            order = {n: -ORDER[said.code] for n, said in refused.items()}
            numbers = sorted(_audience(root, agents), key=lambda n: (order.get(n, -len(ORDER)), n))
            candidates = [Candidate(UUID(agents[n]), refused.get(n, Said("eligible", {})), None) for n in numbers]
            yield GivenUp(UUID(self.routes[place]), tuple(candidates))

    def _route(self) -> UUID | None:
        return UUID(self.routes[self.body["p"]]) if "p" in self.body else None

    def _headline(self) -> Said:
        act, cause, route = self.body["a"], self.body["c"], self._route()
        if act == "broadcast":
            params = {"count": len(self.body["i"]), "route": route, "wave": self.body.get("w", 0) + 1}
            return Said("broadcast", params)
        if act in ("assign", "offer"):
            return Said(f"{act}ed" if act == "offer" else "assigned", {"agent": self._chosen()[0], "route": route})
        code = cause if cause == "pool_route" else f"{act}_{cause}"
        params = {"route": route}
        if code in ("pool_nobody", "pool_unaccepted") and route is None:
            params = {"route": self._last_tried()}
        return Said(code, params if HEADLINES[code] else {})

    def _last_tried(self) -> UUID | None:
        tried = self.body.get("v")
        return UUID(self.routes[tried[-1][0]]) if tried else None

    def _routes(self) -> list[RouteTried]:
        given_up = {place: code for place, code, _ in self.body.get("v", ())}
        found = []
        for place, sign in enumerate(_SIGN.findall(self.body.get("o", ""))):
            said = self._said_of_route(place, sign, given_up.get(place))
            if said is not None:
                found.append(RouteTried(UUID(self.routes[place]), said))
        return found

    def _said_of_route(self, place: int, sign: str, given_up: str | None) -> Said | None:
        if given_up is not None:
            return Said(f"route_{given_up}", {})
        if sign == ROLE:  # it gives something else: nothing to tell
            return None
        if sign == "m":
            return self._said_of_match(place)
        if sign in _SIGNS:
            return Said(_SIGNS[sign], {})
        number = int(sign[1:], 16) if sign[0] == "~" else int(sign, 36)
        return Said("route_condition", {"number": number})

    def _said_of_match(self, place: int) -> Said | None:
        """The route that decided; one below it, looked at but never reached, is not worth a word."""
        if place != self.body.get("p"):
            return None
        if self.body["a"] in ("wait", "pool") and self.body["c"] in ("nobody", "unaccepted"):
            return Said(f"route_{self.body['c']}", {})
        return Said("route_taken", {})

    def _chosen(self) -> list[UUID]:
        return [UUID(self.agents[number]) for number, *_ in self.body.get("i", ())]

    def _numbers(self, written: list[int] | str) -> list[int]:
        return written if isinstance(written, list) else _bits(int(written, 16))

    def _audience(self) -> list[int]:
        return _audience(self.root, self.agents)

    def _refused(self) -> dict[int, Said]:
        """Number → the first reason, in order, that refuses the agent."""
        rows = [(code, params, _bits(int(mask, 16))) for code, params, mask in self.root["refusals"]]
        rows += [(code, params, numbers) for code, params, numbers in self.body.get("d", ())]
        rows += [(code, [], self._numbers(self.body.get(key, []))) for key, code in self._own_reasons()]
        return _first_reasons(rows)

    def _own_reasons(self) -> list[tuple[str, str]]:
        """Reasons of the item itself. Those who were asked are asked again once nobody else is left."""
        reasons = [("x", "excluded"), ("h", "holding")]
        asked = set(self._numbers(self.body.get("q", [])))
        again = asked & {number for number, *_ in self.body.get("i", ())}
        return reasons if again else [*reasons, ("q", "asked")]

    def _candidates(self, refused: dict[int, Said]) -> list[Candidate]:
        if not self.agents:
            return []
        first = self._first()
        rest = [number for number in self._audience() if number not in first]
        free = [number for number in rest if number not in refused]
        found = list(first.values())
        found += [Candidate(UUID(self.agents[number]), Said("eligible", {}), None) for number in free]
        kept = sorted((number for number in rest if number in refused), key=lambda n: (-ORDER[refused[n].code], n))
        return found + [Candidate(UUID(self.agents[number]), refused[number], None) for number in kept]

    def _first(self) -> dict[int, Candidate]:
        """Those chosen and the runner-up, by their number."""
        found = {number: self._candidate(number, "chosen", values) for number, *values in self.body.get("i", ())}
        if "n" in self.body:
            number, *values = self.body["n"]
            found.setdefault(number, self._candidate(number, "runner_up", values))
        return found

    def _candidate(self, number: int, code: str, values: list[Any]) -> Candidate:
        rank = f"rank_{self.root['strategy']}"
        return Candidate(
            UUID(self.agents[number]), Said(code, {}), Said(rank, dict(zip(RANK_CODES[rank], values, strict=True)))
        )

    def _survivors(self, refused: dict[int, Said]) -> list[tuple[str, int]]:
        if not self.agents:
            return []
        left = len(self._audience())
        counts = Counter(said.code for said in refused.values())
        found = [("audience", left)]
        for code in REASONS:
            if counts[code]:
                left -= counts[code]
                found.append((code, left))
        return found

    def _changes(self, refused: dict[int, Said]) -> list[Said]:
        """What would have changed the answer, nearest first."""
        changes = [Said("change_steward", {})] if self.body.get("s") else []
        if "n" in self.body:
            return [Said("change_runner_up", {"agent": UUID(self.agents[self.body["n"][0]])})]
        if self.body["a"] in ("assign", "offer", "broadcast"):
            return [Said("change_only_one", {})]
        if self.body["c"] == "no_route":
            return [*changes, Said("change_no_route", {})]
        counts = Counter(said.code for said in refused.values())
        order = sorted(counts, key=lambda code: -ORDER[code])
        return changes + [Said(f"change_{code}", {"count": counts[code]}) for code in order]


def _audience(root: dict[str, Any], agents: list[str]) -> list[int]:
    return _bits(int(root["in"], 16)) if "in" in root else list(range(len(agents)))


def _first_reasons(rows: list[tuple[str, list[Any], list[int]]]) -> dict[int, Said]:
    found: dict[int, Said] = {}
    for code, params, numbers in sorted(rows, key=lambda row: ORDER[row[0]]):
        said = Said(code, dict(zip(AGENT_CODES[code], params, strict=True)))
        for number in numbers:
            found.setdefault(number, said)
    return found


def _bits(mask: int) -> list[int]:
    return [n for n, digit in enumerate(reversed(format(mask, "b"))) if digit == "1"]
