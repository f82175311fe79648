"""Where the database is, for each of the three roles: named by the operator, or our own embedded server."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rightaway.server.environment import Environment

OWNER, APP, SCHEDULER = "rightaway_owner", "rightaway_app", "rightaway_scheduler"
ADMIN = "postgres"
DATABASE = "rightaway"
EMBEDDED_FILE = "connections.json"

Parameters = Mapping[str, str]
"""What libpq needs to connect: host, port, dbname, user and password, as far as they are known."""


@dataclass(frozen=True, slots=True)
class Connections:
    """`owner` makes and changes tables, `app` works inside organisations, `scheduler` sees only what is due.

    `listen` is the application's role on a connection that no pooler shares. `admin` is the superuser, known only
    for the embedded server.
    """

    owner: Parameters
    app: Parameters
    scheduler: Parameters
    listen: Parameters
    admin: Parameters | None = None
    embedded: bool = False


def conninfo(parameters: Parameters) -> str:
    """The parameters as one libpq connection string."""
    quoted = {name: value.replace("\\", "\\\\").replace("'", "\\'") for name, value in parameters.items() if value}
    return " ".join(f"{name}='{value}'" for name, value in quoted.items())


def connections(environment: Environment, environ: Mapping[str, str] = os.environ) -> Connections | None:
    """DATABASE_URL, else the server that PGHOST names, else the embedded one; None while that was never started."""
    if environment.database_url:
        return _named(environment)
    if environ.get("PGHOST"):
        return _by_libpq(environ)
    return embedded(environment.data)


def is_foreign(environment: Environment, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether an operator's own server is used, so that none is to be started."""
    return bool(environment.database_url or environ.get("PGHOST"))


def embedded(data: Path) -> Connections | None:
    """How to reach the embedded server of this data folder, as it was last started."""
    try:
        known = json.loads((data / EMBEDDED_FILE).read_text())
    except FileNotFoundError:
        return None

    def role(user: str) -> Parameters:
        where = {"host": known["host"], "port": known["port"], "dbname": known["dbname"]}
        return {**where, "user": user, "password": known["passwords"][user]}

    return Connections(role(OWNER), role(APP), role(SCHEDULER), role(APP), role(ADMIN), embedded=True)


def _named(environment: Environment) -> Connections:
    from psycopg.conninfo import conninfo_to_dict  # heavy, and not needed beside the embedded server

    def parsed(url: str) -> Parameters:
        return {name: str(value) for name, value in conninfo_to_dict(url).items()}

    return Connections(
        parsed(environment.database_owner_url),
        parsed(environment.database_url),
        parsed(environment.database_scheduler_url),
        parsed(environment.database_listen_url or environment.database_url),
    )


def _by_libpq(environ: Mapping[str, str]) -> Connections:
    def role(user: str) -> Parameters:
        return {
            "host": environ["PGHOST"],
            "port": environ.get("PGPORT", "5432"),
            "dbname": environ.get("PGDATABASE", DATABASE),
            "user": user,
            "password": environ.get("PGPASSWORD", ""),
        }

    app = role(environ.get("PGUSER", APP))
    return Connections(role(OWNER), app, role(SCHEDULER), app)
