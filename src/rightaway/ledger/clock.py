"""The one clock: the database's. Read it after the lock that the decision depends on, never before."""

from datetime import datetime

from django.db import connection


def clock() -> datetime:
    """The database's wall clock now, in UTC. Unlike now() it moves inside a transaction."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
        return now
