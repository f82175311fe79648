"""What `rightaway watch` shows: hints turned into the events behind them, and events into sentences."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count
from django.utils.translation import gettext as _

from rightaway.ledger.clock import clock
from rightaway.ledger.models import Event
from rightaway.people.models import Agent, AgentState
from rightaway.work.explaining import explained
from rightaway.work.models import Decision, Item, Offer
from rightaway.work.sentences import headline

STATES = ("waiting", "offered", "assigned", "pooled")

Hint = tuple[str, str, str]  # subject kind, subject id, event kind


@dataclass(frozen=True, slots=True)
class Line:
    """One event: when (UTC), its kind for the colour, and the sentence."""

    at: datetime
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Presence:
    """An agent as the floor sees them. Load and capacity in hundredths of a unit; `presence` as of now."""

    name: str
    presence: str
    load: int
    capacity: int
    offers: int


@dataclass(slots=True)
class Feed:
    """Remembers how far it has told of each subject, and what agents are called. Use it inside one
    `organisation(…)` at a time; the same one always."""

    seen: dict[tuple[str, UUID], int] = field(default_factory=dict)
    agents: dict[str, str] = field(default_factory=dict)

    def lines(self, hints: Iterable[Hint]) -> list[Line]:
        """The new events of these subjects, in order of time."""
        wanted: dict[tuple[str, UUID], int] = {}
        for kind, subject, _event in hints:
            wanted[kind, UUID(subject)] = wanted.get((kind, UUID(subject)), 0) + 1
        events = [event for subject, most in wanted.items() for event in self._new(subject, most)]
        reasons = _reasons(events)
        ordered = sorted(events, key=lambda event: (event.at, event.seq))
        found = [(event, self._sentence(event, reasons.get((event.subject_id, event.seq), ""))) for event in ordered]
        return [Line(event.at, event.kind, sentence) for event, sentence in found if sentence]

    def _new(self, subject: tuple[str, UUID], most: int) -> list[Event]:
        rows = Event.objects.filter(subject_kind=subject[0], subject_id=subject[1])
        if subject in self.seen:
            found = list(rows.filter(seq__gt=self.seen[subject]).order_by("seq"))
        else:
            found = list(rows.order_by("-seq")[:most])
        if found:
            self.seen[subject] = max(event.seq for event in found)
        while len(self.seen) > _REMEMBERED:
            self.seen.pop(next(iter(self.seen)))
        return found

    def _sentence(self, event: Event, reason: str) -> str:
        body = json.loads(event.body)
        if event.subject_kind == "item":
            return self._of_item(event, body, reason)
        if event.subject_kind == "agent":
            return self._of_agent(event, body)
        if event.kind == "published":
            return _("The routes were published: version %(number)d.") % {"number": body["number"]}
        return ""

    def _of_item(self, event: Event, body: dict[str, Any], reason: str) -> str:
        item = Item.objects.select_related("contact").filter(id=event.subject_id).first()
        if item is None:
            return ""
        who = item.contact.name or str(item.id)[-6:]
        if reason:
            return f"{who}: {reason}"
        match event.kind:
            case "received":
                return _("%(who)s asks (%(what)s).") % {"who": who, "what": _what(item)}
            case "attached":
                return _("%(who)s asks again.") % {"who": who}
            case _:
                return self._by_people(event.kind, body, who)

    def _by_people(self, kind: str, body: dict[str, Any], who: str) -> str:
        if "role" in body:  # who has the item is what is watched
            return ""
        named = {"who": who, "agent": self._agent(body.get("agent") or body.get("owner")), "outcome": ""}
        first = next((self._agent(agent) for _offer, agent in body.get("offers", ())), "")
        match kind:
            case "assigned":
                return _("%(who)s was given to %(agent)s.") % named
            case "offered":
                agents = ", ".join(self._agent(agent) for _offer, agent in body.get("offers", ()))
                return _("%(who)s was offered to %(agent)s.") % {**named, "agent": agents}
            case "accepted":
                return _("%(agent)s accepts %(who)s.") % named
            case "claimed":
                return _("%(agent)s takes %(who)s.") % named
            case "declined":
                return _("%(agent)s declines %(who)s: %(why)s.") % {
                    **named, "agent": first, "why": _declined(body.get("decline", "")),
                }  # fmt: skip
            case "expired":
                return _("The offer of %(who)s to %(agent)s expired.") % {**named, "agent": first}
            case "handed_back":
                return _("%(who)s was handed back.") % named
            case "revoked":
                return _("%(who)s was revoked.") % named
            case "touched":
                return _touched(body) % named
            case "finished":
                return _("%(who)s is closed: %(outcome)s.") % {**named, "outcome": _outcome(body.get("outcome", ""))}
            case _:
                return ""

    def _of_agent(self, event: Event, body: dict[str, Any]) -> str:
        if event.kind != "presence":
            return ""
        said = {
            "available": _("%(agent)s is there."), "break": _("%(agent)s takes a break."),
            "offline": _("%(agent)s has gone."),
        }  # fmt: skip
        return said[body["presence"]] % {"agent": self._agent(str(event.subject_id))}

    def _agent(self, agent_id: str | None) -> str:
        if agent_id and agent_id not in self.agents:
            self.agents = {str(id): name for id, name in Agent.objects.values_list("id", "name")}
        return self.agents.get(agent_id or "", "–")


def _reasons(events: list[Event]) -> dict[tuple[UUID, int], str]:
    """What was decided automatically, with its reason, by item and number of the event."""
    wanted = {(event.subject_id, event.seq) for event in events if event.kind in _AUTOMATIC}
    of_these = Decision.objects.filter(item_id__in={item for item, _seq in wanted})
    rows = [row for row in of_these if (row.item_id, row.seq) in wanted]
    return {(row.item_id, row.seq): headline(step) for row, step in zip(rows, explained(rows), strict=True)}


_AUTOMATIC = ("assigned", "offered", "pooled")
_REMEMBERED = 10_000  # subjects


def counts() -> dict[str, int]:
    """How many items there are in each state that is not closed."""
    rows = Item.objects.filter(state__in=STATES).values_list("state").annotate(count=Count("id"))
    return dict.fromkeys(STATES, 0) | dict(rows)


def floor(most: int = 40) -> list[Presence]:
    """The active agents: who is available first, then by load, at most `most` of them."""
    now = clock()
    rows = AgentState.objects.select_related("agent").filter(agent__active=True)
    open_offers = dict(Offer.objects.filter(state="open").values_list("agent").annotate(count=Count("id")))
    found = [
        Presence(
            row.agent.name, "offline" if row.present_until and row.present_until <= now else row.presence,
            row.load, row.capacity, open_offers.get(row.agent_id, 0),
        )
        for row in rows
    ]  # fmt: skip
    order = {"available": 0, "break": 1, "offline": 2}
    return sorted(found, key=lambda row: (order[row.presence], -row.load, row.name))[:most]


def _what(item: Item) -> str:
    return ", ".join(filter(None, [item.source, item.line, item.language]))


def state_word(state: str) -> str:
    return {
        "waiting": _("Waiting"), "offered": _("Offered"), "assigned": _("Assigned"), "pooled": _("Unassigned"),
    }[state]  # fmt: skip


def presence_word(presence: str) -> str:
    return {"available": _("Available"), "break": _("On break"), "offline": _("Offline")}.get(presence, presence)


def _declined(kind: str) -> str:
    return {"busy_now": _("busy now"), "not_for_me": _("not for me"), "bad_lead": _("bad lead")}.get(kind, kind)


def _outcome(outcome: str) -> str:
    return {
        "won": _("won"), "lost": _("lost"), "resolved": _("resolved"), "unreachable": _("unreachable"),
        "duplicate": _("duplicate"), "spam": _("spam"), "other": _("other"),
    }.get(outcome, outcome)  # fmt: skip


def _touched(body: dict[str, Any]) -> str:
    match body.get("touch"), body.get("outcome", ""):
        case "call", "connected":
            return _("%(agent)s talks with %(who)s.")
        case "call", _other:
            return _("%(agent)s calls %(who)s; nobody answers.")
        case (("email" | "message"), _other):
            return _("%(agent)s writes to %(who)s.")
        case _kind:
            return ""
