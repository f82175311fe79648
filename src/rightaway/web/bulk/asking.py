"""What a dialog asks for: which items, and what is wanted of them."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.http import QueryDict
from django.utils.translation import gettext as _
from pydantic import ValidationError

from rightaway.accounts.actor import Actor
from rightaway.ledger.errors import Invalid, NotFound
from rightaway.web.contacts import filters
from rightaway.work import grid
from rightaway.work.actions.start_bulk import ACTIONS, MOST
from rightaway.work.bulk.wanted import MOST_AGENTS, wanted_of

MOST_NAMED: Final = 10_000
MINUTES: Final = (5, 10, 30, 60, 240, 1440)
DUE_MINUTES: Final = (30, 60, 120, 240, 1440, 4320)


@dataclass(frozen=True, slots=True)
class Chosen:
    """Items by id, in a text; or, as `of`, the query of a whole view of the grid."""

    items: str
    of: str

    @classmethod
    def sent(cls, sent: QueryDict) -> "Chosen":
        return cls(sent.get("items", ""), sent.get("of", ""))

    def ids(self, actor: Actor) -> list[UUID]:
        """Raises Invalid (too many), NotFound (no id)."""
        if self.of:
            asked = filters.asked(actor, QueryDict(self.of))
            return grid.ids_of(actor, view=asked.view, wanted=asked.wanted, most=MOST)
        words = self.items.split()
        if len(words) > MOST_NAMED:
            raise Invalid(_("These are too many at once. Choose a whole view instead."))
        try:
            return [UUID(word) for word in words]
        except ValueError:
            raise NotFound from None


def wanted_from(sent: QueryDict) -> Any:
    """What a dialog's form wants, as `work/bulk/wanted.py`. Raises Invalid, in words for whoever fills it in."""
    verb = sent.get("verb", "")
    if verb not in ACTIONS:
        raise Invalid(_("Choose what to do."))
    agents = list(dict.fromkeys(sent.getlist("agent")))
    if len(agents) > MOST_AGENTS:
        raise Invalid(_("These are too many agents at once."))
    if not agents and (verb in ("assign", "offer") or sent.get("to") == "agent"):
        raise Invalid(_("Choose at least one agent."))
    try:
        return wanted_of({"verb": verb, **_OF[verb](sent, agents)})
    except (ValidationError, ValueError):
        raise Invalid(_("Some of what was sent cannot be used.")) from None


def _assign(sent: QueryDict, agents: list[str]) -> dict[str, Any]:
    role = sent.get("role") or None
    sharing = "one_each" if role else sent.get("assign_sharing", "one_each")
    return {"agent_ids": agents, "sharing": sharing, "confirmed": bool(sent.get("confirmed")), "role_id": role}


def _offer(sent: QueryDict, agents: list[str]) -> dict[str, Any]:
    sharing = sent.get("offer_sharing", "first")
    said = {
        "agent_ids": agents, "seconds": _seconds(sent, 10), "if_nobody": sent.get("if_nobody", "unassigned"),
        "role_id": sent.get("role") or None,
    }  # fmt: skip
    if sharing == "one_each":
        return {**said, "sharing": "one_each", "places": None}
    some = int(sent.get("places", "2"))
    places = {"first": 1, "all": None, "some": min(max(some, 1), len(agents))}[sharing if sharing in _PLACES else ""]
    return {**said, "places": places}


_PLACES: Final = ("first", "all", "some")


def _revoke(sent: QueryDict, agents: list[str]) -> dict[str, Any]:
    to = sent.get("to", "routes")
    return {
        "to": to, "agent_ids": agents if to == "agent" else [], "protected_too": bool(sent.get("protected_too")),
    }  # fmt: skip


def _seconds(sent: QueryDict, otherwise: int) -> int:
    return 60 * int(sent.get("minutes", str(otherwise)))


_OF: Final[dict[str, Any]] = {
    "assign": _assign, "offer": _offer, "revoke": _revoke,
    "request_update": lambda sent, _agents: {"seconds": _seconds(sent, 60)},
    "move": lambda sent, _agents: {"status": sent.get("status", "")},
    "route": lambda _sent, _agents: {},
}  # fmt: skip
