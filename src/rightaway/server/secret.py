"""The key that signs sessions and links: made once, kept in the data folder, readable by nobody else."""

import os
import secrets
from pathlib import Path


def secret_key(data: Path) -> str:
    """The key in this data folder, made when it is not there yet. Two processes that start at once agree on one."""
    path = data / "secret_key"
    try:
        return path.read_text()
    except FileNotFoundError:
        data.mkdir(parents=True, exist_ok=True, mode=0o711)
    mine = path.with_name(f"secret_key.{os.getpid()}.new")
    descriptor = os.open(mine, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(48))
    try:
        os.link(mine, path)  # fails where somebody else was first, so a key that is in use never changes
    except FileExistsError:
        pass
    finally:
        mine.unlink()
    return path.read_text()
