"""Roles that routes look somebody for: they open with the item, and end when somebody has the role or a person decides
about it. Whoever changes one holds the lock of its item."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import F

from rightaway.engine.facts import Directory
from rightaway.ledger.events import wake_worker
from rightaway.routing.directory import RETIRED, directory
from rightaway.work.models import Item, Vacancy


def open_for(items: Iterable[tuple[UUID, str]], *, at: datetime, known: Directory | None = None) -> None:
    """Has the routes look for holders of all roles that they fill of these items, (id, kind)."""
    known = known or directory()
    rows = [(id, role_id) for id, kind in items for role_id in _filled(known, kind)]
    _open(rows, at)


def open_again(item: Item, role_id: UUID, *, at: datetime) -> None:
    """Has the routes look for somebody after the last holder, if they fill this role."""
    if item.state != "closed" and role_id in _filled(directory(), item.kind):
        _open([(item.id, role_id)], at)


def go_on(item: Item, role_id: UUID, *, at: datetime) -> None:
    """The last open offer of the role has ended, and nobody took it: on to the next."""
    if Vacancy.objects.filter(item=item.id, role_id=role_id).update(due_at=at, tries=F("tries") + 1):
        wake_worker()


def end(item: Item, role_id: UUID | None = None) -> None:
    """The routes look for nobody any more: for this role, or for any of the item's."""
    rows = Vacancy.objects.filter(item=item.id)
    (rows if role_id is None else rows.filter(role_id=role_id)).delete()


def wake(route_ids: Iterable[UUID], *, at: datetime) -> int:
    """Has what waits on these routes looked at again. Returns how many."""
    return int(Vacancy.objects.filter(waits_on__in=list(route_ids), due_at__gt=at).update(due_at=at))


def _open(rows: list[tuple[UUID, UUID]], at: datetime) -> None:
    if rows:
        made = [Vacancy(item_id=item_id, role_id=role_id, made_at=at, due_at=at) for item_id, role_id in rows]
        Vacancy.objects.bulk_create(made, ignore_conflicts=True)
        wake_worker()


def _filled(known: Directory, kind: str) -> tuple[UUID, ...]:
    """The roles that routes fill of items of this kind; looked up once per directory."""
    found: dict[str, tuple[UUID, ...]] | None = known.cache.get("filled")
    if found is None:
        by_kind: dict[str, dict[UUID, None]] = {}
        for route in known.routes:
            if route.role not in (None, RETIRED):
                by_kind.setdefault(route.kind, {})[route.role] = None
        found = known.cache["filled"] = {name: tuple(roles) for name, roles in by_kind.items()}
    return found.get(kind, ())
