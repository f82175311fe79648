import django.db.models.deletion
import rightaway.ledger.ids
import rightaway.ledger.tenancy
from django.db import migrations, models

from rightaway.ledger.tables import TenantTables


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0002_invitation'),
    ]

    operations = [
        migrations.CreateModel(
            name='FunctionalRole',
            fields=[
                ('organisation_id', models.SmallIntegerField(default=rightaway.ledger.tenancy.current_organisation, editable=False)),
                ('id', models.UUIDField(default=rightaway.ledger.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('event_seq', models.IntegerField(default=0, editable=False)),
                ('event_hash', models.BinaryField(default=b'')),
                ('key', models.TextField()),
                ('names', models.JSONField()),
                ('kinds', models.JSONField(default=list)),
                ('position', models.SmallIntegerField(default=0)),
                ('active', models.BooleanField(default=True)),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(models.F('organisation_id'), models.F('key'), name='functional_role_key')],
            },
        ),
        migrations.CreateModel(
            name='RoleHolder',
            fields=[
                ('organisation_id', models.SmallIntegerField(default=rightaway.ledger.tenancy.current_organisation, editable=False)),
                ('id', models.UUIDField(default=rightaway.ledger.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('agent', rightaway.ledger.tenancy.TenantKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='people.agent')),
                ('role', rightaway.ledger.tenancy.TenantKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='people.functionalrole')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'indexes': [models.Index(models.F('organisation_id'), models.F('agent'), name='role_holder_agent')],
                'constraints': [models.UniqueConstraint(models.F('organisation_id'), models.F('role'), models.F('agent'), name='role_holder_once')],
            },
        ),
        TenantTables(["functionalrole", "roleholder"]),
    ]
