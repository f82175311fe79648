"""Get next item: the system chooses the best one from the pool for whoever asks."""

from datetime import datetime
from uuid import UUID

from django.db import connection

from rightaway.accounts.actor import Actor
from rightaway.accounts.roles import Relation
from rightaway.engine.facts import BANDS
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import NotAllowed, NothingWaiting
from rightaway.ledger.tenancy import current_organisation
from rightaway.work import receiving
from rightaway.work.actions.claim import Claimed
from rightaway.work.models import Item

# Asked band by band, so that the pool's index gives the order. Rows that somebody is taking just now are passed over.
_BEST = """
SELECT id FROM work_item i
WHERE organisation_id = %(organisation)s AND state = 'pooled' AND band = %(band)s
  AND (campaign_id IS NULL OR EXISTS (SELECT FROM work_campaignmember m WHERE m.organisation_id = i.organisation_id
       AND m.campaign_id = i.campaign_id AND m.agent_id = %(agent)s))
  AND NOT EXISTS (SELECT FROM work_exclusion x WHERE x.organisation_id = i.organisation_id AND x.item_id = i.id
       AND x.agent_id = %(agent)s AND x.cause <> 'missed' AND x.lifted_at IS NULL
       AND (x.until IS NULL OR x.until > clock_timestamp()))
ORDER BY unanswered_since, id LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED
"""


def next_item(*, actor: Actor) -> Claimed:
    """Makes the best pooled item that the actor may take theirs: highest band, then longest unanswered.

    Runs inside `organisation(…)`. Raises NotAllowed, NothingWaiting, CapacityFull, LimitReached.
    """
    agent = receiving.taker(actor)
    if not actor.may("item.claim", frozenset({Relation.FREE})):
        raise NotAllowed(action="item.claim")
    item_id = _best(agent.id)
    if item_id is None:
        raise NothingWaiting
    item: Item = Item.objects.get(id=item_id)
    now: datetime = clock()
    receiving.take_free(item, agent, how="next", actor=actor, now=now)
    return Claimed(item_id=item.id, agent_id=agent.id, at=now)


def _best(agent_id: UUID) -> UUID | None:
    """The item's id, its row locked."""
    with connection.cursor() as cursor:
        for band in range(len(BANDS) - 1, -1, -1):
            cursor.execute(_BEST, {"organisation": current_organisation(), "band": band, "agent": agent_id})
            row = cursor.fetchone()
            if row is not None:
                found: UUID = row[0]
                return found
    return None
