"""What stands around every signed-in page: navigation, who is there, your presence. Read only when a page shows it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import F, Q
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject, cached_property
from django.utils.translation import gettext_lazy as _

from rightaway.accounts.actor import EVERYWHERE, Actor
from rightaway.accounts.models import Organisation
from rightaway.accounts.roles import ALLOWED, Role
from rightaway.ledger.tenancy import current_organisation
from rightaway.notify.in_app import reading
from rightaway.people.models import Agent, AgentState, TeamMember
from rightaway.web import formats
from rightaway.web.conversations.reading import waiting_count
from rightaway.web.names import ROLE_NAMES
from rightaway.web.notifications.lines import bell_words
from rightaway.web.page import pop_toast
from rightaway.web.preferences import CHOICES, preference
from rightaway.web.start.steps import Progress
from rightaway.web.tour.steps import Tour, tour
from rightaway.work import access
from rightaway.work.agent_now import AgentNow, agent_now
from rightaway.work.models import Item
from rightaway.work.present import here

_IN_BAR: Final = 4  # places in the bar at the foot of a phone, beside the button for the rest
_MOST: Final = 100  # a count in the navigation is told up to here


@dataclass(frozen=True, slots=True)
class Place:
    """One item of the navigation. `name` is its page's URL name; `key` what follows G; `count` may be empty."""

    name: str
    label: Any
    icon: str
    key: str
    action: str = ""  # which somebody must be able to do on at least something
    address: str = ""
    count: str = ""
    bad: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    label: Any
    places: tuple[Place, ...]


_GROUPS: Final = (
    Group(
        "",
        (Place("work", _("My work"), "inbox", "W"), Place("conversations", _("Conversations"), "message-square", "V")),
    ),
    Group(
        _("Records"),
        (
            Place("contacts", _("Contacts"), "users", "C"),
            Place("companies", _("Companies"), "building-2", "B", "company.view"),
            Place("pool", _("Lead pool"), "layers", "P"),
        ),
    ),
    Group(_("Routing"), (Place("routes", _("Routes"), "route", "R", "routes.view"),)),
    Group(
        _("Team"),
        (
            Place("oversight", _("Oversight"), "activity", "E", "agent.manage"),
            Place("agents", _("Agents"), "user-plus", "A", "agent.manage"),
        ),
    ),
    Group(
        _("Settings"),
        (
            Place("settings-basics", _("The basics"), "settings", "T", "settings.view"),
            Place("fields", _("Fields"), "sliders-horizontal", "D", "fields.manage"),
            Place("sources", _("Sources"), "globe", "U", "sources.manage"),
            Place("roles", _("Roles"), "users", "L", "roles.manage"),
            Place("campaigns", _("Campaigns"), "megaphone", "K", "campaigns.view"),
            Place("sequences", _("Sequences"), "mail", "Q", "sequences.manage"),
        ),
    ),
)
# Pages on which something new is made.
_MAKES: Final = Group(
    "",
    (
        Place("agent-new", _("Add an agent"), "user-plus", "", "agent.manage"),
        Place("route-new", _("New route"), "route", "", "routes.manage"),
        Place("role-new", _("New role"), "users", "", "roles.manage"),
        Place("campaign-new", _("New campaign"), "megaphone", "", "campaigns.manage"),
        Place("sequence-new", _("New sequence"), "mail", "", "sequences.manage"),
    ),
)


@dataclass(frozen=True, slots=True)
class Floor:
    """How many of the agents below somebody are what now."""

    available: int
    at_capacity: int
    on_break: int
    offline: int


@dataclass(frozen=True, slots=True)
class MyPresence:
    """`shown` is what others see: at_capacity is worked out, the rest is one's own word."""

    agent_id: Any
    said: str
    shown: str
    load: int
    capacity: int
    mode: str
    until: datetime | None
    offers: int
    ill: bool

    @property
    def shown_available(self) -> str:
        return "at_capacity" if self.shown == "at_capacity" else "available"


class Frame:
    """Each part is read when a template first asks for it, inside the page's transaction."""

    def __init__(self, request: HttpRequest, actor: Actor) -> None:
        self._request = request
        self.actor = actor

    @cached_property
    def manages(self) -> bool:
        return self.actor.role is not Role.AGENT

    @cached_property
    def role(self) -> Any:
        return ROLE_NAMES[self.actor.role]

    @cached_property
    def organisation(self) -> Organisation:
        return Organisation.objects.get(id=current_organisation())

    @cached_property
    def below_name(self) -> str:
        """What stands under the organisation's name: one's team, or how many agents there are."""
        if self.actor.agent_id is None:
            return ""
        found = TeamMember.objects.filter(agent=self.actor.agent_id).values_list("team__name", flat=True)
        return str(found.first() or "")

    @cached_property
    def agents(self) -> int:
        return int(Agent.objects.filter(active=True).count())

    @cached_property
    def groups(self) -> list[Group]:
        shown = (Group(group.label, tuple(self._places(group))) for group in _GROUPS)
        return [group for group in shown if group.places]

    @cached_property
    def places(self) -> list[Place]:
        return [place for group in self.groups for place in group.places]

    @cached_property
    def later(self) -> list[Place]:
        """Those for which the bar of a phone has no room: its last button opens them."""
        return self.places[_IN_BAR:] if len(self.places) > _IN_BAR + 1 else []

    def _places(self, group: Group) -> Iterator[Place]:
        for place in group.places:
            if place.action and not may_somewhere(self.actor, place.action):
                continue
            try:
                address = reverse(place.name)
            except NoReverseMatch:
                continue
            count, bad = self._count(place.name)
            yield Place(place.name, place.label, place.icon, place.key, place.action, address, count, bad)

    def _count(self, name: str) -> tuple[str, bool]:
        """(what is told beside the place, whether it is bad news)"""
        if name == "work" and self.presence is not None:
            return _told(self.presence.offers + _open_questions(self.actor)), False
        if name == "conversations":
            return _told(waiting_count(self.actor)), False
        if name == "pool":
            found = len(access.pooled_items(self.actor).values_list("id")[:_MOST])
            return _told(found), found > 0 and self.manages
        if name == "agents":
            return _told(access.visible_agents(self.actor).filter(active=True).count()), False
        return "", False

    @cached_property
    def floor(self) -> Floor | None:
        """None for somebody who manages nobody."""
        if not self.manages:
            return None
        ids = access.visible_agents(self.actor).filter(active=True).values("id")
        states = AgentState.objects.filter(agent__in=ids)
        total, breaks = states.count(), states.filter(presence="break").count()
        present = here(formats.now()).filter(agent__in=ids)
        full = present.filter(Q(load__gte=F("capacity"))).count()
        available = present.count() - full
        return Floor(available, full, breaks, total - available - full - breaks)

    @cached_property
    def presence(self) -> MyPresence | None:
        """None for somebody who is no agent."""
        now = self._now
        if now is None:
            return None
        lapsed = now.present_until is not None and now.present_until <= formats.now()
        said = "offline" if lapsed else now.presence
        full = said == "available" and now.load >= now.capacity
        return MyPresence(
            self.actor.agent_id, said, "at_capacity" if full else said, now.load // 100, now.capacity // 100, now.mode,
            now.present_until, now.open_offers, now.ill,
        )  # fmt: skip

    @cached_property
    def _now(self) -> AgentNow | None:
        return None if self.actor.agent_id is None else agent_now(self.actor.agent_id)

    @property
    def free(self) -> int:
        """Whole places that this person has left."""
        return 0 if self._now is None else max(0, self._now.capacity - self._now.load) // 100

    @cached_property
    def unread(self) -> int:
        """How many notices are new, up to a hundred."""
        return reading.unread(self.actor)

    @cached_property
    def bell_words(self) -> str:
        return bell_words(self.unread)

    @cached_property
    def makes(self) -> list[Place]:
        """What the actor may make, for the list of commands."""
        return [place for place in self._places(_MAKES) if self.actor.may(place.action, EVERYWHERE)]

    @cached_property
    def unfinished(self) -> Progress | None:
        """How far the first run has come, for whoever can go on with it, until a route is published or they hide it."""
        if not self.actor.may("routes.manage", EVERYWHERE) or preference(self._request, "setup") == "hidden":
            return None
        progress = Progress()
        return None if progress.published else progress

    @cached_property
    def now_ms(self) -> int:
        return formats.now_ms()

    @cached_property
    def tour(self) -> Tour | None:
        return tour(self.actor, self._request)

    @cached_property
    def toast(self) -> dict[str, str] | None:
        return pop_toast(self._request)


def may_somewhere(actor: Actor, action: str) -> bool:
    """Whether the role allows the action on at least something."""
    return bool(ALLOWED[action][actor.role])


def _open_questions(actor: Actor) -> int:
    """What I own that waits for a first word."""
    mine = Item.objects.filter(owner=actor.agent_id, state="assigned", unanswered_since__isnull=False)
    return int(mine.count())


def _told(count: int) -> str:
    return "" if not count else f"{_MOST - 1}+" if count >= _MOST else str(count)


def context(request: HttpRequest) -> dict[str, Any]:
    """The context processor: `frame` for members, and how this browser likes its pages."""
    actor = getattr(request, "actor", None)
    found: dict[str, Any] = {"prefers": {name: preference(request, name) for name in CHOICES}}
    if actor is not None:
        if not hasattr(request, "frame"):
            request.frame = SimpleLazyObject(lambda: Frame(request, actor))  # type: ignore[attr-defined]
        found["frame"] = request.frame  # type: ignore[attr-defined]
    return found
