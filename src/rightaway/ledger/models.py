"""The append-only ledger, its outbox and the memory of idempotent requests."""

from django.db import models
from django.db.models.functions import Now

from rightaway.ledger.tenancy import TenantManager, TenantModel, current_organisation


class Event(models.Model):
    """One change of one subject. `seq` counts from 1 without gaps; `hash` = sha256(previous hash ‖ body).

    The body is canonical JSON text with ids, codes and numbers only: never a name, an address or free text.
    """

    pk = models.CompositePrimaryKey("organisation_id", "subject_kind", "subject_id", "seq")
    organisation_id = models.SmallIntegerField(default=current_organisation)
    subject_kind = models.TextField()
    subject_id = models.UUIDField()
    seq = models.IntegerField()
    at = models.DateTimeField()
    kind = models.TextField()
    body = models.TextField()
    hash = models.BinaryField()

    objects = TenantManager()

    class Meta:
        base_manager_name = "objects"


class Outbox(TenantModel):
    """What one transaction has to tell the outside: claimed with SKIP LOCKED, told, deleted.

    `hints` is a JSON list of [subject kind, subject id, event kind, seq]. `id` orders it roughly; nothing reads it
    by "id greater than the last one", which would lose rows that commit late.
    """

    hints = models.TextField()
    due_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        indexes = [models.Index("organisation_id", "due_at", name="outbox_due")]


class IdempotencyKey(TenantModel):
    """The stored answer to a request: same key and body, same answer; kept 72 hours."""

    caller = models.TextField()
    route = models.TextField()
    key = models.TextField()
    body_hash = models.BinaryField()
    status = models.SmallIntegerField()
    answer = models.TextField()
    created_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint("organisation_id", "caller", "route", "key", name="idempotency_key_once")
        ]
        indexes = [models.Index("organisation_id", "created_at", name="idempotency_key_age")]


class Subject(TenantModel):
    """A row whose changes are events: it carries the counter and the hash of its chain."""

    event_seq = models.IntegerField(default=0, editable=False)
    event_hash = models.BinaryField(default=b"", editable=False)

    class Meta(TenantModel.Meta):
        abstract = True
