"""The guided tour: what its steps explain to each role, and beside which control of which page."""

from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext_lazy as _

from rightaway.accounts.actor import Actor
from rightaway.accounts.roles import Role
from rightaway.web.preferences import preference
from rightaway.work import access
from rightaway.work.models import Item


@dataclass(frozen=True, slots=True)
class Place:
    """A control of the page, by its selector, and what is said beside it."""

    selector: str
    text: Any


@dataclass(frozen=True, slots=True)
class Step:
    """`places` in the order of preference: the first that the page shows is the one that is explained."""

    title: Any
    page: str
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class Stop:
    """A step with its page's address. `begin` is the value of the preference that opens the tour there."""

    step: Step
    address: str
    begin: str


@dataclass(frozen=True, slots=True)
class Tour:
    """`at`: the number of the step where it stands; 0 while it is closed."""

    stops: tuple[Stop, ...]
    at: int

    @property
    def resumed(self) -> Stop:
        """Where the help menu opens it."""
        return self.stops[max(0, self.at - 1)]


_MANAGER: Final = (
    Step(_("Who is waiting"), "contacts", (
        Place(
            ".contacts-grid thead .col-waiting",
            _("The list opens on whoever nobody has answered, the longest wait on top. A triangle marks what is late; "
              "nothing moves while you read."),
        ),
        Place(
            "#contacts-head .tabs",
            _("Each view is a question, with how many answer it. Whoever waits for a first word is under Evaluate."),
        ),
    )),
    Step(_("Assign right here"), "contacts", (
        Place(
            ".contacts-grid a.owner",
            _("Press the owner, or A in the row. Those who fit best come first, each with their load and the reason. "
              "Z takes it back."),
        ),
        Place("#view-unassigned", _("Whoever has no owner is under Unassigned. Press Assign in the row, or A.")),
    )),
    Step(_("Every decision explains itself"), "contact", (
        Place(
            "#why .why-head",
            _("Why this agent and nobody else: the routes in order, everybody who was considered, and what would "
              "change it. It is the decision as it was recorded."),
        ),
        Place(
            "#why-toggle", _("W opens why this agent has it: the routes in order, and everybody who was considered.")
        ),
    )),
    Step(_("Routes decide who gets what"), "routes", (
        Place(
            "#main .head h1",
            _("The first route from the top that fits decides. A change shows what it would have done before it "
              "goes live."),
        ),
    )),
    Step(_("Your agents"), "agents", (
        Place(
            "#agents thead",
            _("Who is here, how full they are and what they can do. The switch keeps new work away from somebody; "
              "what they have stays theirs."),
        ),
        Place("#main .head h1", _("Here you add your agents and say what they can do.")),
    )),
    Step(_("The agent's side"), "work", (
        Place(
            "#offers-head",
            _("Agents work here: an offer comes with a countdown and the reason why it is theirs. Open a second "
              "browser, sign in as an agent and offer them somebody."),
        ),
        Place("#main .head h1", _("This is the page of agents. Open a second browser and sign in as one of them.")),
    )),
)  # fmt: skip
_AGENT: Final = (
    Step(_("Say that you are here"), "work", (
        Place(
            "#presence .segments",
            _("Only who is available gets offers. Break keeps your place; Offline passes your open offers on."),
        ),
        Place("#presence-now", _("Only who is available gets offers. Here you also see how full you are.")),
    )),
    Step(_("Offers come to you"), "work", (
        Place(
            ".offer:not(.ended) .offer-who",
            _("What they want, how long they have waited, and the time you have. Hidden names show once you accept."),
        ),
        Place("#offers-head", _("What is offered to you appears here, with its time to accept.")),
    )),
    Step(_("Accept or decline"), "work", (
        Place(
            ".offer:not(.ended) .offer-answers",
            _("A accepts, D declines with a reason. If you do neither, it goes to the next agent when the time is up."),
        ),
        Place(
            "#offers-head",
            _("With the focus on an offer, A accepts and D declines. Unanswered, it goes to the next agent."),
        ),
    )),
    Step(_("Say what happened"), "work", (
        Place(
            "#doing [data-logs]", _("Log the call or write a note: one press. It answers the waiting question.")
        ),
        Place("#doing .offers-head", _("What you own stands here, the most urgent first, with one thing to do each.")),
    )),
    Step(_("Nothing to do?"), "work", (
        Place(
            "[data-next] button",
            _("Get next item, or N, gives you the one of the lead pool that matters most, and says why if there is "
              "none."),
        ),
        Place(
            "#doing .offers-head",
            _("Once your offers are answered, Get next item gives you the one of the lead pool that matters most."),
        ),
    )),
    Step(_("Why you?"), "contact", (
        Place(
            "#why .why-head",
            _("Of everything that you have you can read why it came to you, as it was decided then."),
        ),
        Place("#why-toggle", _("W shows why it came to you, as it was decided then.")),
    )),
)  # fmt: skip


def tour(actor: Actor, request: HttpRequest) -> Tour | None:
    """None where nobody needs one. It opens by itself in a demo only; elsewhere managers open it from the menu."""
    demo = bool(settings.ENVIRONMENT.demo_people)
    if not demo and actor.role is Role.AGENT:
        return None
    steps = _AGENT if actor.role is Role.AGENT else _MANAGER
    found = [(step, address) for step in steps if (address := _address(actor, request, step.page))]
    if not found:
        return None
    stops = tuple(Stop(step, address, str(number)) for number, (step, address) in enumerate(found, 1))
    kept = preference(request, "tour")
    at = int(demo) if kept == "unseen" else 0 if kept == "closed" else min(int(kept), len(stops))
    return Tour(stops, at)


def _address(actor: Actor, request: HttpRequest, page: str) -> str:
    """Where a step is; empty where there is nothing to show."""
    here = request.resolver_match
    if page == "contact":
        return request.path if here is not None and here.url_name == page else _why(actor)
    try:
        return reverse(page)
    except NoReverseMatch:
        return ""


def _why(actor: Actor) -> str:
    """The latest contact that somebody has, and of which the actor may read why."""
    items = access.visible_items(actor, "item.explain").filter(state="assigned", owner__isnull=False)
    if actor.role is Role.AGENT:
        items = items.filter(owner=actor.agent_id)
    found: Item | None = items.order_by("-id").first()
    return "" if found is None else f"{reverse('contact', args=[found.id])}?panel=why"
