"""Who is acting: a key's or a signed-in member's row, read afresh in each request's own transaction."""

import hmac
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.db import connection

from rightaway.accounts.actor import SYSTEM, Actor
from rightaway.accounts.models import User
from rightaway.accounts.roles import Role
from rightaway.ledger.errors import NotSignedIn
from rightaway.ledger.statements import Row, asked, fetched
from rightaway.ledger.tenancy import current_organisation, organisation

ORGANISATION_KEY = "organisation_id"  # of the session

_KEY = """
SELECT k.id, k.hash, k.scopes, k.membership_id, m.role, m.active AND u.is_active, a.id, o.region
FROM accounts_apikey k
JOIN accounts_organisation o ON o.id = k.organisation_id
LEFT JOIN accounts_membership m ON m.organisation_id = k.organisation_id AND m.id = k.membership_id
LEFT JOIN accounts_user u ON u.id = m.user_id
LEFT JOIN people_agent a ON a.organisation_id = k.organisation_id AND a.membership_id = m.id AND a.active
WHERE k.organisation_id = %(organisation)s::smallint AND k.hash = %(digest)s::bytea AND k.revoked_at IS NULL
"""
_MEMBER = """
SELECT m.id, m.role, a.id, o.region, coalesce(nullif(a.zone, 'UTC'), o.zone), clock_timestamp(), u.password
FROM accounts_membership m
JOIN accounts_organisation o ON o.id = m.organisation_id
JOIN accounts_user u ON u.id = m.user_id AND u.is_active
LEFT JOIN people_agent a ON a.organisation_id = m.organisation_id AND a.membership_id = m.id AND a.active
WHERE m.organisation_id = %(organisation)s::smallint AND m.user_id = %(user)s::uuid AND m.active
"""


_KEY_AGAIN = """
SELECT k.scopes, m.role, a.id FROM accounts_apikey k
LEFT JOIN accounts_membership m ON m.organisation_id = k.organisation_id AND m.id = k.membership_id
LEFT JOIN accounts_user u ON u.id = m.user_id
LEFT JOIN people_agent a ON a.organisation_id = k.organisation_id AND a.membership_id = m.id AND a.active
WHERE k.organisation_id = %s AND k.id = %s AND k.revoked_at IS NULL
  AND (k.membership_id IS NULL OR (m.active AND u.is_active))
"""
_MEMBER_AGAIN = """
SELECT NULL, m.role, a.id FROM accounts_membership m JOIN accounts_user u ON u.id = m.user_id AND u.is_active
LEFT JOIN people_agent a ON a.organisation_id = m.organisation_id AND a.membership_id = m.id AND a.active
WHERE m.organisation_id = %s AND m.id = %s AND m.active
"""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request brought: an organisation, and either a key's sha256 or the user who is signed in.

    `session_hash`: what their session carries of their password, still to be compared; None where somebody has done it.
    """

    organisation_id: int
    digest: bytes | None = None
    user_id: UUID | None = None
    session_hash: str | None = None


@dataclass(frozen=True, slots=True)
class Acting:
    """An actor, the region in which their organisation's phone numbers are read, and the zone a member lives in.

    `at` is the database's time when a member was found.
    """

    actor: Actor
    region: str
    zone: str = "UTC"
    at: datetime | None = None


def of_session(session: Mapping[str, Any]) -> Credentials | None:
    """Whom a session is of, and where they are; None for a stranger's. `acting` says whether it holds: the user is
    looked up with their membership, in one statement."""
    organisation_id, session_hash = session.get(ORGANISATION_KEY), session.get(HASH_SESSION_KEY)
    try:
        user_id = UUID(str(session.get(SESSION_KEY)))
    except ValueError:
        return None
    if not isinstance(organisation_id, int) or not isinstance(session_hash, str):
        return None
    return Credentials(organisation_id, user_id=user_id, session_hash=session_hash)


def member_asked(credentials: Credentials) -> Callable[[], list[Row]]:
    """The member whom `acting` would look up, read with the next statement. Inside their organisation."""
    return asked(_MEMBER, user=credentials.user_id)


@contextmanager
def acting(credentials: Credentials, *, read_only: bool = False, member: Row | None = None) -> Iterator[Acting]:
    """`organisation(…)`, and who acts in it. Raises NotSignedIn: no such key or member, revoked or inactive.

    `member`: the row of `member_asked`, where this request has read it already."""
    with organisation(credentials.organisation_id, read_only=read_only):
        if credentials.digest is not None:
            rows, read = fetched(_KEY, digest=f"\\x{credentials.digest.hex()}"), _by_key
        else:
            rows, read = fetched(_MEMBER, user=credentials.user_id) if member is None else [member], _by_member
        found = read(rows[0], credentials) if rows else None
        if found is None:
            raise NotSignedIn
        yield found


def actor_again(kind: str, id: str | None) -> Actor:
    """Whoever asked for a job that is done later, with the rights that they have now. Inside the organisation.

    Raises NotSignedIn: the key was revoked, the member is active no more.
    """
    if id is None:
        return SYSTEM
    query, names = (_KEY_AGAIN, "key") if kind == "key" else (_MEMBER_AGAIN, "member")
    with connection.cursor() as cursor:
        cursor.execute(query, [current_organisation(), id])
        row = cursor.fetchone()
    if row is None:
        raise NotSignedIn
    scopes, role, agent_id = row
    acting_as = Role.COMPANY_MANAGER if role is None else Role(role)
    return Actor(names, UUID(id), acting_as, agent_id, None if scopes is None else frozenset(json.loads(scopes)))


def _by_key(row: tuple[Any, ...], credentials: Credentials) -> Acting | None:
    id, known, scopes, membership_id, role, active, agent_id, region = row
    if not hmac.compare_digest(bytes(known), credentials.digest or b"") or (membership_id is not None and not active):
        return None
    # A key of its own has the widest role; its scopes are what narrow it.
    acting_as = Role(role) if membership_id is not None else Role.COMPANY_MANAGER
    return Acting(Actor("key", id, acting_as, agent_id, frozenset(scopes)), region)


def _by_member(row: tuple[Any, ...], credentials: Credentials) -> Acting | None:
    membership_id, role, agent_id, region, zone, at, password = row
    sent = credentials.session_hash
    if sent is not None and not hmac.compare_digest(User(password=password).get_session_auth_hash(), sent):
        return None  # begun before the password was changed
    return Acting(Actor("member", membership_id, Role(role), agent_id), region, zone, at)
