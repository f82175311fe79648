from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("people", "0005_proposals")]

    operations = [
        migrations.AddField("agent", "ramp_start", models.DateField(null=True)),
        migrations.AddField("agent", "ramp_weeks", models.SmallIntegerField(null=True)),
        migrations.AddConstraint(
            "agent",
            models.CheckConstraint(
                condition=models.Q(ramp_start__isnull=True, ramp_weeks__isnull=True)
                | models.Q(ramp_start__isnull=False, ramp_weeks__gte=1, ramp_weeks__lte=52),
                name="agent_ramp",
            ),
        ),
    ]
