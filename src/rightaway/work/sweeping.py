"""How a sweep works through what it found: each in a transaction of its own, and none stops the others."""

from collections.abc import Callable, Iterable
from functools import partial
from uuid import UUID

import structlog
from django.db import InterfaceError, OperationalError, connection

from rightaway.ledger.retry import retried
from rightaway.ledger.tenancy import organisation

log = structlog.get_logger()


def one_by_one(organisation_id: int, ids: Iterable[UUID], step: Callable[[UUID], int]) -> int:
    """Runs `step` for each id. Returns the sum of what it did. What fails is logged and left for the next sweep.

    Raises OperationalError and InterfaceError, when the connection is gone.
    """
    done = 0
    for each in ids:
        try:
            done += retried(partial(_inside, organisation_id, each, step))
        except Exception as error:
            if isinstance(error, (OperationalError, InterfaceError)) and not connection.is_usable():
                raise
            log.exception("sweep_failed", organisation_id=organisation_id, step=step.__name__, id=str(each))
    return done


def _inside(organisation_id: int, each: UUID, step: Callable[[UUID], int]) -> int:
    with organisation(organisation_id):
        return step(each)
