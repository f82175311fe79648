"""How somebody stands now, and their day so far: what their own pages show again and again, one statement each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from rightaway.ledger.ids import first_id
from rightaway.ledger.statements import fetched

_NOW: Final = """
SELECT a.mode, s.presence, s.present_until, s.load, s.capacity, s.unanswered, s.unanswered_cap, o.open, o.held,
    EXISTS (SELECT FROM work_departure d
            WHERE d.organisation_id = %(organisation)s AND d.agent_id = a.id AND d.kind = 'ill' AND d.state = 'gone')
FROM people_agent a
JOIN people_agentstate s ON s.organisation_id = a.organisation_id AND s.agent_id = a.id
CROSS JOIN (SELECT count(*) AS open, count(*) FILTER (WHERE reserved > 0) AS held FROM work_offer
            WHERE organisation_id = %(organisation)s AND agent_id = %(agent)s AND state = 'open') o
WHERE a.organisation_id = %(organisation)s AND a.id = %(agent)s
"""
_DAY: Final = """
WITH mine AS (
    SELECT id, attention_at <= %(now)s AS bad FROM work_item
    WHERE organisation_id = %(organisation)s AND owner_id = %(agent)s AND state = 'assigned'
)
SELECT o.received, o.accepted, o.took, e.calls, e.tasks, t.due, m.owned, m.bad, k.kinds
FROM (SELECT count(*) AS received, count(*) FILTER (WHERE state = 'accepted') AS accepted,
          avg(ended_at - made_at) FILTER (WHERE state = 'accepted') AS took FROM work_offer
      WHERE organisation_id = %(organisation)s AND id >= %(day_before)s AND agent_id = %(agent)s
        AND made_at >= %(midnight)s) o,
    (SELECT count(*) FILTER (WHERE kind = 'call') AS calls, count(*) FILTER (WHERE kind = 'task') AS tasks
     FROM contacts_entry
     WHERE organisation_id = %(organisation)s AND id >= %(today)s AND agent_id = %(agent)s
       AND kind IN ('call', 'task')) e,
    (SELECT count(*) AS due FROM contacts_task t
     WHERE t.organisation_id = %(organisation)s AND t.ended_at IS NULL AND t.due_at < %(tonight)s
       AND (t.agent_id = %(agent)s OR (t.agent_id IS NULL AND t.item_id IN (SELECT id FROM mine)))) t,
    (SELECT count(*) AS owned, count(*) FILTER (WHERE bad) AS bad FROM mine) m,
    (SELECT coalesce(json_object_agg(kind, count), '{}') AS kinds FROM (
        SELECT i.kind, count(*) FROM work_assignment s
        JOIN work_item i ON i.organisation_id = %(organisation)s AND i.id = s.item_id
        WHERE s.organisation_id = %(organisation)s AND s.agent_id = %(agent)s AND s.ended_at IS NULL
          AND s.role_id IS NULL
        GROUP BY i.kind) held) k
"""


@dataclass(frozen=True, slots=True)
class AgentNow:
    """Loads are hundredths. `open_offers` wait for an answer, `held_offers` of them hold capacity."""

    mode: str
    presence: str
    present_until: datetime | None
    load: int
    capacity: int
    unanswered: int
    unanswered_cap: int | None
    open_offers: int
    held_offers: int
    ill: bool


@dataclass(frozen=True, slots=True)
class Day:
    """Since the agent's midnight. `took` is from offer to acceptance, on average. `kinds`: how many items of each kind
    they hold, alone or with others. `bad` of those `owned` want attention."""

    received: int
    accepted: int
    took: timedelta | None
    calls: int
    tasks_done: int
    tasks_left: int
    owned: int
    bad: int
    kinds: Mapping[str, int]


def agent_now(agent_id: UUID) -> AgentNow:
    """How the agent stands. Runs inside `organisation(…)`."""
    return AgentNow(*fetched(_NOW, agent=agent_id)[0])


def day_of(agent_id: UUID, midnight: datetime, now: datetime) -> Day:
    """The agent's day, which began at `midnight`. Runs inside `organisation(…)`."""
    # Ids sort by time, so the day's rows are found by the primary key; an offer's id may be older than the offer.
    found = fetched(
        _DAY, agent=agent_id, now=now, midnight=midnight, tonight=midnight + timedelta(days=1),
        today=first_id(midnight), day_before=first_id(midnight - timedelta(days=1)),
    )  # fmt: skip
    return Day(*found[0])
