import datetime

from django.db import connection, migrations, models
from django.db.models.functions import Coalesce

from rightaway.ledger.tenancy import for_each_organisation

NEVER = datetime.datetime(9999, 12, 31, tzinfo=datetime.UTC)
FRONT = models.Q(front=True)
OPEN = ~models.Q(state="closed")
EVALUATE = OPEN & (models.Q(unanswered_since__isnull=False) | models.Q(status="evaluate"))


def copy_names(apps, schema_editor):
    def copy(organisation_id):
        with connection.cursor() as cursor:
            cursor.execute(
                """UPDATE work_item i SET folded = c.folded FROM contacts_contact c
                   WHERE i.organisation_id = %(o)s AND c.organisation_id = %(o)s AND c.id = i.contact_id""",
                {"o": organisation_id},
            )

    for_each_organisation(copy)


class Migration(migrations.Migration):
    dependencies = [("contacts", "0002_search"), ("people", "0001_initial"), ("work", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="item", name="folded", field=models.TextField(db_collation="C", db_default="", default="")
        ),
        migrations.AddField(
            model_name="item",
            name="asked",
            field=models.GeneratedField(
                expression=Coalesce("unanswered_since", models.Value(NEVER)),
                output_field=models.DateTimeField(),
                db_persist=True,
            ),
        ),
        migrations.RunPython(copy_names),
        migrations.RemoveIndex(model_name="item", name="item_owner"),
        migrations.AddIndex(
            model_name="item",
            index=models.Index(
                models.F("organisation_id"), models.F("owner"), models.F("asked"), models.F("id"),
                condition=models.Q(owner__isnull=False), name="item_owner_waiting",
            ),
        ),
        migrations.AddIndex(
            model_name="item",
            index=models.Index(
                models.F("organisation_id"), models.F("asked"), models.F("id"),
                condition=models.Q(front=True, owner__isnull=True) & OPEN, name="item_unassigned",
            ),
        ),
        migrations.AddIndex(
            model_name="item",
            index=models.Index(
                models.F("organisation_id"), models.F("asked"), models.F("id"), condition=FRONT & EVALUATE, name="item_evaluate"
            ),
        ),
        migrations.AddIndex(
            model_name="item",
            index=models.Index(
                models.F("organisation_id"), models.F("status"), models.F("asked"), models.F("id"), condition=FRONT,
                name="item_status",
            ),
        ),
        migrations.AddIndex(
            model_name="item",
            index=models.Index(
                models.F("organisation_id"), models.F("source"), models.F("asked"), models.F("id"), condition=FRONT,
                name="item_source",
            ),
        ),
        migrations.AddIndex(
            model_name="item",
            index=models.Index(
                models.F("organisation_id"), models.F("folded"), models.F("id"), condition=FRONT, name="item_folded"
            ),
        ),
        migrations.AddIndex(
            model_name="item",
            index=models.Index(
                models.F("organisation_id"), models.F("band"), models.F("id"), condition=FRONT & ~models.Q(band=1),
                name="item_unusual_band",
            ),
        ),
    ]  # fmt: skip
