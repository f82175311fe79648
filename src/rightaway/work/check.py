"""The invariants in SQL: what is promised, asked of the tables as they are. Reads only.

Each query returns the rows that break its promise, as (kind, id, what is wrong). Run it inside one organisation.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Final
from uuid import UUID

from django.apps import apps
from django.db import connection
from django.utils.translation import gettext_noop as _

from rightaway.ledger.events import chain
from rightaway.ledger.models import Event, Subject
from rightaway.ledger.tables import APP
from rightaway.ledger.tenancy import current_organisation

SHOWN = 20  # violations listed by name, per invariant


@dataclass(frozen=True, slots=True)
class Invariant:
    """`number` as in the reference; `promise` in one sentence, to be translated; `queries` find what breaks it."""

    number: str
    promise: str
    queries: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Violation:
    number: str
    promise: str
    count: int
    examples: tuple[str, ...]


INVARIANTS: Final = (
    Invariant(
        "I1",
        _("Whatever was acknowledged is there."),
        (
            """SELECT 'request', k.id, 'its item is missing' FROM ledger_idempotencykey k
               WHERE k.organisation_id = %(o)s AND k.status = 201 AND k.answer::jsonb ? 'item_id' AND NOT EXISTS (
                   SELECT FROM work_item i WHERE i.organisation_id = %(o)s
                       AND i.id = (k.answer::jsonb->>'item_id')::uuid)""",
            """SELECT 'item', e.subject_id, 'received, but missing' FROM ledger_event e
               WHERE e.organisation_id = %(o)s AND e.subject_kind = 'item' AND e.kind = 'received' AND NOT EXISTS (
                   SELECT FROM work_item i WHERE i.organisation_id = %(o)s AND i.id = e.subject_id)""",
        ),
    ),
    Invariant(
        "I3",
        _("Every open item is due for routing, offered, owned or in the pool, and only one of these."),
        (
            """SELECT 'item', i.id, i.state || ', owners ' || coalesce(a.n, 0) || ', open offers ' || coalesce(f.n, 0)
               FROM work_item i
               LEFT JOIN (SELECT item_id, count(*) n FROM work_assignment WHERE organisation_id = %(o)s
                          AND ended_at IS NULL AND role_id IS NULL GROUP BY 1) a ON a.item_id = i.id
               LEFT JOIN (SELECT item_id, count(*) n FROM work_offer WHERE organisation_id = %(o)s
                          AND state = 'open' AND role_id IS NULL GROUP BY 1) f ON f.item_id = i.id
               WHERE i.organisation_id = %(o)s AND NOT CASE i.state
                   WHEN 'waiting' THEN i.due_at IS NOT NULL AND a.n IS NULL AND f.n IS NULL
                   WHEN 'offered' THEN f.n > 0 AND a.n IS NULL
                   WHEN 'assigned' THEN a.n > 0 AND i.owner_id IS NOT NULL
                   ELSE a.n IS NULL AND f.n IS NULL END""",
            """SELECT 'item', i.id, 'closed, but its role ' || r.role_id || ' is held or offered'
               FROM work_item i JOIN (
                   SELECT item_id, role_id FROM work_assignment WHERE organisation_id = %(o)s AND ended_at IS NULL
                   UNION ALL SELECT item_id, role_id FROM work_offer WHERE organisation_id = %(o)s AND state = 'open')
                   r ON r.item_id = i.id AND r.role_id IS NOT NULL
               WHERE i.organisation_id = %(o)s AND i.state = 'closed'""",
            """SELECT 'item', v.item_id, 'somebody is sought for its role ' || v.role_id || ', but it is '
                   || CASE WHEN i.state = 'closed' THEN 'closed' WHEN a.id IS NOT NULL THEN 'held'
                      ELSE 'neither due nor on offer' END
               FROM work_vacancy v JOIN work_item i ON i.organisation_id = %(o)s AND i.id = v.item_id
               LEFT JOIN work_assignment a ON a.organisation_id = %(o)s AND a.item_id = v.item_id
                   AND a.role_id = v.role_id AND a.ended_at IS NULL
               WHERE v.organisation_id = %(o)s AND (i.state = 'closed' OR a.id IS NOT NULL OR (v.due_at IS NULL
                   AND NOT EXISTS (SELECT FROM work_offer f WHERE f.organisation_id = %(o)s AND f.item_id = v.item_id
                                   AND f.role_id = v.role_id AND f.state = 'open')))""",
        ),
    ),
    Invariant(
        "I4",
        _("An item has at most one exclusive owner, and each of its roles one exclusive holder."),
        (
            """SELECT 'item', item_id, count(*) || coalesce(' holders of the role ' || role_id, ' owners')
               FROM work_assignment WHERE organisation_id = %(o)s AND ended_at IS NULL
               GROUP BY item_id, role_id HAVING count(*) > 1 AND bool_or(exclusive)""",
            """SELECT 'item', f.item_id, 'the role ' || f.role_id || ' is held, and still offered to ' || f.agent_id
               FROM work_offer f JOIN work_assignment a ON a.organisation_id = %(o)s AND a.item_id = f.item_id
                   AND a.role_id = f.role_id AND a.ended_at IS NULL AND a.exclusive
               WHERE f.organisation_id = %(o)s AND f.state = 'open'""",
            """SELECT 'item', i.id, 'owner on the item is not among its owners' FROM work_item i
               WHERE i.organisation_id = %(o)s AND i.owner_id IS NOT NULL AND NOT EXISTS (
                   SELECT FROM work_assignment a WHERE a.organisation_id = %(o)s AND a.item_id = i.id
                   AND a.agent_id = i.owner_id AND a.ended_at IS NULL AND a.role_id IS NULL)""",
        ),
    ),
    Invariant(
        "I5",
        _("Periods of exclusive ownership do not overlap, and something accounts for each gap between them."),
        (
            """SELECT 'item', item_id, 'owned twice from ' || started_at FROM (
                   SELECT item_id, started_at, lag(coalesce(ended_at, 'infinity')) OVER (
                       PARTITION BY item_id, role_id ORDER BY started_at, id) before
                   FROM work_assignment WHERE organisation_id = %(o)s AND exclusive) a WHERE before > started_at""",
            """SELECT 'item', a.item_id, 'nothing says what came after ' || a.ended_at FROM work_assignment a
               WHERE a.organisation_id = %(o)s AND a.ended_at IS NOT NULL AND NOT EXISTS (
                   SELECT FROM ledger_event e WHERE e.organisation_id = %(o)s AND e.subject_kind = 'item'
                   AND e.subject_id = a.item_id AND e.at = a.ended_at)""",
        ),
    ),
    Invariant(
        "I6",
        _("An agent's load is what they hold, and never above their capacity unless somebody said so."),
        (
            """SELECT 'agent', s.agent_id, 'load ' || s.load || ', holds ' || coalesce(h.units, 0)
                   || '; unanswered ' || s.unanswered || ', holds ' || coalesce(h.questions, 0)
               FROM people_agentstate s LEFT JOIN (
                   SELECT agent_id, sum(units) units, sum(questions) questions FROM (
                       SELECT a.agent_id, i.units, (i.unanswered_since IS NOT NULL)::int questions
                       FROM work_assignment a JOIN work_item i ON i.organisation_id = %(o)s AND i.id = a.item_id
                       WHERE a.organisation_id = %(o)s AND a.ended_at IS NULL AND a.role_id IS NULL
                       UNION ALL SELECT agent_id, reserved, 0 FROM work_offer
                       WHERE organisation_id = %(o)s AND state = 'open') held GROUP BY 1) h ON h.agent_id = s.agent_id
               WHERE s.organisation_id = %(o)s AND (s.load <> coalesce(h.units, 0)
                   OR s.unanswered <> coalesce(h.questions, 0) OR s.load > s.capacity + s.over_by)""",
        ),
    ),
    Invariant(
        "I7",
        _("Every offer ends once, and each ending is in the ledger."),
        (
            """SELECT 'offer', o.id, o.state || ', ending told ' || count(e.*) || ' times' FROM work_offer o
               LEFT JOIN ledger_event e ON e.organisation_id = %(o)s AND e.subject_kind = 'item'
                   AND e.subject_id = o.item_id AND e.at = o.ended_at AND strpos(e.body, o.id::text) > 0
                   AND CASE o.state
                       WHEN 'accepted' THEN e.kind = 'accepted' AND e.body::jsonb->>'offer' = o.id::text
                       WHEN 'rescinded' THEN e.kind = 'rescinded' OR e.body::jsonb->'rescinded' ? o.id::text
                       ELSE e.kind = o.state END
               WHERE o.organisation_id = %(o)s AND o.state <> 'open' GROUP BY o.id, o.state HAVING count(e.*) <> 1""",
            """SELECT 'offer', o.id, 'made, but nothing says so' FROM work_offer o
               WHERE o.organisation_id = %(o)s AND NOT EXISTS (
                   SELECT FROM ledger_event e WHERE e.organisation_id = %(o)s AND e.subject_kind = 'item'
                   AND e.subject_id = o.item_id AND e.kind = 'offered' AND strpos(e.body, o.id::text) > 0)""",
        ),
    ),
    Invariant(
        "I8",
        _("No more people accept an offer to many than it has places, and the rest are told."),
        (
            """SELECT 'group', g.id, accepted || ' of ' || g.places || ' places, ' || open || ' still open' FROM (
                   SELECT group_id, count(*) FILTER (WHERE state = 'accepted') accepted,
                          count(*) FILTER (WHERE state = 'open') open
                   FROM work_offer WHERE organisation_id = %(o)s AND group_id IS NOT NULL GROUP BY 1) f
               JOIN work_offergroup g ON g.organisation_id = %(o)s AND g.id = f.group_id
               WHERE accepted > g.places OR (accepted = g.places AND open > 0)""",
        ),
    ),
    Invariant(
        "I9",
        _("Nothing is accepted at or after its deadline."),
        (
            """SELECT 'offer', id, 'accepted ' || ended_at || ', expired ' || expires_at FROM work_offer
               WHERE organisation_id = %(o)s AND state = 'accepted' AND ended_at >= expires_at""",
        ),
    ),
    Invariant(
        "I11",
        _("Nobody is offered or given by the routes what they are excluded from."),
        (
            """SELECT 'item', x.item_id, 'given to ' || x.agent_id || ', who is excluded: ' || x.cause
               FROM work_exclusion x JOIN (
                   SELECT item_id, agent_id, made_at AS at FROM work_offer
                   WHERE organisation_id = %(o)s AND sender_id IS NULL
                   UNION ALL SELECT item_id, agent_id, started_at FROM work_assignment
                   WHERE organisation_id = %(o)s AND how = 'automatic') g USING (item_id, agent_id)
               WHERE x.organisation_id = %(o)s AND x.cause <> 'missed' AND g.at > x.made_at
                 AND g.at < coalesce(x.until, 'infinity') AND g.at < coalesce(x.lifted_at, 'infinity')""",
        ),
    ),
    Invariant(
        "I13",
        _("The rotation counts every turn: settled and open."),
        (
            """SELECT 'agent', coalesce(t.agent_id, g.agent_id),
                   'turns ' || coalesce(t.taken, 0) || ', given ' || coalesce(g.n, 0)
               FROM (SELECT * FROM routing_turn WHERE organisation_id = %(o)s) t FULL JOIN (
                   SELECT route_id, band, agent_id, count(*) n FROM (
                       SELECT route_id, band, agent_id FROM work_offer WHERE organisation_id = %(o)s AND turn
                       UNION ALL SELECT route_id, band, agent_id FROM work_assignment
                       WHERE organisation_id = %(o)s AND turn) given GROUP BY 1, 2, 3)
                   g USING (route_id, band, agent_id)
               WHERE coalesce(t.taken, 0) <> coalesce(g.n, 0)""",
        ),
    ),
    Invariant(
        "I16",
        _("Every change of a subject is one event, numbered without gaps."),
        (
            """SELECT subject_kind, subject_id, 'numbers with a gap' FROM ledger_event WHERE organisation_id = %(o)s
               GROUP BY 1, 2 HAVING count(*) <> max(seq) OR min(seq) <> 1""",
            f"""SELECT 'table', NULL, 'the application may change events' WHERE has_table_privilege(
                    '{APP}', 'ledger_event', 'UPDATE') OR has_table_privilege('{APP}', 'ledger_event', 'DELETE')""",
        ),
    ),
    Invariant(
        "I17",
        _("The events, read from the start, give the tables."),
        (
            """SELECT 'item', i.id, 'is ' || i.state || ', events say ' || coalesce(e.body::jsonb->>'state', 'nothing')
               FROM work_item i LEFT JOIN ledger_event e ON e.organisation_id = %(o)s AND e.subject_kind = 'item'
                   AND e.subject_id = i.id AND e.seq = i.event_seq
               WHERE i.organisation_id = %(o)s AND (i.state IS DISTINCT FROM e.body::jsonb->>'state'
                   OR i.owner_id::text IS DISTINCT FROM e.body::jsonb->>'owner'
                   OR e.hash IS DISTINCT FROM i.event_hash)""",
            """SELECT 'agent', s.agent_id, 'load ' || s.load || ', events say ' || coalesce(l.units, 0)
               FROM people_agentstate s LEFT JOIN (
                   SELECT (d->>0)::uuid agent_id, sum((d->>1)::int) units FROM ledger_event e,
                       jsonb_array_elements(e.body::jsonb->'load') d
                   WHERE e.organisation_id = %(o)s AND e.subject_kind = 'item' AND strpos(e.body, '"load":') > 0
                   GROUP BY 1) l ON l.agent_id = s.agent_id
               WHERE s.organisation_id = %(o)s AND s.load <> coalesce(l.units, 0)""",
            """SELECT 'item', e.subject_id, 'the exclusion of ' || (x->>0) || ' was lost' FROM ledger_event e,
                   jsonb_array_elements(e.body::jsonb->'excluded') x
               WHERE e.organisation_id = %(o)s AND e.subject_kind = 'item' AND strpos(e.body, '"excluded":[[') > 0
                 AND NOT EXISTS (SELECT FROM work_exclusion n WHERE n.organisation_id = %(o)s
                   AND n.item_id = e.subject_id AND n.agent_id = (x->>0)::uuid AND n.cause = x->>1
                   AND n.made_at = e.at)""",
        ),
    ),
    Invariant(
        "I25",
        _("Every table of an organisation is walled."),
        (
            """SELECT 'table', NULL, c.relname || ' has no forced row-level security' FROM pg_class c
               JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'organisation_id' AND NOT a.attisdropped
               WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
                 AND NOT (c.relrowsecurity AND c.relforcerowsecurity)""",
            """SELECT 'role', NULL, rolname || ' walks through row-level security' FROM pg_roles
               WHERE rolname = current_user AND (rolsuper OR rolbypassrls)""",
        ),
    ),
    Invariant(
        "I28",
        _("A contact that was merged has nothing left, and of every other one item is in front."),
        (
            """SELECT 'contact', c.id, 'was merged away, but still has something' FROM contacts_contact c
               WHERE c.organisation_id = %(o)s AND c.merged_into_id IS NOT NULL AND (
                   EXISTS (SELECT FROM work_item i WHERE i.organisation_id = %(o)s AND i.contact_id = c.id)
                   OR EXISTS (SELECT FROM contacts_identity n WHERE n.organisation_id = %(o)s AND n.contact_id = c.id)
                   OR EXISTS (SELECT FROM contacts_entry e WHERE e.organisation_id = %(o)s AND e.contact_id = c.id))""",
            """SELECT 'contact', c.id, CASE WHEN c.archived_at IS NULL THEN 'none of its items is in front'
                   ELSE 'archived, but an item is in front' END
               FROM contacts_contact c JOIN (
                   SELECT contact_id, bool_or(front) front FROM work_item WHERE organisation_id = %(o)s GROUP BY 1) i
                   ON i.contact_id = c.id
               WHERE c.organisation_id = %(o)s AND i.front = (c.archived_at IS NOT NULL)""",
        ),
    ),
    Invariant(
        "I27",
        _("Who has left holds nothing: no access, no presence, no open offer, no item."),
        (
            """SELECT 'agent', a.id, 'has left' || CASE WHEN s.active THEN ', may be given things' ELSE '' END
                   || CASE WHEN s.presence <> 'offline' THEN ', present' ELSE '' END
                   || CASE WHEN m.active THEN ', a member' ELSE '' END
                   || ', open offers ' || f.n || ', items ' || h.n
               FROM people_agent a
               JOIN people_agentstate s ON s.organisation_id = %(o)s AND s.agent_id = a.id
               JOIN LATERAL (SELECT membership_id FROM work_departure d WHERE d.organisation_id = %(o)s
                   AND d.agent_id = a.id AND d.kind = 'leave' AND d.state = 'gone' LIMIT 1) d ON true
               LEFT JOIN accounts_membership m ON m.organisation_id = %(o)s AND m.id = d.membership_id
               CROSS JOIN LATERAL (SELECT count(*) n FROM work_offer f WHERE f.organisation_id = %(o)s
                   AND f.agent_id = a.id AND f.state = 'open') f
               CROSS JOIN LATERAL (SELECT count(*) n FROM work_assignment h WHERE h.organisation_id = %(o)s
                   AND h.agent_id = a.id AND h.ended_at IS NULL) h
               WHERE a.organisation_id = %(o)s AND NOT a.active
                 AND (s.active OR s.presence <> 'offline' OR m.active OR f.n > 0 OR h.n > 0)""",
        ),
    ),
    Invariant(
        "I40",
        _("The next task that stands on an item is its earliest open one."),
        (
            """SELECT 'item', coalesce(i.id, t.item_id), 'next task ' || coalesce(i.next_task_at::text, 'none')
                   || ', earliest open ' || coalesce(t.due::text, 'none')
               FROM (SELECT id, next_task_at FROM work_item WHERE organisation_id = %(o)s) i FULL JOIN (
                   SELECT item_id, min(due_at) due FROM contacts_task
                   WHERE organisation_id = %(o)s AND ended_at IS NULL GROUP BY 1) t ON t.item_id = i.id
               WHERE i.next_task_at IS DISTINCT FROM t.due""",
        ),
    ),
)

_COUNTERS: Final = """
SELECT '{kind}', s.id, 'counter ' || s.event_seq || ', events ' || coalesce(n.n, 0) FROM {table} s
LEFT JOIN (SELECT subject_id, count(*) n, max(seq) top FROM ledger_event
           WHERE organisation_id = %(o)s AND subject_kind = '{kind}' GROUP BY 1) n ON n.subject_id = s.id
LEFT JOIN ledger_event e ON e.organisation_id = %(o)s AND e.subject_kind = '{kind}' AND e.subject_id = s.id
    AND e.seq = s.event_seq
WHERE s.organisation_id = %(o)s AND (coalesce(n.n, 0) <> s.event_seq OR n.top <> s.event_seq
    OR (s.event_seq > 0 AND e.hash IS DISTINCT FROM s.event_hash))
"""


def check(acknowledged: list[UUID] | None = None) -> list[Violation]:
    """What is wrong in the current organisation; empty when all promises hold.

    `acknowledged` are ids of items that somebody was told are stored: I1 asks for each of them.
    """
    also: dict[str, Callable[[], Iterable[str]]] = {
        "I1": lambda: _lost(acknowledged or []), "I16": miscounted_subjects, "I17": broken_chains,
    }  # fmt: skip
    return [found for each in INVARIANTS if (found := _ask(each, also.get(each.number, list)))]


def _ask(invariant: Invariant, also: Callable[[], Iterable[str]]) -> Violation | None:
    wrong = [sentence for query in invariant.queries for sentence in _wrong(query)] + list(also())
    if not wrong:
        return None
    return Violation(invariant.number, invariant.promise, len(wrong), tuple(wrong[:SHOWN]))


def _wrong(query: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(query, {"o": current_organisation()} if "%(o)s" in query else None)
        return [f"{kind} {id}: {what}" if id else f"{kind}: {what}" for kind, id, what in cursor.fetchall()]


def miscounted_subjects() -> list[str]:
    """Subjects whose counter or hash is not that of their last event."""
    subjects = [model for model in apps.get_models() if issubclass(model, Subject)]
    return [
        sentence
        for model in subjects
        for sentence in _wrong(_COUNTERS.format(kind=model._meta.model_name, table=model._meta.db_table))
    ]


def broken_chains() -> Iterator[str]:
    """Subjects of which some event's hash is not sha256(previous hash ‖ body)."""
    events = Event.objects.order_by("subject_kind", "subject_id", "seq").values_list(
        "subject_kind", "subject_id", "body", "hash"
    )
    for (kind, id), chained in groupby(events.iterator(chunk_size=5000), key=lambda event: event[:2]):
        digest = b""
        for *_kind_and_id, body, stored in chained:
            digest = chain(digest, body)
            if digest != bytes(stored):
                yield f"{kind} {id}: an event was altered"
                break


def _lost(acknowledged: list[UUID]) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT a FROM unnest(%s::uuid[]) a WHERE NOT EXISTS (
                   SELECT FROM work_item i WHERE i.organisation_id = %s AND i.id = a)""",
            [acknowledged, current_organisation()],
        )
        return [f"item {row[0]}: acknowledged, but missing" for row in cursor.fetchall()]
