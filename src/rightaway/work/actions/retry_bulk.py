"""Retry: what a job could not do, once more, as a job of its own."""

from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.ledger.errors import Conflict
from rightaway.work.actions.end_bulk import bulk_for
from rightaway.work.actions.start_bulk import Started, start_bulk
from rightaway.work.bulk.wanted import wanted_of
from rightaway.work.models import BulkRow


def retry_bulk(*, bulk_id: UUID, actor: Actor, confirmed_because: str = "") -> Started:
    """Starts a job for the items that were refused, as they were wanted. With `confirmed_because`, also to who is
    absent or full, and what is protected. Raises NotFound, NotAllowed, Conflict (it still runs, or nothing was
    refused; an undoing is not tried again) and what `start_bulk` does."""
    job = bulk_for(actor, bulk_id, lock=True)
    refused = BulkRow.objects.filter(bulk=job.id, outcome="refused").order_by("place")
    ids = list(refused.values_list("item_id", flat=True))
    if job.state not in ("done", "stopped") or job.undoes_id is not None or not ids:
        raise Conflict(state=job.state, refused=len(ids))
    meant = {"assign": "confirmed", "revoke": "protected_too"}.get(job.verb) if confirmed_because else None
    wanted = wanted_of(job.wanted | ({meant: True} if meant else {}))
    note = confirmed_because if job.verb == "assign" and confirmed_because else job.note
    return start_bulk(wanted=wanted, item_ids=ids, actor=actor, note=note)
