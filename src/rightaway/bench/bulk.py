"""Many at once: a whole view of items shared out among agents, one each, as one job."""

import time
from collections import Counter
from typing import Any

from rightaway.accounts.actor import SYSTEM
from rightaway.bench import house
from rightaway.bench.house import House
from rightaway.ledger.models import Event
from rightaway.ledger.tenancy import organisation
from rightaway.work.actions.run_bulk import run
from rightaway.work.actions.start_bulk import start_bulk
from rightaway.work.bulk.foreseen import foresee
from rightaway.work.bulk.wanted import AssignWanted
from rightaway.work.models import Bulk, Item

ITEMS, AGENTS = 20_000, 50


def measure(dsn: str, *, items: int = ITEMS, agents: int = AGENTS) -> dict[str, Any]:
    """Seconds to foresee, to write down and to do it; how unevenly it was dealt; events an item."""
    found = house.build(agents=agents)
    house.fill(found, items)
    house.analyze(dsn)
    with organisation(found.organisation_id):
        ids = list(Item.objects.order_by("id").values_list("id", flat=True))
    wanted = AssignWanted(agent_ids=list(found.agents))
    began = time.perf_counter()
    with organisation(found.organisation_id, read_only=True):
        foresee(wanted=wanted, item_ids=ids, actor=SYSTEM)
    foreseen = time.perf_counter()
    with organisation(found.organisation_id):
        job = start_bulk(wanted=wanted, item_ids=ids, actor=SYSTEM).bulk_id
    written = time.perf_counter()
    while run(found.organisation_id, job, steps=10):
        pass
    done = time.perf_counter()
    return {
        "items": items, "agents": agents, "foresee_s": round(foreseen - began, 2),
        "start_s": round(written - foreseen, 2), "run_s": round(done - written, 2),
        "total_s": round(done - foreseen, 2), "items_per_s": round(items / (done - foreseen)),
        **_outcome(found, job),
    }  # fmt: skip


def _outcome(found: House, job: Any) -> dict[str, Any]:
    with organisation(found.organisation_id, read_only=True):
        row = Bulk.objects.get(id=job)
        owners = Counter(Item.objects.values_list("owner_id", flat=True))
        events = Event.objects.filter(kind="assigned").count()
    return {
        "done": row.done, "refused": row.refused, "fewest": min(owners.values()), "most": max(owners.values()),
        "events_per_item": round(events / row.total, 3),
    }  # fmt: skip
