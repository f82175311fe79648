"""What a merge of two contacts would make of them: decided here, shown before and recorded by the verb."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.contacts import fields
from rightaway.contacts.fields import Value
from rightaway.contacts.models import Contact, Entry, Merge, MergeSuggestion
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import Conflict, Invalid, NotAllowed, NotFound
from rightaway.work import access, identities
from rightaway.work.models import Item

COLUMNS: Final = ("name", "language", "company")
FIELD: Final = "fields."
UNDO_DAYS: Final = 30
_MOST_LOOKED_AT: Final = 1_000  # suggestions
_CLOSEST: Final = ("pooled", "waiting", "offered", "assigned")  # to an owner: the further right is kept


@dataclass(frozen=True, slots=True)
class Contest:
    """One thing that both contacts may have. `taken`: it will be the other's."""

    name: str
    survivor: Any
    other: Any
    taken: bool

    @property
    def differs(self) -> bool:
        return bool(self.survivor != self.other)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two open items for the same kind and line: one is kept, the other closed as its duplicate."""

    kept: UUID
    closed: UUID


@dataclass(frozen=True, slots=True)
class Preview:
    """What would win, and how many of the other's identities, items and lines of the timeline would move."""

    survivor_id: UUID
    other_id: UUID
    contests: tuple[Contest, ...]
    identities: int
    items: int
    entries: int
    duplicates: tuple[Pair, ...]


def contests(
    survivor: Contact, other: Contact, had: Mapping[UUID, Mapping[str, Value]], take: Iterable[str] | None
) -> tuple[Contest, ...]:
    """Everything that has two values. Without a choice the survivor's wins, unless it has none. Raises Invalid: a name
    to take that there is not."""
    names = [*COLUMNS, *(FIELD + key for key in fields.fields())]
    chosen = None if take is None else set(take)
    if chosen is not None and (unknown := chosen.difference(names)):
        raise Invalid(errors=[{"pointer": "/take", "detail": f"unknown: {', '.join(sorted(unknown))}"}])
    found = []
    for name in names:
        key = name.removeprefix(FIELD)
        mine, theirs = (
            (had[contact.id].get(key) if name.startswith(FIELD) else getattr(contact, name) or None)
            for contact in (survivor, other)
        )
        wins = mine is None if chosen is None or name not in chosen else True
        found.append(Contest(name, mine, theirs, wins and theirs is not None))
    return tuple(found)


def pairs(survivor_id: UUID, items: Sequence[Item]) -> tuple[Pair, ...]:
    """The open items of both that one contact could not have at once. Who has an owner is kept, then the survivor's."""
    found = []
    by_subject: dict[tuple[str, str], list[Item]] = {}
    for item in items:
        by_subject.setdefault((item.kind, item.line), []).append(item)
    for both in by_subject.values():
        if len(both) == 2:
            kept, closed = sorted(
                both, key=lambda item: (_CLOSEST.index(item.state), item.contact_id == survivor_id), reverse=True
            )
            found.append(Pair(kept.id, closed.id))
    return tuple(found)


def both_for(actor: Actor, survivor_id: UUID, other_id: UUID) -> None:
    """Raises NotFound, NotAllowed, Conflict (one and the same)."""
    for id in (survivor_id, other_id):
        access.contact_for(actor, id, "contact.merge")
    if survivor_id == other_id:
        raise Conflict(same=str(other_id))


def require_apart(*contacts: Contact) -> None:
    """Raises Conflict when one of them was merged into another in the meantime."""
    for contact in contacts:
        if contact.merged_into_id is not None:
            raise Conflict(merged_into=str(contact.merged_into_id))


def preview(actor: Actor, survivor_id: UUID, other_id: UUID, *, take: Iterable[str] | None = None) -> Preview:
    """Writes nothing. Raises NotFound, NotAllowed, Conflict, Invalid."""
    both_for(actor, survivor_id, other_id)
    known = Contact.objects.in_bulk([survivor_id, other_id])
    survivor, other = known[survivor_id], known[other_id]
    require_apart(survivor, other)
    items = list(Item.objects.filter(contact__in=[survivor_id, other_id]).exclude(state="closed"))
    return Preview(
        survivor_id, other_id, contests(survivor, other, fields.values_of([survivor_id, other_id]), take),
        len(identities.names_of([other_id])), Item.objects.filter(contact=other_id).count(),
        Entry.objects.filter(contact=other_id).count(), pairs(survivor_id, items),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Two contacts that may be one person, both of which the reader may merge."""

    id: UUID
    first: Contact
    second: Contact


def suggestions(actor: Actor, *, most: int = 100) -> list[Suggestion]:
    """Those that nobody has answered, the latest first."""
    if not actor.in_scope("contact.merge"):
        return []
    found = []
    rows = MergeSuggestion.objects.filter(resolved_at=None).select_related("first", "second").order_by("-id")
    for row in rows[:_MOST_LOOKED_AT]:
        if may_merge(actor, row.first_id) and may_merge(actor, row.second_id):
            found.append(Suggestion(row.id, row.first, row.second))
        if len(found) == most:
            break
    return found


def undoable_merges(contact_id: UUID) -> list[Merge]:
    """The merges into this contact that can still be undone, the latest first."""
    rows = Merge.objects.filter(survivor=contact_id, undone_at=None, made_at__gte=clock() - timedelta(days=UNDO_DAYS))
    return list(rows.select_related("other").order_by("-id"))


def may_merge(actor: Actor, contact_id: UUID) -> bool:
    try:
        access.contact_for(actor, contact_id, "contact.merge")
    except (NotFound, NotAllowed):
        return False
    return True
