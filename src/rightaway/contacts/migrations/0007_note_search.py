"""Notes are searched too: beside each stands its text as the search compares it."""

from typing import Any, Final

from django.db import connection, migrations, models

from rightaway.contacts.normalise import fold
from rightaway.ledger.tables import APP, OWNER, SETTING
from rightaway.ledger.tenancy import for_each_organisation

_NOTES = "SELECT id, text FROM contacts_entry WHERE organisation_id = %s AND kind = 'note' AND folded IS NULL LIMIT %s"
_FOLD = """
UPDATE contacts_entry e SET folded = n.folded FROM unnest(%s::uuid[], %s::text[]) n (id, folded)
WHERE e.organisation_id = %s AND e.id = n.id
"""
_AT_ONCE: Final = 5_000

# The latest first. Of a word that is in a great many notes, some thousands of them are looked at.
FIND = rf"""
CREATE FUNCTION find_notes(wanted text, most integer) RETURNS TABLE (contact_id uuid, entry_id uuid)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 50
SET search_path = pg_catalog, public, pg_temp
SET enable_seqscan = off SET enable_indexscan = off SET enable_indexonlyscan = off SET gin_fuzzy_search_limit = 5000
AS $$
DECLARE
    here constant smallint := {SETTING};
    -- What was typed is text, not a pattern.
    plain constant text := regexp_replace(wanted, '([\\%_])', '\\\1', 'g');
    patterns text[];
BEGIN
    IF here IS NULL OR length(wanted) > 200 THEN
        RETURN;
    END IF;
    -- Every word must be there; one of three letters or more anywhere, a shorter one where a word begins.
    SELECT array_agg(CASE WHEN length(word) < 3 THEN '% ' || word || '%' ELSE '%' || word || '%' END
                     ORDER BY length(word) DESC) INTO patterns
    FROM (SELECT word FROM unnest(string_to_array(plain, ' ')) word WHERE word <> '' LIMIT 8) words;
    IF patterns IS NULL OR length(patterns[1]) < 5 OR patterns[1] LIKE '\% %' THEN
        RETURN;
    END IF;
    RETURN QUERY EXECUTE
        $q$SELECT f.contact_id, f.id FROM (
               SELECT DISTINCT ON (e.contact_id) e.contact_id, e.id, e.at FROM contacts_entry e
               WHERE e.organisation_id = $1 AND e.folded LIKE $2 AND ' ' || e.folded LIKE ALL ($3)
               ORDER BY e.contact_id, e.at DESC) f
           ORDER BY f.at DESC, f.id LIMIT $4$q$
        USING here, patterns[1], patterns, least(greatest(most, 0), 1000);
END $$
"""


def fold_notes(organisation_id: int) -> None:
    with connection.cursor() as cursor:
        while rows := cursor.execute(_NOTES, [organisation_id, _AT_ONCE]).fetchall():
            ids, texts = zip(*rows, strict=True)
            cursor.execute(_FOLD, [list(ids), [fold(text) for text in texts], organisation_id])


def fold_all(apps: Any, schema_editor: Any) -> None:
    for_each_organisation(fold_notes)


class Migration(migrations.Migration):
    dependencies = [("contacts", "0006_search_zeros")]

    operations = [
        migrations.AddField("entry", "folded", models.TextField(null=True)),
        migrations.RunPython(fold_all, migrations.RunPython.noop),
        migrations.AddConstraint(
            "entry",
            models.CheckConstraint(
                condition=models.Q(kind="note", folded__isnull=False)
                | (~models.Q(kind="note") & models.Q(folded__isnull=True)),
                name="entry_folded",
            ),
        ),
        migrations.RunSQL(
            [
                "CREATE INDEX entry_note_words ON contacts_entry USING gin (organisation_id, folded gin_trgm_ops) "
                "WITH (gin_pending_list_limit = 512) WHERE folded IS NOT NULL",
                f"CREATE POLICY search ON contacts_entry FOR SELECT TO {OWNER} USING (true)",
                FIND,
                "REVOKE ALL ON FUNCTION find_notes(text, integer) FROM PUBLIC",
                f"GRANT EXECUTE ON FUNCTION find_notes(text, integer) TO {APP}",
            ],
            [
                "DROP FUNCTION find_notes(text, integer)",
                "DROP POLICY search ON contacts_entry",
                "DROP INDEX entry_note_words",
            ],
        ),
    ]
