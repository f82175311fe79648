"""Attachments on disk: each under its own id in a folder of its organisation, never under a name that was sent."""

import os
from pathlib import Path
from typing import Final
from uuid import UUID

from django.conf import settings

from rightaway.ledger.tenancy import current_organisation

LARGEST_FILE: Final = 25_000_000  # bytes
MOST_FILES: Final = 50  # of one message


def path_of(attachment_id: UUID) -> Path:
    """Where an attachment of the current organisation lies."""
    folder: Path = settings.ENVIRONMENT.data / "attachments" / str(current_organisation())
    return folder / attachment_id.hex[-2:] / str(attachment_id)


def write(attachment_id: UUID, content: bytes) -> None:
    """Puts it on the disk for good, before the row that names it is committed. Others here cannot read it."""
    path = path_of(attachment_id)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
