import django.db.models.deletion
import rightaway.ledger.ids
import rightaway.ledger.tenancy
from django.db import migrations, models

from rightaway.ledger.tables import TenantTables


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0005_proposals'),
        ('work', '0007_grid_filters'),
    ]

    operations = [
        migrations.CreateModel(
            name='SavedView',
            fields=[
                ('organisation_id', models.SmallIntegerField(default=rightaway.ledger.tenancy.current_organisation, editable=False)),
                ('id', models.UUIDField(default=rightaway.ledger.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('event_seq', models.IntegerField(default=0, editable=False)),
                ('event_hash', models.BinaryField(default=b'')),
                ('made_by', models.UUIDField()),
                ('name', models.TextField()),
                ('shared', models.TextField(default='nobody')),
                ('pinned', models.BooleanField(default=True)),
                ('view', models.TextField()),
                ('wanted', models.JSONField(default=dict)),
                ('sort', models.TextField(default='')),
                ('density', models.TextField(default='')),
                ('hidden', models.JSONField(null=True)),
                ('gone_at', models.DateTimeField(null=True)),
                ('team', rightaway.ledger.tenancy.TenantKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='people.team')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'indexes': [models.Index(models.F('organisation_id'), models.F('id'), condition=models.Q(('shared', 'nobody'), _negated=True), name='savedview_others')],
                'constraints': [models.CheckConstraint(condition=models.Q(('shared__in', ['nobody', 'team', 'everybody'])), name='savedview_shared'), models.CheckConstraint(condition=models.Q(('shared', 'team'), ('team__isnull', True), _connector='XOR'), name='savedview_team'), models.UniqueConstraint(models.F('organisation_id'), models.F('made_by'), models.F('name'), condition=models.Q(('gone_at__isnull', True)), name='savedview_name')],
            },
        ),
        TenantTables(["savedview"]),
    ]
