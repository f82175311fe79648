import django.db.models.deletion
import rightaway.ledger.ids
import rightaway.ledger.tenancy
from django.db import migrations, models

from rightaway.ledger.tables import TenantTables


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0004_active'),
    ]

    operations = [
        migrations.CreateModel(
            name='Proposal',
            fields=[
                ('organisation_id', models.SmallIntegerField(default=rightaway.ledger.tenancy.current_organisation, editable=False)),
                ('id', models.UUIDField(default=rightaway.ledger.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('wanted', models.JSONField()),
                ('state', models.TextField(default='open')),
                ('made_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('ended_by', models.JSONField(null=True)),
                ('agent', rightaway.ledger.tenancy.TenantKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='people.agent')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'constraints': [models.CheckConstraint(condition=models.Q(('state__in', ['open', 'approved', 'refused', 'replaced'])), name='proposal_state'), models.CheckConstraint(condition=models.Q(('state', 'open'), ('ended_at__isnull', False), _connector='XOR'), name='proposal_ended'), models.UniqueConstraint(models.F('organisation_id'), models.F('agent'), condition=models.Q(('state', 'open')), name='proposal_open_once')],
            },
        ),
        TenantTables(["proposal"]),
    ]
