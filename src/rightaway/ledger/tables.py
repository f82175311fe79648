"""The one migration operation that turns Django's tables into tenant tables.

Django makes the table with `id` as its key and no foreign keys; this gives it the key (organisation_id, id),
composite foreign keys (a plain one may point into another organisation, unseen by row-level security), forced
row-level security, and the grants of the application's and the scheduler's roles.
"""

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from rightaway.ledger.tenancy import TenantKey

SETTING = "nullif(current_setting('rightaway.organisation', true), '')::smallint"
OWNER, APP, SCHEDULER = "rightaway_owner", "rightaway_app", "rightaway_scheduler"


class TenantTables(Operation):
    """Applies to models of one app, named in lower case. `append_only` ones can never be changed by the application;
    `passing` ones hold rows of the moment, for which a check of the organisation on each would cost too much; `due`
    maps a model to the columns that the scheduler may read of it, beside the organisation's id."""

    reduces_to_sql = True
    reversible = False

    def __init__(
        self,
        models: list[str],
        *,
        append_only: list[str] | None = None,
        passing: list[str] | None = None,
        due: dict[str, list[str]] | None = None,
    ) -> None:
        self.models = models
        self.append_only = append_only or []
        self.passing = passing or []
        self.due = due or {}

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return (
            type(self).__name__,
            [self.models],
            {
                "append_only": self.append_only,
                "passing": self.passing,
                "due": self.due,
            },
        )

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        pass

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        found = [to_state.apps.get_model(app_label, name) for name in self.models]
        # Keys before references: tables of one migration may point at each other.
        for model in found:
            for statement in self._key(model):
                schema_editor.execute(statement)
        for model in found:
            for statement in self._references(model):
                schema_editor.execute(statement)

    def _key(self, model: Any) -> list[str]:
        table, name = model._meta.db_table, model._meta.model_name
        statements = []
        if isinstance(model._meta.pk.column, str):  # a composite key carries the organisation already
            statements += [
                f'ALTER TABLE "{table}" DROP CONSTRAINT "{table}_pkey"',
                f'ALTER TABLE "{table}" ADD CONSTRAINT "{table}_pkey" '
                f'PRIMARY KEY (organisation_id, "{model._meta.pk.column}")',
            ]
        verbs = "SELECT, INSERT" if name in self.append_only else "SELECT, INSERT, UPDATE, DELETE"
        # A row that refers to another one of its organisation, or that only accumulates, needs no check of its own.
        refers = any(isinstance(field, TenantKey) for field in model._meta.local_fields)
        if not refers and name not in [*self.append_only, *self.passing]:
            statements.append(
                f'ALTER TABLE "{table}" ADD CONSTRAINT "{table}_organisation" '
                f"FOREIGN KEY (organisation_id) REFERENCES accounts_organisation (id)"
            )
        statements += [
            f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY',
            f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY',
            f'CREATE POLICY tenant ON "{table}" USING (organisation_id = {SETTING}) '
            f"WITH CHECK (organisation_id = {SETTING})",
            f'REVOKE ALL ON "{table}" FROM {APP}',
            f'GRANT {verbs} ON "{table}" TO {APP}',
        ]
        if name in self.due:
            columns = ", ".join(["organisation_id", *self.due[name]])
            statements += [
                f'GRANT SELECT ({columns}) ON "{table}" TO {SCHEDULER}',
                f'CREATE POLICY scheduler ON "{table}" FOR SELECT TO {SCHEDULER} USING (true)',
            ]
        return statements

    def _references(self, model: Any) -> list[str]:
        table = model._meta.db_table
        return [
            f'ALTER TABLE "{table}" ADD CONSTRAINT "{table}_{field.column}_ref" '
            f'FOREIGN KEY (organisation_id, "{field.column}") '
            f'REFERENCES "{field.related_model._meta.db_table}" (organisation_id, "{field.target_field.column}")'
            for field in model._meta.local_fields
            if isinstance(field, TenantKey)
        ]

    def database_backwards(self, *args: Any) -> None:
        raise NotImplementedError("tenant tables are not undone; restore a backup")

    def describe(self) -> str:
        return f"Keys, references, row-level security and grants of {', '.join(self.models)}"
