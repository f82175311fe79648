"""A job as its page shows it: how far it is, what came of it, and what may be done with it now."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Count
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from rightaway.accounts.actor import Actor
from rightaway.accounts.models import Membership
from rightaway.people.models import Agent
from rightaway.web import formats
from rightaway.web.bulk import words
from rightaway.web.contacts.rows import name_of
from rightaway.work import access
from rightaway.work.actions.end_bulk import REVOKED_FOR, UNDOABLE, UNDONE_FOR
from rightaway.work.models import Bulk, BulkRow, Item
from rightaway.work.person_view import person_views

MOST_NAMED: Final = 200
RECENT: Final = 100
# What goes beyond what somebody should get without saying so.
CONFIRMABLE: Final = {"assign": ("capacity-full", "needs-confirmation"), "revoke": ("needs-confirmation",)}


@dataclass(frozen=True, slots=True)
class Failure:
    name: str
    address: str
    reason: str


class Job:
    """Each part is read when the template first asks for it."""

    def __init__(self, actor: Actor, row: Bulk) -> None:
        self.actor, self.row = actor, row

    @property
    def title(self) -> str:
        return words.title(words.verb_of(self.row), self.row.total)

    @property
    def state(self) -> Any:
        return words.STATES[self.row.state]

    @property
    def glyph(self) -> str:
        if self.row.state == "done":
            return "caution" if self.row.refused else "good"
        return "caution" if self.row.state == "to_confirm" else "neutral"

    @property
    def gone_through(self) -> int:
        return int(self.row.done + self.row.refused)

    @property
    def running(self) -> bool:
        return bool(self.row.state == "running")

    @cached_property
    def who(self) -> str:
        if self.row.actor["kind"] != "member":
            return _("An API key") if self.row.actor["kind"] == "key" else _("The system")
        found = Membership.objects.filter(id=self.row.actor["id"]).values_list("user__name", flat=True).first()
        return str(found or "")

    @property
    def told(self) -> str:
        """What was done, in a sentence."""
        return words.done(self.row)

    @cached_property
    def failures(self) -> list[Failure]:
        rows = list(BulkRow.objects.filter(bulk=self.row.id, outcome="refused").order_by("place")[:MOST_NAMED])
        items = list(access.visible_items(self.actor).filter(id__in=[row.item_id for row in rows]))
        views = {view.id: view for view in person_views(self.actor, items)}
        return [self._failure(row, views.get(row.item_id)) for row in rows]

    def _failure(self, row: BulkRow, view: Any) -> Failure:
        reason = words.reason(row.problem, words.subject_of(self.row))
        if view is None:
            return Failure(_("A contact that you may not see"), "", reason)
        return Failure(name_of(view), reverse("contact", args=[view.id]), reason)

    @property
    def more_failures(self) -> int:
        return int(self.row.refused - len(self.failures))

    @cached_property
    def got(self) -> list[tuple[str, int]]:
        """Who got how many, where they were shared out."""
        rows = BulkRow.objects.filter(bulk=self.row.id, outcome="done", agent_id__isnull=False)
        counts = dict(rows.values_list("agent_id").annotate(n=Count("id")).order_by("-n")[:50])
        names = dict(Agent.objects.filter(id__in=counts).values_list("id", "name"))
        return [(names[agent], count) for agent, count in counts.items() if agent in names]

    @property
    def may_stop(self) -> bool:
        return self.row.state in ("running", "to_confirm")

    @property
    def may_confirm(self) -> bool:
        return self.row.state == "to_confirm" and self.row.actor["id"] != str(self.actor.id)

    @cached_property
    def may_undo(self) -> bool:
        if self.row.verb not in UNDOABLE or self.row.undoes_id is not None or not self.row.done:
            return False
        ended: datetime | None = self.row.ended_at
        lasts = REVOKED_FOR if self.row.verb == "revoke" else UNDONE_FOR
        in_time = ended is not None and formats.now() - ended <= lasts
        return in_time and not Bulk.objects.filter(undoes=self.row.id).exists()

    @property
    def may_retry(self) -> bool:
        return self.row.refused > 0 and self.row.undoes_id is None and self.row.state in ("done", "stopped")

    @cached_property
    def may_confirm_beyond(self) -> bool:
        """Whether some were refused that saying so would carry."""
        slugs = CONFIRMABLE.get(self.row.verb, ())
        rows = BulkRow.objects.filter(bulk=self.row.id, outcome="refused", problem__in=slugs)
        return self.may_retry and bool(rows.exists())

    @cached_property
    def undone_by(self) -> UUID | None:
        found: UUID | None = Bulk.objects.filter(undoes=self.row.id).values_list("id", flat=True).first()
        return found


def recent(actor: Actor) -> list[Job]:
    """The last jobs for more than one contact, whoever asked for them."""
    return [Job(actor, row) for row in Bulk.objects.filter(total__gt=1).order_by("-made_at")[:RECENT]]


def unowned(ids: list[UUID]) -> bool:
    """Whether nobody owns any of them."""
    return not Item.objects.filter(id__in=ids, owner__isnull=False).exists()
