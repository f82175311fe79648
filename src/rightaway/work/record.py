"""RECORD: the only writer of decisions. A handful of set-based statements; the agents' guarded counters last."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg
from django.db import connection

from rightaway.engine.decisions import Decision, Plan
from rightaway.engine.facts import Directory, Item, Live, Route
from rightaway.ledger.arrays import plain, quoted
from rightaway.ledger.events import chain
from rightaway.ledger.hot import run
from rightaway.ledger.ids import new_id_text
from rightaway.ledger.tenancy import current_organisation
from rightaway.work.snapshot import Gathered, Row, id_texts, position_of
from rightaway.work.tally import period_starts

# The basics of who is given an item now, as `engine/basics.py: turns_bad` has it when nothing has been done yet.
# `rule` is the place of its thresholds in the arrays; null for whoever is not given to anybody. What is not counted
# (`basics_since` null) is not counted from now on either: nobody has asked.
_GRADES = {
    "status_bad_at": "CASE WHEN i.unanswered_since IS NULL AND i.status = 'evaluate' "
    "THEN (%(r_late)s::timestamptz[])[u.rule] ELSE i.status_bad_at END",
    "waiting_bad_at": "CASE WHEN i.unanswered_since IS NOT NULL THEN i.waiting_bad_at END",
    "phone_bad_at": "CASE WHEN (%(r_phone)s::timestamptz[])[u.rule] IS NULL OR i.phone_mark = 'none' THEN NULL "
    "WHEN i.phone_mark = 'wrong' THEN %(now)s ELSE (%(r_phone)s::timestamptz[])[u.rule] END",
    "email_bad_at": "CASE WHEN (%(r_email)s::bool[])[u.rule] AND i.email_mark = 'wrong' THEN %(now)s::timestamptz END",
    "notes_bad_at": "NULL::timestamptz",
    "task_bad_at": "CASE WHEN (%(r_task)s::bool[])[u.rule] THEN i.next_task_at END",
}
_NEW_OWNER = {
    "basics_since": "%(now)s", "answered_seconds": "NULL", "acted_at": "NULL",
    "called_at": "NULL", "mailed_at": "NULL", "notes": "0", **_GRADES,
    "attention_at": f"least({', '.join(_GRADES.values())})",
}  # fmt: skip
_ITEMS = f"""
UPDATE work_item i SET state = u.state, cause = u.cause, owner_id = u.owner, due_at = u.due_at, waits_on = u.waits_on,
    wave = u.wave, tries = u.tries, passed = u.passed, units = u.units, event_seq = u.seq, event_hash = u.hash,
    assigned_at = CASE WHEN u.owner IS NULL THEN i.assigned_at ELSE %(now)s END,
    {
    ", ".join(
        f"{name} = CASE WHEN u.rule IS NULL OR i.basics_since IS NULL THEN i.{name} ELSE {new} END"
        for name, new in _NEW_OWNER.items()
    )
}
FROM unnest(%(place)s::tid[], %(id)s::uuid[], %(state)s::text[], %(cause)s::text[], %(owner)s::uuid[],
    %(due_at)s::timestamptz[],
    %(waits_on)s::uuid[], %(wave)s::int[], %(tries)s::int[], %(passed)s::jsonb[], %(units)s::int[], %(seq)s::int[],
    %(hash)s::bytea[], %(rule)s::int[])
    u (place, id, state, cause, owner, due_at, waits_on, wave, tries, passed, units, seq, hash, rule)
WHERE i.ctid = u.place AND i.id = u.id AND i.organisation_id = %(organisation)s
"""
_ASSIGNMENTS = """
INSERT INTO work_assignment (organisation_id, id, item_id, agent_id, exclusive, how, route_id, band, turn, started_at,
    end_cause)
SELECT %(organisation)s, id, item_id, agent_id, true, 'automatic', route_id, band, turn, %(now)s, ''
FROM unnest(%(a_id)s::uuid[], %(a_item)s::uuid[], %(a_agent)s::uuid[], %(a_route)s::uuid[], %(a_band)s::int[],
    %(a_turn)s::bool[]) a (id, item_id, agent_id, route_id, band, turn)
"""
_GROUPS = """
INSERT INTO work_offergroup (organisation_id, id, item_id, places, made_at)
SELECT %(organisation)s, id, item_id, 1, %(now)s FROM unnest(%(g_id)s::uuid[], %(g_item)s::uuid[]) g (id, item_id)
"""
_OFFERS = """
INSERT INTO work_offer (organisation_id, id, item_id, group_id, agent_id, state, route_id, band, wave, reserved, turn,
    masked, made_at, expires_at, decline_kind, note)
SELECT %(organisation)s, id, item_id, group_id, agent_id, 'open', route_id, band, wave, reserved, turn, masked, %(now)s,
    expires_at, '', ''
FROM unnest(%(o_id)s::uuid[], %(o_item)s::uuid[], %(o_group)s::uuid[], %(o_agent)s::uuid[], %(o_route)s::uuid[],
    %(o_band)s::int[], %(o_wave)s::int[], %(o_reserved)s::int[], %(o_turn)s::bool[], %(o_masked)s::bool[],
    %(o_expires)s::timestamptz[])
    o (id, item_id, group_id, agent_id, route_id, band, wave, reserved, turn, masked, expires_at)
"""
_CONTEXTS = """
INSERT INTO work_decisioncontext (organisation_id, hash, body)
SELECT %(organisation)s, hash, body FROM unnest(%(x_hash)s::bytea[], %(x_body)s::text[]) x (hash, body)
ON CONFLICT DO NOTHING
"""
_DECISIONS = """
INSERT INTO work_decision (organisation_id, id, item_id, seq, at, version, context_hash, body)
SELECT %(organisation)s, id, item_id, seq, %(now)s, %(version)s, context, body
FROM unnest(%(d_id)s::uuid[], %(d_item)s::uuid[], %(d_seq)s::int[], %(d_context)s::bytea[], %(d_body)s::text[])
    d (id, item_id, seq, context, body)
"""
_TOLD = "INSERT INTO ledger_outbox (organisation_id, id, hints) VALUES (%(organisation)s, %(outbox)s, %(hints)s)"
_EVENTS = """
INSERT INTO ledger_event (organisation_id, subject_kind, subject_id, seq, at, kind, body, hash)
SELECT %(organisation)s, 'item', id, seq, %(now)s, kind, body, hash
FROM unnest(%(v_item)s::uuid[], %(v_seq)s::int[], %(v_kind)s::text[], %(v_body)s::text[], %(v_hash)s::bytea[])
    v (id, seq, kind, body, hash)
"""
_TURNS = """
INSERT INTO routing_turn (organisation_id, route_id, band, agent_id, taken, credit, rostered, weight)
SELECT %(organisation)s, route_id, band, agent_id, taken, credit, rostered, weight
FROM unnest(%(t_route)s::uuid[], %(t_band)s::int[], %(t_agent)s::uuid[], %(t_taken)s::int[], %(t_credit)s::bigint[],
    %(t_rostered)s::bool[], %(t_weight)s::int[]) t (route_id, band, agent_id, taken, credit, rostered, weight)
ON CONFLICT (organisation_id, route_id, band, agent_id) DO UPDATE
SET taken = routing_turn.taken + excluded.taken, credit = excluded.credit, rostered = excluded.rostered,
    weight = excluded.weight
"""
_TALLY = """
INSERT INTO people_tally (organisation_id, agent_id, period, starts_at, given)
SELECT %(organisation)s, agent_id, period, starts_at, given
FROM unnest(%(l_agent)s::uuid[], %(l_period)s::text[], %(l_starts)s::timestamptz[], %(l_given)s::int[])
    l (agent_id, period, starts_at, given)
ON CONFLICT (organisation_id, agent_id, period, starts_at) DO UPDATE SET given = people_tally.given + excluded.given
RETURNING agent_id, period, given
"""
_AGENTS_LOCK = """
SELECT 1 FROM people_agentstate WHERE organisation_id = %(organisation)s AND agent_id = ANY(%(s_agent)s::uuid[])
ORDER BY agent_id FOR NO KEY UPDATE
"""
_AGENTS = """
UPDATE people_agentstate s SET load = s.load + d.units, unanswered = s.unanswered + d.questions,
    over_by = CASE WHEN d.full THEN greatest(s.over_by, s.load + d.units - s.capacity) ELSE s.over_by END,
    last_given_at = %(now)s
FROM unnest(%(s_agent)s::uuid[], %(s_units)s::int[], %(s_questions)s::int[], %(s_full)s::bool[], %(s_absent)s::bool[])
    d (agent_id, units, questions, "full", absent)
WHERE s.organisation_id = %(organisation)s AND s.agent_id = d.agent_id
  AND (d.full OR (s.load + d.units <= s.capacity + s.over_by
       AND (s.unanswered_cap IS NULL OR s.unanswered + d.questions <= s.unanswered_cap)))
  AND (d.absent OR (s.presence = 'available' AND (s.present_until IS NULL OR s.present_until > %(now)s)))
"""


Statements = Iterator[tuple[str, dict[str, Any]]]
"""Statements and the columns of each, made one at a time."""


class AgentsChanged(Exception):
    """An agent that the plan relied on has left, or filled up, since the snapshot. Plan again."""


def write(conn: psycopg.Connection[Any], gathered: Gathered, plan: Plan, *, organisation_id: int) -> Counter[str]:
    """Makes a plan durable, all of it or nothing. Returns how many items came to each act.

    Raises AgentsChanged when a guard refuses; the caller rolls back.
    """
    batch = _Batch(gathered, organisation_id)
    for decision in plan.decisions:
        batch.add(decision)
    batch.write(conn, plan)
    return batch.acts


class _Batch:
    """Columns of rows to write, by statement."""

    def __init__(self, gathered: Gathered, organisation_id: int) -> None:
        snapshot = gathered.snapshot
        self.rows = gathered.rows
        self.items = {item.id: item for item in snapshot.items}
        self.known: Directory = snapshot.directory
        self.live = snapshot.live
        self.now: datetime = snapshot.now
        self.organisation_id = organisation_id
        self.routes: dict[UUID | None, Route] = {route.id: route for route in self.known.routes}
        self.agent_ids, self.route_ids = id_texts(self.known)
        self.acts: Counter[str] = Counter()
        self.item_rows: list[tuple[Any, ...]] = []
        self.assignments: list[tuple[Any, ...]] = []
        self.groups: list[tuple[str, str]] = []
        self.offers: list[tuple[Any, ...]] = []
        self.contexts: dict[bytes, str] = {}
        self.decisions: list[tuple[Any, ...]] = []
        self.events: list[tuple[Any, ...]] = []
        self.given: dict[int, list[Any]] = {}  # position → [units, questions, may be full, may be absent]
        self.received: Counter[int] = Counter()
        self.turns: Counter[tuple[UUID, int, int]] = Counter()
        self.rules: dict[tuple[str, str], tuple[datetime | None, datetime | None, bool, bool]] = {}

    def add(self, decision: Decision) -> None:
        row = self.rows[decision.item]
        if set(decision.passed) != self.items[decision.item].passed:
            row.tries = 0  # another route: its tries are counted anew
        self.acts[decision.act] += 1
        # The same answer as last time says nothing new: only the timer moves.
        if decision.act == "leave" or (
            decision.act == "wait" and (row.cause, row.waits_on) == (decision.cause, decision.route)
        ):
            self._keep(decision, row)
            return
        getattr(self, f"_{decision.act}")(decision, row)

    def _keep(self, decision: Decision, row: Row) -> None:
        item = self.items[decision.item]
        self._item(decision, row, item.state, cause=row.cause, due_at=decision.again, waits_on=row.waits_on)

    def _assign(self, decision: Decision, row: Row) -> None:
        band, agent, route = self.items[decision.item].band, self.agent_ids[decision.chosen[0]], self._route(decision)
        self.assignments.append((new_id_text(), row.id, agent, route, band, decision.turn))
        self._give(decision, decision.units, int(row.first_question))
        body = (
            f'{{"band":{band},"by":"system","kind":"assigned","load":[["{agent}",{decision.units}]],'
            f'"owner":"{agent}","route":"{route}","state":"assigned"}}'
        )
        seq, digest = self._event(decision, row, "assigned", body)
        self.item_rows.append(
            (
                row.place,
                row.id,
                "assigned",
                "owned",
                agent,
                None,
                None,
                0,
                0,
                "[]",
                decision.units,
                seq,
                digest,
                self._rule(self.items[decision.item]),
            )
        )

    def _offer(self, decision: Decision, row: Row) -> None:
        offers = self._hold_out(decision, row, None, reserved=decision.units)
        self._give(decision, decision.units, 0)
        load = f',"load":[["{offers[0][1]}",{decision.units}]]'
        self._offered(decision, row, offers, load, due_at=None)

    def _broadcast(self, decision: Decision, row: Row) -> None:
        group = row.group or new_id_text()
        if row.group is None:
            self.groups.append((group, row.id))
        row.wave += 1
        offers = self._hold_out(decision, row, group, reserved=0)
        self._offered(decision, row, offers, "", due_at=decision.again)

    def _hold_out(self, decision: Decision, row: Row, group: str | None, *, reserved: int) -> list[tuple[str, str]]:
        """Adds an open offer to each chosen agent; [(offer, agent)]."""
        band, route = self.items[decision.item].band, self._route(decision)
        masked = self.routes[decision.route].masked
        made = [(new_id_text(), self.agent_ids[position]) for position in decision.chosen]
        self.offers += [
            (offer, row.id, group, agent, route, band, row.wave, reserved, decision.turn, masked, decision.until)
            for offer, agent in made
        ]
        return made

    def _offered(
        self, decision: Decision, row: Row, offers: list[tuple[str, str]], load: str, *, due_at: datetime | None
    ) -> None:
        band, named = self.items[decision.item].band, ",".join(f'["{offer}","{agent}"]' for offer, agent in offers)
        body = (
            f'{{"band":{band},"by":"system","kind":"offered"{load},"offers":[{named}],"owner":null,'
            f'"route":"{self._route(decision)}","state":"offered"}}'
        )
        seq, digest = self._event(decision, row, "offered", body)
        self._item(decision, row, "offered", cause="offered", due_at=due_at, seq=seq, digest=digest)

    def _route(self, decision: Decision) -> str:
        assert decision.route is not None
        return self.route_ids[decision.route]

    def _wait(self, decision: Decision, row: Row) -> None:
        body = f'{{"by":"system","cause":"{decision.cause}","kind":"waits","owner":null,"state":"waiting"}}'
        seq, digest = self._event(decision, row, "waits", body)
        self._item(
            decision, row, "waiting", cause=decision.cause, due_at=decision.again, waits_on=decision.route, seq=seq,
            digest=digest,
        )  # fmt: skip

    def _pool(self, decision: Decision, row: Row) -> None:
        band = self.items[decision.item].band
        body = (
            f'{{"band":{band},"by":"system","cause":"{decision.cause}","kind":"pooled","owner":null,"state":"pooled"}}'
        )
        seq, digest = self._event(decision, row, "pooled", body)
        self._item(decision, row, "pooled", cause=decision.cause, due_at=None, seq=seq, digest=digest)

    def _item(
        self, decision: Decision, row: Row, state: str, *, cause: str, due_at: datetime | None,
        waits_on: UUID | None = None, seq: int | None = None, digest: str | None = None,
    ) -> None:  # fmt: skip
        passed = json.dumps([str(route) for route in decision.passed])
        self.item_rows.append(
            (
                row.place, row.id, state, cause, None, due_at, waits_on, row.wave, row.tries, passed, 0,
                row.seq if seq is None else seq, digest or "\\x" + row.hash.hex(), None,
            )
        )  # fmt: skip

    def _rule(self, item: Item) -> int:
        """The place, from 1, of what the thresholds of its kind and status say to whoever is given it now."""
        key = item.kind, item.status
        if key not in self.rules:
            assert self.known.basics is not None
            limits, after = self.known.basics.of(*key), self.known.basics.calendar.after
            late, phone = (None if each is None else after(self.now, each) for each in (limits.late, limits.phone))
            self.rules[key] = (late, phone, limits.email, limits.task)
        return list(self.rules).index(key) + 1

    def _give(self, decision: Decision, units: int, questions: int) -> None:
        route = self.routes[decision.route]
        position = decision.chosen[0]
        entry = self.given.setdefault(position, [0, 0, False, False])
        entry[0] += units
        entry[1] += questions
        entry[2] |= route.ignore_capacity
        entry[3] |= route.ignore_absence
        self.received[position] += 1
        if decision.turn:
            self.turns[route.id, self.items[decision.item].band, position] += 1

    def _event(self, decision: Decision, row: Row, kind: str, body: str) -> tuple[int, str]:
        """Adds the item's next event and the decision behind it; the new counter and the hash as bytea text."""
        seq, digest = row.seq + 1, "\\x" + chain(row.hash, body).hex()
        self.events.append((row.id, seq, kind, body, digest))
        context = decision.context
        for shared in (*decision.more, context) if context else decision.more:
            self.contexts[shared.hash] = shared.text
        self.decisions.append(
            (new_id_text(), row.id, seq, None if context is None else "\\x" + context.hash.hex(), decision.body)
        )
        return seq, digest

    def write(self, conn: psycopg.Connection[Any], plan: Plan) -> None:
        """Sends everything in one round trip; the agents' counters last, so that they are held shortest."""
        limited = self._tally_columns()
        write = self._write_at_once if len(self.given) == 1 and not limited else self._write_in_turn
        common = {"organisation": self.organisation_id, "now": self.now, "version": self.known.version}
        if write(conn, self._statements(plan), common) != len(self.given):
            raise AgentsChanged

    def _write_at_once(self, conn: psycopg.Connection[Any], statements: Statements, common: dict[str, Any]) -> int:
        """One agent: everything in one statement, at half the cost.

        Parts that nothing reads run after the rest, in any order; so the agent's counter reads those that lock what
        people's verbs lock before it.
        """
        parts, first = [], ""
        for number, (sql, columns) in enumerate(statements):
            if sql in (_TURNS, _TALLY):
                sql, first = f"{sql} RETURNING 1", f"{first} AND (SELECT count(*) FROM p{number}) >= 0"
            parts.append(f"p{number} AS ({sql})")
            common |= columns
        return run(conn, f"WITH {', '.join(parts)} {_AGENTS} {first}", common | self._agent_columns())[1]

    def _write_in_turn(self, conn: psycopg.Connection[Any], statements: Statements, common: dict[str, Any]) -> int:
        """The server works on one statement while the next one's columns are still being put together."""
        counted = []
        with conn.pipeline():
            for sql, columns in statements:
                psycopg.Cursor(conn).execute(sql, common | columns)
            if not self.given:
                return 0
            if limited := self._tally_columns():
                counted.append(psycopg.Cursor(conn).execute(_TALLY, common | limited, binary=True))
            agents = common | self._agent_columns()
            psycopg.Cursor(conn).execute(_AGENTS_LOCK, agents)
            guard = psycopg.Cursor(conn).execute(_AGENTS, agents)
        if any(self._is_past_a_limit(cursor.fetchall()) for cursor in counted):
            raise AgentsChanged
        return guard.rowcount

    def _statements(self, plan: Plan) -> Statements:
        if self.contexts:
            yield (
                _CONTEXTS,
                {
                    "x_hash": quoted("\\x" + digest.hex() for digest in self.contexts),
                    "x_body": quoted(self.contexts.values()),
                },
            )
        names = "place id state cause owner due_at waits_on wave tries passed units seq hash rule"
        rules = _columns("r_late r_phone r_email r_task", list(self.rules.values()) or [(None,) * 4])
        yield _ITEMS, _columns(names, self.item_rows) | rules
        if self.assignments:
            yield _ASSIGNMENTS, _columns("a_id a_item a_agent a_route a_band a_turn", self.assignments)
        if self.groups:
            yield _GROUPS, _columns("g_id g_item", self.groups)
        if self.offers:
            names = "o_id o_item o_group o_agent o_route o_band o_wave o_reserved o_turn o_masked o_expires"
            yield _OFFERS, _columns(names, self.offers)
        if self.decisions:
            yield _DECISIONS, _columns("d_id d_item d_seq d_context d_body", self.decisions)
            hints = json.dumps([["item", event[0], event[2], event[1]] for event in self.events])
            events = _columns("v_item v_seq v_kind v_body v_hash", self.events)
            yield _EVENTS, events
            yield _TOLD, {"outbox": new_id_text(), "hints": hints}
        if columns := _turn_columns(self.turns, plan, self.live, self.known):
            yield _TURNS, columns

    def _tally_columns(self) -> dict[str, Any]:
        """What agents with limits were given, by period; empty when nobody has limits."""
        rows = []
        for position, count in sorted(self.received.items()):
            agent = self.known.agents[position]
            if agent.limits:
                starts = period_starts(agent.zone, self.now)
                rows += [(agent.id, period, start, count) for period, start in starts.items()]
        return _columns("l_agent l_period l_starts l_given", rows) if rows else {}

    def _is_past_a_limit(self, given: list[tuple[UUID, str, int]]) -> bool:
        """Whether people's claims, beside this plan, took what a limit had left."""
        position = position_of(self.known)
        for agent_id, period, count in given:
            p = position[agent_id]
            if not self.given[p][2] and count > dict(self.known.agents[p].limits).get(period, count):
                return True
        return False

    def _agent_columns(self) -> dict[str, Any]:
        rows = [(self.agent_ids[position], *entry) for position, entry in sorted(self.given.items())]
        return _columns("s_agent s_units s_questions s_full s_absent", rows)


def write_turns(taken: Counter[tuple[UUID, int, int]], plan: Plan, live: Live, known: Directory) -> None:
    """What a plan changed in the rotations, and the turns taken in it, by route, band and position."""
    if columns := _turn_columns(taken, plan, live, known):
        run(connection.connection, _TURNS, {"organisation": current_organisation(), **columns})


def _turn_columns(taken: Counter[tuple[UUID, int, int]], plan: Plan, live: Live, known: Directory) -> dict[str, Any]:
    """Empty when nothing changed."""
    for change in plan.turn_changes:
        taken[change.route, change.band, change.agent] += 0
    agent_ids, rows = id_texts(known)[0], []
    for (route, band, position), count in sorted(taken.items()):
        _, credit, rostered, weight = live.turns[route, band][position]
        rows.append((route, band, agent_ids[position], count, credit, rostered, weight))
    return _columns("t_route t_band t_agent t_taken t_credit t_rostered t_weight", rows) if rows else {}


# Columns whose values may hold anything that an array literal must quote.
_QUOTED = frozenset(
    {
        "place", "cause", "passed", "hash", "v_hash", "v_body", "d_context", "d_body", "due_at", "o_expires",
        "l_starts", "r_late", "r_phone",
    }
)  # fmt: skip


def _columns(names: str, rows: list[tuple[Any, ...]]) -> dict[str, Any]:
    """One array literal per column."""
    return {
        name: quoted([None if value is None else str(value) for value in column]) if name in _QUOTED else plain(column)
        for name, column in zip(names.split(), zip(*rows, strict=True), strict=True)
    }
