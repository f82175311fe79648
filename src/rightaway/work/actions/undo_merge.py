"""Undo a merge: two contacts again, each with what it had. What came in since stays with the survivor."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q

from rightaway.accounts.actor import Actor
from rightaway.contacts import fields
from rightaway.contacts.fields import Value
from rightaway.contacts.models import Contact, Identity, Merge, MergeSuggestion
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import Conflict, NotFound
from rightaway.ledger.events import Change, append
from rightaway.people.models import Agent
from rightaway.work import access, archiving, change, identities, in_step, ownership, roles, tasks
from rightaway.work.actions.merge_contacts import FOLLOWERS, followers, reprice
from rightaway.work.merging import UNDO_DAYS
from rightaway.work.models import CampaignMember, Exclusion, Item
from rightaway.work.units import units_of


@dataclass(frozen=True, slots=True)
class Parted:
    """The two contacts; `opened` are the items that the merge had closed as duplicates and that are open again."""

    contact_id: UUID
    other_id: UUID
    opened: tuple[UUID, ...]


def undo_merge(*, merge_id: UUID, actor: Actor) -> Parted:
    """Runs inside `organisation(…)`. Raises NotFound, NotAllowed, Conflict: it was undone before, is too long ago, or
    the survivor was itself merged into another."""
    merge: Merge | None = Merge.objects.filter(id=merge_id).first()
    if merge is None:
        raise NotFound
    access.contact_for(actor, merge.survivor_id, "contact.merge")
    roles.hold_still()
    held = identities.hold([merge.survivor_id, merge.other_id])
    survivor, other = held[merge.survivor_id], held[merge.other_id]
    merge.refresh_from_db()
    now = clock()
    _require_undoable(merge, survivor, now)
    moved, loads = merge.moved, change.Loads()
    returning = [UUID(id) for id in moved["items"]]
    items = {row.id: row for row in _locked(survivor.id)}
    for pair in moved["pairs"]:
        for name in ("entries", "threads"):
            _follow(pair, name)
    _move_back(moved, survivor, other, returning)
    opened = []
    for pair in moved["pairs"]:
        kept, gone = items.get(UUID(pair["kept"])), items.get(UUID(pair["closed"]))
        if gone is not None and (gone.state, gone.outcome) == ("closed", "duplicate"):
            home = other if gone.id in returning else survivor
            if not _taken(home, gone):
                _follow(pair, "tasks")
                _open(gone, pair, actor=actor, now=now, loads=loads)
                opened.append(gone.id)
        if kept is not None and kept.state != "closed":
            _unjoin(kept, pair, actor=actor, now=now, loads=loads)
    _restore(moved, survivor, other, actor=actor, now=now)
    _suggest_again(moved["suggestions"])
    Merge.objects.filter(id=merge.id).update(undone_at=now)
    body = {"merge": str(merge.id), **actor.as_event()}
    for contact in sorted([survivor, other], key=lambda row: row.id):
        append(contact, now, [Change("parted", body)])
    change.settle(loads)
    return Parted(survivor.id, other.id, tuple(opened))


def _require_undoable(merge: Merge, survivor: Contact, now: datetime) -> None:
    if merge.undone_at is not None or now - merge.made_at > timedelta(days=UNDO_DAYS):
        raise Conflict(days=UNDO_DAYS, undone=merge.undone_at is not None)
    if survivor.merged_into_id is not None:
        raise Conflict(merged_into=str(survivor.merged_into_id))


def _follow(pair: Mapping[str, Any], name: str) -> None:
    """What went with the closed item, and is still where it went, goes back with it."""
    followers(pair["kept"])[name].filter(id__in=pair.get(name, [])).update(item_id=pair["closed"])


def _locked(contact_id: UUID) -> list[Item]:
    return list(Item.objects.select_for_update(no_key=True).filter(contact=contact_id).order_by("id"))


def _open(item: Item, was: Mapping[str, Any], *, actor: Actor, now: datetime, loads: change.Loads) -> None:
    """Opens the duplicate again, for whoever had it and still may have it; else the routes decide."""
    item.unanswered_since = _instant(was["asked"])
    owners = _still(item, [UUID(owner) for owner in was["owners"]])
    columns: dict[str, Any] = {
        "front": False, "outcome": "", "closed_at": None,
        "unanswered_since": item.unanswered_since, "cause": "parted", "next_task_at": tasks.next_due(item.id),
        **ownership.UNOWNED,
    }  # fmt: skip
    rise = change.Loads()
    name = "part_pooled" if was["state"] == "pooled" else "part_waiting"
    if owners:
        name, units = "part_owned", units_of(item)
        first = UUID(was["owner"]) if was["owner"] and UUID(was["owner"]) in owners else owners[0]
        columns |= ownership.owned_columns(first, at=now, units=units)
        for owner in owners:
            ownership.begin(item, owner, how="by_hand", at=now, exclusive=len(owners) == 1)
            rise.add(owner, units, int(item.unanswered_since is not None))
    body = {"agents": owners, "from": [], **({"over": True} if owners else {})}
    change.move(item, name, actor=actor, at=now, event="parted", body=body, load=rise.told(), **columns)
    roles.hand_on(item, _pairs(was, "roles"), actor=actor, at=now)
    loads.include(rise)


def _taken(home: Contact, item: Item) -> bool:
    """Whether somebody asked again since, so that a newer item stands in its place."""
    items = Item.objects.filter(contact=home.id, kind=item.kind, line=item.line)
    return bool(items.exclude(state="closed").exists())


def _still(item: Item, owners: list[UUID]) -> list[UUID]:
    """Those of them who are active and, when the item is of a campaign, in it."""
    found = Agent.objects.filter(id__in=owners, active=True)
    if item.campaign_id is not None:
        found = found.filter(id__in=CampaignMember.objects.filter(campaign=item.campaign_id).values("agent"))
    active = set(found.values_list("id", flat=True))
    return [owner for owner in owners if owner in active]


def _unjoin(kept: Item, was: Mapping[str, Any], *, actor: Actor, now: datetime, loads: change.Loads) -> None:
    """What the merge made of the item that was kept, where nothing has changed it since."""
    columns: dict[str, Any] = {"enquiries": max(1, kept.enquiries - was["enquiries"])}
    if kept.band == was["merged_band"]:
        columns["band"] = was["kept_band"]
    asked = kept.unanswered_since
    if asked == _instant(was["merged_asked"]):
        asked = _instant(was["kept_asked"])
    rise = reprice(kept, asked, columns)
    columns |= {"unanswered_since": asked, "next_task_at": tasks.next_due(kept.id)}
    Exclusion.objects.filter(id__in=was["excluded"], lifted_at=None).update(lifted_at=now)
    if kept.state == "waiting":
        columns |= {"due_at": now, "waits_on": None}
    change.note(kept, actor=actor, at=now, event="parted", body={"from": []}, load=rise.told(), **columns)
    roles.take_away(kept, _pairs(was, "taken"), actor=actor, at=now)
    loads.include(rise)


def _pairs(was: Mapping[str, Any], name: str) -> list[tuple[UUID, UUID]]:
    return [(UUID(role), UUID(agent)) for role, agent in was.get(name, [])]


def _move_back(moved: Mapping[str, Any], survivor: Contact, other: Contact, returning: list[UUID]) -> None:
    """What is still the survivor's of what was moved, and what was said since about the items that return."""
    for id, place in moved["identities"]:
        Identity.objects.filter(id=id, contact=survivor.id).update(contact_id=other.id, place=place)
    # Those that are left move up: the first is the main one.
    left: dict[str, int] = {"phone": 0, "email": 0}
    for row in Identity.objects.filter(contact=survivor.id).order_by("kind", "place", "id"):
        Identity.objects.filter(id=row.id).update(place=left[row.kind])
        left[row.kind] += 1
    Item.objects.filter(id__in=returning, contact=survivor.id).update(contact_id=other.id, front=False)
    for name, model in FOLLOWERS.items():
        rows = model.objects.filter(contact=survivor.id)
        rows.filter(Q(id__in=moved.get(name, [])) | Q(item_id__in=returning)).update(contact_id=other.id)


def _restore(moved: Mapping[str, Any], survivor: Contact, other: Contact, *, actor: Actor, now: datetime) -> None:
    """Columns and fields as they were, where nobody has changed them since; the items in step with them."""
    before, after = moved["before"], moved["after"]
    for name, value in after.items():
        if _stored(getattr(survivor, name)) == value:
            setattr(survivor, name, _loaded(name, before[name]))
    Contact.objects.filter(id=survivor.id).update(**{name: getattr(survivor, name) for name in after})
    Contact.objects.filter(id=other.id).update(merged_into_id=None)
    other.merged_into_id = None
    known = fields.fields()
    now_has = fields.values_of([survivor.id])[survivor.id]
    mine = _unchanged(known, now_has, moved["values"], _values(known, moved["had"][str(survivor.id)]))
    theirs = _values(known, moved["had"][str(other.id)])
    fields.store(survivor.id, mine, known)
    fields.store(other.id, theirs, known)
    fronts = [UUID(id) for id in moved["fronts"]]
    for contact, own in ((survivor, mine), (other, {key: theirs.get(key) for key in known})):
        Item.objects.filter(contact=contact.id).update(folded=contact.folded)
        rather = Item.objects.filter(contact=contact.id, id__in=fronts).values_list("id", flat=True).first()
        archiving.to_front(contact, rather=rather)
        in_step.keep(in_step.open_items([contact.id]), own, actor=actor, at=now, changed=["contact"])


def _unchanged(
    known: Mapping[str, Any], has: Mapping[str, Value], merged: Mapping[str, Any], had: Mapping[str, Value]
) -> dict[str, Value | None]:
    """The survivor's own values of those fields that are as the merge left them."""
    return {
        key: had.get(key)
        for key in known
        if (fields.as_json(has[key]) if key in has else None) == merged.get(key)
    }  # fmt: skip


def _values(known: Mapping[str, Any], stored: Mapping[str, Any]) -> dict[str, Value]:
    """Values that were stored as JSON; those that the field no longer takes are left out."""
    found = {}
    for key, raw in stored.items():
        try:
            value = fields.read(known[key], raw) if key in known else None
        except ValueError:
            continue
        if value is not None:
            found[key] = value
    return found


def _stored(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else str(value) if isinstance(value, UUID) else value


def _loaded(name: str, value: Any) -> Any:
    if value is None:
        return None
    return UUID(value) if name == "employer_id" else _instant(value) if name == "archived_at" else value


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _suggest_again(suggestions: Mapping[str, list[str]]) -> None:
    again = MergeSuggestion.objects.filter(id__in=suggestions["answered"])
    again.update(resolved_at=None, resolution="")
    made = MergeSuggestion.objects.filter(id__in=suggestions["made"], resolved_at=None)
    made.delete()
