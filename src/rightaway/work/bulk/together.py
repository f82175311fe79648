"""A batch of a bulk assignment: what is plain is given at once, what is not is left for its own turn."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection

from rightaway.accounts.actor import Actor
from rightaway.contacts.models import Entry
from rightaway.engine.moves import next_state
from rightaway.ledger.arrays import plain, quoted
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import CapacityFull, Conflict, NeedsConfirmation
from rightaway.ledger.tenancy import current_organisation
from rightaway.people.models import Absence, Agent, AgentState
from rightaway.routing.directory import directory
from rightaway.work import access, change
from rightaway.work.bulk.deeds import as_before
from rightaway.work.bulk.wanted import AssignWanted
from rightaway.work.giving import give_many
from rightaway.work.models import Assignment, BulkRow, Item, Offer
from rightaway.work.present import here
from rightaway.work.units import units_of


def assign_together(rows: Sequence[BulkRow], wanted: AssignWanted, note: str, *, actor: Actor) -> tuple[int, int]:
    """Assigns what has no open offer, no campaign and at most one owner, to whom each row was dealt. Returns (done,
    refused); rows that are neither keep their turn."""
    items = _locked(rows)
    free = _plain(items, actor)
    now = clock()
    agents = sorted({row.agent_id for row in rows if row.agent_id})
    owners = {item.owner_id for item in free.values() if item.owner_id}
    states = change.lock_agents(sorted({*agents, *owners}))
    guard = _Guard(states, agents, wanted, now)
    given: list[tuple[BulkRow, Item]] = []
    refused: list[BulkRow] = []
    for row in sorted(rows, key=lambda row: row.place):
        item = free.get(row.item_id)
        if item is None or row.agent_id is None or row.agent_id == item.owner_id:
            continue
        row.problem = guard.why_not(item, row.agent_id)
        if row.problem:
            row.outcome = "refused"
            refused.append(row)
        else:
            row.before = as_before(item)
            given.append((row, item))
    items_given, receivers = [item for _, item in given], [row.agent_id for row, _ in given if row.agent_id]
    give_many(items_given, receivers, guard.room, actor=actor, now=now, event="assigned", cause="reassigned")
    for row, item in given:
        row.outcome, row.seq = "done", item.event_seq
    if note:
        _tell(items_given, note, actor, now)
    _write(given, refused)
    return len(given), len(refused)


class _Guard:
    """Who may be given something without saying more: as `assign` asks it of one, of everybody at once."""

    def __init__(
        self, states: dict[UUID, AgentState], agents: Sequence[UUID], wanted: AssignWanted, now: datetime
    ) -> None:
        self.wanted, self.known = wanted, directory()
        self.room = {id: state.capacity + state.over_by - state.load for id, state in states.items()}
        self.present = set(here(now).filter(agent__in=agents).values_list("agent_id", flat=True))
        away = Absence.objects.filter(agent__in=agents, starts_at__lte=now, ends_at__gt=now)
        self.present -= set(away.values_list("agent_id", flat=True))
        self.active = set(Agent.objects.filter(id__in=agents, active=True).values_list("id", flat=True))
        self.left = dict(self.room)

    def why_not(self, item: Item, agent_id: UUID) -> str:
        """The slug of what refuses it; empty: it is theirs, and its place is taken."""
        if agent_id not in self.active:
            return Conflict.slug
        if not self.wanted.confirmed and agent_id not in self.present:
            return NeedsConfirmation.slug
        units = units_of(item, self.known)
        if not self.wanted.confirmed and units > self.left[agent_id]:
            return CapacityFull.slug
        self.left[agent_id] -= units
        if item.owner_id in self.left:
            self.left[item.owner_id] += item.units
        return ""


def _locked(rows: Sequence[BulkRow]) -> dict[UUID, Item]:
    found = Item.objects.select_for_update(no_key=True).filter(id__in=[row.item_id for row in rows]).order_by("id")
    return {item.id: item for item in found}


def _plain(items: dict[UUID, Item], actor: Actor) -> dict[UUID, Item]:
    """Those that the actor may assign and that `give_many` can give."""
    shares = Assignment.objects.filter(item__in=items, ended_at=None, role_id=None, exclusive=False)
    asked = Offer.objects.filter(item__in=items, state="open", role_id=None)
    entangled = {*shares.values_list("item_id", flat=True), *asked.values_list("item_id", flat=True)}
    may = set(access.visible_items(actor, "item.assign").filter(id__in=items).values_list("id", flat=True))
    return {
        id: item
        for id, item in items.items()
        if id in may and id not in entangled and item.campaign_id is None and next_state(item.state, "give") is not None
    }


def _tell(items: Sequence[Item], note: str, actor: Actor, now: datetime) -> None:
    Entry.objects.bulk_create(
        Entry(
            contact_id=item.contact_id, item_id=item.id, kind="assigned", action="housekeeping", text=note,
            agent_id=actor.agent_id, at=now,
        )
        for item in items
    )  # fmt: skip


_ROWS: Final = """
UPDATE work_bulkrow r SET outcome = u.outcome, problem = u.problem, before = u.before, seq = u.seq
FROM unnest(%(id)s::uuid[], %(outcome)s::text[], %(problem)s::text[], %(before)s::jsonb[], %(seq)s::int[])
    u (id, outcome, problem, before, seq)
WHERE r.organisation_id = %(organisation)s AND r.id = u.id
"""


def _write(given: Sequence[tuple[BulkRow, Item]], refused: Sequence[BulkRow]) -> None:
    rows = [*(row for row, _ in given), *refused]
    with connection.cursor() as cursor:
        cursor.execute(
            _ROWS,
            {
                "organisation": current_organisation(), "id": plain(row.id for row in rows),
                "outcome": plain(row.outcome for row in rows), "problem": quoted(row.problem for row in rows),
                "before": quoted(None if row.before is None else json.dumps(row.before) for row in rows),
                "seq": plain(row.seq for row in rows),
            },
        )  # fmt: skip
