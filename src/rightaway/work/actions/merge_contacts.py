"""Merge two contacts into one: everything of the other moves to the survivor, and nothing is lost."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet

from rightaway.accounts.actor import Actor
from rightaway.contacts import fields
from rightaway.contacts.fields import Value
from rightaway.contacts.models import Contact, Entry, Identity, Merge, MergeSuggestion, Task
from rightaway.conversations.models import Conversation
from rightaway.ledger.clock import clock
from rightaway.ledger.crash import crash_point
from rightaway.ledger.events import Change, append
from rightaway.work import access, archiving, change, identities, in_step, merging, ownership, roles, tasks
from rightaway.work.actions.finish import close
from rightaway.work.models import Exclusion, Item
from rightaway.work.units import units_of

FOLLOWERS: Final[dict[str, Any]] = {"entries": Entry, "tasks": Task, "threads": Conversation}


@dataclass(frozen=True, slots=True)
class Merged:
    """`merge_id` names it, to be undone; `closed` are the items that were closed as duplicates."""

    merge_id: UUID
    contact_id: UUID
    closed: tuple[UUID, ...]


def merge_contacts(*, survivor_id: UUID, other_id: UUID, actor: Actor, take: Iterable[str] | None = None) -> Merged:
    """Makes two contacts one. `take` names what the survivor has from the other (name, language, company,
    fields.<key>); what only the other has is taken anyway. Of two open items for the same, one is closed as a duplicate
    of the other, which then waits as long, may be asked as little as both, and has the holders of roles that it lacked.

    Runs inside `organisation(…)`. Raises NotFound, NotAllowed, Conflict (one of them was merged meanwhile), Invalid.
    """
    merging.both_for(actor, survivor_id, other_id)
    roles.hold_still()
    held = identities.hold([survivor_id, other_id])
    survivor, other = held[survivor_id], held[other_id]
    merging.require_apart(survivor, other)
    items = in_step.open_items([survivor_id, other_id])
    had = fields.values_of([survivor_id, other_id])
    won = merging.contests(survivor, other, had, take)
    pairs = merging.pairs(survivor_id, items)
    now, loads = clock(), change.Loads()
    moved: dict[str, Any] = {
        "had": {str(id): {key: fields.as_json(value) for key, value in values.items()} for id, values in had.items()},
        "before": _columns_of(survivor), "fronts": [str(id) for id in _fronts(survivor, other)],
    }  # fmt: skip
    by_id = {item.id: item for item in items}
    for pair in pairs:
        access.item_for(actor, pair.closed, "item.finish")
    moved["pairs"] = [_join(by_id[pair.kept], by_id[pair.closed], actor=actor, now=now, loads=loads) for pair in pairs]
    moved |= _move(survivor, other)
    values = {
        each.name.removeprefix(merging.FIELD): each.other if each.taken else each.survivor
        for each in won if each.name.startswith(merging.FIELD)
    }  # fmt: skip
    _make_one(survivor, other, won, values, actor=actor, now=now)
    moved["after"] = _columns_of(survivor)
    moved["values"] = {key: fields.as_json(value) for key, value in values.items() if value is not None}
    moved["suggestions"] = _resolve(survivor_id, other_id, now)
    merge = Merge.objects.create(survivor_id=survivor_id, other_id=other_id, moved=moved, made_at=now)
    _tell(survivor, other, merge, actor=actor, now=now)
    change.settle(loads)
    crash_point("merge_before_commit")
    return Merged(merge.id, survivor_id, tuple(pair.closed for pair in pairs))


def _columns_of(contact: Contact) -> dict[str, Any]:
    employer, archived = contact.employer_id, contact.archived_at
    return {
        "name": contact.name, "folded": contact.folded, "language": contact.language, "company": contact.company,
        "employer_id": employer and str(employer), "archived_at": archived and archived.isoformat(),
    }  # fmt: skip


def _fronts(*contacts: Contact) -> list[UUID]:
    return list(Item.objects.filter(contact__in=[row.id for row in contacts], front=True).values_list("id", flat=True))


def _join(kept: Item, gone: Item, *, actor: Actor, now: datetime, loads: change.Loads) -> dict[str, Any]:
    """Closes one item as the duplicate of the other. Returns how both were."""
    was = {
        "kept": str(kept.id), "closed": str(gone.id), "state": gone.state, "cause": gone.cause,
        "owners": [str(owner) for owner in ownership.owners(gone)], "owner": gone.owner_id and str(gone.owner_id),
        "asked": _text(gone.unanswered_since), "kept_asked": _text(kept.unanswered_since), "kept_band": kept.band,
        "enquiries": gone.enquiries,
    }  # fmt: skip
    asked = min(filter(None, [kept.unanswered_since, gone.unanswered_since]), default=None)
    columns: dict[str, Any] = {
        "unanswered_since": asked, "band": max(kept.band, gone.band), "enquiries": kept.enquiries + gone.enquiries,
    }  # fmt: skip
    if kept.private and not gone.private:
        columns["private"] = False  # the team would lose what was said to it
    # What is to be done and what is being said goes on with the item that is kept; its question in its own words.
    for name, rows in followers(gone.id).items():
        was[name] = [str(id) for id in rows.values_list("id", flat=True)]
        rows.update(item_id=kept.id)
    held = roles.pairs_of(gone.id)
    close(gone, "duplicate", actor=actor, now=now, loads=loads, into=kept.id)
    columns["next_task_at"] = tasks.next_due(kept.id)
    copied = _exclude(kept, gone, now)
    rise = reprice(kept, asked, columns)
    body = {"item": gone.id, "band": columns["band"], "excluded": [told for _id, told in copied]}
    if any(units > 0 for units in rise.units.values()):
        body["over"] = True  # it may pass the capacity: nobody is given anything new
    if kept.state == "waiting":
        columns |= {"due_at": now, "waits_on": None}
    change.note(kept, actor=actor, at=now, event="merged", body=body, load=rise.told(), **columns)
    loads.include(rise)
    taken = roles.hand_on(kept, held, actor=actor, at=now)
    return was | {
        "excluded": [str(id) for id, _told in copied], "merged_asked": _text(asked), "merged_band": kept.band,
        "roles": [[str(role), str(agent)] for role, agent in held],
        "taken": [[str(role), str(agent)] for role, agent in taken],
    }  # fmt: skip


def followers(item_id: UUID | str) -> dict[str, QuerySet[Any]]:
    """What belongs to an item and is moved with it: lines of the timeline, open tasks, threads."""
    return {
        "entries": Entry.objects.filter(item_id=item_id),
        "tasks": Task.objects.filter(item_id=item_id, ended_at=None),
        "threads": Conversation.objects.filter(item_id=item_id),
    }


def reprice(item: Item, asked: datetime | None, columns: dict[str, Any]) -> change.Loads:
    """What it means to the owners of a locked item that it has another open question, or none; adds `units`."""
    loads = change.Loads()
    question = int(asked is not None) - int(item.unanswered_since is not None)
    item.unanswered_since = asked
    if item.state == "assigned":
        columns["units"] = units_of(item)
        for owner in ownership.owners(item):
            loads.add(owner, columns["units"] - item.units, question)
    return loads


def _exclude(kept: Item, gone: Item, now: datetime) -> list[tuple[UUID, list[Any]]]:
    """Whoever is excluded from the one is from now on excluded from the other, for as long."""
    found = []
    for row in Exclusion.objects.filter(item=gone.id, lifted_at=None).exclude(cause="missed").order_by("id"):
        if row.until is not None and row.until <= now:
            continue
        copy = Exclusion.objects.create(
            item_id=kept.id, agent_id=row.agent_id, cause=row.cause, made_at=now, until=row.until
        )
        seconds = None if row.until is None else int((row.until - now).total_seconds())
        found.append((copy.id, [row.agent_id, row.cause, seconds]))
    return found


def _move(survivor: Contact, other: Contact) -> dict[str, Any]:
    """Identities, items and what belongs to them become the survivor's. Returns their ids."""
    places = {kind: Identity.objects.filter(contact=survivor.id, kind=kind).count() for kind in ("phone", "email")}
    reached = []
    for row in Identity.objects.filter(contact=other.id).order_by("kind", "place", "id"):
        reached.append([str(row.id), row.place])
        Identity.objects.filter(id=row.id).update(contact_id=survivor.id, place=places[row.kind])
        places[row.kind] += 1
    found = {}
    for name, model in FOLLOWERS.items():
        rows = model.objects.filter(contact=other.id)
        found[name] = [str(id) for id in rows.values_list("id", flat=True)]
        rows.update(contact_id=survivor.id)
    items = Item.objects.filter(contact=other.id)
    ids = [str(id) for id in items.order_by("id").values_list("id", flat=True)]
    items.update(contact_id=survivor.id, front=False)
    return {"identities": reached, **found, "items": ids}


def _make_one(
    survivor: Contact,
    other: Contact,
    won: Iterable[merging.Contest],
    values: Mapping[str, Value | None],
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """What the survivor takes over, also on the items; the other is emptied and points to it."""
    for each in won:
        if each.taken and not each.name.startswith(merging.FIELD):
            setattr(survivor, each.name, each.other)
    if any(each.taken and each.name == "name" for each in won):
        survivor.folded = other.folded
    if any(each.taken and each.name == "company" for each in won):
        survivor.employer_id = other.employer_id
    if other.archived_at is None:
        survivor.archived_at = None
    Contact.objects.filter(id=survivor.id).update(**{name: getattr(survivor, name) for name in _columns_of(survivor)})
    Contact.objects.filter(id=other.id).update(merged_into_id=survivor.id)
    other.merged_into_id = survivor.id
    Item.objects.filter(contact=survivor.id).update(folded=survivor.folded)
    known = fields.fields()
    fields.store(other.id, dict.fromkeys(known), known)
    fields.store(survivor.id, values, known)
    archiving.to_front(survivor, rather=_front(survivor))
    changed = ["contact"]
    in_step.keep(in_step.open_items([survivor.id]), values, actor=actor, at=now, changed=changed)


def _front(survivor: Contact) -> UUID | None:
    found = Item.objects.filter(contact=survivor.id, front=True).values_list("id", flat=True).first()
    return found if isinstance(found, UUID) else None


def _resolve(survivor_id: UUID, other_id: UUID, now: datetime) -> dict[str, list[str]]:
    """The suggestion is answered; others that name the one that is gone name the survivor instead."""
    pending = MergeSuggestion.objects.filter(resolved_at=None)
    answered, renamed = [], []
    for row in [*pending.filter(first=other_id), *pending.filter(second=other_id)]:
        third = row.second_id if row.first_id == other_id else row.first_id
        answered.append(str(row.id))
        if third != survivor_id:
            first, second = sorted([survivor_id, third])
            instead, made = MergeSuggestion.objects.get_or_create(first_id=first, second_id=second)
            if made:
                renamed.append(str(instead.id))
    MergeSuggestion.objects.filter(id__in=answered).update(resolved_at=now, resolution="merged")
    return {"answered": answered, "made": renamed}


def _tell(survivor: Contact, other: Contact, merge: Merge, *, actor: Actor, now: datetime) -> None:
    who = actor.as_event()
    pairs = [[pair["kept"], pair["closed"]] for pair in merge.moved["pairs"]]
    body = {"merge": str(merge.id), "other": str(other.id), "items": merge.moved["items"], "pairs": pairs, **who}
    told = [
        (survivor, "merged", body),
        (other, "merged_away", {"merge": str(merge.id), "into": str(survivor.id), **who}),
    ]
    for contact, kind, said in sorted(told, key=lambda each: each[0].id):
        append(contact, now, [Change(kind, said)])


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
