import django.db.models.deletion
import rightaway.ledger.ids
import rightaway.ledger.tenancy
from django.db import migrations, models

from rightaway.ledger.tables import TenantTables


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0001_initial'),
        ('people', '0004_active'),
        ('work', '0005_roles'),
    ]

    operations = [
        migrations.CreateModel(
            name='Departure',
            fields=[
                ('organisation_id', models.SmallIntegerField(default=rightaway.ledger.tenancy.current_organisation, editable=False)),
                ('id', models.UUIDField(default=rightaway.ledger.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('kind', models.TextField()),
                ('state', models.TextField()),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField(null=True)),
                ('due_at', models.DateTimeField(null=True)),
                ('to', models.TextField(default='routes')),
                ('jobs', models.JSONField(default=list)),
                ('absence_id', models.UUIDField(null=True)),
                ('presence', models.TextField(default='')),
                ('made_by', models.JSONField()),
                ('made_at', models.DateTimeField()),
                ('gone_at', models.DateTimeField(null=True)),
                ('agent', rightaway.ledger.tenancy.TenantKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='people.agent')),
                ('membership', rightaway.ledger.tenancy.TenantKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.membership')),
                ('receiver', rightaway.ledger.tenancy.TenantKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='people.agent')),
                ('team', rightaway.ledger.tenancy.TenantKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='people.team')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'indexes': [models.Index(models.F('organisation_id'), models.F('due_at'), condition=models.Q(('due_at__isnull', False)), name='departure_due'), models.Index(models.F('organisation_id'), models.F('agent'), models.F('made_at'), name='departure_agent')],
                'constraints': [models.CheckConstraint(condition=models.Q(('kind__in', ['leave', 'ill'])), name='departure_kind'), models.CheckConstraint(condition=models.Q(('state__in', ['planned', 'leaving', 'gone', 'back', 'cancelled'])), name='departure_state'), models.CheckConstraint(condition=models.Q(('to__in', ['routes', 'team', 'agent'])), name='departure_to'), models.CheckConstraint(condition=models.Q(('to', 'team'), ('team__isnull', True), _connector='XOR'), name='departure_team'), models.CheckConstraint(condition=models.Q(('to', 'agent'), ('receiver__isnull', True), _connector='XOR'), name='departure_receiver'), models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['planned', 'leaving']), _negated=True), ('due_at__isnull', False), _connector='OR'), name='departure_timer'), models.UniqueConstraint(models.F('organisation_id'), models.F('agent'), models.F('kind'), condition=models.Q(('state__in', ['planned', 'leaving']), models.Q(('kind', 'ill'), ('state', 'gone')), _connector='OR'), name='departure_once')],
            },
        ),
        TenantTables(["departure"], due={"departure": ["due_at"]}),
    ]
