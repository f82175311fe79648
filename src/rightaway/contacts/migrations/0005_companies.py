"""The companies that contacts name become records, one for each name however it is written."""

from typing import Any

from django.db import connection, migrations

from rightaway.contacts.normalise import company_key
from rightaway.ledger.ids import new_id
from rightaway.ledger.tenancy import for_each_organisation

_NAMES = """
SELECT company, count(*) FROM contacts_contact WHERE organisation_id = %s AND company <> '' AND employer_id IS NULL
GROUP BY company ORDER BY count(*) DESC, company
"""
_LINK = """
UPDATE contacts_contact SET employer_id = %s
WHERE organisation_id = %s AND company = ANY(%s) AND employer_id IS NULL
"""


def link(organisation_id: int) -> None:
    """The way of writing that most contacts have is the company's name."""
    with connection.cursor() as cursor:
        cursor.execute(_NAMES, [organisation_id])
        written: dict[str, list[str]] = {}
        for name, _contacts in cursor.fetchall():
            if key := company_key(name):
                written.setdefault(key, []).append(name)
        for key, names in written.items():
            id = new_id()
            cursor.execute(
                "INSERT INTO contacts_company (organisation_id, id, name, folded, event_seq, event_hash) "
                "VALUES (%s, %s, %s, %s, 0, '')",
                [organisation_id, id, names[0], key],
            )
            cursor.execute(_LINK, [id, organisation_id, names])


def link_all(apps: Any, schema_editor: Any) -> None:
    for_each_organisation(link)


class Migration(migrations.Migration):
    dependencies = [("contacts", "0004_records")]

    operations = [migrations.RunPython(link_all, migrations.RunPython.noop)]
