"""Who is present: available by their own word, which has not lapsed."""

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from rightaway.people.models import AgentState


def here(now: datetime) -> QuerySet[Any]:
    """The hot rows of the agents who are present at `now`."""
    found: QuerySet[Any] = AgentState.objects.filter(
        Q(present_until=None) | Q(present_until__gt=now), presence="available"
    )
    return found
