import django.db.models.deletion
from django.db import migrations, models

import rightaway.ledger.ids
import rightaway.ledger.tenancy
from rightaway.ledger.tables import TenantTables


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("contacts", "0001_initial"),
        ("people", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="DecisionContext",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "organisation_id", "hash", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("organisation_id", models.SmallIntegerField(default=rightaway.ledger.tenancy.current_organisation)),
                ("hash", models.BinaryField()),
                ("body", models.TextField()),
            ],
            options={
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="Wake",
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
                ("agent_id", models.UUIDField(null=True)),
                ("route_id", models.UUIDField(null=True)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="Campaign",
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
                ("starts_at", models.DateTimeField(null=True)),
                ("ends_at", models.DateTimeField(null=True)),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(models.F("organisation_id"), models.F("key"), name="campaign_key")
                ],
            },
        ),
        migrations.CreateModel(
            name="Decision",
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
                ("item_id", models.UUIDField()),
                ("seq", models.IntegerField()),
                ("at", models.DateTimeField()),
                ("version", models.IntegerField()),
                ("context_hash", models.BinaryField(null=True)),
                ("body", models.TextField()),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "indexes": [
                    models.Index(
                        models.F("organisation_id"), models.F("item_id"), models.F("seq"), name="decision_item"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Item",
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
                ("kind", models.TextField(default="lead")),
                ("line", models.TextField(default="")),
                ("front", models.BooleanField(default=True)),
                ("state", models.TextField(default="waiting")),
                ("status", models.TextField(default="evaluate")),
                ("cause", models.TextField(default="new")),
                ("entity_id", models.UUIDField(null=True)),
                ("source", models.TextField(default="")),
                ("language", models.TextField(default="")),
                ("attributes", models.JSONField(default=dict)),
                ("band", models.SmallIntegerField(default=1)),
                ("units", models.IntegerField(default=0)),
                ("enquiries", models.IntegerField(default=1)),
                ("due_at", models.DateTimeField(null=True)),
                ("waits_on", models.UUIDField(null=True)),
                ("tries", models.SmallIntegerField(default=0)),
                ("wave", models.SmallIntegerField(default=0)),
                ("passed", models.JSONField(default=list)),
                ("created_at", models.DateTimeField()),
                ("unanswered_since", models.DateTimeField(null=True)),
                ("first_attempt_at", models.DateTimeField(null=True)),
                ("assigned_at", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(null=True)),
                ("outcome", models.TextField(default="")),
                (
                    "campaign",
                    rightaway.ledger.tenancy.TenantKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="work.campaign",
                    ),
                ),
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
                (
                    "owner",
                    rightaway.ledger.tenancy.TenantKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="people.agent",
                    ),
                ),
                (
                    "previous",
                    rightaway.ledger.tenancy.TenantKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="work.item",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="Exclusion",
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
                ("cause", models.TextField()),
                ("made_at", models.DateTimeField()),
                ("until", models.DateTimeField(null=True)),
                ("lifted_at", models.DateTimeField(null=True)),
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
                    "item",
                    rightaway.ledger.tenancy.TenantKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="work.item",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="Assignment",
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
                ("role_id", models.UUIDField(null=True)),
                ("exclusive", models.BooleanField(default=True)),
                ("how", models.TextField()),
                ("route_id", models.UUIDField(null=True)),
                ("band", models.SmallIntegerField()),
                ("turn", models.BooleanField(default=False)),
                ("started_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("end_cause", models.TextField(default="")),
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
                    "item",
                    rightaway.ledger.tenancy.TenantKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="work.item",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="Arrival",
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
                ("source", models.TextField()),
                ("external_id", models.TextField()),
                (
                    "item",
                    rightaway.ledger.tenancy.TenantKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="work.item",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="OfferGroup",
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
                ("places", models.SmallIntegerField(null=True)),
                ("made_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "item",
                    rightaway.ledger.tenancy.TenantKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="work.item",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="Offer",
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
                ("role_id", models.UUIDField(null=True)),
                ("state", models.TextField(default="open")),
                ("route_id", models.UUIDField(null=True)),
                ("sender_id", models.UUIDField(null=True)),
                ("band", models.SmallIntegerField()),
                ("wave", models.SmallIntegerField(default=0)),
                ("reserved", models.IntegerField(default=0)),
                ("turn", models.BooleanField(default=False)),
                ("masked", models.BooleanField(default=False)),
                ("made_at", models.DateTimeField()),
                ("delivered_at", models.DateTimeField(null=True)),
                ("expires_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("decline_kind", models.TextField(default="")),
                ("note", models.TextField(default="")),
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
                    "item",
                    rightaway.ledger.tenancy.TenantKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="work.item",
                    ),
                ),
                (
                    "group",
                    rightaway.ledger.tenancy.TenantKey(
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="work.offergroup",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
            },
        ),
        migrations.CreateModel(
            name="CampaignMember",
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
                    "campaign",
                    rightaway.ledger.tenancy.TenantKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="work.campaign",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "base_manager_name": "objects",
                "constraints": [
                    models.UniqueConstraint(
                        models.F("organisation_id"),
                        models.F("campaign"),
                        models.F("agent"),
                        name="campaign_member_once",
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="item",
            index=models.Index(
                models.F("organisation_id"),
                models.F("band"),
                models.F("due_at"),
                condition=models.Q(("due_at__isnull", False)),
                name="item_due",
            ),
        ),
        migrations.AddIndex(
            model_name="item",
            index=models.Index(
                models.F("organisation_id"),
                models.F("waits_on"),
                condition=models.Q(("waits_on__isnull", False)),
                name="item_waits_on",
            ),
        ),
        migrations.AddIndex(
            model_name="item",
            index=models.Index(
                models.F("organisation_id"),
                models.F("band"),
                models.F("unanswered_since"),
                condition=models.Q(("state", "pooled")),
                name="item_pool",
            ),
        ),
        migrations.AddIndex(
            model_name="item",
            index=models.Index(
                models.F("organisation_id"),
                models.F("owner"),
                condition=models.Q(("owner__isnull", False)),
                name="item_owner",
            ),
        ),
        migrations.AddIndex(
            model_name="item",
            index=models.Index(models.F("organisation_id"), models.F("contact"), name="item_contact"),
        ),
        migrations.AddConstraint(
            model_name="item",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["waiting", "offered", "assigned", "pooled", "closed"])),
                name="item_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="item",
            constraint=models.CheckConstraint(condition=models.Q(("band__gte", 0), ("band__lte", 3)), name="item_band"),
        ),
        migrations.AddConstraint(
            model_name="item",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "waiting"), _negated=True), ("due_at__isnull", False), _connector="OR"
                ),
                name="item_waiting_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="item",
            constraint=models.CheckConstraint(
                condition=models.Q(("state", "assigned"), ("owner__isnull", True), _connector="OR"),
                name="item_owner_assigned",
            ),
        ),
        migrations.AddConstraint(
            model_name="item",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "closed"), _negated=True), ("due_at__isnull", True), _connector="OR"
                ),
                name="item_closed_idle",
            ),
        ),
        migrations.AddConstraint(
            model_name="item",
            constraint=models.UniqueConstraint(
                models.F("organisation_id"),
                models.F("contact"),
                models.F("kind"),
                models.F("line"),
                condition=models.Q(("state", "closed"), _negated=True),
                name="item_open_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="item",
            constraint=models.UniqueConstraint(
                models.F("organisation_id"),
                models.F("contact"),
                condition=models.Q(("front", True)),
                name="item_front_once",
            ),
        ),
        migrations.AddIndex(
            model_name="exclusion",
            index=models.Index(models.F("organisation_id"), models.F("item"), name="exclusion_item"),
        ),
        migrations.AddIndex(
            model_name="assignment",
            index=models.Index(
                models.F("organisation_id"),
                models.F("agent"),
                condition=models.Q(("ended_at__isnull", True)),
                name="assignment_active",
            ),
        ),
        migrations.AddConstraint(
            model_name="assignment",
            constraint=models.UniqueConstraint(
                models.F("organisation_id"),
                models.F("item"),
                models.F("role_id"),
                condition=models.Q(("ended_at__isnull", True), ("exclusive", True)),
                name="assignment_exclusive",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="assignment",
            constraint=models.UniqueConstraint(
                models.F("organisation_id"),
                models.F("item"),
                models.F("agent"),
                models.F("role_id"),
                condition=models.Q(("ended_at__isnull", True)),
                name="assignment_once",
                nulls_distinct=False,
            ),
        ),
        migrations.AddConstraint(
            model_name="arrival",
            constraint=models.UniqueConstraint(
                models.F("organisation_id"), models.F("source"), models.F("external_id"), name="arrival_once"
            ),
        ),
        migrations.AddIndex(
            model_name="offer",
            index=models.Index(
                models.F("organisation_id"),
                models.F("expires_at"),
                condition=models.Q(("state", "open")),
                name="offer_due",
            ),
        ),
        migrations.AddIndex(
            model_name="offer",
            index=models.Index(
                models.F("organisation_id"),
                models.F("agent"),
                condition=models.Q(("state", "open")),
                name="offer_agent",
            ),
        ),
        migrations.AddIndex(
            model_name="offer",
            index=models.Index(models.F("organisation_id"), models.F("item"), name="offer_item"),
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["open", "accepted", "declined", "expired", "rescinded", "withdrawn"])
                ),
                name="offer_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=models.CheckConstraint(
                condition=models.Q(("state", "open"), ("ended_at__isnull", False), _connector="XOR"), name="offer_ended"
            ),
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "accepted"), _negated=True),
                    ("ended_at__lt", models.F("expires_at")),
                    _connector="OR",
                ),
                name="offer_in_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="offer",
            constraint=models.UniqueConstraint(
                models.F("organisation_id"),
                models.F("item"),
                models.F("agent"),
                condition=models.Q(("state", "open")),
                name="offer_open_once",
            ),
        ),
        TenantTables(
            [
                "campaign",
                "campaignmember",
                "item",
                "arrival",
                "assignment",
                "offergroup",
                "offer",
                "exclusion",
                "wake",
                "decisioncontext",
                "decision",
            ],
            append_only=["arrival", "decisioncontext", "decision"],
            passing=["wake"],
            due={"item": ["band", "due_at"], "offer": ["state", "expires_at"], "wake": []},
        ),
    ]
