import django.db.models.deletion
import django.db.models.functions.datetime
import rightaway.ledger.ids
import rightaway.ledger.tenancy
from django.db import migrations, models

from rightaway.ledger.tables import TenantTables


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('contacts', '0002_search'),
    ]

    operations = [
        migrations.CreateModel(
            name='Bucket',
            fields=[
                ('organisation_id', models.SmallIntegerField(default=rightaway.ledger.tenancy.current_organisation, editable=False)),
                ('id', models.UUIDField(default=rightaway.ledger.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('name', models.TextField()),
                ('since', models.DateTimeField()),
                ('count', models.IntegerField(default=0)),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(models.F('organisation_id'), models.F('name'), name='bucket_once')],
            },
        ),
        migrations.CreateModel(
            name='Conversation',
            fields=[
                ('organisation_id', models.SmallIntegerField(default=rightaway.ledger.tenancy.current_organisation, editable=False)),
                ('id', models.UUIDField(default=rightaway.ledger.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('item_id', models.UUIDField()),
                ('channel', models.TextField()),
                ('subject', models.TextField(default='')),
                ('state', models.TextField(default='open')),
                ('waits_since', models.DateTimeField(null=True)),
                ('last_at', models.DateTimeField()),
                ('last_text', models.TextField(default='')),
                ('last_direction', models.TextField(default='in')),
                ('made_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('contact', rightaway.ledger.tenancy.TenantKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='contacts.contact')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='Message',
            fields=[
                ('organisation_id', models.SmallIntegerField(default=rightaway.ledger.tenancy.current_organisation, editable=False)),
                ('id', models.UUIDField(default=rightaway.ledger.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('direction', models.TextField()),
                ('text', models.TextField(default='')),
                ('html', models.TextField(default='')),
                ('sender', models.TextField(default='')),
                ('agent_id', models.UUIDField(null=True)),
                ('external_id', models.TextField(default='')),
                ('state', models.TextField(default='received')),
                ('data', models.JSONField(default=dict)),
                ('at', models.DateTimeField()),
                ('conversation', rightaway.ledger.tenancy.TenantKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='conversations.conversation')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='Delivery',
            fields=[
                ('organisation_id', models.SmallIntegerField(default=rightaway.ledger.tenancy.current_organisation, editable=False)),
                ('id', models.UUIDField(default=rightaway.ledger.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('channel', models.TextField()),
                ('recipient', models.TextField()),
                ('state', models.TextField(default='queued')),
                ('due_at', models.DateTimeField(null=True)),
                ('lease', models.UUIDField(null=True)),
                ('attempts', models.SmallIntegerField(default=0)),
                ('error', models.TextField(default='')),
                ('sent_at', models.DateTimeField(null=True)),
                ('message', rightaway.ledger.tenancy.TenantKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='conversations.message')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='Attachment',
            fields=[
                ('organisation_id', models.SmallIntegerField(default=rightaway.ledger.tenancy.current_organisation, editable=False)),
                ('id', models.UUIDField(default=rightaway.ledger.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('name', models.TextField()),
                ('kind', models.TextField()),
                ('size', models.IntegerField()),
                ('digest', models.BinaryField()),
                ('message', rightaway.ledger.tenancy.TenantKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='conversations.message')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='Seen',
            fields=[
                ('organisation_id', models.SmallIntegerField(default=rightaway.ledger.tenancy.current_organisation, editable=False)),
                ('id', models.UUIDField(default=rightaway.ledger.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('membership_id', models.UUIDField()),
                ('at', models.DateTimeField()),
                ('conversation', rightaway.ledger.tenancy.TenantKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='conversations.conversation')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
            },
        ),
        migrations.CreateModel(
            name='Source',
            fields=[
                ('organisation_id', models.SmallIntegerField(default=rightaway.ledger.tenancy.current_organisation, editable=False)),
                ('id', models.UUIDField(default=rightaway.ledger.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('event_seq', models.IntegerField(default=0, editable=False)),
                ('event_hash', models.BinaryField(default=b'')),
                ('kind', models.TextField()),
                ('key', models.TextField()),
                ('name', models.TextField()),
                ('source', models.TextField()),
                ('line', models.TextField(default='')),
                ('item_kind', models.TextField(default='lead')),
                ('distribute', models.BooleanField(default=True)),
                ('origins', models.JSONField(default=list)),
                ('active', models.BooleanField(default=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(models.F('organisation_id'), models.F('key'), name='source_key')],
            },
        ),
        migrations.CreateModel(
            name='Letter',
            fields=[
                ('organisation_id', models.SmallIntegerField(default=rightaway.ledger.tenancy.current_organisation, editable=False)),
                ('id', models.UUIDField(default=rightaway.ledger.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('channel', models.TextField()),
                ('recipient', models.TextField(default='')),
                ('peer', models.TextField(default='')),
                ('raw', models.BinaryField()),
                ('digest', models.BinaryField()),
                ('state', models.TextField(default='new')),
                ('reason', models.TextField(default='')),
                ('shown', models.JSONField(default=dict)),
                ('due_at', models.DateTimeField(null=True)),
                ('lease', models.UUIDField(null=True)),
                ('attempts', models.SmallIntegerField(default=0)),
                ('message_id', models.UUIDField(null=True)),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('source', rightaway.ledger.tenancy.TenantKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='conversations.source')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
            },
        ),
        migrations.AddField(
            model_name='conversation',
            name='source',
            field=rightaway.ledger.tenancy.TenantKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='conversations.source'),
        ),
        migrations.CreateModel(
            name='Undeliverable',
            fields=[
                ('organisation_id', models.SmallIntegerField(default=rightaway.ledger.tenancy.current_organisation, editable=False)),
                ('id', models.UUIDField(default=rightaway.ledger.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('address', models.TextField()),
                ('reason', models.TextField(default='')),
                ('at', models.DateTimeField()),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
                'constraints': [models.UniqueConstraint(models.F('organisation_id'), models.F('address'), name='undeliverable_once')],
            },
        ),
        migrations.CreateModel(
            name='Visit',
            fields=[
                ('organisation_id', models.SmallIntegerField(default=rightaway.ledger.tenancy.current_organisation, editable=False)),
                ('id', models.UUIDField(default=rightaway.ledger.ids.new_id, editable=False, primary_key=True, serialize=False)),
                ('digest', models.BinaryField()),
                ('language', models.TextField(default='')),
                ('made_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('conversation', rightaway.ledger.tenancy.TenantKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='conversations.conversation')),
                ('source', rightaway.ledger.tenancy.TenantKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='+', to='conversations.source')),
            ],
            options={
                'abstract': False,
                'base_manager_name': 'objects',
            },
        ),
        migrations.AddIndex(
            model_name='message',
            index=models.Index(models.F('organisation_id'), models.F('conversation'), models.F('id'), name='message_thread'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.CheckConstraint(condition=models.Q(('direction__in', ['in', 'out', 'note', 'call'])), name='message_direction'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['received', 'automatic', 'queued', 'sent', 'failed', 'bounced'])), name='message_state'),
        ),
        migrations.AddConstraint(
            model_name='message',
            constraint=models.UniqueConstraint(models.F('organisation_id'), models.F('direction'), models.F('external_id'), condition=models.Q(('external_id', ''), _negated=True), name='message_once'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(models.F('organisation_id'), models.F('due_at'), condition=models.Q(('state', 'queued')), name='delivery_due'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['queued', 'sent', 'dead'])), name='delivery_state'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.CheckConstraint(condition=models.Q(('state', 'queued'), ('due_at__isnull', True), _connector='XOR'), name='delivery_due_state'),
        ),
        migrations.AddConstraint(
            model_name='delivery',
            constraint=models.UniqueConstraint(models.F('organisation_id'), models.F('message'), name='delivery_once'),
        ),
        migrations.AddIndex(
            model_name='attachment',
            index=models.Index(models.F('organisation_id'), models.F('message'), name='attachment_message'),
        ),
        migrations.AddConstraint(
            model_name='seen',
            constraint=models.UniqueConstraint(models.F('organisation_id'), models.F('conversation'), models.F('membership_id'), name='seen_once'),
        ),
        migrations.AddIndex(
            model_name='letter',
            index=models.Index(models.F('organisation_id'), models.F('due_at'), condition=models.Q(('state', 'new')), name='letter_due'),
        ),
        migrations.AddIndex(
            model_name='letter',
            index=models.Index(models.F('organisation_id'), models.F('at'), condition=models.Q(('state', 'held')), name='letter_held'),
        ),
        migrations.AddConstraint(
            model_name='letter',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['new', 'done', 'held', 'discarded'])), name='letter_state'),
        ),
        migrations.AddConstraint(
            model_name='letter',
            constraint=models.CheckConstraint(condition=models.Q(('state', 'new'), ('due_at__isnull', True), _connector='XOR'), name='letter_due_state'),
        ),
        migrations.AddConstraint(
            model_name='letter',
            constraint=models.UniqueConstraint(models.F('organisation_id'), models.F('digest'), name='letter_once'),
        ),
        migrations.AddIndex(
            model_name='conversation',
            index=models.Index(models.F('organisation_id'), models.F('waits_since'), condition=models.Q(('waits_since__isnull', False)), name='conversation_waits'),
        ),
        migrations.AddIndex(
            model_name='conversation',
            index=models.Index(models.F('organisation_id'), models.F('last_at'), condition=models.Q(('state', 'open')), name='conversation_open'),
        ),
        migrations.AddIndex(
            model_name='conversation',
            index=models.Index(models.F('organisation_id'), models.F('item_id'), name='conversation_item'),
        ),
        migrations.AddConstraint(
            model_name='conversation',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['open', 'closed'])), name='conversation_state'),
        ),
        migrations.AddConstraint(
            model_name='visit',
            constraint=models.UniqueConstraint(models.F('organisation_id'), models.F('digest'), name='visit_once'),
        ),
        TenantTables(
            [
                "source", "conversation", "message", "attachment", "delivery", "letter", "undeliverable", "visit",
                "seen", "bucket",
            ],
            due={"delivery": ["state", "due_at"], "letter": ["state", "due_at"]},
        ),
    ]
