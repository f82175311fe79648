"""The grid's query: which view, filters, order and page an address asks for, and the values that one may choose."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django.db import connection
from django.http import QueryDict
from django.utils.translation import gettext as _

from rightaway.accounts.actor import Actor
from rightaway.accounts.roles import Role
from rightaway.contacts.normalise import fold
from rightaway.engine.basics import BASICS
from rightaway.engine.facts import BANDS
from rightaway.ledger.tenancy import current_organisation
from rightaway.people.models import RoleHolder
from rightaway.web import formats
from rightaway.web.contacts import saying, words
from rightaway.work import access, grid
from rightaway.work.grid_filter import GRADES, MOST_DAYS, NO_FILTER, TASKS, GridFilter
from rightaway.work.models import Campaign
from rightaway.work.sentences import language_name

_MOST_VALUES: Final = 50

NAMES: Final = {
    "status": "statuses", "source": "sources", "owner": "owners", "waiting": "waiting_over_minutes", "kind": "kinds",
    "language": "languages", "campaign": "campaigns", "band": "bands", "basics": "basics", "task": "tasks",
    "created": "created_within_days", "asked": "update_asked", "role": "held_by_me",
}  # fmt: skip
"""What each part of a filter is called in an address."""

# Every value once, from one entry of the index to the next: it does not read the rows between.
_VALUES: Final = """
WITH RECURSIVE found AS (
    (SELECT {column} AS value FROM work_item WHERE organisation_id = %(organisation)s AND front
     ORDER BY {column} LIMIT 1)
    UNION ALL
    SELECT (SELECT {column} FROM work_item WHERE organisation_id = %(organisation)s AND front
            AND {column} > found.value ORDER BY {column} LIMIT 1)
    FROM found WHERE found.value IS NOT NULL
)
SELECT value FROM found WHERE value IS NOT NULL LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class Choice:
    value: str
    words: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter: its choices, and in words what is chosen now (empty: anything). `id` is unlike any other chip's;
    `negated`: what is chosen is what must not be; `without` is the page's query without it."""

    id: str
    name: str
    label: str
    choices: tuple[Choice, ...]
    several: bool = True
    negated: bool = False
    without: str = ""

    @property
    def chosen(self) -> list[str]:
        return [choice.words for choice in self.choices if choice.chosen]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A filter that one press adds: `address` is the page's query with it."""

    words: str
    address: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for; what it asks for wrongly counts as not asked for."""

    view: str
    wanted: GridFilter
    sort: str
    cursor: str | None
    text: str
    first: int

    @property
    def filtered(self) -> bool:
        return self.wanted != NO_FILTER

    @property
    def differs(self) -> bool:
        """Whether the list is another than the view has by itself: then there is something to save."""
        return self.filtered or self.sort != self.own_sort

    @property
    def own_sort(self) -> str:
        """The order that the view has by itself."""
        return grid.VIEWS[self.view].sort


def asked(actor: Actor, query: QueryDict) -> Asked:
    view = query.get("view", "")
    if view not in grid.views_for(actor):
        view = "evaluate"
    sort = query.get("sort", "")
    return Asked(
        view=view, sort=sort if sort in grid.SORTS else grid.VIEWS[view].sort, cursor=query.get("cursor") or None,
        wanted=wanted_by(query), text=" ".join(query.get("q", "").replace("\0", "").split())[:200],
        first=_number(query.get("n")) or 1,
    )  # fmt: skip


def wanted_by(query: QueryDict) -> GridFilter:
    """The filter of a query."""
    days = _number(query.get("created"))
    found = GridFilter(
        statuses=_texts(query, "status"), sources=_texts(query, "source"),
        owners=_ids(query.getlist("owner"), ("none", "me", "team")),
        waiting_over_minutes=_number(query.get("waiting")), kinds=_texts(query, "kind"),
        languages=_texts(query, "language"), campaigns=_ids(query.getlist("campaign"), ("none",)),
        bands=tuple(band for band in _texts(query, "band") if band in BANDS), basics=_basics(query.getlist("basics")),
        tasks=tuple(way for way in _texts(query, "task") if way in TASKS),
        created_within_days=None if days is None or days > MOST_DAYS else days,
        update_asked=query.get("asked") == "1", held_by_me=query.get("role") == "mine",
    )  # fmt: skip
    given = {part for part in NAMES.values() if getattr(found, part) != getattr(NO_FILTER, part)}
    return replace(found, excluded=frozenset(NAMES.get(name, "") for name in query.getlist("not")) & given)


def parameters_of(wanted: GridFilter) -> list[tuple[str, str]]:
    """The same as parameters of an address."""
    found: list[tuple[str, str]] = []
    for name, part in NAMES.items():
        value = getattr(wanted, part)
        if isinstance(value, tuple):
            found += [(name, ".".join(each) if isinstance(each, tuple) else str(each)) for each in value]
        elif value not in (None, False):
            found.append((name, str(int(value))))
    return found + [("not", name) for name, part in NAMES.items() if part in wanted.excluded]


def _basics(texts: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """phone.bad and the like."""
    pairs = (text.partition(".") for text in dict.fromkeys(texts))
    return tuple((name, grade) for name, _dot, grade in pairs if name in BASICS and grade in GRADES)


def chips(actor: Actor, asked: Asked, query: QueryDict) -> list[Chip]:
    """The usual chips, and of the others those that are set."""
    wanted, stages = asked.wanted, words.stages()
    statuses = _choices(_values("status"), stages.any_name, wanted.statuses)
    sources = _choices([each for each in _values("source") if each], words.source, wanted.sources)
    waits = [
        Choice(str(each), _over(each), each == wanted.waiting_over_minutes)
        for each in _with(words.WAITS, wanted.waiting_over_minutes)
    ]
    found = [
        _chip("status", _("Status"), statuses), _chip("source", _("Source"), sources),
        _chip("owner", _("Owner"), _owner_choices(actor, wanted.owners)),
        _chip("waiting", _("Waiting time"), waits, several=False),
        _chip("role", _("Roles"), _role_choices(actor, wanted.held_by_me), several=False),
        *_others(wanted),
    ]  # fmt: skip
    return [
        replace(each, negated=NAMES[each.name] in wanted.excluded, without=_without(query, each))
        for each in found
        if each.choices
    ]


def _others(wanted: GridFilter) -> list[Chip]:
    """Chips that are there only while they are set."""
    found = [
        _chip(
            "basics", words.BASICS[name],
            [
                Choice(f"{name}.{grade}", str(words.GRADES[grade][name]), grade in wanted.grades_of(name))
                for grade in GRADES
            ],
            id=f"basics-{name}",
        )
        for name in BASICS
    ]  # fmt: skip
    found += [
        _chip("task", _("Next task"), [Choice(way, str(words.TASKS[way]), way in wanted.tasks) for way in TASKS]),
        _chip("band", _("Priority"), _choices(BANDS, words.band, wanted.bands)),
        _chip("language", _("Language"), _choices(wanted.languages, language_name, wanted.languages)),
        _chip("kind", _("Type"), _choices(wanted.kinds, words.plain, wanted.kinds)),
        _chip("campaign", _("Campaign"), _campaign_choices(wanted.campaigns)),
        _chip("created", _("Created"), [
            Choice(str(each), _within(each), each == wanted.created_within_days)
            for each in _with(words.DAYS, wanted.created_within_days)], several=False),
        _chip("asked", _("Update asked"), [Choice("1", _("yes"), wanted.update_asked)], several=False),
    ]  # fmt: skip
    return [each for each in found if each.chosen]


def _chip(name: str, label: Any, choices: Sequence[Choice], *, several: bool = True, id: str = "") -> Chip:
    return Chip(id or name, name, str(label), tuple(choices), several)


def _choices(values: Sequence[str], name: Any, chosen: Sequence[str]) -> list[Choice]:
    return [Choice(each, str(name(each)), each in chosen) for each in values]


def _without(query: QueryDict, chip: Chip) -> str:
    mine = {choice.value for choice in chip.choices}
    kept = [
        (name, value)
        for name, values in query.lists()
        for value in values
        if name not in ("cursor", "n", "say")
        and not (name == chip.name and (chip.name != "basics" or value in mine))
        and not (name == "not" and value == chip.name)
    ]
    return urlencode(kept)


def _over(minutes: int) -> str:
    return _("over %(time)s") % {"time": formats.duration(minutes * 60)}


def _within(days: int) -> str:
    return _("last %(time)s") % {"time": formats.duration(days * 86_400)}


def _role_choices(actor: Actor, chosen: bool) -> list[Choice]:
    if not chosen and (actor.agent_id is None or not RoleHolder.objects.filter(agent=actor.agent_id).exists()):
        return []
    return [Choice("mine", _("held by me"), chosen)]


def _owner_choices(actor: Actor, chosen: tuple[str | UUID, ...]) -> list[Choice]:
    found = [Choice("none", _("Unassigned"), "none" in chosen)]
    if actor.agent_id is not None:
        found.append(Choice("me", _("Me"), "me" in chosen))
    if actor.role is not Role.AGENT:
        if access.team_agents(actor):
            found.append(Choice("team", _("My team"), "team" in chosen))
        agents = access.visible_agents(actor).filter(active=True).order_by("name").values_list("id", "name")[:500]
        found += [Choice(str(id), name, id in chosen) for id, name in agents if id != actor.agent_id]
    return found


def _campaign_choices(chosen: tuple[str | UUID, ...]) -> list[Choice]:
    found = [Choice("none", _("No campaign"), "none" in chosen)]
    named = Campaign.objects.order_by("name").values_list("id", "name")[:_MOST_VALUES]
    return found + [Choice(str(id), name, id in chosen) for id, name in named]


def suggestions(query: QueryDict) -> list[Suggestion]:
    """What may be added by one press, all of it findable by what it says."""
    found = [(f"{words.BASICS[name]}: {words.GRADES[grade][name]}", "basics", f"{name}.{grade}")
             for grade in reversed(GRADES) for name in BASICS]  # fmt: skip
    found += [(f"{_('Next task')}: {words.TASKS[way]}", "task", way) for way in TASKS]
    found += [(f"{_('Priority')}: {words.band(band)}", "band", band) for band in reversed(BANDS)]
    found += [(f"{_('Created')}: {_within(days)}", "created", str(days)) for days in words.DAYS]
    found += [(str(_("Update asked")), "asked", "1")]
    found += [(f"{_('Language')}: {language_name(code)}", "language", code) for code in _used("language")]
    kinds = _used("kind")
    found += [(f"{_('Type')}: {words.plain(kind)}", "kind", kind) for kind in kinds if len(kinds) > 1]
    campaigns = _campaign_choices(())
    found += [(f"{_('Campaign')}: {each.words}", "campaign", each.value) for each in campaigns if len(campaigns) > 1]
    return [
        Suggestion(told, added(query, name, value)) for told, name, value in found if value not in query.getlist(name)
    ]


def said(actor: Actor, query: QueryDict, text: str) -> str | None:
    """The page's query with what somebody typed as a filter; null: nobody can tell what it means."""
    own = {fold(words.source(source)): ("source", source) for source in _values("source") if source}
    name_of = words.stages().any_name
    own |= {fold(name): ("status", status) for status in _values("status") for name in (status, name_of(status))}
    own |= {fold(each.words): ("owner", each.value) for each in _owner_choices(actor, ())}
    found = saying.understood(text, own)
    if found is None:
        return None
    for name, value in found:
        query = QueryDict(added(query, name, value))
    return query.urlencode()


def added(query: QueryDict, name: str, value: str) -> str:
    """The page's query with one more value of a filter; what holds one value only gets this one."""
    changed = query.copy()
    for gone in ("cursor", "n", "say", *(each for each, values in query.lists() if not any(values))):
        changed.pop(gone, None)
    if name in ("waiting", "created", "asked"):
        changed[name] = value
    elif value not in changed.getlist(name):
        changed.appendlist(name, value)
    return changed.urlencode()


def _with(known: Sequence[int], one: int | None) -> list[int]:
    return sorted({*known, *([] if one is None else [one])})


def _values(column: str) -> list[str]:
    assert column in ("status", "source")
    with connection.cursor() as cursor:
        parameters: dict[str, Any] = {"organisation": current_organisation(), "most": _MOST_VALUES}
        cursor.execute(_VALUES.format(column=column), parameters)
        return [row[0] for row in cursor.fetchall()]


def _used(column: str) -> list[str]:
    """The values of the newest items: an organisation's languages and types are few and lasting."""
    assert column in ("language", "kind")
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT DISTINCT {column} FROM (SELECT {column} FROM work_item WHERE organisation_id = %(organisation)s "
            f"ORDER BY id DESC LIMIT {_LOOKED_AT}) newest WHERE {column} <> '' ORDER BY 1",
            {"organisation": current_organisation()},
        )
        return [row[0] for row in cursor.fetchall()]


_LOOKED_AT: Final = 500


def _texts(query: QueryDict, name: str) -> tuple[str, ...]:
    return tuple(text for text in dict.fromkeys(query.getlist(name)) if text and "\0" not in text)[:_MOST_VALUES]


def _ids(texts: Sequence[str], known: tuple[str, ...]) -> tuple[str | UUID, ...]:
    found: list[str | UUID] = []
    for text in dict.fromkeys(texts[:500]):
        if text in known:
            found.append(text)
            continue
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return tuple(found)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= 7 else None
