"""Sessions as Django keeps them, read the short way: every page, part and call reads one, and building that query took
longer than its answer."""

from typing import Any, Final

from django.contrib.sessions.backends import db
from django.utils import timezone

from rightaway.ledger.statements import fetched_outside

_SESSION: Final = """
SELECT session_data FROM django_session WHERE session_key = %(key)s AND expire_date > %(now)s::timestamptz
"""


class SessionStore(db.SessionStore):
    def load(self) -> dict[str, Any]:
        rows = fetched_outside(_SESSION, key=self.session_key, now=timezone.now())
        if not rows:
            self._session_key = None
            return {}
        found: dict[str, Any] = self.decode(rows[0][0])
        return found
