"""What each route did lately, counted from its offers and assignments."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from rightaway.ledger.ids import first_id
from rightaway.ledger.tenancy import current_organisation

# Ids are made in order of time: what is younger is found from the end of the key, whatever the tables hold.
_NUMBERS = """
WITH offers AS (
    SELECT route_id, item_id, state, made_at,
           min(made_at) OVER (PARTITION BY route_id, item_id) AS first_at
    FROM work_offer
    WHERE organisation_id = %(organisation)s AND id >= %(since)s AND route_id IS NOT NULL AND sender_id IS NULL
), asked AS (
    SELECT route_id, item_id, bool_or(state = 'accepted') AS accepted, bool_or(state = 'open') AS open
    FROM offers WHERE made_at = first_at GROUP BY route_id, item_id
), given AS (
    SELECT route_id, item_id FROM asked
    UNION
    SELECT route_id, item_id FROM work_assignment
    WHERE organisation_id = %(organisation)s AND id >= %(since)s AND route_id IS NOT NULL AND how = 'automatic'
)
SELECT g.route_id, count(*), count(*) FILTER (WHERE a.accepted OR NOT a.open), count(*) FILTER (WHERE a.accepted)
FROM given g LEFT JOIN asked a USING (route_id, item_id) GROUP BY g.route_id
"""


@dataclass(frozen=True, slots=True)
class Numbers:
    """`items` that the route offered or gave; of `asked`, whose first offer has ended, `first` were accepted at it.

    An offer to several at once is one: accepted by any of them.
    """

    items: int = 0
    asked: int = 0
    first: int = 0

    @property
    def percent(self) -> int | None:
        """None: no first offer has ended."""
        return round(100 * self.first / self.asked) if self.asked else None


def route_numbers(since: datetime) -> dict[UUID, Numbers]:
    """By route, from an instant until now. Runs inside `organisation(…)`."""
    with connection.cursor() as cursor:
        cursor.execute(_NUMBERS, {"organisation": current_organisation(), "since": first_id(since)})
        return {route: Numbers(*counts) for route, *counts in cursor.fetchall()}
