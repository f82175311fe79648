"""The links of invitations: `<organisation id>-<32 url-safe characters>`, so that a stranger's link names its shard."""

import re
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import QuerySet

from rightaway.accounts.setup import digest, new_token
from rightaway.ledger.clock import clock
from rightaway.ledger.tenancy import current_organisation
from rightaway.people.models import Invitation

OPEN_FOR: Final = timedelta(days=7)
_FORM: Final = re.compile(r"([1-9][0-9]{0,4})-[A-Za-z0-9_-]{32}")
_MOST_ORGANISATIONS: Final = 32_767  # ids are smallint


def new_link_token() -> str:
    """192 random bits behind the organisation's id. Only its hash is stored."""
    return f"{current_organisation()}-{new_token()}"


def organisation_of(token: str) -> int | None:
    """The organisation that a token names, or None when this cannot be a token."""
    found = _FORM.fullmatch(token)
    return int(found[1]) if found is not None and int(found[1]) <= _MOST_ORGANISATIONS else None


def open_invitations(now: datetime | None = None) -> QuerySet[Any]:
    """Those that somebody may still come in with."""
    found: QuerySet[Any] = Invitation.objects.filter(used_at=None, revoked_at=None, expires_at__gt=now or clock())
    return found


def opened_by(token: str) -> QuerySet[Any]:
    """The open invitation of this token, or none."""
    return open_invitations().filter(hash=digest(token))
