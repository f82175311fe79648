"""Giving many items at once: what `assign` does to one, as a handful of statements for a thousand.

Only for items without open offers: those are few, and go through `assign` one by one.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection

from rightaway.accounts.actor import Actor
from rightaway.engine.facts import Directory
from rightaway.ledger.arrays import plain, quoted
from rightaway.ledger.crash import crash_point
from rightaway.ledger.events import canonical, chain, tell
from rightaway.ledger.ids import new_id
from rightaway.ledger.tenancy import current_organisation
from rightaway.routing.directory import directory
from rightaway.work import basics, change
from rightaway.work.models import Assignment, Exclusion, Item
from rightaway.work.units import units_of

_GRADES: Final = tuple(basics.NO_GRADES)
_ITEMS: Final = f"""
UPDATE work_item i SET state = 'assigned', cause = 'owned', owner_id = u.owner, due_at = NULL, waits_on = NULL,
    tries = 0, wave = 0, passed = '[]', units = u.units, assigned_at = %(now)s, basics_since = %(now)s,
    {
    ", ".join(
        f"{name} = {value}"
        for name, value in zip(
            basics.COUNTED_ANEW, ("0" if value == 0 else "NULL" for value in basics.COUNTED_ANEW.values()), strict=True
        )
    )
},
    {", ".join(f"{name} = u.{name}" for name in _GRADES)}, event_seq = u.seq, event_hash = u.hash
FROM unnest(%(id)s::uuid[], %(owner)s::uuid[], %(units)s::int[], %(seq)s::int[], %(hash)s::bytea[],
    {", ".join(f"%({name})s::timestamptz[]" for name in _GRADES)})
    u (id, owner, units, seq, hash, {", ".join(_GRADES)})
WHERE i.organisation_id = %(organisation)s AND i.id = u.id
"""
_EVENTS: Final = """
INSERT INTO ledger_event (organisation_id, subject_kind, subject_id, seq, at, kind, body, hash)
SELECT %(organisation)s, 'item', id, seq, %(now)s, %(event)s, body, hash
FROM unnest(%(id)s::uuid[], %(seq)s::int[], %(body)s::text[], %(hash)s::bytea[]) v (id, seq, body, hash)
"""
_ASSIGNMENTS: Final = """
INSERT INTO work_assignment (organisation_id, id, item_id, agent_id, exclusive, how, band, turn, started_at, end_cause)
SELECT %(organisation)s, id, item_id, agent_id, true, 'by_hand', band, false, %(now)s, ''
FROM unnest(%(a_id)s::uuid[], %(id)s::uuid[], %(owner)s::uuid[], %(band)s::int[]) a (id, item_id, agent_id, band)
"""


def give_many(
    items: Sequence[Item], agents: Sequence[UUID], room: dict[UUID, int], *, actor: Actor, now: datetime, event: str,
    cause: str,
) -> None:  # fmt: skip
    """Makes each locked item its agent's, by hand. Nobody but a single exclusive owner has it now, and no offer of it
    is open. `room` is what each agent had left (hundredths), with their rows locked: what passes it was confirmed, is
    said in the item's event and written to `over_by`.
    """
    if not items:
        return
    ids = [item.id for item in items]
    owned = Assignment.objects.filter(item__in=ids, role_id=None, ended_at=None)
    before = dict(owned.values_list("item_id", "agent_id"))
    owned.update(ended_at=now, end_cause=cause)
    Exclusion.objects.filter(item__in=ids, cause="missed", lifted_at=None).update(lifted_at=now)
    loads, known = change.Loads(), directory()
    rows = [
        _row(item, agent, before.get(item.id), loads, room, known, actor=actor, now=now, event=event)
        for item, agent in zip(items, agents, strict=True)
    ]
    _write(items, agents, rows, now=now, event=event)
    crash_point("given_before_commit")
    change.settle(loads, receivers=set(agents), at=now, over=True)


def _row(
    item: Item, agent: UUID, owner: UUID | None, loads: change.Loads, room: dict[UUID, int], known: Directory,
    *, actor: Actor, now: datetime, event: str,
) -> dict[str, Any]:  # fmt: skip
    """The item's new values, and its event."""
    asked = int(item.unanswered_since is not None)
    told, units = change.Loads(), units_of(item, known)
    if owner is not None:
        told.add(owner, -item.units, -asked)
    told.add(agent, units, asked)
    told.count(agent, now, enforce=False)
    for each, delta in told.units.items():
        room[each] = room.get(each, 0) - delta
    loads.include(told)
    for column, value in {**basics.COUNTED_ANEW, "basics_since": now, "owner_id": agent, "state": "assigned"}.items():
        setattr(item, column, value)
    body: dict[str, Any] = {
        "kind": event, "state": "assigned", "owner": agent, "agent": agent, "from": [owner] if owner else [],
        "rescinded": [], "how": "by_hand", **actor.as_event(),
    }  # fmt: skip
    if told.told():
        body["load"] = sorted([str(each), delta] for each, delta in told.told().items())
    if units > 0 and room[agent] < 0:
        body["over"] = agent
    text = canonical(body)
    item.event_seq, item.event_hash = item.event_seq + 1, chain(bytes(item.event_hash), text)
    return {"units": units, "body": text, **basics.graded(item, known.basics)}


def _write(
    items: Sequence[Item], agents: Sequence[UUID], rows: list[dict[str, Any]], *, now: datetime, event: str
) -> None:
    parameters: dict[str, Any] = {
        "organisation": current_organisation(), "now": now, "event": event, "id": plain(item.id for item in items),
        "owner": plain(agents), "units": plain(row["units"] for row in rows),
        "seq": plain(item.event_seq for item in items), "hash": quoted(f"\\x{item.event_hash.hex()}" for item in items),
        "body": quoted(row["body"] for row in rows), "a_id": plain(new_id() for _ in items),
        "band": plain(item.band for item in items),
    }  # fmt: skip
    for name in _GRADES:
        parameters[name] = quoted(None if (at := row[name]) is None else at.isoformat() for row in rows)
    with connection.cursor() as cursor:
        for statement in (_ITEMS, _EVENTS, _ASSIGNMENTS):
            cursor.execute(statement, parameters)
    tell([("item", item.id, event, item.event_seq) for item in items])
