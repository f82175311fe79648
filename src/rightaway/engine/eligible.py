"""Who may be given an item, and why the others may not.

What holds for a revision is worked out once and kept with the directory (`Prepared`); what holds for an instant, once a
batch (`Scene`); what holds for a route and a requirement (language, campaign, units), once a batch (`Candidates`). An
item itself only adds who is excluded from it. So no decision walks over all agents.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from rightaway.engine.bitmap import Space, bitmap
from rightaway.engine.facts import Agent, Directory, Item, Live, Route
from rightaway.engine.hours import Timetable
from rightaway.engine.rank import Shares

# Codes of refusal, in the order in which they are named when several hold.
REASONS: Final = (
    "inactive",
    "excluded",
    "absent",
    "out_of_hours",
    "on_absence",
    "agent_paused",
    "route_paused_for_agent",
    "no_weight",
    "limit_hour",
    "limit_day",
    "limit_week",
    "limit_month",
    "unanswered_cap",
    "skill",
    "language",
    "campaign",
    "asked",
    "holding",
    "full",
)
ORDER: Final = {code: n for n, code in enumerate(REASONS)}
PERIODS: Final = ("hour", "day", "week", "month")
NO_CAP: Final = 1 << 62
FOREVER: Final = datetime.max.replace(tzinfo=UTC)


class Refusal(NamedTuple):
    """A reason with its parameters, and the bitmap of those whom it refuses."""

    code: str
    params: tuple[Any, ...]
    mask: int


def primary(language: str) -> str:
    """The language without its region: es of es-419."""
    return language.strip().casefold().partition("-")[0]


class Audience:
    """The agents of a route, and what the route's lasting requirements say of them."""

    def __init__(self, prepared: "Prepared", route: Route) -> None:
        size = prepared.size
        self.route = route
        self.mask = bitmap(route.audience)
        self.order = {position: n for n, position in enumerate(route.audience)}
        given = dict(zip(route.audience, route.weights, strict=True)) if route.weights else {}
        self.weights = {position: given.get(position, 1) for position in route.audience}
        self.shares = Shares.of(self.weights)
        self.is_weighted = route.strategy == "weighted"
        # Few of many agents: written down in their own numbering, so that a context is as long as the audience.
        self.is_wide = len(self.order) * 8 >= size
        self.space = Space(size, self.order, is_wide=self.is_wide)
        self.refusals = [row for row in self._lasting(prepared) if row.mask]
        self.speakers: dict[str, int] = {}

    def _lasting(self, prepared: "Prepared") -> Iterator[Refusal]:
        mask, route = self.mask, self.route
        yield Refusal("inactive", (), mask & ~prepared.active)
        yield Refusal("agent_paused", (), mask & prepared.paused)
        yield Refusal("route_paused_for_agent", (), mask & prepared.route_paused.get(route.id, 0))
        if self.is_weighted:
            yield Refusal("no_weight", (), bitmap(p for p, weight in self.weights.items() if weight <= 0))
        for name, needed in route.skills:
            yield from self._unskilled(prepared, name, needed)

    def _unskilled(self, prepared: "Prepared", name: str, needed: int) -> Iterator[Refusal]:
        levels = prepared.levels(name)
        for level in sorted(levels):
            if level < needed:
                yield Refusal("skill", (name, needed, level), self.mask & levels[level])
        skilled = 0
        for mask in levels.values():
            skilled |= mask
        yield Refusal("skill", (name, needed, None), self.mask & ~skilled)


class Prepared:
    """What follows from a directory alone. Kept in its cache."""

    def __init__(self, directory: Directory) -> None:
        agents = directory.agents
        self.directory = directory
        self.size = len(agents)
        self.active = bitmap(a.position for a in agents if a.active)
        self.paused = bitmap(a.position for a in agents if a.paused)
        self.route_paused = self._route_paused(agents)
        self.caps = [NO_CAP if a.unanswered_cap is None else a.unanswered_cap for a in agents]
        self.limits = {a.position: _sorted_limits(a) for a in agents if a.limits}
        self._timetable = Timetable(a.hours for a in agents if a.hours is not None)
        self._keepers = self._keepers_of(agents)
        self._absences = [(a.position, start, end) for a in agents for start, end in a.absences]
        self._away: tuple[datetime, datetime, int] = (FOREVER, FOREVER, 0)
        self._off: tuple[tuple[bool, ...], int] | None = None
        self._levels: dict[str, dict[int, int]] = {}
        self._speakers: dict[str, int] = {}
        self._audiences: dict[int, Audience] = {}

    @staticmethod
    def _route_paused(agents: tuple[Agent, ...]) -> dict[Any, int]:
        found: dict[Any, list[int]] = {}
        for agent in agents:
            for route in agent.paused_routes:
                found.setdefault(route, []).append(agent.position)
        return {route: bitmap(members) for route, members in found.items()}

    def _keepers_of(self, agents: tuple[Agent, ...]) -> list[int]:
        """Bitmaps of those who keep each of the timetable's hours."""
        at = {hours: n for n, hours in enumerate(self._timetable.hours)}
        members: list[list[int]] = [[] for _ in at]
        for agent in agents:
            if agent.hours is not None:
                members[at[agent.hours]].append(agent.position)
        return [bitmap(found) for found in members]

    def audience(self, index: int) -> Audience:
        found = self._audiences.get(index)
        if found is None:
            found = self._audiences[index] = Audience(self, self.directory.routes[index])
        return found

    def levels(self, skill: str) -> dict[int, int]:
        """Level → bitmap of those who have the skill at it."""
        if skill not in self._levels:
            found: dict[int, list[int]] = {}
            for agent in self.directory.agents:
                if skill in agent.skills:
                    found.setdefault(agent.skills[skill], []).append(agent.position)
            self._levels[skill] = {level: bitmap(members) for level, members in found.items()}
        return self._levels[skill]

    def speakers(self, language: str) -> int:
        """Bitmap of those who speak a language (in any region)."""
        if language not in self._speakers:
            self._speakers[language] = bitmap(
                a.position for a in self.directory.agents if any(primary(spoken) == language for spoken in a.languages)
            )
        return self._speakers[language]

    def off_hours(self, now: datetime) -> tuple[int, datetime]:
        """Bitmap of those outside their hours, and until when that holds."""
        is_open = self._timetable.at(now)
        if self._off is None or self._off[0] != is_open:
            off = 0
            for keepers, open_now in zip(self._keepers, is_open, strict=True):
                off |= 0 if open_now else keepers
            self._off = (is_open, off)
        return self._off[1], self._timetable.until

    def on_absence(self, now: datetime) -> tuple[int, datetime]:
        """Bitmap of those who are away, and until when that holds."""
        since, until, away = self._away
        if not since <= now < until:
            away = bitmap({p for p, start, end in self._absences if start <= now < end})
            edges = (edge for _, start, end in self._absences for edge in (start, end) if edge > now)
            since, until = now, min(edges, default=FOREVER)
            self._away = (since, until, away)
        return away, until


def _sorted_limits(agent: Agent) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(agent.limits, key=lambda limit: PERIODS.index(limit[0])))


def prepared(directory: Directory) -> Prepared:
    found: Prepared | None = directory.cache.get("prepared")
    if found is None or found.directory is not directory:
        found = directory.cache["prepared"] = Prepared(directory)
    return found


class Scene:
    """One instant's view of everybody, and what this batch has given so far."""

    def __init__(self, directory: Directory, live: Live, now: datetime) -> None:
        self.directory = directory
        self.live = live
        self.now = now
        self.prepared = prepared(directory)
        self.off_hours, until_hours = self.prepared.off_hours(now)
        self.on_absence, until_absence = self.prepared.on_absence(now)
        self.until = min(until_hours, until_absence)
        self.spent: list[int] = []  # those who, by this batch, may have become full or reached a limit
        self.most_units = max([directory.default_units, *directory.units.values()])
        self._candidates: dict[Any, Candidates] = {}
        self._here: dict[int, list[int]] = {}

    def candidates(self, index: int, item: Item, units: int) -> "Candidates":
        """The candidates of a route for items like this one, as this batch has left them."""
        route = self.directory.routes[index]
        language = primary(item.language) if route.match_language else ""
        key = (index, language, item.campaign, units)
        found = self._candidates.get(key)
        if found is None:
            found = self._candidates[key] = Candidates(self, index, language, item.campaign, units)
        else:
            found.catch_up()
        return found

    def here(self, audience: Audience, index: int, available: int) -> list[int]:
        """The positions of a route's available agents, the same for all that it is asked for."""
        if index not in self._here:
            self._here[index] = audience.space.positions(available)
        return self._here[index]

    def limit_reached(self, position: int) -> tuple[str, int] | None:
        """The shortest period whose limit the agent has reached, and that limit."""
        given = self.live.given.get(position, {})
        for period, most in self.prepared.limits.get(position, ()):
            if given.get(period, 0) >= most:
                return period, most
        return None

    def limits_reached(self, members: list[int]) -> dict[tuple[str, int], list[int]]:
        """`limit_reached` of many: (period, limit) → those who have reached it."""
        limits, given = self.prepared.limits, self.live.given
        found: dict[tuple[str, int], list[int]] = {}
        for position in [p for p in members if p in limits]:
            counts = given.get(position, {})
            for limit in limits[position]:
                if counts.get(limit[0], 0) >= limit[1]:
                    found.setdefault(limit, []).append(position)
                    break
        return found

    def advance(self, position: int, units: int, is_question: bool) -> None:
        """One more item for an agent."""
        live = self.live
        live.load[position] += units
        room = live.room[position] = max(0, live.room[position] - units)
        live.unanswered[position] += is_question
        live.last_given[position] = max(live.last_given[position], self.now.timestamp())
        is_limited = position in self.prepared.limits
        if is_limited:
            given = live.given.setdefault(position, {})
            for period in PERIODS:
                given[period] = given.get(period, 0) + 1
        if is_limited or room < self.most_units or live.unanswered[position] >= self.prepared.caps[position]:
            self.spent.append(position)


class Candidates:
    """Everybody in a route's audience for one kind of requirement: `available` are at work and belong to the rotation,
    `qualified` of these have what the item asks for, `open` of these may be given such an item now."""

    def __init__(self, scene: Scene, index: int, language: str, campaign: int, units: int) -> None:
        self.scene = scene
        self.audience = scene.prepared.audience(index)
        self.index = index
        self.units = units
        self.queues: dict[int, Any] = {}
        self.context: Any = None  # the refusals, written down at some time of this batch
        self.news: dict[tuple[str, tuple[Any, ...]], list[int]] = {}  # refusals since then: numbers in the space
        self.news_count = 0
        self._seen = len(scene.spent)
        self._known: dict[tuple[str, tuple[Any, ...]], int] = {}
        self._present_refusals()
        self.available = self._left(self.audience.mask, "no_weight")
        self.here = scene.here(self.audience, index, self.available)
        self._counted_refusals()
        self._item_refusals(language, campaign)
        self.qualified = self._left(self.available, "campaign", since="skill")
        self.open = self._left(self.available, "campaign", since="limit_hour")
        self._members: list[int] | None = self.audience.space.positions(self.open)
        if not self.audience.route.ignore_capacity:
            self._capacity_refusals(self._members)

    def members(self) -> list[int]:
        """The positions in `open`."""
        if self._members is None:
            self._members = self.audience.space.positions(self.open)
        return self._members

    def _refuse(self, code: str, params: tuple[Any, ...], mask: int) -> None:
        if mask:
            self._known[code, params] = self._known.get((code, params), 0) | mask

    def _left(self, mask: int, last: str, since: str = REASONS[0]) -> int:
        """What is left of a bitmap after the refusals up to a reason."""
        start, end = ORDER[since], ORDER[last]
        for (code, _), refused in self._known.items():
            if start <= ORDER[code] <= end:
                mask &= ~refused
        return mask

    def _present_refusals(self) -> None:
        scene, mask = self.scene, self.audience.mask
        for row in self.audience.refusals:
            self._refuse(*row)
        if not self.audience.route.ignore_absence:
            self._refuse("absent", (), mask & ~scene.live.present)
            self._refuse("out_of_hours", (), mask & scene.off_hours)
            self._refuse("on_absence", (), mask & scene.on_absence)

    def _counted_refusals(self) -> None:
        scene = self.scene
        for reached, members in scene.limits_reached(self.here).items():
            self._refuse(f"limit_{reached[0]}", (reached[1],), bitmap(members))
        if self.audience.route.ignore_capacity:
            return
        caps, unanswered = scene.prepared.caps, scene.live.unanswered
        capped: dict[int, list[int]] = {}
        for position in [p for p in self.here if unanswered[p] >= caps[p]]:
            capped.setdefault(caps[position], []).append(position)
        for cap, members in capped.items():
            self._refuse("unanswered_cap", (cap,), bitmap(members))

    def _item_refusals(self, language: str, campaign: int) -> None:
        mask, prepared = self.audience.mask, self.scene.prepared
        if language:
            self._refuse("language", (language,), mask & ~prepared.speakers(language))
        if campaign != -1:
            self._refuse("campaign", (), mask & ~campaign)

    def _capacity_refusals(self, members: list[int]) -> None:
        room, units = self.scene.live.room, self.units
        full = bitmap([p for p in members if room[p] < units])
        if full:
            self._refuse("full", (), full)
            self.open &= ~full
            self._members = [p for p in members if room[p] >= units]

    def refusals(self) -> list[Refusal]:
        """All refusals, in the order in which they are named."""
        rows = [Refusal(code, params, mask) for (code, params), mask in self._known.items()]
        return sorted(rows, key=lambda row: ORDER[row.code])

    def written(self, context: Any) -> None:
        """`context` says all that is known by now."""
        self.context = context
        self.news = {}
        self.news_count = 0

    def catch_up(self) -> None:
        """Take note of those whom this batch has filled since we last looked. Who was refused before, stays so, for
        the reason known then."""
        spent = self.scene.spent
        for position in spent[self._seen :]:
            if self.open >> position & 1 and (found := self._spent_by(position)):
                self._note(position, *found)
        self._seen = len(spent)

    def _spent_by(self, position: int) -> tuple[str, tuple[Any, ...]] | None:
        scene, route = self.scene, self.audience.route
        if reached := scene.limit_reached(position):
            return f"limit_{reached[0]}", (reached[1],)
        if route.ignore_capacity:
            return None
        if scene.live.unanswered[position] >= scene.prepared.caps[position]:
            return "unanswered_cap", (scene.prepared.caps[position],)
        return ("full", ()) if scene.live.room[position] < self.units else None

    def _note(self, position: int, code: str, params: tuple[Any, ...]) -> None:
        self._refuse(code, params, 1 << position)
        self.open &= ~(1 << position)
        self._members = None
        self.news.setdefault((code, params), []).append(self.audience.space.index(position))
        self.news_count += 1
        for queue in self.queues.values():
            queue.drop(position)
