import django.db.models.deletion
import rightaway.ledger.ids
import rightaway.ledger.tenancy
from django.db import migrations, models

from rightaway.ledger.tables import TenantTables


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
        ('people', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Invitation',
            fields=[
                ('organisation_id', models.SmallIntegerField(default=rightaway.ledger.tenancy.current_organisation, editable=False)),
                ('id', models.UUIDField(default=rightaway.ledger.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('event_seq', models.IntegerField(default=0, editable=False)),
                ('event_hash', models.BinaryField(default=b'')),
                ('hash', models.BinaryField()),
                ('name', models.TextField()),
                ('email', models.TextField(default='')),
                ('role', models.TextField(choices=[('company_manager', 'company_manager'), ('organisation_manager', 'organisation_manager'), ('agent_manager', 'agent_manager'), ('agent', 'agent')])),
                ('works', models.BooleanField(default=True)),
                ('made_by', models.UUIDField(null=True)),
                ('made_at', models.DateTimeField()),
                ('expires_at', models.DateTimeField()),
                ('used_at', models.DateTimeField(null=True)),
                ('revoked_at', models.DateTimeField(null=True)),
                ('agent', rightaway.ledger.tenancy.TenantKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='people.agent')),
                ('membership', rightaway.ledger.tenancy.TenantKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.membership')),
                ('team', rightaway.ledger.tenancy.TenantKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='people.team')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(models.F('organisation_id'), models.F('hash'), name='invitation_hash'), models.CheckConstraint(condition=models.Q(('used_at', None), ('revoked_at', None), _connector='OR'), name='invitation_ends_once')],
            },
        ),
        TenantTables(["invitation"]),
    ]
