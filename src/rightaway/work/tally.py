"""How many items an agent was given in an hour, day, week and month of their own calendar: what limits count.

Lock order: the tally before `agent_state`, as the planner does.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from rightaway.ledger.arrays import plain, quoted
from rightaway.ledger.errors import LimitReached
from rightaway.ledger.tenancy import current_organisation
from rightaway.people.models import Agent

PERIODS = ("hour", "day", "week", "month")


def period_starts(zone: str, now: datetime) -> dict[str, datetime]:
    """The instants (UTC) at which the present local hour, day, week (from Monday) and month began, by period.

    A local time that happens twice or never on the day the clock is changed is the first of the two, or the one
    after the gap. The hour is counted in real time: the repeated hour of autumn is an hour of its own.
    """
    return _starts(zone, now.astimezone(UTC).replace(second=0, microsecond=0))


@lru_cache(maxsize=4096)
def _starts(zone: str, minute: datetime) -> dict[str, datetime]:
    local = minute.astimezone(ZoneInfo(zone))
    midnight = local.replace(hour=0, minute=0, fold=0)
    return {
        "hour": minute - timedelta(minutes=local.minute),
        "day": midnight.astimezone(UTC),
        "week": (midnight - timedelta(days=local.weekday())).astimezone(UTC),
        "month": midnight.replace(day=1).astimezone(UTC),
    }


def count(agent_id: UUID, at: datetime, *, by: int = 1, enforce: bool = False) -> None:
    """Counts `by` more items given to the agent at this instant. Raises LimitReached when `enforce` and a limit is
    passed.

    The count is raised first and looked at after: two at once follow one another on its row.
    """
    agent = Agent.objects.only("zone", "limits").get(id=agent_id)
    if not agent.limits:
        return
    starts = period_starts(agent.zone, at)
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO people_tally (organisation_id, agent_id, period, starts_at, given)
               SELECT %(organisation)s, %(agent)s, period, starts_at, greatest(0, %(by)s)
               FROM unnest(%(periods)s::text[], %(starts)s::timestamptz[]) l (period, starts_at)
               ON CONFLICT (organisation_id, agent_id, period, starts_at)
               DO UPDATE SET given = greatest(0, people_tally.given + %(by)s) RETURNING period, given""",
            {"organisation": current_organisation(), "agent": agent_id, "by": by, "periods": plain(starts),
             "starts": quoted(str(start) for start in starts.values())},
        )  # fmt: skip
        given: dict[str, int] = dict(cursor.fetchall())
    for period, limit in agent.limits.items():
        if enforce and given[period] > limit:
            raise LimitReached(agent=str(agent_id), period=period, limit=limit)
