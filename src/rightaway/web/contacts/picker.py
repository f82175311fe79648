"""Whom a manager may give an item to: the few who fit best, with the reason in words, and everybody."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rightaway.accounts.actor import Actor
from rightaway.contacts.normalise import fold
from rightaway.people.models import Absence, Agent, AgentState
from rightaway.web import formats
from rightaway.web.presences import shown_presence
from rightaway.web.tags import PRESENCES
from rightaway.work import access, roles
from rightaway.work.models import CampaignMember, Exclusion, Item
from rightaway.work.phrases import CAUSES_OF_EXCLUSION
from rightaway.work.sentences import language_name
from rightaway.work.units import units_of

SUGGESTED: Final = 3
_MOST: Final = 300


@dataclass(frozen=True, slots=True)
class Candidate:
    """`reason` says what speaks for them, or why they are not available. `confirm` is asked before they get it all
    the same; `barred`: they cannot get it at all. `folded` is what typing is compared with."""

    id: UUID
    name: str
    folded: str
    presence: str
    load: int
    capacity: int
    reason: str
    confirm: str = ""
    barred: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """`more` says how many are not listed: typing finds them."""

    suggested: tuple[Candidate, ...]
    everyone: tuple[Candidate, ...]
    more: int

    @property
    def all(self) -> tuple[Candidate, ...]:
        return self.suggested + self.everyone


@dataclass(frozen=True, slots=True)
class _Weighed:
    fit: tuple[bool, int, float]
    candidate: Candidate


def choice(actor: Actor, item: Item, *, find: str = "") -> Choice:
    """The agents whom the actor sees, without those who have the item; with `find`, those whose name has it."""
    facts = _Facts(item)
    agents = [agent for agent in access.visible_agents(actor).filter(active=True) if agent.id != item.owner_id]
    agents = [agent for agent in agents if _has(agent, find)]
    states = {state.agent_id: state for state in AgentState.objects.filter(agent__in=[agent.id for agent in agents])}
    weighed = [facts.weigh(agent, states[agent.id]) for agent in agents if agent.id in states]
    free = sorted((each for each in weighed if not each.candidate.confirm and not each.candidate.barred), key=_best)
    suggested = tuple(each.candidate for each in free[:SUGGESTED])
    chosen = {candidate.id for candidate in suggested}
    others = [each.candidate for each in weighed if each.candidate.id not in chosen]
    others.sort(key=lambda each: (each.barred, bool(each.confirm), each.folded))
    return Choice(suggested, tuple(others[:_MOST]), max(0, len(others) - _MOST))


def holders(actor: Actor, item: Item, role_id: UUID, *, find: str = "") -> Choice:
    """Of those who may hold a role, whom the actor sees, without those who hold it: who is there first. A role costs no
    place, so nobody is too full for it, and whoever is away may be given it all the same."""
    held = set(roles.held_by(item, role_id))
    may = roles.holders_of(role_id).filter(id__in=access.visible_agents(actor).values("id"))
    agents = [agent for agent in may if agent.id not in held and _has(agent, find)]
    states = {state.agent_id: state for state in AgentState.objects.filter(agent__in=[agent.id for agent in agents])}
    facts = _Facts(item)
    found = [facts.plainly(agent, states[agent.id]) for agent in agents if agent.id in states]
    found.sort(key=lambda each: (each.presence in ("break", "offline"), each.folded))
    return Choice((), tuple(found[:_MOST]), max(0, len(found) - _MOST))


def _has(agent: Agent, find: str) -> bool:
    return all(word in fold(agent.name) for word in fold(find).split())


def _best(weighed: _Weighed) -> Any:
    asked, points, used = weighed.fit
    return (asked, -points, used, weighed.candidate.folded)


class _Facts:
    """What is known of an item, and of everybody in view of it."""

    def __init__(self, item: Item) -> None:
        self.item, self.now, self.units = item, formats.now(), units_of(item)
        absent = Absence.objects.filter(starts_at__lte=self.now, ends_at__gt=self.now)
        self.absent: dict[UUID, datetime] = dict(absent.values_list("agent", "ends_at"))
        excluded = Exclusion.objects.filter(item=item.id, lifted_at=None).order_by("made_at")
        rows = excluded.values_list("agent", "cause", "until")
        self.excluded = {agent: cause for agent, cause, until in rows if until is None or until > self.now}
        members = CampaignMember.objects.filter(campaign=item.campaign_id).values_list("agent", flat=True)
        self.members = set(members) if item.campaign_id is not None else None
        self.texts = {fold(str(each)) for value in item.attributes.values() for each in _listed(value)}

    def weigh(self, agent: Agent, state: AgentState) -> _Weighed:
        presence = shown_presence(state)
        if presence == "available" and state.load + self.units > state.capacity + state.over_by:
            presence = "at_capacity"
        load, capacity = state.load // 100, state.capacity // 100
        barred = self.members is not None and agent.id not in self.members
        away = _("Not in the campaign") if barred else self._away(agent, presence, load, capacity)
        shared = self._shared(agent)
        confirm = "" if barred or not away else _("%(agent)s: %(reason)s. Assign anyway?") % {
            "agent": agent.name, "reason": away,
        }  # fmt: skip
        candidate = Candidate(
            agent.id, agent.name, fold(agent.name), presence, load, capacity,
            away or self._reason(agent, shared, state), confirm, barred,
        )  # fmt: skip
        speaks = self.item.language in agent.languages if self.item.language else False
        fit = (agent.id in self.excluded, 2 * speaks + len(shared), state.load / max(1, state.capacity))
        return _Weighed(fit, candidate)

    def plainly(self, agent: Agent, state: AgentState) -> Candidate:
        """The agent as somebody to hold a role: whether they are there, and no question of places."""
        presence = shown_presence(state)
        load, capacity = state.load // 100, state.capacity // 100
        reason = self._away(agent, "available" if presence == "at_capacity" else presence, load, capacity)
        return Candidate(
            agent.id, agent.name, fold(agent.name), presence, load, capacity, reason or str(PRESENCES["available"])
        )

    def _away(self, agent: Agent, presence: str, load: int, capacity: int) -> str:
        if agent.id in self.absent:
            return _("Away until %(day)s") % {"day": formats.moment(self.absent[agent.id])}
        if presence == "at_capacity":
            return _("At capacity, %(load)s of %(capacity)s") % {"load": load, "capacity": capacity}
        return "" if presence == "available" else str(PRESENCES[presence])

    def _shared(self, agent: Agent) -> list[str]:
        """What the agent's own attributes have in common with the item's, such as an area."""
        own = [str(each) for value in agent.attributes.values() for each in _listed(value)]
        return [text for text in dict.fromkeys(own) if fold(text) in self.texts][:2]

    def _reason(self, agent: Agent, shared: list[str], state: AgentState) -> str:
        found = []
        if agent.id in self.excluded:
            found.append(str(CAUSES_OF_EXCLUSION.get(self.excluded[agent.id], _("was asked already"))))
        if self.item.language and self.item.language in agent.languages:
            found.append(language_name(self.item.language))
        found += shared
        left = (state.capacity + state.over_by - state.load) // 100
        found.append(ngettext("%(count)d place free", "%(count)d places free", left) % {"count": left})
        text = ", ".join(found)
        return text[:1].upper() + text[1:]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if isinstance(value, str) else []
