from django.db import migrations

from rightaway.ledger.tables import APP, OWNER, SETTING

# The digits of a number from its end: what somebody types is nearly always the end of it.
BACKWARDS = r"""reverse(regexp_replace(value, '\D', '', 'g')) COLLATE "C" """.rstrip()

FIND = rf"""
CREATE FUNCTION find_contacts(wanted text, most integer) RETURNS TABLE (contact_id uuid, via text)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 50
SET search_path = pg_catalog, public, pg_temp
SET enable_seqscan = off SET enable_indexscan = off SET enable_indexonlyscan = off
AS $$
DECLARE
    here constant smallint := {SETTING};
    asked constant integer := least(greatest(most, 0), 1000);
    -- What was typed is text, not a pattern.
    plain constant text := regexp_replace(wanted, '([\\%_])', '\\\1', 'g');
    digits constant text := ltrim(regexp_replace(wanted, '\D', '', 'g'), '0');
    patterns text[];
    best text;
    hits integer;
    named integer := 0;
BEGIN
    IF here IS NULL OR wanted = '' OR asked = 0 OR length(wanted) > 200 THEN
        RETURN;
    END IF;
    IF position('@' IN wanted) > 0 THEN
        RETURN QUERY EXECUTE
            $q$SELECT f.contact_id, 'email' FROM (SELECT n.contact_id, n.value FROM contacts_identity n
                 WHERE n.organisation_id = $1 AND n.kind = 'email' AND n.value LIKE $2 LIMIT 1000) f
             ORDER BY starts_with(f.value, $3) DESC, f.value LIMIT $4$q$
            USING here, '%' || plain || '%', wanted, asked;
        RETURN;
    END IF;
    IF wanted !~ '[[:alpha:]]' THEN
        IF length(digits) >= 4 THEN
            RETURN QUERY EXECUTE
                $q$SELECT n.contact_id, 'phone' FROM contacts_identity n
                 WHERE n.organisation_id = $1 AND n.kind = 'phone' AND {BACKWARDS} LIKE $2 LIMIT $3$q$
                USING here, reverse(digits) || '%', asked;
        END IF;
        RETURN;
    END IF;
    -- Every word must be there; one of three letters or more anywhere, a shorter one where a word begins.
    SELECT array_agg(CASE WHEN length(word) < 3 THEN '% ' || word || '%' ELSE '%' || word || '%' END
                     ORDER BY length(word) DESC) INTO patterns
    FROM (SELECT word FROM unnest(string_to_array(plain, ' ')) word WHERE word <> '' LIMIT 8) words;
    best := patterns[1];
    IF best LIKE '\% %' THEN  -- all are short: then the name begins with it, or another word of it does
        RETURN QUERY EXECUTE
            $q$SELECT f.id, 'name' FROM (SELECT c.id, c.folded FROM contacts_contact c
                 WHERE c.organisation_id = $1 AND (c.folded LIKE $2 OR c.folded LIKE $3)
                   AND ' ' || c.folded LIKE ALL ($4) LIMIT 1000) f
             ORDER BY starts_with(f.folded, $5) DESC, f.folded LIMIT $6$q$
            USING here, substr(best, 3), best, patterns, wanted, asked;
    ELSE
        RETURN QUERY EXECUTE
            $q$SELECT f.id, 'name' FROM (SELECT c.id, c.folded FROM contacts_contact c
                 WHERE c.organisation_id = $1 AND c.folded LIKE $2 AND ' ' || c.folded LIKE ALL ($3) LIMIT 1000) f
             ORDER BY starts_with(f.folded, $4) DESC, f.folded LIMIT $5$q$
            USING here, best, patterns, wanted, asked;
    END IF;
    GET DIAGNOSTICS hits = ROW_COUNT;
    named := hits;
    IF named < asked AND length(wanted) >= 3 AND position(' ' IN wanted) = 0 THEN
        RETURN QUERY EXECUTE
            $q$SELECT n.contact_id, 'email' FROM contacts_identity n
             WHERE n.organisation_id = $1 AND n.kind = 'email' AND n.value LIKE $2 LIMIT $3$q$
            USING here, '%' || plain || '%', asked - named;
        GET DIAGNOSTICS hits = ROW_COUNT;
        named := named + hits;
    END IF;
    IF named < least(10, asked) AND length(wanted) >= 4 THEN
        PERFORM set_config('pg_trgm.word_similarity_threshold', '0.5', true);
        RETURN QUERY EXECUTE
            $q$SELECT c.id, 'alike' FROM contacts_contact c WHERE c.organisation_id = $1 AND $2 <% c.folded
             ORDER BY word_similarity($2, c.folded) DESC, similarity($2, c.folded) DESC, c.id LIMIT $3$q$
            USING here, wanted, least(asked - named, 50);
    END IF;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("contacts", "0001_initial")]

    operations = [
        migrations.RunSQL(
            [
                "CREATE EXTENSION IF NOT EXISTS pg_trgm",
                "CREATE EXTENSION IF NOT EXISTS btree_gin",
                "CREATE INDEX contact_words ON contacts_contact USING gin (organisation_id, folded gin_trgm_ops) "
                "WITH (gin_pending_list_limit = 512)",
                "CREATE INDEX identity_email ON contacts_identity USING gin (organisation_id, value gin_trgm_ops) "
                "WITH (gin_pending_list_limit = 512) WHERE kind = 'email'",
                f"CREATE INDEX identity_phone ON contacts_identity (organisation_id, ({BACKWARDS})) WHERE kind = 'phone'",
                # The operators of a trigram index are not leakproof: under a policy that names the organisation they
                # could not be asked of the index. See docs/decisions/0005.
                f"CREATE POLICY search ON contacts_contact FOR SELECT TO {OWNER} USING (true)",
                f"CREATE POLICY search ON contacts_identity FOR SELECT TO {OWNER} USING (true)",
                FIND,
                "REVOKE ALL ON FUNCTION find_contacts(text, integer) FROM PUBLIC",
                f"GRANT EXECUTE ON FUNCTION find_contacts(text, integer) TO {APP}",
            ]
        ),
    ]
