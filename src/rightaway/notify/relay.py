"""The relay: tells everybody who listens what has changed. Hints only; who hears one reads the rows.

What is news to somebody becomes a notice of theirs in the same transaction: told once, or not yet.

A notification on `rightaway_hint` is JSON: {"organisation": id, "hints": [[subject kind, subject id, event kind], …]}.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from rightaway.ledger.arrays import plain, quoted
from rightaway.ledger.crash import crash_point
from rightaway.ledger.events import HINT_CHANNEL
from rightaway.ledger.statements import fetched
from rightaway.ledger.tenancy import organisation
from rightaway.notify.channels import CHANNELS
from rightaway.notify.reactions import REACTIONS, Happened, news_of

LONGEST_PAYLOAD = 7900  # bytes; PostgreSQL takes less than 8000

# Claimed by who is first, told and deleted in one transaction: no row is passed over because it committed late.
# An array is made once; a plain subquery may run once for every row, and then its limit limits nothing.
_CLAIM = """
DELETE FROM ledger_outbox WHERE organisation_id = %(organisation)s::smallint AND id = ANY(ARRAY(
    SELECT id FROM ledger_outbox WHERE organisation_id = %(organisation)s::smallint AND due_at <= statement_timestamp()
    ORDER BY due_at LIMIT %(limit)s::int FOR UPDATE SKIP LOCKED))
RETURNING hints
"""
_EVENTS = """
SELECT e.subject_kind, e.subject_id, e.seq, e.at, e.kind, e.body
FROM unnest(%(kinds)s::text[], %(ids)s::uuid[], %(seqs)s::int[]) w (kind, id, seq)
JOIN ledger_event e ON e.organisation_id = %(organisation)s::smallint AND e.subject_kind = w.kind
    AND e.subject_id = w.id AND e.seq = w.seq
"""
_TELL = "SELECT pg_notify(%(channel)s, payload) FROM unnest(%(payloads)s::text[]) payload"

Hint = list[str]  # subject kind, subject id, event kind


def relay_outbox(organisation_id: int, *, limit: int = 1000) -> int:
    """Tells what up to `limit` transactions left in the outbox. Returns how many. In a transaction of its own."""
    with organisation(organisation_id):
        rows = fetched(_CLAIM, limit=limit)
        written = [hint for (text,) in rows for hint in json.loads(text)]
        hints = [hint[:3] for hint in written] + _news(written)
        told = list(payloads(organisation_id, hints))
        if told:
            fetched(_TELL, channel=HINT_CHANNEL, payloads=quoted(told))
        crash_point("relay_before_commit")
    return len(rows)


def _news(written: Sequence[list[Any]]) -> list[Hint]:
    """Carries what is news among these [kind, id, event, seq] to every channel. Returns the hints that they add."""
    wanted = [hint for hint in written if (hint[0], hint[2]) in REACTIONS and len(hint) == 4]
    if not wanted:
        return []
    kinds, ids, _, seqs = zip(*wanted, strict=True)
    rows = fetched(_EVENTS, kinds=quoted(kinds), ids=plain(ids), seqs=plain(seqs))
    events = [Happened(subject, id, seq, at, kind, json.loads(body)) for subject, id, seq, at, kind, body in rows]
    news = [each for event in events for each in news_of(event)]
    return [hint for channel in CHANNELS for hint in channel(news)] if news else []


def payloads(organisation_id: int, hints: list[list[str]]) -> Iterator[str]:
    """The notifications that carry these hints, each short enough for one."""
    part: list[str] = []
    head, size = f'{{"organisation":{organisation_id},"hints":[', 0
    for hint in dict.fromkeys(json.dumps(hint, separators=(",", ":")) for hint in hints):
        if part and size + len(hint) + 1 > LONGEST_PAYLOAD - len(head) - 2:
            yield f"{head}{','.join(part)}]}}"
            part, size = [], 0
        part.append(hint)
        size += len(hint) + 1
    if part:
        yield f"{head}{','.join(part)}]}}"
