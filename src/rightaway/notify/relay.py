"""The relay: tells everybody who listens what has changed. Hints only; who hears one reads the rows.

A notification on `rightaway_hint` is JSON: {"organisation": id, "hints": [[subject kind, subject id, event kind], …]}.
"""

import json
from collections.abc import Iterator

from django.db import connection

from rightaway.ledger.crash import crash_point
from rightaway.ledger.events import HINT_CHANNEL
from rightaway.ledger.tenancy import organisation

LONGEST_PAYLOAD = 7900  # bytes; PostgreSQL takes less than 8000

# Claimed by who is first, told and deleted in one transaction: no row is passed over because it committed late.
_CLAIM = """
DELETE FROM ledger_outbox WHERE organisation_id = %(o)s AND id IN (
    SELECT id FROM ledger_outbox WHERE organisation_id = %(o)s AND due_at <= clock_timestamp()
    ORDER BY due_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
RETURNING hints
"""


def relay_outbox(organisation_id: int, *, limit: int = 1000) -> int:
    """Tells what up to `limit` transactions left in the outbox. Returns how many. In a transaction of its own."""
    with organisation(organisation_id), connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"o": organisation_id, "limit": limit})
        rows = [row[0] for row in cursor.fetchall()]
        hints = [hint for row in rows for hint in json.loads(row)]
        told = list(payloads(organisation_id, hints))
        if told:
            cursor.execute("SELECT pg_notify(%s, payload) FROM unnest(%s::text[]) payload", [HINT_CHANNEL, told])
        crash_point("relay_before_commit")
    return len(rows)


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
