"""The database's roles and settings, and what is said when they are not safe.

One of these changes a role of the whole server for a moment: they stay in one file, which runs in one process.
"""

from dataclasses import replace

import psycopg
import pytest
from django.conf import settings

from rightaway.server.connections import Connections, conninfo
from rightaway.server.migrate import is_current
from rightaway.server.roles import script
from rightaway.server.safety import dangers


def _ours() -> Connections:
    assert settings.CONNECTIONS is not None
    return settings.CONNECTIONS


def test_our_own_database_is_safe() -> None:
    assert dangers(_ours()) == []


def test_a_superuser_in_the_place_of_a_role_is_named() -> None:
    found = _ours()
    assert found.admin is not None
    wrong = dangers(replace(found, app={**found.app, "user": found.admin["user"], "password": found.admin["password"]}))
    assert any("rightaway_app signs in as postgres" in danger.text for danger in wrong)


def test_a_setting_that_loses_work_is_named_and_may_be_allowed() -> None:
    found = _ours()
    wrong = dangers(replace(found, app={**found.app, "options": "-c synchronous_commit=off"}))
    assert [danger.durability for danger in wrong] == [True]
    assert "synchronous_commit is off" in wrong[0].text


@pytest.mark.parametrize("attribute", ["SUPERUSER", "BYPASSRLS"])
def test_a_role_without_walls_is_named(superuser_dsn: str, attribute: str) -> None:
    # Roles belong to the whole server, so this one is changed and put back within a moment.
    with psycopg.connect(superuser_dsn, autocommit=True) as admin:
        admin.execute(f"ALTER ROLE rightaway_scheduler {attribute}")
        try:
            wrong = dangers(_ours())
        finally:
            admin.execute(f"ALTER ROLE rightaway_scheduler NO{attribute}")
    assert len(wrong) == 1
    assert "rightaway_scheduler may look past the walls" in wrong[0].text


def test_the_tables_carry_the_hash_of_this_code(owner_dsn: str) -> None:
    with psycopg.connect(owner_dsn) as owner:
        assert is_current(owner)


def test_the_printed_script_makes_the_same_roles(superuser_dsn: str) -> None:
    passwords = iter(["one", "two", "three"])
    text = script(lambda: next(passwords))
    assert "postgresql://rightaway_app:two@" in text
    # Its statements, less those of psql and the database that exists, run on a server that has the roles already.
    statements = [
        line for line in text.splitlines() if line.startswith(("ALTER SCHEMA", "REVOKE", "GRANT", "ALTER DEFAULT"))
    ]
    with psycopg.connect(superuser_dsn) as admin:
        for statement in statements:
            admin.execute(statement)
        admin.rollback()
    assert len(statements) == 5


def test_the_application_s_connections_have_time_limits(app_dsn: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('lock_timeout'), current_setting('statement_timeout')")
        assert cursor.fetchone() == ("2s", "10s")
    assert "rightaway_app" in app_dsn
    assert conninfo({"host": "a'b", "password": ""}) == "host='a\\'b'"
