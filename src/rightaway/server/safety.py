"""Whether a database keeps what it confirms, and whether our roles are held by their walls."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rightaway.server.connections import APP, OWNER, SCHEDULER, Connections, conninfo
from rightaway.server.words import _

if TYPE_CHECKING:
    import psycopg

LEAST_VERSION = 150000
_DURABLE = {"fsync": {"on"}, "full_page_writes": {"on"}, "synchronous_commit": {"on", "remote_apply"}}


@dataclass(frozen=True, slots=True)
class Danger:
    """What is wrong, in words. `durability`: a crash may lose confirmed work; RIGHTAWAY_UNSAFE_DATABASE allows it."""

    text: str
    durability: bool = False


def dangers(found: Connections) -> list[Danger]:
    """Everything that is wrong with this database and its three roles. Raises psycopg.OperationalError."""
    import psycopg

    dangers = []
    for role, parameters in ((OWNER, found.owner), (APP, found.app), (SCHEDULER, found.scheduler)):
        with psycopg.connect(conninfo(parameters), connect_timeout=5, autocommit=True) as connection:
            dangers += _of_role(connection, role)
            if role == APP:
                dangers += _of_server(connection)
    return dangers


def _of_server(connection: "psycopg.Connection[Any]") -> list[Danger]:
    found = []
    version = connection.info.server_version
    if version < LEAST_VERSION:
        found.append(
            Danger(_("PostgreSQL %(version)s is too old: 15 or newer is needed.") % {"version": version // 10000})
        )
    for name, good in _DURABLE.items():
        value = _one(connection, "SELECT current_setting(%s)", name)
        if value not in good:
            found.append(
                Danger(
                    _("%(setting)s is %(value)s: leads that were confirmed may be lost in a crash. Set it to on.")
                    % {"setting": name, "value": value},
                    durability=True,
                )
            )
    encoding = _one(connection, "SELECT current_setting('server_encoding')")
    if encoding != "UTF8":
        found.append(Danger(_("The database's encoding is %(encoding)s. Make it with UTF8.") % {"encoding": encoding}))
    return found


def _of_role(connection: "psycopg.Connection[Any]", role: str) -> list[Danger]:
    name = str(_one(connection, "SELECT current_user"))
    if name != role:
        return [
            Danger(
                _("The address for %(role)s signs in as %(name)s. Run the script of “rightaway doctor --sql”.")
                % {"role": role, "name": name}
            )
        ]
    row = connection.execute(
        "SELECT rolsuper, rolbypassrls, %s <> %s AND pg_has_role(current_user, %s, 'MEMBER') "
        "FROM pg_roles WHERE rolname = current_user",
        [role, OWNER, OWNER],
    ).fetchone()
    assert row is not None
    found = []
    if row[0] or row[1]:
        found.append(
            Danger(
                _(
                    "%(role)s may look past the walls between organisations. "
                    "ALTER ROLE %(role)s NOSUPERUSER NOBYPASSRLS."
                )
                % {"role": role}
            )
        )
    if row[2] and not row[0]:
        found.append(
            Danger(_("%(role)s is a member of %(owner)s, and must not be. Revoke it.") % {"role": role, "owner": OWNER})
        )
    return found


def _one(connection: "psycopg.Connection[Any]", query: str, *parameters: str) -> object:
    row = connection.execute(query, parameters).fetchone()
    assert row is not None
    return row[0]
