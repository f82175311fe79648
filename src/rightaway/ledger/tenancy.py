"""The organisation is the shard: every tenant row carries its id, and nothing reads or writes outside of one.

Two walls stand independently. The manager refuses a queryset whose organisation is not the current one; and
row-level security in PostgreSQL hides every row whose organisation is not `rightaway.organisation`, which is
set inside each transaction only (a session-level SET would leak through a connection pool).
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, Self

import psycopg
from django.db import connection, models, transaction

from rightaway.ledger.hot import ask, forget, read_inside, simply, waits
from rightaway.ledger.ids import new_id

_ENTER: Final = "SELECT set_config('rightaway.organisation', %(organisation)s, true)"
_ENTER_TO_READ: Final = f"{_ENTER}, set_config('transaction_read_only', 'on', true)"
_current: ContextVar[int | None] = ContextVar("organisation", default=None)


class OutsideOrganisation(RuntimeError):
    """A tenant row was touched outside its organisation. Always a bug, never a user's mistake."""


def current_organisation() -> int:
    """The organisation whose transaction is open. Raises OutsideOrganisation when there is none."""
    organisation_id = _current.get()
    if organisation_id is None:
        raise OutsideOrganisation("open `with organisation(id):` first")
    return organisation_id


def is_outside() -> bool:
    """Whether no transaction is open here."""
    return _current.get() is None and not connection.in_atomic_block


@contextmanager
def organisation(organisation_id: int, *, read_only: bool = False) -> Iterator[None]:
    """One transaction inside one organisation. Entering the same one again joins it; another one raises.

    `read_only`: while everything in it goes the short way (`ledger/statements.py`), each of its messages is one: what
    they see is the same, since a statement sees what was committed before it, and none has to be ended by another."""
    outer = _current.get()
    if outer is not None:
        if outer != organisation_id:
            raise OutsideOrganisation(f"inside organisation {outer}, cannot enter {organisation_id}")
        yield
        return
    if read_only:
        with _transaction(organisation_id) as conn:
            read_inside(conn, _ENTER_TO_READ, {"organisation": organisation_id})
            yield
        return
    token = _current.set(organisation_id)
    try:
        with transaction.atomic():
            conn = connection.connection
            if not _is_open(conn) and not waits(conn):
                ask(conn, "BEGIN", {})
            ask(conn, _ENTER, {"organisation": organisation_id})
            yield
    finally:
        _current.reset(token)


@contextmanager
def planning(organisation_id: int, also: str) -> Iterator[tuple[psycopg.Connection[Any], tuple[bytes | None, ...]]]:
    """As `organisation`, for the planner's hot path: begins, enters and runs the query `also` in one round trip.

    Gives psycopg's own connection and the first row of `also`, as text; commits at the end, rolls back on any
    exception.
    """
    if _current.get() is not None:
        raise OutsideOrganisation("a planner's transaction is its own")
    with _transaction(organisation_id) as conn:
        with connection.wrap_database_errors:
            row = simply(conn, f"BEGIN; SET LOCAL rightaway.organisation = '{organisation_id:d}'; {also}")
        yield conn, row


@contextmanager
def _transaction(organisation_id: int) -> Iterator[psycopg.Connection[Any]]:
    """Beginning and ending go to libpq directly: through cursors they cost as much as a decision."""
    if connection.in_atomic_block:
        raise OutsideOrganisation("a transaction of its own cannot begin inside of another")
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    conn: psycopg.Connection[Any] = connection.connection
    token = _current.set(organisation_id)
    try:
        try:
            yield conn
        except BaseException:
            forget(conn)
            if not conn.closed and _is_open(conn):
                simply(conn, "ROLLBACK")  # unseen by psycopg, which would deallocate what was prepared
            raise
        forget(conn)  # what was read ahead, and nobody wanted
        if _is_open(conn):
            with connection.wrap_database_errors:
                simply(conn, "COMMIT")
    finally:
        _current.reset(token)


def _is_open(conn: psycopg.Connection[Any]) -> bool:
    return conn.info.transaction_status is not psycopg.pq.TransactionStatus.IDLE


class TenantQuerySet(models.QuerySet[Any]):
    """Runs only while the organisation it was made in is the current one."""

    _organisation_id: int | None = None

    def _clone(self) -> Self:
        clone: Self = super()._clone()  # type: ignore[misc]
        clone._organisation_id = self._organisation_id
        return clone

    def _check(self) -> None:
        if self._organisation_id is None or self._organisation_id != _current.get():
            raise OutsideOrganisation(
                f"{self.model.__name__} rows of organisation {self._organisation_id} "
                f"asked for while {_current.get()} is current"
            )


def _guarded(name: str) -> Callable[..., Any]:
    original = getattr(models.QuerySet, name)

    def method(self: TenantQuerySet, *args: Any, **kwargs: Any) -> Any:
        self._check()
        return original(self, *args, **kwargs)

    method.__name__ = name
    method.__doc__ = original.__doc__
    return method


for _name in (
    "_fetch_all", "aggregate", "bulk_create", "bulk_update", "count", "create", "delete",
    "exists", "explain", "in_bulk", "iterator", "update",
):  # fmt: skip
    setattr(TenantQuerySet, _name, _guarded(_name))


class TenantManager(models.Manager.from_queryset(TenantQuerySet)):  # type: ignore[misc]
    def get_queryset(self) -> TenantQuerySet:
        queryset: TenantQuerySet = super().get_queryset()
        organisation_id = current_organisation()
        queryset._organisation_id = organisation_id
        return queryset.filter(organisation_id=organisation_id)


class TenantModel(models.Model):
    """A row of one organisation. The database's key is (organisation_id, id); Django's is id."""

    organisation_id = models.SmallIntegerField(editable=False, default=current_organisation)
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)

    objects = TenantManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.organisation_id != current_organisation():
            raise OutsideOrganisation(f"{type(self).__name__} of organisation {self.organisation_id}")
        super().save(*args, **kwargs)


class TenantKey(models.ForeignKey[Any, Any]):
    """A reference inside the organisation. The database enforces it with a composite key (see migrations)."""

    def __init__(self, to: Any, *, related_name: str = "+", **kwargs: Any) -> None:
        kwargs.update(on_delete=models.DO_NOTHING, db_constraint=False, db_index=False)
        super().__init__(to, related_name=related_name, **kwargs)


def for_each_organisation(step: Callable[[int], None]) -> None:
    """Runs `step` once inside every organisation: the only way for a data migration to see tenant rows."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM accounts_organisation ORDER BY id")
        ids = [row[0] for row in cursor.fetchall()]
    for organisation_id in ids:
        with organisation(organisation_id):
            step(organisation_id)
