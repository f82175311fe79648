"""Django's PostgreSQL, beside which statements go the short way (`ledger/hot.py`). It looks whether a connection is
still there without asking the server each time."""

import select
from typing import Any

from django.db.backends.postgresql import base

from rightaway.ledger import hot


class DatabaseWrapper(base.DatabaseWrapper):
    """A server that goes away closes the line, and says so first: while there is nothing to read on an idle connection,
    asking (a round trip of each request) would find the same."""

    connection: Any
    health_check_enabled: bool
    health_check_done: bool

    def close_if_health_check_failed(self) -> None:
        if self.health_check_enabled and not self.health_check_done and self._is_quiet():
            self.health_check_done = True
        super().close_if_health_check_failed()

    def create_cursor(self, name: str | None = None) -> Any:
        hot.begin_reading(self.connection)
        hot.send(self.connection)  # what was asked before comes before
        return super().create_cursor(name)

    def _commit(self) -> None:
        if self.connection is not None and hot.goes_with_commit(self.connection):
            with self.wrap_database_errors:
                hot.commit(self.connection)
        else:
            super()._commit()  # type: ignore[misc]

    def _rollback(self) -> None:
        if self.connection is not None:
            hot.forget(self.connection)
        super()._rollback()  # type: ignore[misc]

    def _is_quiet(self) -> bool:
        if self.connection is None or self.connection.closed:
            return False
        line = select.poll()
        line.register(self.connection.fileno(), select.POLLIN | select.POLLERR | select.POLLHUP)
        return not line.poll(0)
