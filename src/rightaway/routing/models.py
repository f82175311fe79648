"""Routes: one shared draft, immutable published versions, and what is live beside them."""

from django.db import models
from django.db.models.functions import Now

from rightaway.ledger.models import Subject
from rightaway.ledger.tenancy import TenantKey, TenantManager, TenantModel, current_organisation


class Version(TenantModel):
    """The whole ordered set of routes and its settings, as published once and never changed.

    `body` is the canonical JSON of `routing/schema.py: RouteSet`; `number` counts from 1.
    """

    number = models.IntegerField()
    body = models.TextField()
    comment = models.TextField(default="")
    published_at = models.DateTimeField(db_default=Now())
    published_by = models.UUIDField(null=True)

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint("organisation_id", "number", name="version_number")]


class Config(Subject):
    """The organisation's routing: its live version and its one draft. One row an organisation.

    `revision` rises with every change that a planner's cached directory must see (people, teams, routes, pauses).
    `basics` and `pipelines` are JSON of `routing/basics_schema.py`, empty for the usual ones. `regrade_from`: open
    items whose id is not less are still graded by earlier thresholds; null: none.
    """

    revision = models.BigIntegerField(default=1)
    live = TenantKey(Version, null=True)
    draft = models.TextField(default="")
    basics = models.TextField(default="", db_default="")
    pipelines = models.TextField(default="", db_default="")
    regrade_from = models.UUIDField(null=True)

    class Meta(Subject.Meta):
        constraints = [models.UniqueConstraint("organisation_id", name="config_once")]


class PausedRoute(TenantModel):
    """A route that is switched off. Live, outside versions: pausing acts at once and publishes nothing."""

    route_id = models.UUIDField()
    paused_at = models.DateTimeField(db_default=Now())

    class Meta(TenantModel.Meta):
        constraints = [models.UniqueConstraint("organisation_id", "route_id", name="paused_route_once")]


class Turn(models.Model):
    """An agent's place in a route's rotation, per band. Kept per agent, so that members may come and go.

    `taken` = turns settled and open; `credit` (thousandths of a turn) levels newcomers and returners.
    `rostered`: was there at the last decision, with this `weight`.
    """

    pk = models.CompositePrimaryKey("organisation_id", "route_id", "band", "agent_id")
    organisation_id = models.SmallIntegerField(default=current_organisation)
    route_id = models.UUIDField()
    band = models.SmallIntegerField()
    agent = TenantKey("people.Agent")
    taken = models.IntegerField(default=0)
    credit = models.BigIntegerField(default=0)
    rostered = models.BooleanField(default=False)
    weight = models.IntegerField(default=1)

    objects = TenantManager()

    class Meta:
        base_manager_name = "objects"
