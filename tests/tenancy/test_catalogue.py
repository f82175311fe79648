"""No table escapes its organisation: read from PostgreSQL's own catalogue, so that a new table cannot be forgotten."""

from typing import Any

import psycopg
import pytest

# Tables that belong to no organisation. A new one is a decision.
GLOBAL = {
    "accounts_organisation",  # its policy compares its own id
    "accounts_setuplink",  # made before there is any organisation
    "accounts_user",
    "account_emailaddress",
    "account_emailconfirmation",
    "auth_group",
    "auth_group_permissions",
    "auth_permission",
    "django_content_type",
    "django_migrations",
    "django_session",
}

# Policies beside `tenant`, each a decision: one's own memberships; what the narrow search function reads as its owner.
OTHER_DOORS = {
    ("accounts_membership", "mine", "{public}"),
    ("contacts_contact", "search", "{rightaway_owner}"),
    ("contacts_entry", "search", "{rightaway_owner}"),
    ("contacts_identity", "search", "{rightaway_owner}"),
}


def rows(dsn: str, query: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with psycopg.connect(dsn) as connection:
        return connection.execute(query, parameters).fetchall()


def tenant_tables(dsn: str) -> list[str]:
    found = rows(
        dsn,
        """SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
           WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
             AND a.attname = 'organisation_id' AND NOT a.attisdropped""",
    )
    return sorted(row[0] for row in found)


def all_tables(dsn: str) -> set[str]:
    query = (
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm')"
    )
    return {row[0] for row in rows(dsn, query)}


def test_every_table_is_an_organisations_or_on_the_list(superuser_dsn: str) -> None:
    assert all_tables(superuser_dsn) - set(tenant_tables(superuser_dsn)) - GLOBAL == set()


def test_every_tenant_table_forces_row_level_security(superuser_dsn: str) -> None:
    query = "SELECT relname, relrowsecurity, relforcerowsecurity FROM pg_class"
    found = {name: (on, forced) for name, on, forced in rows(superuser_dsn, query)}
    for table in [*tenant_tables(superuser_dsn), "accounts_organisation"]:
        assert found[table] == (True, True), table


def test_every_tenant_table_has_the_policy_for_reading_and_writing(superuser_dsn: str) -> None:
    policies: dict[str, list[tuple[str, str, str]]] = {}
    query = (
        "SELECT tablename, policyname, coalesce(qual, ''), coalesce(with_check, ''), cmd, roles::text FROM pg_policies"
    )
    for table, name, using, check, command, roles in rows(superuser_dsn, query):
        policies.setdefault(table, []).append((name, using, check))
        if name != "tenant":
            # Every other door is for reading only, and not for the application, but to one's own memberships.
            assert command == "SELECT", (table, name)
            assert roles in ("{rightaway_scheduler}", "{rightaway_owner,rightaway_scheduler}") or (
                (table, name, roles) in OTHER_DOORS
            ), (table, name, roles)
    for table in tenant_tables(superuser_dsn):
        (tenant,) = [policy for policy in policies[table] if policy[0] == "tenant"]
        for condition in tenant[1:]:
            assert "organisation_id = " in condition and "rightaway.organisation" in condition, table


def test_every_key_of_a_tenant_table_begins_with_the_organisation(superuser_dsn: str) -> None:
    query = """
        SELECT c.conrelid::regclass::text, c.contype, array_agg(a.attname::text ORDER BY k.place)
        FROM pg_constraint c CROSS JOIN unnest(c.conkey) WITH ORDINALITY k (attnum, place)
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.attnum
        WHERE c.contype IN ('p', 'u') GROUP BY c.oid, c.conrelid, c.contype"""
    primary = set()
    tenants = set(tenant_tables(superuser_dsn))
    for table, kind, columns in rows(superuser_dsn, query):
        if table in tenants:
            assert columns[0] == "organisation_id", (table, columns)
            primary |= {table} if kind == "p" else set()
    assert primary == tenants


def test_every_unique_index_of_a_tenant_table_has_the_organisation(superuser_dsn: str) -> None:
    query = """
        SELECT i.indrelid::regclass::text, i.indexrelid::regclass::text, array_agg(a.attname::text)
        FROM pg_index i CROSS JOIN unnest(i.indkey::int[]) k (attnum)
        JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
        WHERE i.indisunique GROUP BY i.indexrelid, i.indrelid"""
    tenants = set(tenant_tables(superuser_dsn))
    for table, index, columns in rows(superuser_dsn, query):
        if table in tenants:
            assert "organisation_id" in columns, (table, index)


def test_every_reference_between_tenant_tables_is_composite(superuser_dsn: str) -> None:
    query = """
        SELECT c.conrelid::regclass::text, c.confrelid::regclass::text, c.conname,
            array_agg(a.attname::text ORDER BY k.place)
        FROM pg_constraint c CROSS JOIN unnest(c.conkey) WITH ORDINALITY k (attnum, place)
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.attnum
        WHERE c.contype = 'f' GROUP BY c.oid, c.conrelid, c.confrelid, c.conname"""
    tenants = set(tenant_tables(superuser_dsn))
    for table, target, name, columns in rows(superuser_dsn, query):
        if table in tenants and target in tenants:
            assert columns[0] == "organisation_id" and len(columns) == 2, (table, name, columns)


def test_every_key_to_a_tenant_row_is_a_reference(superuser_dsn: str) -> None:
    """Each TenantKey of the models has its composite foreign key in the database."""
    from django.apps import apps

    from rightaway.ledger.tenancy import TenantKey

    query = """
        SELECT c.conrelid::regclass::text, a.attname::text FROM pg_constraint c
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY(c.conkey) WHERE c.contype = 'f'"""
    held = set(rows(superuser_dsn, query))
    for model in apps.get_models():
        for field in model._meta.local_fields:
            if isinstance(field, TenantKey):
                assert (model._meta.db_table, field.column) in held


@pytest.mark.parametrize("role", ["rightaway_app", "rightaway_scheduler"])
def test_the_roles_have_no_way_around(superuser_dsn: str, role: str) -> None:
    query = "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication FROM pg_roles WHERE rolname = %s"
    assert rows(superuser_dsn, query, role) == [(False,) * 5]
    owned = "SELECT count(*) FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner WHERE r.rolname = %s"
    assert rows(superuser_dsn, owned, role) == [(0,)]
    members = "SELECT count(*) FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member WHERE r.rolname = %s"
    assert rows(superuser_dsn, members, role) == [(0,)]


def test_the_application_cannot_change_the_ledger(superuser_dsn: str) -> None:
    query = """SELECT privilege_type FROM information_schema.role_table_grants
               WHERE table_name = 'ledger_event' AND grantee = 'rightaway_app'"""
    assert {row[0] for row in rows(superuser_dsn, query)} == {"SELECT", "INSERT"}


def test_the_scheduler_reads_due_columns_only(superuser_dsn: str) -> None:
    tables = """SELECT table_name FROM information_schema.role_table_grants WHERE grantee = 'rightaway_scheduler'
                AND table_schema = 'public'"""
    assert rows(superuser_dsn, tables) == []
    columns = """SELECT DISTINCT column_name FROM information_schema.column_privileges
                 WHERE grantee = 'rightaway_scheduler' AND table_schema = 'public'"""
    named = {row[0] for row in rows(superuser_dsn, columns)}
    assert named <= {
        "organisation_id",
        "id",
        "band",
        "due_at",
        "expires_at",
        "present_until",
        "regrade_from",
        "remind_at",
        "state",
        "starts_at",
        "ends_at",
        "told_at",
        # Of offers that were made to somebody who had just left.
        "agent_id",
        "sender_id",
        "delivered_at",
        "presence",
    }, named


def test_nothing_is_seen_outside_an_organisation(app_dsn: str, superuser_dsn: str, org: int) -> None:
    with psycopg.connect(app_dsn) as connection:
        for table in tenant_tables(superuser_dsn):
            assert connection.execute(f'SELECT count(*) FROM "{table}"').fetchone() == (0,), table


def test_a_row_cannot_be_written_into_another_organisation(app_dsn: str, org: int, other_org: int) -> None:
    with psycopg.connect(app_dsn) as connection:
        connection.execute("SELECT set_config('rightaway.organisation', %s, true)", [str(org)])
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(
                "INSERT INTO ledger_outbox (organisation_id, id, hints) VALUES (%s, gen_random_uuid(), '[]')",
                [other_org],
            )
