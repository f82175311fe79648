"""Tables brought up to date by the owner's role, and skipped when the database already carries this code's hash."""

import hashlib
import os
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psycopg

_PACKAGE = Path(__file__).parents[1]
_MARK = "rightaway schema "
_LOCK = 7_424_920_001  # any number that no organisation's lock can have


def wanted() -> str:
    """A hash of everything that decides what the tables look like."""
    digest = hashlib.sha256()
    for name in ("Django", "django-allauth"):  # their migrations come with their version
        digest.update(f"{name} {metadata.version(name)}\n".encode())
    for path in [_PACKAGE / "ledger/tables.py", *sorted(_PACKAGE.glob("*/migrations/*.py"))]:
        digest.update(path.relative_to(_PACKAGE).as_posix().encode() + b"\n" + path.read_bytes())
    return digest.hexdigest()[:32]


def is_current(connection: "psycopg.Connection[tuple[object, ...]]") -> bool:
    """Whether this database was migrated by exactly this code."""
    row = connection.execute("SELECT obj_description('public'::regnamespace, 'pg_namespace')").fetchone()
    return row is not None and row[0] == _MARK + wanted()


def migrate() -> None:
    """Migrates, in this process, which must not have used the database before. Two at once follow one another."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rightaway.server.settings")
    import django
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection

    django.setup()
    if settings.CONNECTIONS is None:
        raise SystemExit("There is no database yet. `rightaway up` makes it.")
    owner = settings.CONNECTIONS.owner
    connection.settings_dict.update(
        HOST=owner.get("host", ""), PORT=owner.get("port", ""), NAME=owner["dbname"],
        USER=owner.get("user", ""), PASSWORD=owner.get("password", ""), OPTIONS={"options": "-c lock_timeout=10s"},
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = 0")
        cursor.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        cursor.execute("RESET lock_timeout")
        call_command("migrate", verbosity=0, interactive=False)
        cursor.execute(f"COMMENT ON SCHEMA public IS '{_MARK}{wanted()}'")


if __name__ == "__main__":
    migrate()
