"""The organisations there are. Only the scheduler's role sees more than one at a time, and of each only its id."""

import psycopg
from django.conf import settings


def all_organisations() -> list[int]:
    """The ids of every organisation, in order."""
    with psycopg.connect(settings.SCHEDULER_CONNINFO) as connection:
        return [row[0] for row in connection.execute("SELECT id FROM accounts_organisation ORDER BY id")]
