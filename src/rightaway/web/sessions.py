"""Sessions as Django keeps them, read the short way: every page, part and call reads one, and building that query took
longer than its answer. With it goes the question who the member is whose it was the last time: a journey less."""

from typing import Any, Final

from django.contrib.sessions.backends import db
from django.utils import timezone

from rightaway.ledger.recent import Recent
from rightaway.ledger.statements import Row, fetched_outside
from rightaway.ledger.tenancy import is_outside, organisation
from rightaway.people.acting import Credentials, member_asked, of_session

_SESSION: Final = """
SELECT session_data FROM django_session WHERE session_key = %(key)s AND expire_date > %(now)s::timestamptz
"""
_whose: Recent[str, Credentials] = Recent(4_096)


class SessionStore(db.SessionStore):
    _member: tuple[Credentials, Row] | None = None

    def load(self) -> dict[str, Any]:
        key = str(self.session_key)
        before = _whose.get(key) if is_outside() else None
        member: list[Row] = []
        if before is None:
            rows = _read(key)
        else:
            with organisation(before.organisation_id, read_only=True):
                asked = member_asked(before)
                rows = _read(key)
            member = asked()
        if not rows:
            self._session_key = None
            return {}
        found: dict[str, Any] = self.decode(rows[0][0])
        who = of_session(found)
        if who is not None:
            _whose[key] = who
        if who is not None and who == before and member:
            self._member = who, member[0]
        return found

    def take_member(self, who: Credentials) -> Row | None:
        """The row of this member, if it was read together with the session; once: what comes later asks again."""
        found, self._member = self._member, None
        return found[1] if found is not None and found[0] == who else None


def _read(key: str) -> list[Row]:
    return fetched_outside(_SESSION, key=key, now=timezone.now())
