"""What the profile shows of one item to one member. Each part is read when the template first asks for it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.utils.dateparse import parse_datetime
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from rightaway.accounts.actor import EVERYWHERE, Actor
from rightaway.accounts.roles import Relation, Role
from rightaway.contacts import fields
from rightaway.contacts.models import Contact, Entry, Merge
from rightaway.engine.moves import next_state
from rightaway.people.models import Agent, Team, TeamMember
from rightaway.web import formats
from rightaway.web.basics import Basics, basics_of
from rightaway.web.bulk.one import Acts, acts_of
from rightaway.web.contacts.rows import Held, roles_of
from rightaway.web.contacts.words import outcome, plain, source, status
from rightaway.web.my_work.words import value
from rightaway.web.presences import presence_of
from rightaway.web.profile import story, when
from rightaway.web.profile.drips import Sequences, sequences_of
from rightaway.web.profile.forms import Forms, choices_of_status, hours_of
from rightaway.web.profile.tasks import TaskRow, task_rows
from rightaway.web.profile.why import Why, why
from rightaway.web.profile.words import BANDS, HOW
from rightaway.web.records import own_fields
from rightaway.work import access, merging
from rightaway.work.basics import rules
from rightaway.work.explaining import Step, explain_item
from rightaway.work.models import Assignment, Item, Offer
from rightaway.work.person_view import ItemView, person_view
from rightaway.work.sentences import language_name
from rightaway.work.updates import Request, answered_at, requests_of

LONG: Final = timedelta(minutes=10)  # without a first attempt: bad news
_TOLD_FOR: Final = timedelta(days=7)
TABS: Final = ("activity", "assignment", "why")


@dataclass(frozen=True, slots=True)
class Owner:
    """`name` is what this viewer may call them; `presence` is empty where that is none of theirs."""

    name: str
    presence: str
    since: datetime | None
    how: Any
    is_me: bool


@dataclass(frozen=True, slots=True)
class RoleHeld:
    """One of the item's functional roles; `names` are what this viewer may call those who hold it."""

    role: Held
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OpenOffer:
    """`role` is the name of the functional role that is offered; empty: to own the item."""

    id: UUID
    role: str
    name: str
    is_mine: bool
    expires_at: datetime
    may_rescind: bool


@dataclass(frozen=True, slots=True)
class May:
    """What this member may do with the item as it is now."""

    assign: bool
    assign_roles: bool
    claim: bool
    offer: bool
    revoke: bool
    hand_back: bool
    touch: bool
    call: bool
    move: bool
    finish: bool
    explain: bool
    edit: bool
    merge: bool
    archive: bool
    share: bool


class Profile:
    """One item as its viewer sees it: the names in it come from `person_view` only."""

    def __init__(self, actor: Actor, item: Item, *, query: Any, forms: Forms | None = None) -> None:
        self.actor, self.item, self._query, self._forms = actor, item, query, forms

    @cached_property
    def view(self) -> ItemView:
        return person_view(self.actor, self.item)

    @cached_property
    def name(self) -> str:
        person = self.view.person
        if person is None:
            return _("Hidden until accepted")
        return person.name or _("No name")

    @cached_property
    def wants(self) -> str:
        """The latest question, in its own words; nothing where the item is masked."""
        if self.view.masked:
            return ""
        asked = Entry.objects.filter(contact=self.item.contact_id, item_id=self.item.id, kind="enquiry")
        return str(asked.exclude(text="").order_by("-at", "-id").values_list("text", flat=True).first() or "")

    @cached_property
    def language(self) -> str:
        return language_name(self.view.language) if self.view.language else ""

    @cached_property
    def facts(self) -> list[tuple[str, str]]:
        """What is known of what they want, field by field, as people write it; first the organisation's own fields."""
        known, view = fields.fields(), self.view
        has = fields.values_of([self.item.contact_id])[self.item.contact_id] if self.contact else {}
        found = [(_("Source"), source(view.source)), (_("Line of business"), plain(view.line))]
        found += [(fields.label(known[key].names, key), own_fields.told(known[key], has[key])) for key in has]
        found += [
            (fields.label(known[name].names, name) if name in known else plain(name), value(told))
            for name, told in view.attributes.items()
            if name not in has
        ]
        return [(name, told) for name, told in found if told]

    @cached_property
    def status(self) -> Any:
        return status(self.view.status)

    @cached_property
    def statuses(self) -> list[tuple[str, Any]]:
        return choices_of_status(self.view.status)

    @cached_property
    def band(self) -> Any:
        return BANDS[self.view.band]

    @cached_property
    def outcome(self) -> Any:
        return outcome(self.view.outcome)

    @cached_property
    def teams(self) -> str:
        """Those in which the viewer is, by name."""
        mine = TeamMember.objects.filter(agent=self.actor.agent_id).values("team")
        return ", ".join(Team.objects.filter(id__in=mine).order_by("name").values_list("name", flat=True))

    @cached_property
    def waits_long(self) -> bool:
        asked = self.view.unanswered_since
        return asked is not None and formats.now() - asked >= LONG

    @cached_property
    def may(self) -> May:
        relations = access.relations_to_item(self.actor, self.item)
        state = self.item.state

        def allows(action: str, move: str = "") -> bool:
            return self.actor.may(action, relations) and (not move or next_state(state, move) is not None)

        works = self.actor.agent_id is not None
        mine = works and self._owns
        return May(
            assign=allows("item.assign", "give"),
            assign_roles=allows("item.assign_role") and state != "closed", offer=allows("item.offer", "hold_out"),
            claim=works and self.item.owner_id is None and allows("item.claim", "take"),
            revoke=allows("item.revoke", "revoke"), hand_back=mine and allows("item.hand_back", "hand_back"),
            touch=allows("item.touch"), call=allows("item.touch") and state != "closed",
            move=allows("item.move") and state != "closed", finish=allows("item.finish", "finish"),
            explain=allows("item.explain"), edit=self._may_with_contact("contact.edit"),
            merge=self._may_with_contact("contact.merge"), archive=self._may_with_contact("contact.archive"),
            share=mine and self.item.private and allows("item.share") and state != "closed",
        )  # fmt: skip

    @cached_property
    def _relations_to_contact(self) -> frozenset[Relation]:
        return access.relations_to_contact(self.actor, self.item.contact_id)

    def _may_with_contact(self, action: str) -> bool:
        return self.actor.may(action, self._relations_to_contact)

    @cached_property
    def contact(self) -> Contact | None:
        """The record of the person; None where the item is masked."""
        if self.view.masked:
            return None
        found: Contact = Contact.objects.get(id=self.item.contact_id)
        return found

    @cached_property
    def company_id(self) -> UUID | None:
        """The company's record, where the viewer may look at it."""
        employer = self.contact.employer_id if self.contact else None
        return employer if employer and access.visible_companies(self.actor).filter(id=employer).exists() else None

    @cached_property
    def merges(self) -> list[Merge]:
        """What can still be taken apart again."""
        return merging.undoable_merges(self.item.contact_id) if self.may.merge else []

    @cached_property
    def _assignments(self) -> list[Assignment]:
        return list(Assignment.objects.filter(item=self.item.id, ended_at=None, role_id=None).order_by("id"))

    @cached_property
    def _owns(self) -> bool:
        return any(row.agent_id == self.actor.agent_id for row in self._assignments)

    @cached_property
    def owners(self) -> list[Owner]:
        return [self._owner(row) for row in self._assignments]

    def _owner(self, row: Assignment) -> Owner:
        is_me = row.agent_id == self.actor.agent_id
        presence = "" if self.actor.role is Role.AGENT and not is_me else presence_of(row.agent_id)
        return Owner(self._name_of(row.agent_id), presence, row.started_at, HOW.get(row.how, ""), is_me)

    def _name_of(self, agent_id: UUID) -> str:
        if self.actor.role is Role.AGENT and agent_id != self.actor.agent_id:
            return _("Another agent")
        return str(Agent.objects.values_list("name", flat=True).get(id=agent_id))

    @cached_property
    def roles(self) -> list[RoleHeld]:
        found = roles_of([self.item])
        return [
            RoleHeld(role, tuple(self._called(agent) for agent in role.agents))
            for role in (found[self.item.id] if found else ())
        ]

    def _called(self, agent_id: UUID) -> str:
        return _("You") if agent_id == self.actor.agent_id else self._name_of(agent_id)

    @cached_property
    def offers(self) -> list[OpenOffer]:
        """The open ones that the viewer may know of: an agent knows of their own."""
        rows = Offer.objects.filter(item=self.item.id, state="open").order_by("made_at", "id")
        if self.actor.role is Role.AGENT:
            rows = rows.filter(agent=self.actor.agent_id)
        team, long = access.team_agents(self.actor), {each.role.id: each.role.long for each in self.roles}
        return [
            OpenOffer(
                row.id, long.get(row.role_id, ""), self._name_of(row.agent_id), row.agent_id == self.actor.agent_id,
                row.expires_at,
                self.actor.may("offer.rescind", EVERYWHERE | ({Relation.TEAM} if row.agent_id in team else set())),
            )
            for row in rows[:50]
        ]  # fmt: skip

    @cached_property
    def update(self) -> Request | None:
        """The update that a manager waits for."""
        return requests_of([self.item]).get(self.item.id)

    @cached_property
    def update_answered_at(self) -> datetime | None:
        """When the last one was answered, for whoever may ask; for a week."""
        if not self.actor.may_ever("item.request_update"):
            return None
        at = answered_at(self.item)
        return at if at is not None and formats.now() - at < _TOLD_FOR else None

    @cached_property
    def acts(self) -> Acts:
        return acts_of(self.actor, self.item)

    @cached_property
    def steps(self) -> list[Step]:
        return explain_item(self.item.id, actor=self.actor) if self.may.explain else []

    @cached_property
    def why(self) -> Why | None:
        if not self.may.explain:
            return None
        owner = self.owners[0].name if self.owners else ""
        return why(self.actor, self.item, self.steps, owner_name=owner)

    @cached_property
    def show(self) -> str:
        found = self._query.get("show", "")
        return found if found in story.SHOWS else "all"

    @cached_property
    def timeline(self) -> story.Story:
        """Nothing of it where the item is masked: what was said would tell who it is."""
        if self.view.masked:
            return story.Story((), None)
        before = _instant(self._query.get("before", ""))
        steps = self.steps
        if before is not None:
            steps = explain_item(self.item.id, actor=self.actor, before=before) if self.may.explain else []
        return story.story(self.actor, self.item, steps, show=self.show, before=before)

    @cached_property
    def earlier(self) -> str:
        """Where the next page of the timeline begins, as its address says it."""
        return self.timeline.before.isoformat() if self.timeline.before is not None else ""

    @cached_property
    def is_later(self) -> bool:
        """Whether this page of the timeline is not the first."""
        return _instant(self._query.get("before", "")) is not None

    @cached_property
    def pinned(self) -> list[story.Line]:
        return story.pinned(self.actor, self.item)

    @cached_property
    def basics(self) -> Basics | None:
        return None if self.view.masked else basics_of(self.item, rules())

    @cached_property
    def tasks(self) -> list[TaskRow]:
        return task_rows(self.actor, self.item) if self.may.touch else []

    @cached_property
    def sequences(self) -> Sequences:
        return sequences_of(self.item)

    @cached_property
    def quick(self) -> list[when.Quick]:
        """The moments to which a task may be put off."""
        return when.quick(formats.now(), hours_of(self.actor))

    @cached_property
    def tasks_ended(self) -> list[TaskRow]:
        return task_rows(self.actor, self.item, ended=True) if self.may.touch else []

    @cached_property
    def tab(self) -> str:
        """Which of its parts a phone shows first."""
        found = self._query.get("tab", "why" if self._query.get("panel") == "why" else "")
        return found if found in TABS else "activity"

    @cached_property
    def panel(self) -> bool:
        """Whether the Why panel stands open on a desk."""
        return self._query.get("panel") != "none" and self.may.explain

    @cached_property
    def forms(self) -> Forms:
        return self._forms or Forms.empty(self.actor, self.item)


def _instant(text: str) -> datetime | None:
    """What an address says of an instant; None where that is none."""
    try:
        found = parse_datetime(text.replace(" ", "+"))
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None
