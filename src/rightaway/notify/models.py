"""What members were told inside the application."""

from django.db import models
from django.db.models.functions import Now

from rightaway.accounts.models import Membership
from rightaway.ledger.tenancy import TenantKey, TenantModel


class Notice(TenantModel):
    """One event as news to one member: once, whoever tells it and however often. Kept for thirty days.

    Only ids, codes and numbers: its sentence is made when it is read, of what its reader may see then. `by` is
    member, key or system; `by_id` the one of them who did it.
    """

    membership = TenantKey(Membership)
    subject_kind = models.TextField()
    subject_id = models.UUIDField()
    seq = models.IntegerField()
    kind = models.TextField()
    at = models.DateTimeField()
    item_id = models.UUIDField(null=True)
    by = models.TextField()
    by_id = models.UUIDField(null=True)
    told_at = models.DateTimeField(db_default=Now())
    read_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                "organisation_id", "membership", "subject_kind", "subject_id", "seq", name="notice_once"
            )
        ]
        indexes = [
            models.Index("organisation_id", "membership", "id", name="notice_list"),
            models.Index(
                "organisation_id", "membership", condition=models.Q(read_at__isnull=True), name="notice_unread"
            ),
            models.Index("organisation_id", "told_at", name="notice_age"),
        ]
