from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("work", "0006_departures")]

    operations = [
        migrations.AddIndex(
            model_name="item",
            index=models.Index(
                models.F("organisation_id"), models.F(column), models.F("id"),
                condition=models.Q(**{"front": True, f"{column}__isnull": False}), name=name,
            ),
        )
        for column, name in (
            ("waiting_bad_at", "item_late"), ("next_task_at", "item_next_task"),
            ("update_asked_at", "item_update_asked"), ("campaign", "item_campaign"),
        )
    ]  # fmt: skip
