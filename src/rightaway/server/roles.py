"""The three database roles as SQL, for the embedded server and, printed, for an operator's own one."""

from collections.abc import Callable, Mapping

from rightaway.server.connections import APP, DATABASE, OWNER, SCHEDULER

TIME_LIMITS = {"lock_timeout": "2s", "statement_timeout": "10s", "idle_in_transaction_session_timeout": "15s"}
ROLES = (OWNER, APP, SCHEDULER)
_LIMITS = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def role_statements(passwords: Mapping[str, str]) -> list[str]:
    """Makes the roles, or gives those that exist these passwords (plain, or SCRAM verifiers)."""
    statements = []
    for role in ROLES:
        statements.append(
            f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') "
            f"THEN CREATE ROLE {role}; END IF; END $$"
        )
        statements.append(f"ALTER ROLE {role} {_LIMITS} PASSWORD {_literal(passwords[role])}")
    return statements


def grant_statements() -> list[str]:
    """What the roles may do in the database that they are run in. Tables are granted by the migrations."""
    defaults = f"ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} IN SCHEMA public"
    return [
        f"ALTER SCHEMA public OWNER TO {OWNER}",
        "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
        f"GRANT USAGE ON SCHEMA public TO {APP}, {SCHEDULER}",
        f"{defaults} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {APP}",
        f"{defaults} GRANT USAGE ON SEQUENCES TO {APP}",
    ]


def script(make_password: Callable[[], str]) -> str:
    """What to run with psql as a superuser of a foreign server, followed by the settings that match it."""
    passwords = {role: make_password() for role in ROLES}
    lines = [
        f"{statement};"
        for statement in [
            *role_statements(passwords),
            f"CREATE DATABASE {DATABASE} OWNER {OWNER} ENCODING 'UTF8' TEMPLATE template0",
        ]
    ]
    lines += [f"\\connect {DATABASE}", *(f"{statement};" for statement in grant_statements())]
    # Where a pooler stands between, connections cannot bring their time limits along.
    lines += [f"ALTER ROLE {APP} SET {name} = '{limit}';" for name, limit in TIME_LIMITS.items()]
    names = {"DATABASE_URL": APP, "DATABASE_OWNER_URL": OWNER, "DATABASE_SCHEDULER_URL": SCHEDULER}
    lines += [f"-- {name}=postgresql://{role}:{passwords[role]}@HOST:5432/{DATABASE}" for name, role in names.items()]
    return "\n".join(lines) + "\n"
