"""The one-time link of a first run: whoever reads the console founds the organisation, once, within a day."""

import hashlib
import secrets
from typing import Final

from django.db import connection

from rightaway.ledger.errors import NotFound

LINK_HOURS: Final = 24
# For the supervisor, which has a bare connection as the owner: a new link replaces those that nobody used.
REPLACE_LINKS: Final = (
    "WITH old AS (DELETE FROM accounts_setuplink) INSERT INTO accounts_setuplink (hash, expires_at) "
    "VALUES (%s, clock_timestamp() + make_interval(hours => %s))"
)


def new_token() -> str:
    """192 random bits. Only its hash is stored."""
    return secrets.token_urlsafe(24)


def digest(token: str) -> bytes:
    """sha256, 32 bytes: the token is random, so nothing slower is needed."""
    return hashlib.sha256(token.encode()).digest()


def link_is_open(token: str) -> bool:
    """Whether this link may still be used."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT FROM accounts_setuplink WHERE hash = %s AND expires_at > clock_timestamp()", [digest(token)]
        )
        return bool(cursor.rowcount == 1)


def use_link(token: str) -> None:
    """Ends the link, in the transaction that founds the organisation. Raises NotFound when somebody else was first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM accounts_setuplink WHERE hash = %s AND expires_at > clock_timestamp()", [digest(token)]
        )
        if cursor.rowcount != 1:
            raise NotFound
