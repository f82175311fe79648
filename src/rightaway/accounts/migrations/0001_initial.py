import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import rightaway.ledger.ids
import rightaway.ledger.tenancy
from rightaway.ledger.tables import OWNER, SCHEDULER, SETTING, TenantTables


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="User",
            fields=[
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                (
                    "id",
                    models.UUIDField(
                        default=rightaway.ledger.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("email", models.EmailField(max_length=254, unique=True)),
                ("name", models.TextField(default="")),
                ("language", models.TextField(default="en")),
                ("is_active", models.BooleanField(default=True)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Organisation",
            fields=[
                ("id", models.SmallAutoField(primary_key=True, serialize=False)),
                ("name", models.TextField()),
                ("language", models.TextField(default="en")),
                ("zone", models.TextField(default="UTC")),
                ("region", models.TextField(default="")),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name="SetupLink",
            fields=[
                ("hash", models.BinaryField(primary_key=True, serialize=False)),
                ("expires_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Membership",
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
                (
                    "role",
                    models.TextField(
                        choices=[
                            ("company_manager", "company_manager"),
                            ("organisation_manager", "organisation_manager"),
                            ("agent_manager", "agent_manager"),
                            ("agent", "agent"),
                        ]
                    ),
                ),
                ("active", models.BooleanField(default=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="ApiKey",
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
                ("hash", models.BinaryField()),
                ("scopes", models.JSONField()),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("revoked_at", models.DateTimeField(null=True)),
                (
                    "membership",
                    rightaway.ledger.tenancy.TenantKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="accounts.membership",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.UniqueConstraint(models.F("organisation_id"), models.F("user"), name="membership_once"),
        ),
        migrations.AddConstraint(
            model_name="apikey",
            constraint=models.UniqueConstraint(models.F("organisation_id"), models.F("hash"), name="api_key_hash"),
        ),
        TenantTables(["membership", "apikey"]),
        migrations.RunSQL(
            [
                "ALTER TABLE accounts_organisation ENABLE ROW LEVEL SECURITY",
                "ALTER TABLE accounts_organisation FORCE ROW LEVEL SECURITY",
                f"CREATE POLICY tenant ON accounts_organisation USING (id = {SETTING}) WITH CHECK (id = {SETTING})",
                f"CREATE POLICY every ON accounts_organisation FOR SELECT TO {OWNER}, {SCHEDULER} USING (true)",
                f"GRANT SELECT (id) ON accounts_organisation TO {SCHEDULER}",
                # At sign-in nobody is inside an organisation yet: a user may see which ones they belong to.
                "CREATE POLICY mine ON accounts_membership FOR SELECT "
                "USING (user_id = nullif(current_setting('rightaway.user', true), '')::uuid)",
            ]
        ),
    ]
