"""The grid's query: which view, filters, order and page an address asks for, and the values that one may choose."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db import connection
from django.http import QueryDict
from django.utils.translation import gettext as _

from rightaway.accounts.actor import Actor
from rightaway.accounts.roles import Role
from rightaway.ledger.tenancy import current_organisation
from rightaway.people.models import RoleHolder
from rightaway.web import formats
from rightaway.web.contacts import words
from rightaway.work import access, grid
from rightaway.work.grid_filter import GridFilter

_MOST_VALUES: Final = 50

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
    """A filter: its choices, and in words what is chosen now (empty: anything)."""

    name: str
    label: str
    choices: tuple[Choice, ...]
    several: bool = True

    @property
    def chosen(self) -> list[str]:
        return [choice.words for choice in self.choices if choice.chosen]


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
        return self.wanted != GridFilter()

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
        wanted=GridFilter(
            statuses=_texts(query, "status"), sources=_texts(query, "source"), owners=_owners(query.getlist("owner")),
            waiting_over_minutes=_number(query.get("waiting")), held_by_me=query.get("role") == "mine",
        ),
        text=" ".join(query.get("q", "").replace("\0", "").split())[:200], first=_number(query.get("n")) or 1,
    )  # fmt: skip


def chips(actor: Actor, asked: Asked) -> list[Chip]:
    wanted = asked.wanted
    statuses = [Choice(each, words.status(each), each in wanted.statuses) for each in _values("status")]
    sources = [Choice(each, words.source(each), each in wanted.sources) for each in _values("source") if each]
    waits = [
        Choice(
            str(each), _("over %(time)s") % {"time": formats.duration(each * 60)}, each == wanted.waiting_over_minutes
        )
        for each in _with(words.WAITS, wanted.waiting_over_minutes)
    ]
    return [
        Chip("status", _("Status"), tuple(statuses)), Chip("source", _("Source"), tuple(sources)),
        Chip("owner", _("Owner"), tuple(_owner_choices(actor, wanted.owners))),
        Chip("waiting", _("Waiting time"), tuple(waits), several=False),
        Chip("role", _("Roles"), tuple(_role_choices(actor, wanted.held_by_me)), several=False),
    ]  # fmt: skip


def _role_choices(actor: Actor, chosen: bool) -> list[Choice]:
    if not chosen and (actor.agent_id is None or not RoleHolder.objects.filter(agent=actor.agent_id).exists()):
        return []
    return [Choice("mine", _("held by me"), chosen)]


def _owner_choices(actor: Actor, chosen: tuple[str | UUID, ...]) -> list[Choice]:
    found = [Choice("none", _("Unassigned"), "none" in chosen)]
    if actor.agent_id is not None:
        found.append(Choice("me", _("Me"), "me" in chosen))
    if actor.role is not Role.AGENT:
        agents = access.visible_agents(actor).filter(active=True).order_by("name").values_list("id", "name")[:500]
        found += [Choice(str(id), name, id in chosen) for id, name in agents if id != actor.agent_id]
    return found


def _with(known: Sequence[int], one: int | None) -> list[int]:
    return sorted({*known, *([] if one is None else [one])})


def _values(column: str) -> list[str]:
    assert column in ("status", "source")
    with connection.cursor() as cursor:
        parameters: dict[str, Any] = {"organisation": current_organisation(), "most": _MOST_VALUES}
        cursor.execute(_VALUES.format(column=column), parameters)
        return [row[0] for row in cursor.fetchall()]


def _texts(query: QueryDict, name: str) -> tuple[str, ...]:
    return tuple(text for text in dict.fromkeys(query.getlist(name)) if text and "\0" not in text)[:_MOST_VALUES]


def _owners(texts: list[str]) -> tuple[str | UUID, ...]:
    found: list[str | UUID] = []
    for text in dict.fromkeys(texts[:500]):
        if text in ("none", "me"):
            found.append(text)
            continue
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return tuple(found)


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= 7 else None
