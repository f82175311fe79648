import django.db.models.deletion
import django.db.models.expressions
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
            name="Agent",
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
                ("key", models.TextField()),
                ("name", models.TextField()),
                ("email", models.TextField(default="")),
                ("entity_id", models.UUIDField(null=True)),
                ("zone", models.TextField(default="UTC")),
                ("language", models.TextField(default="en")),
                ("mode", models.TextField(default="desk")),
                ("active", models.BooleanField(default=True)),
                ("skills", models.JSONField(default=dict)),
                ("languages", models.JSONField(default=list)),
                ("attributes", models.JSONField(default=dict)),
                ("hours", models.JSONField(null=True)),
                ("limits", models.JSONField(default=dict)),
                ("paused_at", models.DateTimeField(null=True)),
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
        migrations.CreateModel(
            name="Absence",
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
                ("starts_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("cause", models.TextField(default="other")),
                (
                    "agent",
                    rightaway.ledger.tenancy.TenantKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="people.agent",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="AgentState",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "organisation_id", "agent_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organisation_id", models.SmallIntegerField(default=rightaway.ledger.tenancy.current_organisation)),
                ("capacity", models.IntegerField(default=1000)),
                ("load", models.IntegerField(default=0)),
                ("over_by", models.IntegerField(default=0)),
                ("unanswered", models.IntegerField(default=0)),
                ("unanswered_cap", models.IntegerField(default=3, null=True)),
                ("presence", models.TextField(default="offline")),
                ("reason", models.TextField(default="")),
                ("present_until", models.DateTimeField(null=True)),
                ("last_given_at", models.DateTimeField(null=True)),
                ("missed_in_row", models.SmallIntegerField(default=0)),
                (
                    "agent",
                    rightaway.ledger.tenancy.TenantKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="people.agent",
                    ),
                ),
            ],
            options={
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="RoutePause",
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
                ("route_id", models.UUIDField()),
                ("paused_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "agent",
                    rightaway.ledger.tenancy.TenantKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="people.agent",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="Tally",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "organisation_id",
                        "agent_id",
                        "period",
                        "starts_at",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("organisation_id", models.SmallIntegerField(default=rightaway.ledger.tenancy.current_organisation)),
                ("period", models.TextField()),
                ("starts_at", models.DateTimeField()),
                ("given", models.IntegerField()),
                (
                    "agent",
                    rightaway.ledger.tenancy.TenantKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="people.agent",
                    ),
                ),
            ],
            options={
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="Team",
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
                ("key", models.TextField()),
                ("name", models.TextField()),
                (
                    "parent",
                    rightaway.ledger.tenancy.TenantKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="people.team",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="TeamMember",
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
                ("manages", models.BooleanField(default=False)),
                (
                    "agent",
                    rightaway.ledger.tenancy.TenantKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="people.agent",
                    ),
                ),
                (
                    "team",
                    rightaway.ledger.tenancy.TenantKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="people.team",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.AddConstraint(
            model_name="agent",
            constraint=models.UniqueConstraint(models.F("organisation_id"), models.F("key"), name="agent_key"),
        ),
        migrations.AddConstraint(
            model_name="agent",
            constraint=models.UniqueConstraint(
                models.F("organisation_id"), models.F("membership"), name="agent_membership"
            ),
        ),
        migrations.AddConstraint(
            model_name="agent",
            constraint=models.CheckConstraint(condition=models.Q(("mode__in", ["desk", "field"])), name="agent_mode"),
        ),
        migrations.AddIndex(
            model_name="absence",
            index=models.Index(
                models.F("organisation_id"), models.F("agent"), models.F("ends_at"), name="absence_agent"
            ),
        ),
        migrations.AddConstraint(
            model_name="absence",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gt", models.F("starts_at"))), name="absence_order"
            ),
        ),
        migrations.AddIndex(
            model_name="agentstate",
            index=models.Index(
                models.F("organisation_id"),
                models.F("present_until"),
                condition=models.Q(("present_until__isnull", False)),
                name="agent_state_lapse",
            ),
        ),
        migrations.AddConstraint(
            model_name="agentstate",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("load__gte", 0),
                    (
                        "load__lte",
                        django.db.models.expressions.CombinedExpression(models.F("capacity"), "+", models.F("over_by")),
                    ),
                ),
                name="agent_state_capacity",
            ),
        ),
        migrations.AddConstraint(
            model_name="agentstate",
            constraint=models.CheckConstraint(
                condition=models.Q(("unanswered__gte", 0)), name="agent_state_unanswered"
            ),
        ),
        migrations.AddConstraint(
            model_name="agentstate",
            constraint=models.CheckConstraint(
                condition=models.Q(("presence__in", ["available", "break", "offline"])), name="agent_state_presence"
            ),
        ),
        migrations.AddConstraint(
            model_name="routepause",
            constraint=models.UniqueConstraint(
                models.F("organisation_id"), models.F("agent"), models.F("route_id"), name="route_pause_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="team",
            constraint=models.UniqueConstraint(models.F("organisation_id"), models.F("key"), name="team_key"),
        ),
        migrations.AddIndex(
            model_name="teammember",
            index=models.Index(models.F("organisation_id"), models.F("agent"), name="team_member_agent"),
        ),
        migrations.AddConstraint(
            model_name="teammember",
            constraint=models.UniqueConstraint(
                models.F("organisation_id"), models.F("team"), models.F("agent"), name="team_member_once"
            ),
        ),
        TenantTables(
            ["team", "agent", "teammember", "absence", "routepause", "agentstate", "tally"],
            due={"agentstate": ["present_until"]},
        ),
    ]
