"""Regrade: after the thresholds have changed, every open item is graded by them, some at a time."""

from typing import Final
from uuid import UUID

from django.db import connection

from rightaway.ledger.arrays import plain, quoted
from rightaway.ledger.tenancy import current_organisation, organisation
from rightaway.routing.models import Config
from rightaway.work import basics
from rightaway.work.models import Item

_NAMES: Final = tuple(basics.NO_GRADES)
_WRITE: Final = f"""
UPDATE work_item i SET {", ".join(f"{name} = g.{name}" for name in _NAMES)}
FROM unnest(%(id)s::uuid[], {", ".join(f"%({name})s::timestamptz[]" for name in _NAMES)}) g (id, {", ".join(_NAMES)})
WHERE i.organisation_id = %(organisation)s AND i.id = g.id
"""


def regrade_due(organisation_id: int, *, limit: int = 1000) -> int:
    """Grades the next open items by the thresholds of now. Returns how many. In a transaction of its own."""
    with organisation(organisation_id):
        row = Config.objects.select_for_update(no_key=True).filter(regrade_from__isnull=False).first()
        if row is None:
            return 0
        items = Item.objects.select_for_update(no_key=True).filter(id__gte=row.regrade_from).exclude(state="closed")
        found = list(items.order_by("id")[: limit + 1])
        after: UUID | None = found[limit].id if len(found) > limit else None
        _write(found[:limit])
        Config.objects.filter(id=row.id).update(regrade_from=after)
        return min(len(found), limit)


def _write(items: list[Item]) -> None:
    grades = [basics.graded(item) for item in items]
    parameters = {
        name: quoted(None if (at := grade[name]) is None else at.isoformat() for grade in grades) for name in _NAMES
    }
    with connection.cursor() as cursor:
        cursor.execute(
            _WRITE, {**parameters, "id": plain(item.id for item in items), "organisation": current_organisation()}
        )
