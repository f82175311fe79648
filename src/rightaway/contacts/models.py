"""People who ask, how they are reached, and what was said and done."""

from django.db import models
from django.db.models.functions import Now

from rightaway.ledger.models import Subject
from rightaway.ledger.tenancy import TenantKey, TenantModel
from rightaway.people.models import Agent, one_of


class Company(Subject):
    """Where contacts belong. `folded` is the name as it is told apart; `owner` looks after the whole account."""

    name = models.TextField()
    folded = models.TextField(db_collation="C")
    owner = TenantKey(Agent, null=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta(Subject.Meta):
        constraints = [models.UniqueConstraint("organisation_id", "folded", name="company_once")]
        indexes = [
            models.Index("organisation_id", "owner", condition=models.Q(owner__isnull=False), name="company_owner")
        ]


class Contact(Subject):
    """A person. `folded` is the name for searching: NFKD, no marks, case-folded.

    `company` is the name to read, `employer` the record of that company. `archived_at`: out of every view until
    somebody restores it or the person asks again. `merged_into`: this one is another; it has nothing of its own left.
    """

    name = models.TextField()
    folded = models.TextField()
    language = models.TextField(default="")
    company = models.TextField(default="")
    employer = TenantKey(Company, null=True)
    entity_id = models.UUIDField(null=True)
    created_at = models.DateTimeField(db_default=Now())
    archived_at = models.DateTimeField(null=True)
    merged_into = TenantKey("self", null=True)

    class Meta(Subject.Meta):
        indexes = [
            models.Index(
                "organisation_id", "employer", "id", condition=models.Q(employer__isnull=False), name="contact_employer"
            )
        ]


class Identity(TenantModel):
    """A phone (E.164) or e-mail (normalised) of a contact; in one organisation and entity it means one contact.

    A number that could not be read is kept with `verified` false and its raw text as the value. `mark` is what trying
    it showed: nothing yet, `valid` (it reached the person) or `wrong` (a wrong number, a bounced address). `place`
    orders those of one kind; the main one is the first.
    """

    contact = TenantKey(Contact)
    kind = models.TextField()
    value = models.TextField()
    raw = models.TextField()
    verified = models.BooleanField(default=True)
    mark = models.TextField(default="", db_default="")
    place = models.SmallIntegerField(default=0, db_default=0)
    entity_id = models.UUIDField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                "organisation_id", "kind", "value", "entity_id", name="identity_once", nulls_distinct=False
            ),
            one_of("kind", ["phone", "email"], "identity_kind"),
            one_of("mark", ["", "valid", "wrong"], "identity_mark"),
        ]
        indexes = [models.Index("organisation_id", "contact", name="identity_contact")]


class MergeSuggestion(TenantModel):
    """Two contacts that one enquiry named at once, by its phone and by its e-mail. Never merged silently.

    `resolved_at` once somebody merged them, or said that they are two (`resolution`: merged or dismissed).
    """

    first = TenantKey(Contact)
    second = TenantKey(Contact)
    made_at = models.DateTimeField(db_default=Now())
    resolved_at = models.DateTimeField(null=True)
    resolution = models.TextField(default="", db_default="")

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint("organisation_id", "first", "second", name="merge_suggestion_once")]


class Merge(TenantModel):
    """Two contacts made one. `moved` says what went from `other` to `survivor` and how both were, to undo it."""

    survivor = TenantKey(Contact)
    other = TenantKey(Contact)
    moved = models.JSONField()
    made_at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                "organisation_id", "other", condition=models.Q(undone_at__isnull=True), name="merge_other_once"
            )
        ]
        indexes = [models.Index("organisation_id", "survivor", name="merge_survivor")]


class CustomField(Subject):
    """A field of the organisation's own on every contact. Routes read it as `attributes.<key>`.

    `names` and the names of `choices` ([{"key", "names"}]) are texts by language; `currency` is that of money.
    A field that is no longer used keeps its values and is shown nowhere (`retired_at`).
    """

    key = models.TextField()
    type = models.TextField()
    names = models.JSONField()
    choices = models.JSONField(default=list)
    currency = models.TextField(default="")
    required = models.BooleanField(default=False)
    place = models.SmallIntegerField(default=0)
    retired_at = models.DateTimeField(null=True)

    class Meta(Subject.Meta):
        constraints = [
            models.UniqueConstraint("organisation_id", "key", name="custom_field_key"),
            one_of("type", ["text", "number", "money", "date", "choice", "choices", "boolean"], "custom_field_type"),
        ]


class FieldValue(TenantModel):
    """What a contact has in a field, in the one column of its type; of many choices a row each, told apart by `choice`.

    Typed columns, because operators of jsonb, arrays and numeric may not use an index under row-level security.
    `folded` is the beginning of a text, made comparable. `amount` is in minor units of `currency`.
    """

    contact = TenantKey(Contact)
    field = TenantKey(CustomField)
    choice = models.TextField(default="", db_default="")
    text = models.TextField(null=True)
    folded = models.TextField(null=True, db_collation="C")
    number = models.FloatField(null=True)
    amount = models.BigIntegerField(null=True)
    currency = models.TextField(null=True)
    day = models.DateField(null=True)
    yes = models.BooleanField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint("organisation_id", "contact", "field", "choice", name="field_value_once"),
        ]
        # One for each column that is searched by; the reader is work/field_filter.py.
        indexes = [
            models.Index(
                "organisation_id", "field", column, "contact",
                condition=models.Q(**{f"{column}__isnull": False}), name=f"field_value_{column}",
            )
            for column in ("folded", "number", "amount", "day", "yes")
        ] + [
            models.Index(
                "organisation_id", "field", "choice", "contact", condition=~models.Q(choice=""),
                name="field_value_choice",
            )
        ]  # fmt: skip


class Entry(TenantModel):
    """One line of a contact's timeline: an enquiry, a call, a note. Texts live here, where erasure may blank them.

    `action` says what it counts as: attempt, contact (two-way), housekeeping, or none (bulk, system, inbound).
    `folded` is a note's text as the search compares it.
    """

    contact = TenantKey(Contact)
    item_id = models.UUIDField(null=True)
    kind = models.TextField()
    action = models.TextField()
    outcome = models.TextField(default="")
    text = models.TextField(default="")
    folded = models.TextField(null=True)
    data = models.JSONField(default=dict)
    agent_id = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        indexes = [models.Index("organisation_id", "contact", "at", name="entry_contact")]
        constraints = [
            one_of("action", ["attempt", "contact", "housekeeping", "none"], "entry_action"),
            models.CheckConstraint(
                condition=models.Q(kind="note", folded__isnull=False)
                | (~models.Q(kind="note") & models.Q(folded__isnull=True)),
                name="entry_folded",
            ),
        ]


class Task(TenantModel):
    """Something to do about an item by an instant. `agent_id` null: whoever owns the item then. Ends done or dropped.

    `remind_at`: when its agent is told; null once they were, or were not to be.
    """

    contact = TenantKey(Contact)
    item_id = models.UUIDField()
    kind = models.TextField(default="other")
    text = models.TextField(default="")
    agent_id = models.UUIDField(null=True)
    made_by = models.UUIDField(null=True)
    made_at = models.DateTimeField()
    due_at = models.DateTimeField()
    remind_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    outcome = models.TextField(default="")

    class Meta(TenantModel.Meta):
        constraints = [
            one_of("kind", ["call", "email", "meeting", "other"], "task_kind"),
            one_of("outcome", ["", "done", "dropped"], "task_outcome"),
            models.CheckConstraint(
                condition=models.Q(ended_at__isnull=True, outcome="")
                | (models.Q(ended_at__isnull=False) & ~models.Q(outcome="")),
                name="task_ended",
            ),
        ]
        indexes = [
            models.Index(
                "organisation_id", "item_id", "due_at", condition=models.Q(ended_at__isnull=True), name="task_open"
            ),
            # remind.py
            models.Index(
                "organisation_id", "remind_at", condition=models.Q(remind_at__isnull=False), name="task_remind"
            ),
        ]
