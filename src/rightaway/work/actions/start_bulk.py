"""Start a bulk job: the items are written down now, as they were chosen; what is done to each is done step by step."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.db import connection

from rightaway.accounts.actor import Actor
from rightaway.accounts.models import Membership
from rightaway.accounts.roles import Role
from rightaway.ledger.arrays import plain
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import Conflict, Invalid, NotAllowed, NotFound
from rightaway.ledger.events import Change, append, wake_worker
from rightaway.ledger.ids import new_id_text
from rightaway.ledger.tenancy import current_organisation
from rightaway.people.models import Agent
from rightaway.work import access, timeline
from rightaway.work.bulk import of_role
from rightaway.work.bulk.sharing import dealt
from rightaway.work.models import Bulk

MOST: Final = 100_000
CONFIRMED_ALONE: Final = 25  # more than so many are revoked only when a second manager agrees
ACTIONS: Final = {
    "assign": "item.assign", "offer": "item.offer", "revoke": "item.revoke", "request_update": "item.request_update",
    "move": "item.move", "route": "item.revoke",
}  # fmt: skip

_ROWS: Final = """
INSERT INTO work_bulkrow (organisation_id, id, bulk_id, place, item_id, agent_id, outcome, problem)
SELECT %(organisation)s, id, %(bulk)s, place, item, agent, '', ''
FROM unnest(%(id)s::uuid[], %(item)s::uuid[], %(agent)s::uuid[]) WITH ORDINALITY r (id, item, agent, place)
"""


@dataclass(frozen=True, slots=True)
class Started:
    """`state`: running, or to_confirm while a second manager must agree."""

    bulk_id: UUID
    total: int
    state: str


def start_bulk(*, wanted: Any, item_ids: Sequence[UUID], actor: Actor, note: str = "") -> Started:
    """Writes down a job for these items, in their order; `wanted` as `work/bulk/wanted.py`. Runs inside
    `organisation(…)`.

    What the actor may not do to an item is refused for that item alone, when its turn comes. Raises NotAllowed (never
    to any item), NotFound (an agent, a role), Conflict (an inactive one, or who may not hold the role), WrongState (a
    retired role), Invalid.
    """
    ids = checked(wanted, item_ids, actor)
    timeline.check(note, required=wanted.verb == "revoke" or getattr(wanted, "confirmed", False))
    state = "to_confirm" if must_be_confirmed(wanted, len(ids), actor) else "running"
    return record(wanted, ids, dealt(wanted, ids), state, note, actor)


def checked(wanted: Any, item_ids: Sequence[UUID], actor: Actor) -> list[UUID]:
    """The items, each once. Raises NotAllowed (never to any item), NotFound (an agent, a role), Conflict (an inactive
    one, or who may not hold the role), WrongState (a retired role), Invalid (none, or too many)."""
    action = action_of(wanted)
    if action is None or not actor.may_ever(action):
        raise NotAllowed(action=action or wanted.verb)
    ids = list(dict.fromkeys(item_ids))
    if not 1 <= len(ids) <= MOST:
        raise Invalid(errors=[{"pointer": "/item_ids", "detail": "out_of_range"}])
    _require_receivers(getattr(wanted, "agent_ids", []), actor)
    if getattr(wanted, "role_id", None) is not None:
        of_role.require(wanted.role_id, wanted.agent_ids)
    return ids


def action_of(wanted: Any) -> str | None:
    """What somebody must be allowed to do to an item of the job."""
    return "item.assign_role" if getattr(wanted, "role_id", None) is not None else ACTIONS.get(wanted.verb)


def _require_receivers(agent_ids: Sequence[UUID], actor: Actor) -> None:
    if access.visible_agents(actor).filter(id__in=agent_ids).count() < len(agent_ids):
        raise NotFound
    inactive = Agent.objects.filter(id__in=agent_ids, active=False).values_list("id", flat=True)
    if inactive:
        raise Conflict(agents=sorted(str(agent) for agent in inactive), active=False)


def must_be_confirmed(wanted: Any, count: int, actor: Actor) -> bool:
    """Whether a second manager has to agree; nobody has to where there is no second."""
    if wanted.verb != "revoke" or count <= CONFIRMED_ALONE:
        return False
    others = Membership.objects.filter(active=True).exclude(role=Role.AGENT).exclude(id=actor.id)
    return bool(others.exists())


def record(
    wanted: Any, ids: Sequence[UUID], dealt: Sequence[UUID | None], state: str, note: str, actor: Actor,
    undoes: UUID | None = None,
) -> Started:  # fmt: skip
    """Writes a job and its rows. Returns how it stands."""
    now = clock()
    job = Bulk.objects.create(
        verb=wanted.verb, wanted=wanted.model_dump(mode="json"), note=note, state=state, total=len(ids), made_at=now,
        actor={"kind": actor.kind, "id": None if actor.id is None else str(actor.id)}, undoes_id=undoes,
        due_at=now if state == "running" else None,
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(
            _ROWS,
            {"organisation": current_organisation(), "bulk": job.id, "id": plain(new_id_text() for _ in ids),
             "item": plain(ids), "agent": plain(dealt)},
        )  # fmt: skip
    body = {"verb": wanted.verb, "total": len(ids), "state": state, "undoes": undoes, **actor.as_event()}
    append(job, now, [Change("bulk_started", body)])
    wake_worker()
    return Started(bulk_id=job.id, total=len(ids), state=state)
