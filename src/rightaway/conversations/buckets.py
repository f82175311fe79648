"""How much may come from one place within an hour. Counted in the database: any number of processes share it."""

from typing import Final

from django.db import connection

from rightaway.ledger.ids import new_id
from rightaway.ledger.tenancy import current_organisation

SPAN_SECONDS: Final = 3600

# One row a name, begun anew when its hour is over; each count forgets two that are long over.
_COUNT: Final = """
WITH began AS (SELECT clock_timestamp() - make_interval(secs => %(span)s) AS at), old AS (
    DELETE FROM conversations_bucket k USING (
        SELECT id FROM conversations_bucket WHERE organisation_id = %(o)s AND since < (SELECT at FROM began)
        ORDER BY since LIMIT 2 FOR UPDATE SKIP LOCKED) x
    WHERE k.organisation_id = %(o)s AND k.id = x.id AND k.name <> %(name)s)
INSERT INTO conversations_bucket AS b (organisation_id, id, name, since, count)
VALUES (%(o)s, %(id)s, %(name)s, clock_timestamp(), 1)
ON CONFLICT (organisation_id, name) DO UPDATE SET
    count = CASE WHEN b.since < (SELECT at FROM began) THEN 1 ELSE b.count + 1 END,
    since = CASE WHEN b.since < (SELECT at FROM began) THEN clock_timestamp() ELSE b.since END
RETURNING count
"""


def overflows(name: str, most: int) -> bool:
    """Counts one more under `name`; whether that is more than `most` within the hour."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, {"o": current_organisation(), "id": new_id(), "name": name, "span": SPAN_SECONDS})
        count: int = cursor.fetchone()[0]
        return count > most
