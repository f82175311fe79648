from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("work", "0002_grid")]

    operations = [
        migrations.AddIndex(
            model_name="item",
            index=models.Index(
                models.F("organisation_id"), models.F("status"), models.F("asked"), models.F("id"),
                condition=models.Q(front=True, owner__isnull=True, state="closed"), name="item_closed",
            ),
        ),
    ]  # fmt: skip
