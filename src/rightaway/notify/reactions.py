"""What follows from what: which event is news, and to whom. The only page that says so; channels merely carry it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

MANAGERS: Final = None  # instead of an agent: everybody who hands out work


@dataclass(frozen=True, slots=True)
class Happened:
    """An event of the ledger; `body` is what it says."""

    subject_kind: str
    subject_id: UUID
    seq: int
    at: datetime
    kind: str
    body: dict[str, Any]

    @property
    def item_id(self) -> UUID | None:
        """What it is about, where it is about an item."""
        id = self.subject_id if self.subject_kind == "item" else self.body.get("item")
        return UUID(str(id)) if id else None


@dataclass(frozen=True, slots=True)
class News:
    """One event to one agent, or to the managers. `kind` is a key of `KINDS`."""

    kind: str
    agent_id: UUID | None
    happened: Happened


KINDS: Final = (
    "offered", "assigned", "taken", "role", "role_taken", "asked", "missed", "break", "nobody", "confirm", "task_due",
    "wrote",
)  # fmt: skip

Told = Iterator[tuple[str, Any]]  # (kind of news, agent's id or MANAGERS)


def _offered(event: Happened) -> Told:
    for _offer, agent in event.body.get("offers", ()):
        yield "offered", agent


def _changed_hands(event: Happened) -> Told:
    """Assigned by a route or by hand, moved to somebody else, or taken back."""
    given = event.body.get("agent") or event.body.get("owner")
    if given:
        yield "assigned", given
    for agent in event.body.get("from", ()):
        yield "taken", agent


def _asked(event: Happened) -> Told:
    """A manager wants to know how things stand."""
    yield "asked", event.body["agent"]


def _begun(event: Happened) -> Told:
    """A job that only a second manager lets run."""
    if event.body.get("state") == "to_confirm":
        yield "confirm", MANAGERS


def _role_changed_hands(event: Happened) -> Told:
    if event.body.get("agent"):
        yield "role", event.body["agent"]
    for agent in event.body.get("from", ()):
        yield "role_taken", agent


def _expired(event: Happened) -> Told:
    for _offer, agent in event.body.get("offers", ()):
        yield "missed", agent


def _stuck(event: Happened) -> Told:
    """Unassigned work is every manager's to hand out, and routes cannot do it just now."""
    if event.body.get("cause") == "nobody":
        yield "nobody", MANAGERS


def _task_due(event: Happened) -> Told:
    """Whoever is to do it; where that is nobody, those who may give the contact to somebody."""
    yield "task_due", event.body.get("agent") or MANAGERS


def _wrote(event: Happened) -> Told:
    """Somebody asks again, or writes in a conversation that goes on: whoever owns it answers. Without an owner it is
    routed, or waits where everybody looks."""
    if event.body.get("to") and event.body.get("touch", "heard") == "heard":
        yield "wrote", event.body["to"]


def _presence(event: Happened) -> Told:
    if event.body.get("reason") == "missed_offers":
        yield "break", event.subject_id


REACTIONS: Final[dict[tuple[str, str], Callable[[Happened], Told]]] = {
    ("item", "offered"): _offered,
    ("item", "assigned"): _changed_hands,
    ("item", "revoked"): _changed_hands,
    ("item", "put_back"): _changed_hands,
    ("item", "undone"): _changed_hands,
    ("item", "update_requested"): _asked,
    ("bulk", "bulk_started"): _begun,
    ("item", "role_assigned"): _role_changed_hands,
    ("item", "handed_over"): _changed_hands,
    ("item", "expired"): _expired,
    ("item", "waits"): _stuck,
    ("item", "pooled"): _stuck,
    ("item", "task_due"): _task_due,
    ("item", "attached"): _wrote,
    ("item", "touched"): _wrote,
    ("agent", "presence"): _presence,
}


def news_of(event: Happened) -> list[News]:
    """What the event is to whom; empty for most."""
    react = REACTIONS.get((event.subject_kind, event.kind))
    told = react(event) if react is not None else ()
    return [News(kind, UUID(str(agent)) if agent else MANAGERS, event) for kind, agent in told]
