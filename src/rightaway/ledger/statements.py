"""What happens all day, the short way: statements that PostgreSQL plans once a connection, of which no query is built.

Building a query of Django's and planning its statement anew take longer than its answer, each. What happens seldom is
better served by a queryset, which checks more.
"""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeVar

from django.db import connection, models
from django.db.models.base import ModelState

from rightaway.ledger.hot import ask, ask_after, run, send
from rightaway.ledger.tenancy import TenantModel, current_organisation

Row = tuple[Any, ...]
M = TypeVar("M", bound=TenantModel)


def fetched(sql: str, **parameters: object) -> list[Row]:
    """The rows of a statement with `%(name)s` parameters, whose texts PostgreSQL casts; `%(organisation)s` is the
    current one. Runs inside `organisation(…)`. Raises as a queryset does."""
    organisation_id = current_organisation()
    with connection.wrap_database_errors:
        return run(connection.connection, sql, {"organisation": organisation_id, **parameters})[0]


def asked(sql: str, **parameters: object) -> Callable[[], list[Row]]:
    """As `fetched`, but it goes to the server with the next statement, or at the transaction's end: a journey less.
    Gives what its rows are to be asked of, then. What goes wrong in it is raised where it is sent."""
    organisation_id = current_organisation()
    with connection.wrap_database_errors:
        found = ask(connection.connection, sql, {"organisation": organisation_id, **parameters})

    def rows() -> list[Row]:
        if found.rows is None:
            with connection.wrap_database_errors:
                send(connection.connection)
        assert found.rows is not None, "it was asked in a transaction that has ended"
        return found.rows

    return rows


def executed(sql: str, **parameters: object) -> int:
    """As `fetched`, of a statement that changes rows: how many."""
    organisation_id = current_organisation()
    with connection.wrap_database_errors:
        return run(connection.connection, sql, {"organisation": organisation_id, **parameters})[1]


def fetched_outside(sql: str, **parameters: object) -> list[Row]:
    """As `fetched`, of what belongs to no organisation; in a transaction of its own where none is open."""
    connection.close_if_health_check_failed()
    connection.ensure_connection()
    with connection.wrap_database_errors:
        return run(connection.connection, sql, parameters)[0]


def asked_after_commit(sql: str, **parameters: object) -> None:
    """Of what belongs to no organisation: it follows the commit of the transaction that is open, in the same message;
    once, however often it is asked. At once where no transaction is open."""
    if connection.in_atomic_block:
        ask_after(connection.connection, sql, parameters)
    else:
        fetched_outside(sql, **parameters)


@cache
def columns_of(model: type[TenantModel], table: str) -> str:
    """All columns of a model, for the list of a SELECT in which its table has this name."""
    return ", ".join(f'{table}."{field.column}"' for field in _fields(model))


@cache
def width_of(model: type[TenantModel]) -> int:
    """How many columns that are."""
    return len(_fields(model))


def made(model: type[M], values: Sequence[Any]) -> M:
    """What `columns_of` has read, as a queryset would give it, without its looking whether it was given too much."""
    found = model.__new__(model)
    found._state = ModelState()
    found._state.adding, found._state.db = False, "default"
    found.__dict__.update(zip(_names(model), values, strict=True))
    return found


@cache
def _names(model: type[TenantModel]) -> tuple[str, ...]:
    return tuple(field.attname for field in _fields(model))


@cache
def _fields(model: type[TenantModel]) -> "tuple[models.Field[Any, Any], ...]":
    return tuple(model._meta.concrete_fields)
