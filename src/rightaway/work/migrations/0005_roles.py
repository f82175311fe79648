from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0003_roles'),
        ('work', '0004_basics'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='offer',
            name='offer_open_once',
        ),
        migrations.AddIndex(
            model_name='assignment',
            index=models.Index(models.F('organisation_id'), models.F('item'), condition=models.Q(('ended_at__isnull', True), ('role_id__isnull', False)), name='assignment_roles'),
        ),
        migrations.AddConstraint(
            model_name='offer',
            constraint=models.UniqueConstraint(models.F('organisation_id'), models.F('item'), models.F('agent'), models.F('role_id'), condition=models.Q(('state', 'open')), name='offer_open_once', nulls_distinct=False),
        ),
    ]
