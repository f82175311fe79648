"""Identifiers. An organisation is a small integer, everything else a UUIDv7 (RFC 9562, 5.7): keys sort by time."""

from datetime import datetime
from uuid import UUID

import uuid_utils
import uuid_utils.compat


def new_id() -> UUID:
    return uuid_utils.compat.uuid7()


def new_id_text() -> str:
    """As `new_id`, as text: for statements that write thousands."""
    return str(uuid_utils.uuid7())


def first_id(at: datetime) -> UUID:
    """No id that was made at this instant or later is smaller."""
    return UUID(int=int(at.timestamp() * 1000) << 80)
