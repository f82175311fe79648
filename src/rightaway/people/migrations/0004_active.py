from typing import Any

from django.db import connection, migrations, models

from rightaway.ledger.tenancy import for_each_organisation

_COPY = """
UPDATE people_agentstate s SET active = false FROM people_agent a
WHERE s.organisation_id = %s AND a.organisation_id = s.organisation_id AND a.id = s.agent_id AND NOT a.active
"""


def copy(*_: Any) -> None:
    for_each_organisation(_copy)


def _copy(organisation_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_COPY, [organisation_id])


class Migration(migrations.Migration):
    dependencies = [("people", "0003_roles")]

    operations = [
        migrations.AddField("agentstate", "active", models.BooleanField(db_default=True, default=True)),
        migrations.RunPython(copy, migrations.RunPython.noop),
    ]
