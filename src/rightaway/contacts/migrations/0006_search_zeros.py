"""The last digits of a number may begin with a zero. Before, a zero in front was always taken for a dialling prefix."""

from importlib import import_module

from django.db import migrations

FIND = import_module("rightaway.contacts.migrations.0002_search").FIND

DIGITS = r"""digits constant text := ltrim(regexp_replace(wanted, '\D', '', 'g'), '0');"""
AS_TYPED = r"""digits text := regexp_replace(wanted, '\D', '', 'g');"""
ONCE = """                USING here, reverse(digits) || '%', asked;
        END IF;
"""
AGAIN = """                USING here, reverse(digits) || '%', asked;
            GET DIAGNOSTICS hits = ROW_COUNT;
            IF hits = 0 AND starts_with(digits, '0') THEN  -- dialled with a prefix that the number itself has not
                RETURN QUERY SELECT f.contact_id, f.via FROM find_contacts(ltrim(digits, '0'), asked) f;
            END IF;
        END IF;
"""


def replacing(find: str) -> str:
    return find.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")


class Migration(migrations.Migration):
    dependencies = [("contacts", "0005_companies")]

    operations = [
        migrations.RunSQL(replacing(FIND.replace(DIGITS, AS_TYPED).replace(ONCE, AGAIN)), replacing(FIND)),
    ]
