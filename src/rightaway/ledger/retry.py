"""Trying a whole transaction again when the database gave it up: deadlock, serialisation failure, lock timeout."""

import random
import time
from collections.abc import Callable
from typing import TypeVar

import psycopg
from django.db import DatabaseError, connection

TRIES = 5
_FIRST_WAIT_SECONDS = 0.02
# Serialisation failure, deadlock, lock not available, and a prepared statement that a rollback took away.
_PASSING = frozenset({"40001", "40P01", "55P03", "26000"})

T = TypeVar("T")


def retried(transaction: Callable[[], T]) -> T:
    """What `transaction` returns, run again up to five times in all while its failure is a passing one.

    It must open its transaction itself: a part of one cannot be tried again.
    """
    assert not connection.in_atomic_block, "retry the whole transaction, not a part of it"
    for attempt in range(1, TRIES):
        try:
            return transaction()
        except (DatabaseError, psycopg.Error) as error:
            if not is_passing(error):
                raise
        time.sleep(random.uniform(0.5, 1) * _FIRST_WAIT_SECONDS * 2**attempt)
    return transaction()


def is_passing(error: BaseException) -> bool:
    """Whether the same transaction may well succeed when it is tried again."""
    cause = error if isinstance(error, psycopg.Error) else error.__cause__  # Django wraps what passes through it
    return isinstance(cause, psycopg.Error) and cause.sqlstate in _PASSING
