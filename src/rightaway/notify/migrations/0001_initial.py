import django.db.models.deletion
import django.db.models.functions.datetime
import rightaway.ledger.ids
import rightaway.ledger.tenancy
from django.db import migrations, models

from rightaway.ledger.tables import TenantTables


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('organisation_id', models.SmallIntegerField(default=rightaway.ledger.tenancy.current_organisation, editable=False)),
                ('id', models.UUIDField(default=rightaway.ledger.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('subject_kind', models.TextField()),
                ('subject_id', models.UUIDField()),
                ('seq', models.IntegerField()),
                ('kind', models.TextField()),
                ('at', models.DateTimeField()),
                ('item_id', models.UUIDField(null=True)),
                ('by', models.TextField()),
                ('by_id', models.UUIDField(null=True)),
                ('told_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('read_at', models.DateTimeField(null=True)),
                ('membership', rightaway.ledger.tenancy.TenantKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='accounts.membership')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'indexes': [models.Index(models.F('organisation_id'), models.F('membership'), models.F('id'), name='notice_list'), models.Index(models.F('organisation_id'), models.F('membership'), condition=models.Q(('read_at__isnull', True)), name='notice_unread'), models.Index(models.F('organisation_id'), models.F('told_at'), name='notice_age')],
                'constraints': [models.UniqueConstraint(models.F('organisation_id'), models.F('membership'), models.F('subject_kind'), models.F('subject_id'), models.F('seq'), name='notice_once')],
            },
        ),
        TenantTables(["notice"], due={"notice": ["told_at"]}),
    ]
