import django.db.models.deletion
import rightaway.ledger.ids
import rightaway.ledger.tenancy
from django.db import migrations, models

from rightaway.ledger.tables import TenantTables


class Migration(migrations.Migration):

    dependencies = [
        ('work', '0010_then_routes'),
    ]

    operations = [
        migrations.CreateModel(
            name='Sequence',
            fields=[
                ('organisation_id', models.SmallIntegerField(default=rightaway.ledger.tenancy.current_organisation, editable=False)),
                ('id', models.UUIDField(default=rightaway.ledger.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('event_seq', models.IntegerField(default=0, editable=False)),
                ('event_hash', models.BinaryField(default=b'')),
                ('key', models.TextField()),
                ('name', models.TextField()),
                ('subject', models.TextField()),
                ('steps', models.JSONField()),
                ('active', models.BooleanField(default=True)),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(models.F('organisation_id'), models.F('key'), name='sequence_key')],
            },
        ),
        migrations.CreateModel(
            name='Drip',
            fields=[
                ('organisation_id', models.SmallIntegerField(default=rightaway.ledger.tenancy.current_organisation, editable=False)),
                ('id', models.UUIDField(default=rightaway.ledger.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('event_seq', models.IntegerField(default=0, editable=False)),
                ('event_hash', models.BinaryField(default=b'')),
                ('conversation_id', models.UUIDField()),
                ('steps', models.JSONField()),
                ('sent', models.SmallIntegerField(default=0)),
                ('state', models.TextField(default='running')),
                ('reason', models.TextField(default='')),
                ('agent_id', models.UUIDField(null=True)),
                ('started_at', models.DateTimeField()),
                ('due_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('item', rightaway.ledger.tenancy.TenantKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='work.item')),
                ('sequence', rightaway.ledger.tenancy.TenantKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='work.sequence')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'indexes': [models.Index(models.F('organisation_id'), models.F('due_at'), condition=models.Q(('state', 'running')), name='drip_due'), models.Index(models.F('organisation_id'), models.F('item'), name='drip_item')],
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['running', 'done', 'stopped'])), name='drip_state'), models.CheckConstraint(condition=models.Q(('state', 'running'), ('due_at__isnull', True), _connector='XOR'), name='drip_due_state'), models.CheckConstraint(condition=models.Q(('state', 'running'), ('ended_at__isnull', False), _connector='XOR'), name='drip_ended'), models.UniqueConstraint(models.F('organisation_id'), models.F('item'), condition=models.Q(('state', 'running')), name='drip_once')],
            },
        ),
        TenantTables(["sequence", "drip"], due={"drip": ["due_at"]}),
    ]
