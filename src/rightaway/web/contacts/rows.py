"""Items as rows of the grid: what each cell says, for one reader. A few queries for any number of rows."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rightaway.accounts.actor import Actor
from rightaway.accounts.roles import Relation, Role
from rightaway.contacts.models import Contact, Entry, Task
from rightaway.people.models import Agent, AgentState, FunctionalRole
from rightaway.web import formats
from rightaway.web.contacts import words
from rightaway.web.contacts.cells import Cells, about, cells_of
from rightaway.web.presences import shown_presence
from rightaway.work import access, grid, roles
from rightaway.work.basics import rules
from rightaway.work.models import Item, Offer
from rightaway.work.person_view import ItemView, person_views
from rightaway.work.sentences import language_name

_LONGEST_WANTS = 120


@dataclass(frozen=True, slots=True)
class Owner:
    """`presence` is empty where the reader may not know it."""

    id: UUID
    name: str
    presence: str


@dataclass(frozen=True, slots=True)
class Held:
    """One functional role of an item: its name, `agents` who hold it, and in short `who` they are; `asked`: it is
    offered."""

    id: UUID
    short: str
    long: str
    agents: tuple[UUID, ...]
    who: str
    everybody: str
    asked: bool

    @property
    def inline(self) -> str:
        """Its name within a sentence."""
        plain = self.long[1:2].islower()
        return self.long[:1].lower() + self.long[1:] if plain else self.long


@dataclass(frozen=True, slots=True)
class Row:
    """`may` is assign (the picker), claim (one press) or nothing.

    `roles` is null where the organisation has none, `may_roles` whether the actor may assign them.
    `reason` says why nobody has it, `place` where a hit of the search stands, `noted` the note in which it was found,
    `note` what has just happened to it.
    """

    item: ItemView
    name: str
    wants: str
    cells: Cells
    owner: Owner | None
    may: str
    reason: str
    number: int = 0
    place: str = ""
    noted: str = ""
    note: str = ""
    roles: tuple[Held, ...] | None = None
    may_roles: bool = False

    @property
    def band(self) -> Any:
        return words.BANDS[self.item.band]

    @property
    def source(self) -> str:
        return words.source(self.item.source)

    @property
    def turns_ms(self) -> int | None:
        """When one of its marks changes by itself."""
        at = self.cells.turns_at
        return None if at is None else int(at.timestamp() * 1000)


def rows_of(actor: Actor, items: Sequence[Item], *, first: int = 1, places: bool = False) -> list[Row]:
    """The items in their order, numbered from `first`; with `places`, in which views they stand."""
    owners = _owners(actor, {item.owner_id for item in items if item.owner_id})
    wants, offered, may = _wants(items), _offered(actor, items), _Permission(actor)
    held = roles_of(items)
    tasks, now = _tasks(items), formats.now()
    grade = partial(cells_of, rules=rules(), now=now, stages=words.stages())
    found = []
    for number, (item, view) in enumerate(zip(items, person_views(actor, items), strict=True), first):
        owner = owners.get(item.owner_id) if item.owner_id else None
        row = Row(
            item=view, name=name_of(view), wants=_wanted(view, wants.get(item.id, "")), owner=owner, may=may.of(item),
            cells=grade(item, masked=view.masked, task=tasks.get(item.id, "")),
            reason=offered.get(item.id) or _reason(view), number=number,
            roles=None if held is None else held[item.id], may_roles=may.roles(item),
        )  # fmt: skip
        found.append(replace(row, place=_place(item, owner, now)) if places else row)
    return found


class _Permission:
    """What the owner's cell lets the actor do, as `access.relations_to_item` would say it, for many items."""

    def __init__(self, actor: Actor) -> None:
        self.actor = actor
        self.team = access.team_agents(actor) if actor.role is not Role.AGENT else set()

    def roles(self, item: Item) -> bool:
        return item.state != "closed" and self.actor.may("item.assign_role", self._relations(item))

    def of(self, item: Item) -> str:
        if item.state == "closed":
            return ""
        if self.actor.may("item.assign", self._relations(item)):
            return "assign"
        free = item.owner_id is None and item.state in ("waiting", "pooled")
        # Whatever an agent sees that is unassigned is free for them, or offered to them: that is answered elsewhere.
        return "claim" if free and self.actor.agent_id and self.actor.may("item.claim", _FREE) else ""

    def _relations(self, item: Item) -> frozenset[Relation]:
        relations = {Relation.ANY}
        if not item.private and (item.owner_id is None or item.owner_id in self.team):
            relations.add(Relation.TEAM)
        if item.owner_id is not None and item.owner_id == self.actor.agent_id:
            relations.add(Relation.OWN)
        return frozenset(relations)


_FREE: Final = frozenset({Relation.FREE})


def _owners(actor: Actor, ids: set[UUID]) -> dict[UUID, Owner]:
    if not ids:
        return {}
    known = set(access.visible_agents(actor).filter(id__in=ids).values_list("id", flat=True))
    states = {state.agent_id: shown_presence(state) for state in AgentState.objects.filter(agent__in=known)}
    names = Agent.objects.filter(id__in=ids).values_list("id", "name")
    return {id: Owner(id, name, states.get(id, "")) for id, name in names}


def roles_of(items: Sequence[Item]) -> dict[UUID, tuple[Held, ...]] | None:
    """The functional roles of each item and who holds them; None where the organisation has none. Retired ones are
    told while somebody holds them."""
    known = roles.in_order(active=False)
    if not any(role.active for role in known):
        return None
    holding = roles.holding(item.id for item in items)
    agents = {agent for held in holding.values() for holders in held.values() for agent in holders}
    names = dict(Agent.objects.filter(id__in=agents).values_list("id", "name"))
    offered = Offer.objects.filter(item__in=[item.id for item in items], state="open", role_id__isnull=False)
    asked = set(offered.values_list("item", "role_id"))
    found: dict[UUID, tuple[Held, ...]] = {}
    for item in items:
        held = holding.get(item.id, {})
        shown = [role for role in known if role.id in held or (role.active and roles.is_for(role, item.kind))]
        found[item.id] = tuple(
            _held(role, {agent: names[agent] for agent in held.get(role.id, ())}, (item.id, role.id) in asked)
            for role in shown
        )
    return found


def _held(role: FunctionalRole, holders: dict[UUID, str], asked: bool) -> Held:
    name = roles.name(role)
    who = ", ".join(_short_name(holder) for holder in holders.values())
    return Held(role.id, name["short"], name["long"], tuple(holders), who, ", ".join(holders.values()), asked)


def _short_name(name: str) -> str:
    """Marta Oyarzun is Marta O."""
    words_of_it = name.split()
    return name if len(words_of_it) < 2 else f"{words_of_it[0]} {words_of_it[1][:1]}."


def _wants(items: Sequence[Item]) -> dict[UUID, str]:
    """The first line of what each wrote last."""
    entries = Entry.objects.filter(
        contact__in={item.contact_id for item in items}, item_id__in={item.id for item in items}, kind="enquiry"
    ).exclude(text="")
    found = entries.order_by("item_id", "-at", "-id").distinct("item_id").values_list("item_id", "text")
    return {id: _cut(text) for id, text in found}


def _tasks(items: Sequence[Item]) -> dict[UUID, str]:
    """What the next task of each is about."""
    ids = [item.id for item in items if item.next_task_at is not None]
    if not ids:
        return {}
    found = Task.objects.filter(item_id__in=ids, ended_at=None).order_by("item_id", "due_at", "id").distinct("item_id")
    return {id: about(kind, text) for id, kind, text in found.values_list("item_id", "kind", "text")}


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_WANTS else f"{line[: _LONGEST_WANTS - 1].rstrip()}…"


def _offered(actor: Actor, items: Sequence[Item]) -> dict[UUID, str]:
    """Whom an item is held out to just now."""
    ids = [item.id for item in items if item.state == "offered"]
    if not ids:
        return {}
    asked: dict[UUID, list[UUID]] = {}
    for item_id, agent_id in Offer.objects.filter(item__in=ids, state="open", role_id=None).values_list(
        "item", "agent"
    ):
        asked.setdefault(item_id, []).append(agent_id)
    everybody = {agent for agents in asked.values() for agent in agents}
    names = dict(access.visible_agents(actor).filter(id__in=everybody).values_list("id", "name"))
    return {id: _offered_to(actor, agents, names) for id, agents in asked.items()}


def _offered_to(actor: Actor, agents: list[UUID], names: dict[UUID, str]) -> str:
    if actor.role is Role.AGENT:
        return _("Offered to you") if actor.agent_id in agents else _("Offered")
    if len(agents) == 1 and agents[0] in names:
        return _("Offered to %(agent)s") % {"agent": names[agents[0]]}
    return ngettext("Offered to %(count)d agent", "Offered to %(count)d agents", len(agents)) % {"count": len(agents)}


def name_of(view: ItemView) -> str:
    """What the viewer may call the person; something that does not say who it is where that is withheld."""
    if view.person is not None:
        return view.person.name or view.person.company or _("No name")
    return " · ".join(_told(view)) or _("Somebody new")


def _wanted(view: ItemView, text: str) -> str:
    if view.person is None:
        return _("The name shows once it is yours")
    return text or " · ".join(_told(view))


def _told(view: ItemView) -> list[str]:
    """What may be told of somebody without saying who they are."""
    found = [words.plain(view.line)] if view.line else []
    for name, value in sorted(view.attributes.items()):
        found += _attribute(name, value)
    if view.language:
        found.append(language_name(view.language))
    return found[:4]


def _attribute(name: str, value: Any) -> Iterable[str]:
    if isinstance(value, bool) or value in (None, ""):
        return []
    if isinstance(value, int):
        return [f"{words.plain(name)} {formats.number(value)}"]
    values = value if isinstance(value, list) else [value]
    return [_cut(str(each)) for each in values[:2]]


def _reason(view: ItemView) -> str:
    if view.owner_id is not None or view.state == "closed":
        return ""
    if view.state == "waiting" and view.cause == "new":
        return _("Being routed")
    return words.cause(view.cause)


def _place(item: Item, owner: Owner | None, now: datetime) -> str:
    """In Priority, owner Marta: where somebody who was lost is to be found."""
    if item.state == "closed":
        away = not item.front and Contact.objects.filter(id=item.contact_id, archived_at__isnull=False).exists()
        return _("Archived") if away else _("Closed")
    views = [str(words.VIEWS[name]) for name in grid.views_of(item, now)] or [str(words.VIEWS["all"])]
    told = _("In %(views)s") % {"views": ", ".join(views)}
    return f"{told} · {_('owner %(agent)s') % {'agent': owner.name}}" if owner else told
