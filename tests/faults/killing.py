"""A process that does something and is killed at a named point."""

import multiprocessing
from collections.abc import Callable
from typing import Any, Final

from django.db import connection

from rightaway.ledger import crash

KILLED: Final = 137


def killed_at(point: str, doing: Callable[[], Any]) -> int | None:
    """The exit status of a process that does this and is killed there."""
    connection.close()  # a child must not inherit it

    def body() -> None:
        crash._AT = point
        doing()

    child = multiprocessing.get_context("fork").Process(target=body, daemon=True)
    child.start()
    child.join(30)
    return child.exitcode
