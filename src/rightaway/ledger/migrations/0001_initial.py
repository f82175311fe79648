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
            name="Event",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "organisation_id",
                        "subject_kind",
                        "subject_id",
                        "seq",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("organisation_id", models.SmallIntegerField(default=rightaway.ledger.tenancy.current_organisation)),
                ("subject_kind", models.TextField()),
                ("subject_id", models.UUIDField()),
                ("seq", models.IntegerField()),
                ("at", models.DateTimeField()),
                ("kind", models.TextField()),
                ("body", models.TextField()),
                ("hash", models.BinaryField()),
            ],
            options={
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="IdempotencyKey",
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
                ("caller", models.TextField()),
                ("route", models.TextField()),
                ("key", models.TextField()),
                ("body_hash", models.BinaryField()),
                ("status", models.SmallIntegerField()),
                ("answer", models.TextField()),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(models.F("organisation_id"), models.F("created_at"), name="idempotency_key_age")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        models.F("organisation_id"),
                        models.F("caller"),
                        models.F("route"),
                        models.F("key"),
                        name="idempotency_key_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Outbox",
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
                ("hints", models.TextField()),
                ("due_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [models.Index(models.F("organisation_id"), models.F("due_at"), name="outbox_due")],
            },
        ),
        TenantTables(
            ["event", "outbox", "idempotencykey"],
            append_only=["event"],
            passing=["outbox", "idempotencykey"],
            due={"outbox": ["due_at"]},
        ),
    ]
