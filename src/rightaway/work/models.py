"""Work items and everything that happens to them on their way to somebody."""

from datetime import UTC, datetime
from typing import Final

from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Coalesce

from rightaway.accounts.models import Membership
from rightaway.contacts.models import Contact
from rightaway.ledger.models import Subject
from rightaway.ledger.tenancy import TenantKey, TenantManager, TenantModel, current_organisation
from rightaway.people.models import Agent, Team, one_of


class Campaign(Subject):
    """Items of a campaign are for its members only. `key` is its name in enquiries and imports.

    From `starts_at` until `ends_at` it takes in what names it, and what comes from one of its `sources`.
    """

    key = models.TextField()
    name = models.TextField()
    starts_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(null=True)
    sources = models.JSONField(default=list)

    class Meta(Subject.Meta):
        constraints = [models.UniqueConstraint("organisation_id", "key", name="campaign_key")]


class CampaignTeam(TenantModel):
    """Everybody in this team, and in those below it, is a member."""

    campaign = TenantKey(Campaign)
    team = TenantKey(Team)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint("organisation_id", "campaign", "team", name="campaign_team_once")]


class CampaignMember(TenantModel):
    """Whoever is a member now: by name (`direct`), or because of a team of the campaign's."""

    campaign = TenantKey(Campaign)
    agent = TenantKey(Agent)
    direct = models.BooleanField(default=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint("organisation_id", "campaign", "agent", name="campaign_member_once")]


class Sequence(Subject):
    """A few e-mails that go out one after the other, until somebody answers or stops them.

    `steps` are {"after_minutes", "text"}: how long after the one before, and what it says. One that is not `active` is
    begun no more.
    """

    key = models.TextField()
    name = models.TextField()
    subject = models.TextField()
    steps = models.JSONField()
    active = models.BooleanField(default=True)

    class Meta(Subject.Meta):
        constraints = [models.UniqueConstraint("organisation_id", "key", name="sequence_key")]


NEVER: Final = datetime(9999, 12, 31, tzinfo=UTC)
"""In orders by waiting: what is answered comes after everything that waits."""

# Evaluate: whoever waits for an answer, and whoever nobody has moved on yet.
_EVALUATE: Final = ~Q(state="closed") & (Q(unanswered_since__isnull=False) | Q(status="evaluate"))


class Item(Subject):
    """A piece of work. `state` is what routing knows, `status` is what people move.

    `due_at` is the planner's timer: set exactly while routing has something to decide about the item.
    `cause` says why it is where it is (new, declined, expired, handed_back, revoked, no_route, nobody, …).
    `waits_on` is the route that found nobody: freeing one of its agents wakes the item.
    `tries` counts offers of the present walk; `wave` the waves of a broadcast; `passed` are routes given up on.
    `unanswered_since` is the oldest question no person has tried to answer; null once somebody has.
    `asked` is the same for orders, never null: an expression would lose its index under row-level security.
    `units` (hundredths) is what it costs its owner now. `band` is 0 low, 1 normal, 2 high, 3 top.
    `basics_since` and what follows it say how its contact is looked after since this enquiry or assignment, and when
    each of the basics turns bad (`engine/basics.py`, whose words these are); `change.note` keeps them.
    `update_asked_at` and `update_due_at` stand while a manager waits for a word of the owner.
    `private`: it is in its owner's own book, which nobody but they and company managers see; with another owner, or
    asked for from outside, it is the team's.
    `front` marks one item of each contact: the contacts grid is these, and reads no other table. `folded` is a copy of
    the contact's, kept in step by whoever names the contact.
    """

    kind = models.TextField(default="lead")
    contact = TenantKey(Contact)
    folded = models.TextField(default="", db_default="", db_collation="C")
    line = models.TextField(default="")
    front = models.BooleanField(default=True)
    state = models.TextField(default="waiting")
    status = models.TextField(default="evaluate")
    cause = models.TextField(default="new")
    owner = TenantKey(Agent, null=True)
    entity_id = models.UUIDField(null=True)
    private = models.BooleanField(default=False, db_default=False)
    campaign = TenantKey(Campaign, null=True)
    source = models.TextField(default="")
    language = models.TextField(default="")
    attributes = models.JSONField(default=dict)
    band = models.SmallIntegerField(default=1)
    units = models.IntegerField(default=0)
    enquiries = models.IntegerField(default=1)
    due_at = models.DateTimeField(null=True)
    waits_on = models.UUIDField(null=True)
    tries = models.SmallIntegerField(default=0)
    wave = models.SmallIntegerField(default=0)
    passed = models.JSONField(default=list)
    created_at = models.DateTimeField()
    unanswered_since = models.DateTimeField(null=True)
    asked = models.GeneratedField(
        expression=Coalesce("unanswered_since", Value(NEVER)), output_field=models.DateTimeField(), db_persist=True
    )
    first_attempt_at = models.DateTimeField(null=True)
    assigned_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    outcome = models.TextField(default="")
    previous = TenantKey("self", null=True)
    basics_since = models.DateTimeField(null=True)
    answered_seconds = models.IntegerField(null=True)
    acted_at = models.DateTimeField(null=True)
    called_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)
    phone_mark = models.TextField(default="", db_default="")
    email_mark = models.TextField(default="", db_default="")
    notes = models.IntegerField(default=0, db_default=0)
    next_task_at = models.DateTimeField(null=True)
    status_bad_at = models.DateTimeField(null=True)
    waiting_bad_at = models.DateTimeField(null=True)
    phone_bad_at = models.DateTimeField(null=True)
    email_bad_at = models.DateTimeField(null=True)
    notes_bad_at = models.DateTimeField(null=True)
    task_bad_at = models.DateTimeField(null=True)
    attention_at = models.DateTimeField(null=True)
    update_asked_at = models.DateTimeField(null=True)
    update_due_at = models.DateTimeField(null=True)

    class Meta(Subject.Meta):
        constraints = [
            one_of("state", ["waiting", "offered", "assigned", "pooled", "closed"], "item_state"),
            models.CheckConstraint(condition=Q(band__gte=0, band__lte=3), name="item_band"),
            models.CheckConstraint(condition=~Q(state="waiting") | Q(due_at__isnull=False), name="item_waiting_due"),
            models.CheckConstraint(condition=Q(state="assigned") | Q(owner__isnull=True), name="item_owner_assigned"),
            models.CheckConstraint(condition=~Q(state="closed") | Q(due_at__isnull=True), name="item_closed_idle"),
            models.UniqueConstraint(
                "organisation_id", "contact", "kind", "line", condition=~Q(state="closed"), name="item_open_once"
            ),
            models.UniqueConstraint("organisation_id", "contact", condition=Q(front=True), name="item_front_once"),
        ]
        indexes = [
            # route.py: what is due, best band first
            models.Index("organisation_id", "band", "due_at", condition=Q(due_at__isnull=False), name="item_due"),
            # wake.py: what waits for a route's people
            models.Index("organisation_id", "waits_on", condition=Q(waits_on__isnull=False), name="item_waits_on"),
            # next.py and the pool's list
            models.Index(
                "organisation_id", "band", "unanswered_since", condition=Q(state="pooled"), name="item_pool"
            ),
            models.Index("organisation_id", "contact", name="item_contact"),
            # grid.py. Each one costs the planner's update: what has few values shares one, and rare values have theirs.
            # The owner's serves everybody who asks for somebody's items.
            models.Index(
                "organisation_id", "owner", "asked", "id",
                condition=Q(owner__isnull=False), name="item_owner_waiting",
            ),
            models.Index(
                "organisation_id", "asked", "id",
                condition=Q(front=True, owner__isnull=True) & ~Q(state="closed"), name="item_unassigned",
            ),
            # Only closing and opening again write it: what is closed is everybody's who manages, most of it, and old.
            models.Index(
                "organisation_id", "status", "asked", "id",
                condition=Q(front=True, owner__isnull=True, state="closed"), name="item_closed",
            ),
            models.Index(
                "organisation_id", "asked", "id",
                condition=Q(front=True) & _EVALUATE, name="item_evaluate",
            ),
            models.Index(
                "organisation_id", "asked", "id",
                condition=Q(front=True, band__gte=2) & _EVALUATE, name="item_priority",
            ),
            models.Index(
                "organisation_id", "status", "asked", "id",
                condition=Q(front=True), name="item_status",
            ),
            models.Index(
                "organisation_id", "source", "asked", "id",
                condition=Q(front=True), name="item_source",
            ),
            models.Index("organisation_id", "folded", "id", condition=Q(front=True), name="item_folded"),
            models.Index(
                "organisation_id", "attention_at", "id",
                condition=Q(front=True, attention_at__isnull=False), name="item_attention",
            ),
            models.Index(
                "organisation_id", "waiting_bad_at", "id",
                condition=Q(front=True, waiting_bad_at__isnull=False), name="item_late",
            ),
            # Only people write these two, and few items have them.
            models.Index(
                "organisation_id", "next_task_at", "id",
                condition=Q(front=True, next_task_at__isnull=False), name="item_next_task",
            ),
            models.Index(
                "organisation_id", "update_asked_at", "id",
                condition=Q(front=True, update_asked_at__isnull=False), name="item_update_asked",
            ),
            models.Index(
                "organisation_id", "campaign", "id",
                condition=Q(front=True, campaign__isnull=False), name="item_campaign",
            ),
            models.Index(
                "organisation_id", "band", "id", condition=Q(front=True) & ~Q(band=1), name="item_unusual_band"
            ),
            models.Index(
                "organisation_id", "language", "id",
                condition=Q(front=True) & ~Q(language__in=["", "en", "es"]), name="item_unusual_language",
            ),
        ]  # fmt: skip


class Arrival(TenantModel):
    """A sender's own id of an enquiry that was taken in, kept for good: sent again, it adds nothing."""

    source = models.TextField()
    external_id = models.TextField()
    item = TenantKey(Item)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint("organisation_id", "source", "external_id", name="arrival_once")]


class Assignment(TenantModel):
    """A period during which somebody owns an item, or holds one of its roles. `role_id` null means the owner.

    `how`: automatic, accepted, claimed, next, by_hand. `turn`: it counts in the route's rotation.
    """

    item = TenantKey(Item)
    agent = TenantKey(Agent)
    role_id = models.UUIDField(null=True)
    exclusive = models.BooleanField(default=True)
    how = models.TextField()
    route_id = models.UUIDField(null=True)
    band = models.SmallIntegerField()
    turn = models.BooleanField(default=False)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    end_cause = models.TextField(default="")

    class Meta(TenantModel.Meta):
        constraints = [
            models.UniqueConstraint(
                "organisation_id", "item", "role_id",
                condition=Q(ended_at__isnull=True, exclusive=True), name="assignment_exclusive", nulls_distinct=False,
            ),
            models.UniqueConstraint(
                "organisation_id", "item", "agent", "role_id",
                condition=Q(ended_at__isnull=True), name="assignment_once", nulls_distinct=False,
            ),
        ]  # fmt: skip
        indexes = [
            models.Index("organisation_id", "agent", condition=Q(ended_at__isnull=True), name="assignment_active"),
            # roles.py: who holds the roles of a page of items
            models.Index(
                "organisation_id", "item",
                condition=Q(ended_at__isnull=True, role_id__isnull=False), name="assignment_roles",
            ),
            # audience.py: who has just had an item
            models.Index(
                "organisation_id", "item", "ended_at", condition=Q(ended_at__isnull=False), name="assignment_ended"
            ),
        ]  # fmt: skip


class OfferGroup(TenantModel):
    """Offers of one item to several people, of whom `places` may accept; null means everyone."""

    item = TenantKey(Item)
    places = models.SmallIntegerField(null=True)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)


class Offer(TenantModel):
    """An item, or one of its roles, held out to one agent until `expires_at`. Ends once. `role_id` null: to own it.

    `reserved` (hundredths) is what it holds of the agent's capacity while open: nothing when offered to many.
    `sender` is the person of a hand offer; null when a route made it. `masked`: the customer's name and numbers are
    withheld until acceptance. `delivered_at`: the agent's device had it; only delivered offers can be missed.
    `then_routes`: when nobody takes what a person offered, the routes decide; otherwise it is unassigned again.
    """

    item = TenantKey(Item)
    group = TenantKey(OfferGroup, null=True)
    agent = TenantKey(Agent)
    role_id = models.UUIDField(null=True)
    state = models.TextField(default="open")
    route_id = models.UUIDField(null=True)
    sender_id = models.UUIDField(null=True)
    band = models.SmallIntegerField()
    wave = models.SmallIntegerField(default=0)
    reserved = models.IntegerField(default=0)
    turn = models.BooleanField(default=False)
    masked = models.BooleanField(default=False)
    made_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    decline_kind = models.TextField(default="")
    note = models.TextField(default="")
    then_routes = models.BooleanField(default=False, db_default=False)

    class Meta(TenantModel.Meta):
        constraints = [
            one_of("state", ["open", "accepted", "declined", "expired", "rescinded", "withdrawn"], "offer_state"),
            models.CheckConstraint(condition=Q(state="open") ^ Q(ended_at__isnull=False), name="offer_ended"),
            models.CheckConstraint(
                condition=~Q(state="accepted") | Q(ended_at__lt=models.F("expires_at")), name="offer_in_time"
            ),
            models.UniqueConstraint(
                "organisation_id", "item", "agent", "role_id",
                condition=Q(state="open"), name="offer_open_once", nulls_distinct=False,
            ),
        ]  # fmt: skip
        indexes = [
            # expire.py
            models.Index("organisation_id", "expires_at", condition=Q(state="open"), name="offer_due"),
            models.Index("organisation_id", "agent", condition=Q(state="open"), name="offer_agent"),
            # withdraw.py
            models.Index(
                "organisation_id",
                "agent",
                condition=Q(state="open", delivered_at=None, sender_id=None),
                name="offer_unseen",
            ),
            models.Index("organisation_id", "item", name="offer_item"),
        ]


class Exclusion(TenantModel):
    """Why an agent is not to be offered an item: declined, timed out, handed back, revoked. In force until `until`
    (null: for good) unless lifted."""

    item = TenantKey(Item)
    agent = TenantKey(Agent)
    cause = models.TextField()
    made_at = models.DateTimeField()
    until = models.DateTimeField(null=True)
    lifted_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        indexes = [models.Index("organisation_id", "item", name="exclusion_item")]


class Wake(TenantModel):
    """A place came free at an agent, or a route changed: what waits for them is to be looked at again.

    Only the holder of the planner's lock reads and deletes these rows (`wake_due`), so that an item which a running
    planner is about to leave waiting is woken all the same.
    """

    agent_id = models.UUIDField(null=True)
    route_id = models.UUIDField(null=True)


class DecisionContext(models.Model):
    """What many decisions of a batch have in common, under the hash of its text: bitmaps of refusals by reason."""

    pk = models.CompositePrimaryKey("organisation_id", "hash")
    organisation_id = models.SmallIntegerField(default=current_organisation)
    hash = models.BinaryField()
    body = models.TextField()

    objects = TenantManager()

    class Meta:
        base_manager_name = "objects"


class Decision(TenantModel):
    """One automatic decision about one item, or with `role_id` about that role of it, as data: `engine/explain.py`
    turns it into sentences."""

    item_id = models.UUIDField()
    role_id = models.UUIDField(null=True)
    seq = models.IntegerField()
    at = models.DateTimeField()
    version = models.IntegerField()
    context_hash = models.BinaryField(null=True)
    body = models.TextField()

    class Meta(TenantModel.Meta):
        indexes = [models.Index("organisation_id", "item_id", "seq", name="decision_item")]


class Vacancy(TenantModel):
    """A functional role of an item for which the routes look for somebody. It is gone once somebody holds the role, a
    person has decided about it, or the routes have given up.

    `due_at` is null while it is on offer and nobody else is asked; the rest is as an item has it.
    """

    item = TenantKey(Item)
    role_id = models.UUIDField()
    made_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    tries = models.SmallIntegerField(default=0)
    wave = models.SmallIntegerField(default=0)
    passed = models.JSONField(default=list)
    waits_on = models.UUIDField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint("organisation_id", "item", "role_id", name="vacancy_once")]
        # fill.py
        indexes = [models.Index("organisation_id", "due_at", condition=Q(due_at__isnull=False), name="vacancy_due")]


class Bulk(Subject):
    """The same done to many items: a job with a result for each, which can be stopped and, for a while, undone.

    `verb` and `wanted` (codes, ids and numbers) say what, `note` what goes along. `actor` is who asked, as they were:
    kind, id. `state`: to_confirm (a second manager must agree), running, stopped, done. `undoes` is the job that it
    takes back.
    """

    verb = models.TextField()
    wanted = models.JSONField(default=dict)
    note = models.TextField(default="")
    actor = models.JSONField()
    state = models.TextField(default="running")
    total = models.IntegerField()
    done = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)
    made_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    undoes = TenantKey("self", null=True)

    class Meta(Subject.Meta):
        constraints = [
            one_of("state", ["to_confirm", "running", "stopped", "done"], "bulk_state"),
            models.CheckConstraint(condition=Q(state="running") ^ Q(due_at__isnull=True), name="bulk_due_running"),
            models.UniqueConstraint(
                "organisation_id", "undoes", condition=Q(undoes__isnull=False), name="bulk_undone_once"
            ),
        ]
        indexes = [
            # bulk.py
            models.Index("organisation_id", "due_at", condition=Q(due_at__isnull=False), name="bulk_due"),
            models.Index("organisation_id", "made_at", name="bulk_made"),
        ]


class BulkRow(TenantModel):
    """One item of a bulk job. `agent_id`: whom it was dealt to. `problem` is the slug of what refused it.

    `before` is what undoing needs: how the item was; `seq` is the number of the item's event by which it was done.
    """

    bulk = TenantKey(Bulk)
    place = models.IntegerField()
    item_id = models.UUIDField()  # whatever was asked for, also where it is not there
    agent_id = models.UUIDField(null=True)
    outcome = models.TextField(default="")
    problem = models.TextField(default="")
    before = models.JSONField(null=True)
    seq = models.IntegerField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            one_of("outcome", ["", "done", "refused"], "bulk_row_outcome"),
            models.UniqueConstraint("organisation_id", "bulk", "place", name="bulk_row_place"),
            models.UniqueConstraint("organisation_id", "bulk", "item_id", name="bulk_row_once"),
        ]
        indexes = [
            models.Index("organisation_id", "bulk", "place", condition=Q(outcome=""), name="bulk_row_open"),
        ]


class Departure(TenantModel):
    """Somebody who leaves for good (`kind` leave) or is ill for the rest of a day, and what becomes of their work.

    `state`: planned → leaving (nothing more reaches them; what they hold is being moved) → gone, then back; or
    cancelled. `due_at` is when the next step is to be taken. `to`: routes, team (shared out by load) or agent; whoever
    of these is not there any more when it comes to it, is replaced by the routes. `jobs` are the ids of the bulk jobs
    that moved what they held. `membership` is the access that ended with them. `presence` is what an ill person had
    said before. `made_by` is who said so: kind, id.
    """

    agent = TenantKey(Agent)
    kind = models.TextField()
    state = models.TextField()
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    to = models.TextField(default="routes")
    team = TenantKey(Team, null=True)
    receiver = TenantKey(Agent, null=True)
    jobs = models.JSONField(default=list)
    absence_id = models.UUIDField(null=True)
    membership = TenantKey(Membership, null=True)
    presence = models.TextField(default="")
    made_by = models.JSONField()
    made_at = models.DateTimeField()
    gone_at = models.DateTimeField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            one_of("kind", ["leave", "ill"], "departure_kind"),
            one_of("state", ["planned", "leaving", "gone", "back", "cancelled"], "departure_state"),
            one_of("to", ["routes", "team", "agent"], "departure_to"),
            models.CheckConstraint(condition=(Q(to="team") ^ Q(team__isnull=True)), name="departure_team"),
            models.CheckConstraint(condition=(Q(to="agent") ^ Q(receiver__isnull=True)), name="departure_receiver"),
            models.CheckConstraint(
                condition=~Q(state__in=["planned", "leaving"]) | Q(due_at__isnull=False), name="departure_timer"
            ),
            models.UniqueConstraint(
                "organisation_id", "agent", "kind",
                condition=Q(state__in=["planned", "leaving"]) | Q(state="gone", kind="ill"), name="departure_once",
            ),
        ]  # fmt: skip
        indexes = [
            # depart.py
            models.Index("organisation_id", "due_at", condition=Q(due_at__isnull=False), name="departure_due"),
            models.Index("organisation_id", "agent", "made_at", name="departure_agent"),
        ]


class SavedView(Subject):
    """A view of the contacts grid under a name: `view`, the filter (`wanted`, as `grid_filter.as_data` has it), order,
    height of rows and the `columns` in their order (null: as one has them); an empty `sort` is the view's own.
    `made_by` is whose it is, a member or a key.

    `shared`: nobody, team (those in it and who manage it) or everybody. `pinned` ones stand beside the other views.
    One that is given up is kept for its trail (`gone_at`).
    """

    made_by = models.UUIDField()
    name = models.TextField()
    shared = models.TextField(default="nobody")
    team = TenantKey(Team, null=True)
    pinned = models.BooleanField(default=True)
    view = models.TextField()
    wanted = models.JSONField(default=dict)
    sort = models.TextField(default="")
    density = models.TextField(default="")
    columns = models.JSONField(null=True)
    gone_at = models.DateTimeField(null=True)

    class Meta(Subject.Meta):
        constraints = [
            one_of("shared", ["nobody", "team", "everybody"], "savedview_shared"),
            models.CheckConstraint(condition=(Q(shared="team") ^ Q(team__isnull=True)), name="savedview_team"),
            models.UniqueConstraint(
                "organisation_id", "made_by", "name", condition=Q(gone_at__isnull=True), name="savedview_name"
            ),
        ]
        indexes = [
            # saved_views.py: what is shared
            models.Index("organisation_id", "id", condition=~Q(shared="nobody"), name="savedview_others")
        ]


class Drip(Subject):
    """A sequence on its way to one item's contact, with the steps as they were when it began.

    `sent` of them are out; the next is `due_at`, which is null when it has ended: done, or stopped for a `reason`
    (replied, by_hand, closed, no_address, bounced). `agent_id` is whoever began it.
    """

    item = TenantKey(Item)
    sequence = TenantKey(Sequence)
    conversation_id = models.UUIDField()
    steps = models.JSONField()
    sent = models.SmallIntegerField(default=0)
    state = models.TextField(default="running")
    reason = models.TextField(default="")
    agent_id = models.UUIDField(null=True)
    started_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta(Subject.Meta):
        constraints = [
            one_of("state", ["running", "done", "stopped"], "drip_state"),
            models.CheckConstraint(condition=Q(state="running") ^ Q(due_at__isnull=True), name="drip_due_state"),
            models.CheckConstraint(condition=Q(state="running") ^ Q(ended_at__isnull=False), name="drip_ended"),
            models.UniqueConstraint("organisation_id", "item", condition=Q(state="running"), name="drip_once"),
        ]
        indexes = [
            models.Index("organisation_id", "due_at", condition=Q(state="running"), name="drip_due"),
            models.Index("organisation_id", "item", name="drip_item"),
        ]
