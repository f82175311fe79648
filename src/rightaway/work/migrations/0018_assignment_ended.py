from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('work', '0017_priority'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='assignment',
            index=models.Index(models.F('organisation_id'), models.F('item'), models.F('ended_at'), condition=models.Q(('ended_at__isnull', False)), name='assignment_ended'),
        ),
    ]
