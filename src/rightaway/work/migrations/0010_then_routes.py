from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('work', '0009_campaigns'),
    ]

    operations = [
        migrations.AddField('offer', 'then_routes', models.BooleanField(default=False, db_default=False)),
    ]
