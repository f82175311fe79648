"""What one actor may see of items and of the people who asked. Every output is made from this, never from a row.

Masked means: no name, no numbers, no company, no texts. What is left is what somebody needs to decide whether to
take the item: its source, line, language, band, age, and those attributes that a published route's conditions name
(an organisation declares them as criteria of routing, such as a zone or a budget).
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.accounts.roles import ALLOWED, Relation, Role
from rightaway.engine.facts import BANDS, AnyOf, Condition
from rightaway.ledger.arrays import plain
from rightaway.ledger.statements import asked, fetched
from rightaway.routing.directory import directory
from rightaway.work import access
from rightaway.work.models import Item

_ATTRIBUTE = "attributes."
_HELD: Final = """
SELECT item_id FROM work_assignment
WHERE organisation_id = %(organisation)s::smallint AND item_id = ANY (%(items)s::uuid[])
  AND agent_id = %(agent)s::uuid AND ended_at IS NULL
UNION
SELECT item_id FROM work_offer
WHERE organisation_id = %(organisation)s::smallint AND item_id = ANY (%(items)s::uuid[])
  AND agent_id = %(agent)s::uuid AND state = 'open' AND NOT masked
"""
_PEOPLE: Final = """
SELECT c.id, c.name, c.company, n.kind, n.value, n.verified
FROM contacts_contact c
LEFT JOIN contacts_identity n ON n.organisation_id = c.organisation_id AND n.contact_id = c.id
WHERE c.organisation_id = %(organisation)s::smallint AND c.id = ANY (%(contacts)s::uuid[])
ORDER BY n.place, n.id
"""


@dataclass(frozen=True, slots=True)
class Reach:
    """A phone number (E.164) or e-mail address; `verified` false: it could not be read and is as it was sent."""

    value: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    company: str
    phones: tuple[Reach, ...]
    emails: tuple[Reach, ...]


@dataclass(frozen=True, slots=True)
class ItemView:
    """An item as its viewer may see it. `person` is null, and `attributes` are few, when it is masked."""

    id: UUID
    kind: str
    state: str
    status: str
    cause: str
    band: str
    source: str
    line: str
    language: str
    owner_id: UUID | None
    private: bool
    campaign_id: UUID | None
    contact_id: UUID
    enquiries: int
    outcome: str
    created_at: datetime
    unanswered_since: datetime | None
    first_attempt_at: datetime | None
    assigned_at: datetime | None
    closed_at: datetime | None
    update_asked_at: datetime | None
    update_due_at: datetime | None
    masked: bool
    person: Person | None
    attributes: dict[str, Any]


def person_view(actor: Actor, item: Item) -> ItemView:
    """The item, as this actor may see it. That they may see it at all was decided by `access`."""
    return person_views(actor, [item])[0]


def person_views(actor: Actor, items: Sequence[Item], *, likely: Collection[UUID] = ()) -> list[ItemView]:
    """The items in their order, as this actor may see them; the same few queries for any number of them.

    Of those `likely` to be clear (their ids) the people are read together with whether they are: a journey less."""
    ahead = {item.contact_id for item in items if item.id in likely}
    read = _people_asked(ahead) if ahead else dict
    clear = _clear(actor, items)
    wanted = {item.contact_id for item in items if item.id in clear}
    people = read() | (_people_asked(wanted - ahead)() if wanted - ahead else {})
    telling = _telling_attributes() if len(clear) < len(items) else frozenset()
    return [_view(item, people.get(item.contact_id) if item.id in clear else None, telling) for item in items]


def is_masked(actor: Actor, item: Item) -> bool:
    """Whether names, numbers and texts of this item are withheld from the actor."""
    return item.id not in _clear(actor, [item])


def _clear(actor: Actor, items: Sequence[Item]) -> set[UUID]:
    """Those of the items of which the actor sees everything: owners, managers, and whom a route asks openly."""
    ids = {item.id for item in items}
    if Relation.ANY in ALLOWED["item.view"][actor.role]:
        return ids
    me = actor.agent_id
    found = {item.id for item in items if me is not None and item.owner_id == me}
    if me is not None and len(found) < len(ids):
        found.update(item_id for (item_id,) in fetched(_HELD, agent=me, items=plain(ids)))
    if actor.role is not Role.AGENT and len(found) < len(ids):
        team = access.team_agents(actor)
        found.update(item.id for item in items if item.owner_id is None or item.owner_id in team)
    return found


def _people_asked(contact_ids: Collection[UUID]) -> Callable[[], dict[UUID, Person]]:
    rows = asked(_PEOPLE, contacts=plain(contact_ids))

    def people() -> dict[UUID, Person]:
        reach: dict[tuple[UUID, str], list[Reach]] = {}
        for id, _name, _company, kind, value, verified in rows():
            reach.setdefault((id, kind), []).append(Reach(value, verified))
        return {
            id: Person(name, company, tuple(reach.get((id, "phone"), ())), tuple(reach.get((id, "email"), ())))
            for id, name, company, *_reach in rows()
        }

    return people


def _telling_attributes() -> frozenset[str]:
    """The attributes that conditions of published routes name."""
    rows: list[Condition] = []
    for route in directory().routes:
        for row in route.conditions:
            rows.extend(row.conditions if isinstance(row, AnyOf) else (row,))
    return frozenset(row.field.removeprefix(_ATTRIBUTE) for row in rows if row.field.startswith(_ATTRIBUTE))


def _view(item: Item, person: Person | None, telling: frozenset[str]) -> ItemView:
    attributes = item.attributes
    if person is None:
        attributes = {name: value for name, value in attributes.items() if name in telling}
    return ItemView(
        id=item.id, kind=item.kind, state=item.state, status=item.status, cause=item.cause, band=BANDS[item.band],
        source=item.source, line=item.line, language=item.language, owner_id=item.owner_id,
        private=item.private,
        campaign_id=item.campaign_id, contact_id=item.contact_id, enquiries=item.enquiries, outcome=item.outcome,
        created_at=item.created_at, unanswered_since=item.unanswered_since, first_attempt_at=item.first_attempt_at,
        assigned_at=item.assigned_at, closed_at=item.closed_at,
        update_asked_at=item.update_asked_at, update_due_at=item.update_due_at,
        masked=person is None, person=person, attributes=attributes,
    )  # fmt: skip
