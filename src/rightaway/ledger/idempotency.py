"""Requests that may be sent again: the answer is stored in the transaction of its effect, and given again.

After draft-ietf-httpapi-idempotency-key-header-07. Answers are kept 72 hours; errors had no effect and are not kept.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass

from rightaway.ledger.errors import Invalid, KeyInFlight, KeyReused
from rightaway.ledger.ids import new_id
from rightaway.ledger.statements import asked, fetched

LONGEST_KEY = 255
KEPT_HOURS = 72
_KEY = re.compile(rf"[!-~]{{1,{LONGEST_KEY}}}")

_LOCK = "SELECT pg_try_advisory_xact_lock(hashtextextended(%(name)s, %(organisation)s::bigint))"
_STORED = """
SELECT body_hash, status, answer FROM ledger_idempotencykey
WHERE organisation_id = %(organisation)s::smallint AND caller = %(caller)s AND route = %(route)s AND key = %(key)s
  AND created_at > now() - make_interval(hours => %(hours)s::int)
"""
# Each new key forgets two that are too old, so that they never pile up and no sweep is needed.
_STORE = """
WITH old AS (
    DELETE FROM ledger_idempotencykey k USING (
        SELECT id FROM ledger_idempotencykey
        WHERE organisation_id = %(organisation)s::smallint
          AND created_at <= now() - make_interval(hours => %(hours)s::int)
        ORDER BY created_at LIMIT 2 FOR UPDATE SKIP LOCKED
    ) o WHERE k.organisation_id = %(organisation)s::smallint AND k.id = o.id AND k.key <> %(key)s::text
)
INSERT INTO ledger_idempotencykey AS k (organisation_id, id, caller, route, key, body_hash, status, answer, created_at)
VALUES (%(organisation)s::smallint, %(id)s::uuid, %(caller)s, %(route)s, %(key)s::text,
    decode(%(body_hash)s, 'hex'), %(status)s::smallint, %(answer)s, now())
ON CONFLICT (organisation_id, caller, route, key) DO UPDATE
SET body_hash = excluded.body_hash, status = excluded.status, answer = excluded.answer, created_at = excluded.created_at
"""


@dataclass(frozen=True, slots=True)
class Answer:
    """A status and its JSON text. `replayed`: it was given before, and nothing happened now."""

    status: int
    text: str
    replayed: bool = False


def once(*, caller: str, route: str, key: str, body: bytes, effect: Callable[[], Answer]) -> Answer:
    """The stored answer of this caller's key on this route, or else that of `effect`, stored with it.

    Runs inside `organisation(…)`. Raises KeyInFlight (the same key is being worked on), KeyReused (another body),
    Invalid (no usable key), and whatever `effect` raises.
    """
    if _KEY.fullmatch(key) is None:
        raise Invalid(errors=[{"pointer": "/headers/Idempotency-Key", "detail": "not_a_key"}])
    body_hash = hashlib.sha256(body).digest()
    stored = _stored(caller, route, key)
    if stored is not None:
        known_hash, status, text = stored
        if bytes(known_hash) != body_hash:
            raise KeyReused
        return Answer(status, text, replayed=True)
    answer = effect()
    asked(
        _STORE, id=new_id(), caller=caller, route=route, key=key, body_hash=body_hash.hex(), status=answer.status,
        answer=answer.text, hours=KEPT_HOURS,
    )  # fmt: skip
    return answer


def _stored(caller: str, route: str, key: str) -> tuple[bytes, int, str] | None:
    # Two statements: the second must see what was committed before the lock was had.
    locked = asked(_LOCK, name=f"{caller}\n{route}\n{key}")
    rows = fetched(_STORED, caller=caller, route=route, key=key, hours=KEPT_HOURS)
    [(is_ours,)] = locked()
    if not is_ours:
        raise KeyInFlight
    return rows[0] if rows else None
