from django.db import migrations, models

from rightaway.ledger.tables import SCHEDULER


class Migration(migrations.Migration):
    dependencies = [("routing", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="config", name="basics", field=models.TextField(db_default="", default="")
        ),
        migrations.AddField(
            model_name="config", name="pipelines", field=models.TextField(db_default="", default="")
        ),
        migrations.AddField(model_name="config", name="regrade_from", field=models.UUIDField(null=True)),
        # The worker finds the organisations whose items are to be graded anew.
        migrations.RunSQL(f'GRANT SELECT (organisation_id, regrade_from) ON "routing_config" TO {SCHEDULER}'),
        migrations.RunSQL(f'CREATE POLICY scheduler ON "routing_config" FOR SELECT TO {SCHEDULER} USING (true)'),
    ]
