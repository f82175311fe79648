import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

import rightaway.ledger.ids
import rightaway.ledger.tenancy
from rightaway.ledger.tables import TenantTables


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Contact",
            fields=[
                (
                    "organisation_id",
                    models.SmallIntegerField(default=rightaway.ledger.tenancy.current_organisation, editable=False),
                ),
                (
                    "id",
                    models.UUIDField(
                        default=rightaway.ledger.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("event_seq", models.IntegerField(default=0, editable=False)),
                ("event_hash", models.BinaryField(default=b"")),
                ("name", models.TextField()),
                ("folded", models.TextField()),
                ("language", models.TextField(default="")),
                ("company", models.TextField(default="")),
                ("entity_id", models.UUIDField(null=True)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="Entry",
            fields=[
                (
                    "organisation_id",
                    models.SmallIntegerField(default=rightaway.ledger.tenancy.current_organisation, editable=False),
                ),
                (
                    "id",
                    models.UUIDField(
                        default=rightaway.ledger.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("item_id", models.UUIDField(null=True)),
                ("kind", models.TextField()),
                ("action", models.TextField()),
                ("outcome", models.TextField(default="")),
                ("text", models.TextField(default="")),
                ("data", models.JSONField(default=dict)),
                ("agent_id", models.UUIDField(null=True)),
                ("at", models.DateTimeField()),
                (
                    "contact",
                    rightaway.ledger.tenancy.TenantKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="contacts.contact",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(models.F("organisation_id"), models.F("contact"), models.F("at"), name="entry_contact")
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("action__in", ["attempt", "contact", "housekeeping", "none"])),
                        name="entry_action",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Identity",
            fields=[
                (
                    "organisation_id",
                    models.SmallIntegerField(default=rightaway.ledger.tenancy.current_organisation, editable=False),
                ),
                (
                    "id",
                    models.UUIDField(
                        default=rightaway.ledger.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("kind", models.TextField()),
                ("value", models.TextField()),
                ("raw", models.TextField()),
                ("verified", models.BooleanField(default=True)),
                ("entity_id", models.UUIDField(null=True)),
                (
                    "contact",
                    rightaway.ledger.tenancy.TenantKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="contacts.contact",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [models.Index(models.F("organisation_id"), models.F("contact"), name="identity_contact")],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("organisation_id"),
                        models.F("kind"),
                        models.F("value"),
                        models.F("entity_id"),
                        name="identity_once",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(condition=models.Q(("kind__in", ["phone", "email"])), name="identity_kind"),
                ],
            },
        ),
        migrations.CreateModel(
            name="MergeSuggestion",
            fields=[
                (
                    "organisation_id",
                    models.SmallIntegerField(default=rightaway.ledger.tenancy.current_organisation, editable=False),
                ),
                (
                    "id",
                    models.UUIDField(
                        default=rightaway.ledger.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("made_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "first",
                    rightaway.ledger.tenancy.TenantKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="contacts.contact",
                    ),
                ),
                (
                    "second",
                    rightaway.ledger.tenancy.TenantKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="contacts.contact",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        models.F("organisation_id"), models.F("first"), models.F("second"), name="merge_suggestion_once"
                    )
                ],
            },
        ),
        TenantTables(["contact", "identity", "mergesuggestion", "entry"]),
    ]
