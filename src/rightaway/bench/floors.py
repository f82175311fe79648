"""The floors: the same rows by the shortest way there is, bare psycopg, one connection, synchronous commit.

CTE is one statement for one item; COPY is batches of 1,000 and one update of the loads. COPY is refused under
row-level security, so both run as the superuser: the floor has no wall to pay for, which makes it harder to reach.
"""

import time
from datetime import UTC, datetime
from uuid import UUID

import psycopg

from rightaway.bench.house import House
from rightaway.ledger.arrays import plain
from rightaway.ledger.events import chain
from rightaway.ledger.ids import new_id

_CTE = """
WITH item AS (
    INSERT INTO work_item (organisation_id, id, kind, contact_id, line, front, state, status, cause, owner_id, source,
        language, attributes, band, units, enquiries, tries, wave, passed, created_at, unanswered_since, assigned_at,
        outcome, event_seq, event_hash)
    VALUES (%(o)s, %(item)s, 'lead', %(contact)s, '', true, 'assigned', 'evaluate', 'owned', %(agent)s, 'web', '',
        '{}', 1,
        100, 1, 0, 0, '[]', now(), now(), now(), '', 1, %(hash)s)
), assignment AS (
    INSERT INTO work_assignment (organisation_id, id, item_id, agent_id, exclusive, how, route_id, band, turn,
        started_at,
        end_cause)
    VALUES (%(o)s, %(assignment)s, %(item)s, %(agent)s, true, 'automatic', %(route)s, 1, true, now(), '')
), event AS (
    INSERT INTO ledger_event (organisation_id, subject_kind, subject_id, seq, at, kind, body, hash)
    VALUES (%(o)s, 'item', %(item)s, 1, now(), 'assigned', %(body)s, %(hash)s)
)
UPDATE people_agentstate SET load = load + 100, unanswered = unanswered + 1, last_given_at = now()
WHERE organisation_id = %(o)s AND agent_id = %(agent)s
"""
_COPIES = (
    """COPY work_item (organisation_id, id, kind, contact_id, line, front, state, status, cause, owner_id, source,
        language, attributes, band, units, enquiries, tries, wave, passed, created_at, unanswered_since, assigned_at,
        outcome, event_seq, event_hash) FROM STDIN""",
    """COPY work_assignment (organisation_id, id, item_id, agent_id, exclusive, how, route_id, band, turn, started_at,
        end_cause) FROM STDIN""",
    "COPY ledger_event (organisation_id, subject_kind, subject_id, seq, at, kind, body, hash) FROM STDIN",
)
_LOADS = """
UPDATE people_agentstate s SET load = s.load + 100 * d.n, unanswered = s.unanswered + d.n, last_given_at = now()
FROM unnest(%s::uuid[], %s::int[]) d (agent_id, n) WHERE s.organisation_id = %s AND s.agent_id = d.agent_id
"""


def _contacts(conn: psycopg.Connection, house: House, count: int) -> list[UUID]:
    """Contacts for `count` items, made beforehand: they are no part of the measurement."""
    ids = [new_id() for _ in range(count)]
    conn.execute(
        """INSERT INTO contacts_contact (organisation_id, id, name, folded, language, company, event_seq, event_hash)
           SELECT %s, id, 'Person', 'person', '', '', 0, '' FROM unnest(%s::uuid[]) c (id)""",
        [house.organisation_id, plain(ids)],
    )
    conn.commit()
    return ids


def _body(agent: UUID, route: UUID) -> str:
    return (
        f'{{"band":1,"by":"system","kind":"assigned","load":[["{agent}",100]],"owner":"{agent}","route":"{route}",'
        '"state":"assigned"}'
    )


def cte(dsn: str, house: House, count: int) -> float:
    """Items a second, one transaction each."""
    with psycopg.connect(dsn) as conn:
        contacts, route = _contacts(conn, house, count), new_id()
        conn.autocommit = True
        cursor = conn.cursor()
        began = time.perf_counter()
        for number, contact in enumerate(contacts):
            agent = house.agents[number % len(house.agents)]
            body = _body(agent, route)
            cursor.execute(
                _CTE,
                {
                    "o": house.organisation_id, "item": new_id(), "contact": contact, "agent": agent,
                    "hash": chain(b"", body),
                    "assignment": new_id(), "route": route, "body": body,
                },
                prepare=True,
            )  # fmt: skip
        return count / (time.perf_counter() - began)


def copy(dsn: str, house: House, count: int, *, batch: int = 1000) -> float:
    """Items a second, in transactions of `batch`."""
    with psycopg.connect(dsn) as conn:
        contacts, route = _contacts(conn, house, count), new_id()
        began = time.perf_counter()
        for start in range(0, count, batch):
            _copy_batch(conn, house, contacts[start : start + batch], route)
            conn.commit()
        return count / (time.perf_counter() - began)


def _copy_batch(conn: psycopg.Connection, house: House, contacts: list[UUID], route: UUID) -> None:
    organisation_id, agents = house.organisation_id, house.agents
    now = datetime.now(UTC).isoformat()
    tables: tuple[list[str], list[str], list[str]] = ([], [], [])
    loads = dict.fromkeys(agents, 0)
    for number, contact in enumerate(contacts):
        agent, item = agents[number % len(agents)], new_id()
        loads[agent] += 1
        body = _body(agent, route)
        digest = "\\\\x" + chain(b"", body).hex()
        tables[0].append(
            f"{organisation_id}\t{item}\tlead\t{contact}\t\tt\tassigned\tevaluate\towned\t{agent}\tweb\t\t{{}}\t1\t100\t1"
            f"\t0\t0\t[]\t{now}\t{now}\t{now}\t\t1\t{digest}\n"
        )
        tables[1].append(f"{organisation_id}\t{new_id()}\t{item}\t{agent}\tt\tautomatic\t{route}\t1\tt\t{now}\t\n")
        tables[2].append(f"{organisation_id}\titem\t{item}\t1\t{now}\tassigned\t{body}\t{digest}\n")
    cursor = conn.cursor()
    for statement, rows in zip(_COPIES, tables, strict=True):
        with cursor.copy(statement) as copying:
            copying.write("".join(rows))
    given = {agent: n for agent, n in loads.items() if n}
    cursor.execute(_LOADS, [plain(given), plain(given.values()), organisation_id])
