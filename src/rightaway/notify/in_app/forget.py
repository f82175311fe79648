"""Notices are news, not history: after thirty days they go. The ledger keeps what happened."""

from typing import Final

from django.db import connection

from rightaway.ledger.tenancy import organisation

KEPT_DAYS: Final = 30

# An array is made once; a plain subquery may run once for every row, and then its limit limits nothing.
_FORGET = """
DELETE FROM notify_notice WHERE organisation_id = %(o)s AND id = ANY(ARRAY(
    SELECT id FROM notify_notice WHERE organisation_id = %(o)s
      AND told_at <= statement_timestamp() - make_interval(days => %(days)s)
    ORDER BY told_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED))
"""


def forget_old(organisation_id: int, *, limit: int = 1000) -> int:
    """Deletes up to `limit` notices that are older, the oldest first. Returns how many. In a transaction of its own."""
    with organisation(organisation_id), connection.cursor() as cursor:
        cursor.execute(_FORGET, {"o": organisation_id, "days": KEPT_DAYS, "limit": limit})
        return int(cursor.rowcount)
