"""What stands in addresses and hidden fields: keys of doors, signed names of threads, secrets of visitors."""

import base64
import hashlib
import re
import secrets
from typing import Final
from uuid import UUID

from django.core.signing import BadSignature, SignatureExpired, TimestampSigner
from django.utils.crypto import constant_time_compare, salted_hmac

_KEY: Final = re.compile(r"([1-9][0-9]{0,4})-[a-z2-7]{16}")
_VISIT: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_MOST_ORGANISATIONS: Final = 32_767  # ids are smallint
_THREAD_BYTES, _SIGN_BYTES = 18, 12  # organisation and conversation; 96 bits of signature
THREAD_LENGTH: Final = 48  # of the name in base32: 30 bytes
SHORTEST_SECONDS: Final = 3
LONGEST_SECONDS: Final = 86_400


def new_source_key(organisation_id: int) -> str:
    """The key of a new door: the organisation's number, so that it is found, and 80 random bits."""
    return f"{organisation_id}-{_base32(secrets.token_bytes(10))}"


def organisation_of(key: str) -> int | None:
    """The organisation that a door's key names, or None when this cannot be one."""
    found = _KEY.fullmatch(key)
    return int(found[1]) if found and int(found[1]) <= _MOST_ORGANISATIONS else None


def thread_name(organisation_id: int, conversation_id: UUID) -> str:
    """A signed name of a thread, of small letters and digits: it survives any mail program, and nobody can make one."""
    named = organisation_id.to_bytes(2, "big") + conversation_id.bytes
    return _base32(named + _sign(named))


def read_thread_name(text: str) -> tuple[int, UUID] | None:
    """(organisation, conversation) of a name that we signed, or None."""
    try:
        raw = base64.b32decode(text.upper())
    except ValueError:
        return None
    named, sign = raw[:_THREAD_BYTES], raw[_THREAD_BYTES:]
    if not constant_time_compare(sign, _sign(named)):
        return None
    return int.from_bytes(named[:2], "big"), UUID(bytes=named[2:])


def new_visit() -> str:
    """The secret of a visitor, with 256 random bits."""
    return secrets.token_urlsafe(32)


def visit_digest(secret: str) -> bytes | None:
    """What is kept of a visitor's secret, or None when this cannot be one."""
    return hashlib.sha256(secret.encode()).digest() if _VISIT.fullmatch(secret) else None


def form_stamp(key: str) -> str:
    """When a form was shown, signed for this door."""
    return TimestampSigner(salt=f"form:{key}").sign("shown")


def stamp_is_good(key: str, stamp: str) -> bool:
    """Whether a person may have filled the form in: it was shown at least three seconds ago, and within a day."""
    signer = TimestampSigner(salt=f"form:{key}")
    try:
        signer.unsign(stamp, max_age=LONGEST_SECONDS)
    except (BadSignature, SignatureExpired):
        return False
    try:
        signer.unsign(stamp, max_age=SHORTEST_SECONDS)
    except SignatureExpired:
        return True
    return False


def _sign(named: bytes) -> bytes:
    return salted_hmac("rightaway.thread", named, algorithm="sha256").digest()[:_SIGN_BYTES]


def _base32(raw: bytes) -> str:
    return base64.b32encode(raw).decode().rstrip("=").lower()
