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

    A number that could not be read is kept with `verified` false and its raw text as the value.
    """

    contact = TenantKey(Contact)
    kind = models.TextField()
    value = models.TextField()
    raw = models.TextField()
    verified = models.BooleanField(default=True)
    entity_id = models.UUIDField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                "organisation_id", "kind", "value", "entity_id", name="identity_once", nulls_distinct=False
            ),
            one_of("kind", ["phone", "email"], "identity_kind"),
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
