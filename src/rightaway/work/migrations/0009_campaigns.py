import django.db.models.deletion
import rightaway.ledger.ids
import rightaway.ledger.tenancy
from django.db import migrations, models

from rightaway.ledger.tables import TenantTables


class Migration(migrations.Migration):

    dependencies = [
        ('people', '0005_proposals'),
        ('work', '0008_saved_views'),
    ]

    operations = [
        migrations.AddField('campaign', 'sources', models.JSONField(default=list)),
        migrations.AddField('campaignmember', 'direct', models.BooleanField(default=True)),
        migrations.CreateModel(
            name='CampaignTeam',
            fields=[
                ('organisation_id', models.SmallIntegerField(default=rightaway.ledger.tenancy.current_organisation, editable=False)),
                ('id', models.UUIDField(default=rightaway.ledger.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('campaign', rightaway.ledger.tenancy.TenantKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='work.campaign')),
                ('team', rightaway.ledger.tenancy.TenantKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='people.team')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(models.F('organisation_id'), models.F('campaign'), models.F('team'), name='campaign_team_once')],
            },
        ),
        TenantTables(["campaignteam"]),
    ]
