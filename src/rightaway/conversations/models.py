"""Conversations with customers, the doors they come in by, and what is still to be read or sent.

An item is named by its id alone, as in the timeline: items live in a part above this one.
"""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from rightaway.contacts.models import Contact
from rightaway.ledger.models import Subject
from rightaway.ledger.tenancy import TenantKey, TenantModel
from rightaway.people.models import one_of


class Source(Subject):
    """A door of the organisation: a web form, a chat window or a mail address, found by its unguessable `key`.

    `distribute` false: what comes in is left unassigned for a manager. `origins` are the sites (https://…) that may
    show the form or the chat.
    """

    kind = models.TextField()
    key = models.TextField()
    name = models.TextField()
    source = models.TextField()
    line = models.TextField(default="")
    item_kind = models.TextField(default="lead")
    distribute = models.BooleanField(default=True)
    origins = models.JSONField(default=list)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta(Subject.Meta):
        constraints = [models.UniqueConstraint("organisation_id", "key", name="source_key")]


class Conversation(TenantModel):
    """A thread with one contact. Whoever changes it holds the lock of its item.

    `waits_since` is the oldest message of the customer that no person has answered. `last_text` is what the list
    shows of the last message, `last_direction` whose it was.
    """

    contact = TenantKey(Contact)
    item_id = models.UUIDField()
    source = TenantKey(Source, null=True)
    channel = models.TextField()
    subject = models.TextField(default="")
    state = models.TextField(default="open")
    waits_since = models.DateTimeField(null=True)
    last_at = models.DateTimeField()
    last_text = models.TextField(default="")
    last_direction = models.TextField(default="in")
    made_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [one_of("state", ["open", "closed"], "conversation_state")]
        indexes = [
            models.Index(
                "organisation_id", "waits_since", condition=Q(waits_since__isnull=False), name="conversation_waits"
            ),
            models.Index("organisation_id", "last_at", condition=Q(state="open"), name="conversation_open"),
            models.Index("organisation_id", "item_id", name="conversation_item"),
        ]


class Message(TenantModel):
    """One message: `in` from the customer, `out` to them, `note` among ourselves, `call` that nobody answered.

    `html` is cleaned already. `external_id` is its sender's own id (Message-ID; the writer's key): it comes once.
    `state`: received, automatic (a machine's answer), queued, sent, failed, bounced.
    """

    conversation = TenantKey(Conversation)
    direction = models.TextField()
    text = models.TextField(default="")
    html = models.TextField(default="")
    sender = models.TextField(default="")
    agent_id = models.UUIDField(null=True)
    external_id = models.TextField(default="")
    state = models.TextField(default="received")
    data = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [
            one_of("direction", ["in", "out", "note", "call"], "message_direction"),
            one_of("state", ["received", "automatic", "queued", "sent", "failed", "bounced"], "message_state"),
            models.UniqueConstraint(
                "organisation_id", "direction", "external_id", condition=~Q(external_id=""), name="message_once"
            ),
        ]
        indexes = [models.Index("organisation_id", "conversation", "id", name="message_thread")]


class Attachment(TenantModel):
    """A file of a message. It lies in the data folder under its own id; `name` is what the sender called it."""

    message = TenantKey(Message)
    name = models.TextField()
    kind = models.TextField()
    size = models.IntegerField()
    digest = models.BinaryField()

    class Meta(TenantModel.Meta):
        indexes = [models.Index("organisation_id", "message", name="attachment_message")]


class Delivery(TenantModel):
    """The sending of one message: `due_at` while it is to be sent, and, during a try, when that try is given up.

    Whoever holds `lease` is the only one who may say how it went.
    """

    message = TenantKey(Message)
    channel = models.TextField()
    recipient = models.TextField()
    state = models.TextField(default="queued")
    due_at = models.DateTimeField(null=True)
    lease = models.UUIDField(null=True)
    attempts = models.SmallIntegerField(default=0)
    error = models.TextField(default="")
    sent_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            one_of("state", ["queued", "sent", "dead"], "delivery_state"),
            models.CheckConstraint(condition=Q(state="queued") ^ Q(due_at__isnull=True), name="delivery_due_state"),
            models.UniqueConstraint("organisation_id", "message", name="delivery_once"),
        ]
        indexes = [models.Index("organisation_id", "due_at", condition=Q(state="queued"), name="delivery_due")]


class Letter(TenantModel):
    """What came in by a door, exactly as it came, stored before it was acknowledged.

    `state`: new (to be read), done, held (a person looks at it; `reason` says why), discarded. `digest` tells copies.
    """

    channel = models.TextField()
    source = TenantKey(Source, null=True)
    recipient = models.TextField(default="")
    peer = models.TextField(default="")
    raw = models.BinaryField()
    digest = models.BinaryField()
    state = models.TextField(default="new")
    reason = models.TextField(default="")
    shown = models.JSONField(default=dict)
    due_at = models.DateTimeField(null=True)
    lease = models.UUIDField(null=True)
    attempts = models.SmallIntegerField(default=0)
    message_id = models.UUIDField(null=True)
    at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [
            one_of("state", ["new", "done", "held", "discarded"], "letter_state"),
            models.CheckConstraint(condition=Q(state="new") ^ Q(due_at__isnull=True), name="letter_due_state"),
            models.UniqueConstraint("organisation_id", "digest", name="letter_once"),
        ]
        indexes = [
            models.Index("organisation_id", "due_at", condition=Q(state="new"), name="letter_due"),
            models.Index("organisation_id", "at", condition=Q(state="held"), name="letter_held"),
        ]


class Undeliverable(TenantModel):
    """An e-mail address that bounced. Blocks the channel, never the person; a mail from it lifts it."""

    address = models.TextField()
    reason = models.TextField(default="")
    at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint("organisation_id", "address", name="undeliverable_once")]


class Visit(TenantModel):
    """A visitor of a chat window, known by a secret of which only the digest is kept."""

    source = TenantKey(Source)
    digest = models.BinaryField()
    conversation = TenantKey(Conversation, null=True)
    language = models.TextField(default="")
    made_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint("organisation_id", "digest", name="visit_once")]


class Seen(TenantModel):
    """Until when a member has read a conversation."""

    conversation = TenantKey(Conversation)
    membership_id = models.UUIDField()
    at = models.DateTimeField()

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint("organisation_id", "conversation", "membership_id", name="seen_once")]


class Bucket(TenantModel):
    """How much came from somewhere within a span of time."""

    name = models.TextField()
    since = models.DateTimeField()
    count = models.IntegerField(default=0)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint("organisation_id", "name", name="bucket_once")]
