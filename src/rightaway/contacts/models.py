"""People who ask, how they are reached, and what was said and done."""

from django.db import models
from django.db.models.functions import Now

from rightaway.ledger.models import Subject
from rightaway.ledger.tenancy import TenantKey, TenantModel
from rightaway.people.models import one_of


class Contact(Subject):
    """A person. `folded` is the name for searching: NFKD, no marks, case-folded."""

    name = models.TextField()
    folded = models.TextField()
    language = models.TextField(default="")
    company = models.TextField(default="")
    entity_id = models.UUIDField(null=True)
    created_at = models.DateTimeField(db_default=Now())


class Identity(TenantModel):
    """A phone (E.164) or e-mail (normalised) of a contact; in one organisation and entity it means one contact.

    A number that could not be read is kept with `verified` false and its raw text as the value. `mark` is what trying
    it showed: nothing yet, `valid` (it reached the person) or `wrong` (a wrong number, a bounced address).
    """

    contact = TenantKey(Contact)
    kind = models.TextField()
    value = models.TextField()
    raw = models.TextField()
    verified = models.BooleanField(default=True)
    mark = models.TextField(default="", db_default="")
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
    """Two contacts that one enquiry named at once, by its phone and by its e-mail. Never merged silently."""

    first = TenantKey(Contact)
    second = TenantKey(Contact)
    made_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint("organisation_id", "first", "second", name="merge_suggestion_once")]


class Entry(TenantModel):
    """One line of a contact's timeline: an enquiry, a call, a note. Texts live here, where erasure may blank them.

    `action` says what it counts as: attempt, contact (two-way), housekeeping, or none (bulk, system, inbound).
    """

    contact = TenantKey(Contact)
    item_id = models.UUIDField(null=True)
    kind = models.TextField()
    action = models.TextField()
    outcome = models.TextField(default="")
    text = models.TextField(default="")
    data = models.JSONField(default=dict)
    agent_id = models.UUIDField(null=True)
    at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        indexes = [models.Index("organisation_id", "contact", "at", name="entry_contact")]
        constraints = [one_of("action", ["attempt", "contact", "housekeeping", "none"], "entry_action")]


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
