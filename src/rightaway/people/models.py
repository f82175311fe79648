"""Teams, agents and what is live about them."""

from django.db import models
from django.db.models.functions import Now

from rightaway.accounts.models import Membership
from rightaway.accounts.roles import Role
from rightaway.ledger.models import Subject
from rightaway.ledger.tenancy import TenantKey, TenantManager, TenantModel, current_organisation


def one_of(column: str, values: list[str], name: str) -> models.CheckConstraint:
    return models.CheckConstraint(condition=models.Q(**{f"{column}__in": values}), name=name)


class Team(Subject):
    """A node of the tree company › branch › team. `key` is its name in the configuration file."""

    key = models.TextField()
    name = models.TextField()
    parent = TenantKey("self", null=True)

    class Meta(Subject.Meta):
        constraints = [models.UniqueConstraint("organisation_id", "key", name="team_key")]


class Agent(Subject):
    """Somebody who works items. `key` is their name in the configuration file and in imports.

    `skills` maps a skill to its level 0–10; `languages` are codes (es, en); `attributes` maps a field name to text,
    a number or a list, for conditions that compare both sides.
    `hours` is a list of [weekday 1–7, from "HH:MM", until "HH:MM"] in `zone`; until ≤ from means the next day;
    null means always, an empty list never.
    `limits` maps hour, day, week, month to the most items given in that period of the agent's calendar.
    `mode` is `desk` (a lease kept by heartbeat) or `field` (available until a declared instant).
    `ramp_start` and `ramp_weeks`: the share on routes by share grows from a quarter to all of it (`ramp.py`).
    """

    key = models.TextField()
    name = models.TextField()
    email = models.TextField(default="")
    membership = TenantKey(Membership, null=True)
    entity_id = models.UUIDField(null=True)
    zone = models.TextField(default="UTC")
    language = models.TextField(default="en")
    mode = models.TextField(default="desk")
    active = models.BooleanField(default=True)
    skills = models.JSONField(default=dict)
    languages = models.JSONField(default=list)
    attributes = models.JSONField(default=dict)
    hours = models.JSONField(null=True)
    limits = models.JSONField(default=dict)
    paused_at = models.DateTimeField(null=True)
    ramp_start = models.DateField(null=True)
    ramp_weeks = models.SmallIntegerField(null=True)

    class Meta(Subject.Meta):
        constraints = [
            models.UniqueConstraint("organisation_id", "key", name="agent_key"),
            models.UniqueConstraint("organisation_id", "membership", name="agent_membership"),
            one_of("mode", ["desk", "field"], "agent_mode"),
            models.CheckConstraint(
                condition=models.Q(ramp_start__isnull=True, ramp_weeks__isnull=True)
                | models.Q(ramp_start__isnull=False, ramp_weeks__gte=1, ramp_weeks__lte=52),
                name="agent_ramp",
            ),
        ]


class TeamMember(TenantModel):
    """An agent in a team; `manages` gives their role's rights over it and everything below it."""

    team = TenantKey(Team)
    agent = TenantKey(Agent)
    manages = models.BooleanField(default=False)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint("organisation_id", "team", "agent", name="team_member_once")]
        indexes = [models.Index("organisation_id", "agent", name="team_member_agent")]


class FunctionalRole(Subject):
    """What somebody does about an item beside owning it, such as buyer's agent. `key` is its name in the file.

    `names` are {"en": {"short", "long"}, "es": {…}}; `kinds` of items that have it, none meaning all; by `position`
    they stand in a row. One that is not `active` is given to nobody any more; whoever holds it, holds it.
    """

    key = models.TextField()
    names = models.JSONField()
    kinds = models.JSONField(default=list)
    position = models.SmallIntegerField(default=0)
    active = models.BooleanField(default=True)

    class Meta(Subject.Meta):
        constraints = [models.UniqueConstraint("organisation_id", "key", name="functional_role_key")]


class RoleHolder(TenantModel):
    """An agent who may hold a functional role."""

    role = TenantKey(FunctionalRole)
    agent = TenantKey(Agent)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint("organisation_id", "role", "agent", name="role_holder_once")]
        indexes = [models.Index("organisation_id", "agent", name="role_holder_agent")]


class Absence(TenantModel):
    """From one instant until another, with its cause (holiday, illness, training, leave, other)."""

    agent = TenantKey(Agent)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    cause = models.TextField(default="other")

    class Meta(TenantModel.Meta):
        indexes = [models.Index("organisation_id", "agent", "ends_at", name="absence_agent")]
        constraints = [
            models.CheckConstraint(condition=models.Q(ends_at__gt=models.F("starts_at")), name="absence_order")
        ]


class Proposal(TenantModel):
    """What somebody says of themselves (`wanted`: languages, skills, hours) until a manager agrees. At most one of each
    agent is open; a newer one takes its place. `state`: open, approved, refused, replaced. `ended_by`: kind, id."""

    agent = TenantKey(Agent)
    wanted = models.JSONField()
    state = models.TextField(default="open")
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.JSONField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [
            one_of("state", ["open", "approved", "refused", "replaced"], "proposal_state"),
            models.CheckConstraint(
                condition=models.Q(state="open") ^ models.Q(ended_at__isnull=False), name="proposal_ended"
            ),
            models.UniqueConstraint(
                "organisation_id", "agent", condition=models.Q(state="open"), name="proposal_open_once"
            ),
        ]


class RoutePause(TenantModel):
    """One route paused for one agent."""

    agent = TenantKey(Agent)
    route_id = models.UUIDField()
    paused_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint("organisation_id", "agent", "route_id", name="route_pause_once")]


class Invitation(Subject):
    """A link that brings one person in, once: who comes with it becomes a member with this role.

    Only the sha256 of its token is kept. `works`: they become an agent, namely `agent` or, without one, a new one;
    `agent` and `membership` then say whom the one who came became. `made_by` is a membership or a key.
    """

    hash = models.BinaryField()
    name = models.TextField()
    email = models.TextField(default="")
    role = models.TextField(choices=[(role.value, role.value) for role in Role])
    team = TenantKey(Team, null=True)
    works = models.BooleanField(default=True)
    agent = TenantKey(Agent, null=True)
    membership = TenantKey(Membership, null=True)
    made_by = models.UUIDField(null=True)
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta(Subject.Meta):
        constraints = [
            models.UniqueConstraint("organisation_id", "hash", name="invitation_hash"),
            models.CheckConstraint(
                condition=models.Q(used_at=None) | models.Q(revoked_at=None), name="invitation_ends_once"
            ),
        ]


class AgentState(models.Model):
    """The hot row of an agent: guarded counters and presence. Locked last, in the order of agent_id.

    Loads are hundredths of a unit. `load` = active assignments + open offers that reserve. `unanswered` counts
    owned items whose question is still open. `over_by` is what managers gave beyond capacity, by name, by event.
    `presence` is the person's word; `present_until` ends it (a desk's lease, a field agent's declared end).
    `active` is a copy of the agent's, here so that nobody can be given anything in the instant in which they leave.
    """

    pk = models.CompositePrimaryKey("organisation_id", "agent_id")
    organisation_id = models.SmallIntegerField(default=current_organisation)
    agent = TenantKey(Agent)
    capacity = models.IntegerField(default=1000)
    load = models.IntegerField(default=0)
    over_by = models.IntegerField(default=0)
    unanswered = models.IntegerField(default=0)
    unanswered_cap = models.IntegerField(null=True, default=3)
    presence = models.TextField(default="offline")
    reason = models.TextField(default="")
    present_until = models.DateTimeField(null=True)
    last_given_at = models.DateTimeField(null=True)
    missed_in_row = models.SmallIntegerField(default=0)
    active = models.BooleanField(default=True, db_default=True)

    objects = TenantManager()

    class Meta:
        base_manager_name = "objects"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(load__gte=0) & models.Q(load__lte=models.F("capacity") + models.F("over_by")),
                name="agent_state_capacity",
            ),
            models.CheckConstraint(condition=models.Q(unanswered__gte=0), name="agent_state_unanswered"),
            one_of("presence", ["available", "break", "offline"], "agent_state_presence"),
        ]
        indexes = [
            models.Index(
                "organisation_id", "present_until",
                condition=models.Q(present_until__isnull=False), name="agent_state_lapse",
            )
        ]  # fmt: skip


class Tally(models.Model):
    """How many items an agent was given in one period of their own calendar. Kept only for agents with limits.

    `period` is hour, day, week or month; `starts_at` the instant at which the local period began.
    """

    pk = models.CompositePrimaryKey("organisation_id", "agent_id", "period", "starts_at")
    organisation_id = models.SmallIntegerField(default=current_organisation)
    agent = TenantKey(Agent)
    period = models.TextField()
    starts_at = models.DateTimeField()
    given = models.IntegerField()

    objects = TenantManager()

    class Meta:
        base_manager_name = "objects"
