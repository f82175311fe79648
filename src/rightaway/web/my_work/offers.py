"""Live offers: those that wait for an answer and, for six seconds, how the others ended."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from rightaway.accounts.actor import Actor
from rightaway.accounts.models import Membership
from rightaway.ledger.arrays import plain as plain_array
from rightaway.ledger.recent import Recent
from rightaway.ledger.statements import asked, columns_of, fetched, made, width_of
from rightaway.people.models import FunctionalRole
from rightaway.routing.schema import RouteIn
from rightaway.web import formats, tags
from rightaway.web.contacts.words import BANDS, plain, source
from rightaway.web.kept import Filling, Piece, piece
from rightaway.web.my_work import words
from rightaway.web.my_work.asked_for import ids_of
from rightaway.web.my_work.kept_words import KeptWords
from rightaway.work.explaining import Reason, reasons
from rightaway.work.models import Decision, Item, Offer, OfferGroup
from rightaway.work.person_view import ItemView, person_views
from rightaway.work.roles import name
from rightaway.work.sentences import language_name

AFTER: Final = timedelta(seconds=6)  # how long an end stays to be read
_made_by: Recent[UUID, Reason] = Recent(1_024)  # by the offer's id

_YOU: Final = {
    "rank_round_robin": gettext_lazy("It is your turn on the route “%(route)s”."),
    "rank_weighted": gettext_lazy("Your share of the route “%(route)s” is next."),
    "rank_load_balanced": gettext_lazy("You have the lightest load on the route “%(route)s”."),
    "rank_first_to_accept": gettext_lazy("You have the lightest load on the route “%(route)s”."),
    "rank_longest_idle": gettext_lazy("You have gone longest without anything new on the route “%(route)s”."),
    "rank_agent": gettext_lazy("The route “%(route)s” is for you."),
}
_OTHERWISE: Final = gettext_lazy("You are on the route “%(route)s”.")
_ENDS: Final = {
    "mine": gettext_lazy("You have it"),
    "declined": gettext_lazy("You passed it on"),
    "expired": gettext_lazy("Expired. It went on to the next person"),
    "withdrawn": gettext_lazy("Passed on, because you went offline"),
    "gone": gettext_lazy("This offer was taken back"),
}
# The same of a role: nobody is next.
_ENDS_OF_ROLE: Final = {
    **_ENDS,
    "mine": gettext_lazy("The role is yours"),
    "declined": gettext_lazy("You declined the role"),
    "expired": gettext_lazy("Expired"),
    "withdrawn": gettext_lazy("This offer was taken back"),
}


# In the order in which they came, so that a card never moves. Without its item what is not asked about.
_MINE: Final = f"""
WITH mine AS (
    SELECT * FROM work_offer
    WHERE organisation_id = %(organisation)s::smallint AND agent_id = %(agent)s::uuid AND state = 'open'
      AND expires_at > %(since)s::timestamptz
    UNION ALL
    SELECT * FROM work_offer
    WHERE organisation_id = %(organisation)s::smallint AND id = ANY (%(seen)s::uuid[]) AND agent_id = %(agent)s::uuid
      AND ended_at > %(since)s::timestamptz
)
SELECT {columns_of(Offer, "o")}, {columns_of(Item, "i")}
FROM mine o LEFT JOIN work_item i ON i.organisation_id = o.organisation_id AND i.id = o.item_id
  AND (%(about)s::uuid[] IS NULL OR i.id = ANY (%(about)s::uuid[])
    OR o.state <> 'open' OR o.expires_at <= %(now)s::timestamptz)
ORDER BY o.made_at, o.id
"""
_ASKED: Final = """
SELECT DISTINCT ON (item_id) item_id, text FROM contacts_entry
WHERE organisation_id = %(organisation)s::smallint AND contact_id = ANY (%(contacts)s::uuid[])
  AND item_id = ANY (%(items)s::uuid[]) AND kind = 'enquiry'
ORDER BY item_id, at DESC, id DESC
"""
# The decision that made each offer: the last one before it.
_DECIDED: Final = f"""
SELECT o.id, {columns_of(Decision, "d")} FROM work_offer o CROSS JOIN LATERAL (
    SELECT * FROM work_decision d
    WHERE d.organisation_id = o.organisation_id AND d.item_id = o.item_id AND d.role_id IS NOT DISTINCT FROM o.role_id
      AND d.at <= o.made_at + interval '1 second'
    ORDER BY d.seq DESC LIMIT 1
) d
WHERE o.organisation_id = %(organisation)s::smallint AND o.id = ANY (%(offers)s::uuid[])
"""


class Look(NamedTuple):
    """What a card may have in common with others. `end` is empty while it can be answered; `facts` and `why` name the
    gaps that say them."""

    end: str
    alone: bool
    calls: bool = False
    sent: bool = False  # by a person
    masked: bool = False
    waits: bool = False
    best: bool = False
    needs: bool = False
    noted: bool = False
    facts: tuple[tuple[str, str], ...] = ()
    why: tuple[str, ...] = ()


class Said(NamedTuple):
    """All that an open card says, but for its clock and its place among the others."""

    id: UUID
    title: str
    kind: str
    sender: str
    need: str
    note: str
    band: str
    source: str
    waits_since: datetime | None
    seconds: int
    alone: bool
    masked: bool
    facts: tuple[tuple[str, str], ...]
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Offered:
    """`cards` of what is offered; `topics` of the hints that tell of its items, each with a space before it."""

    cards: list[Filling]
    topics: str


@dataclass(slots=True)
class _Told:
    """What the cards need beside their offers, each read once for all of them. `views` are those of their items."""

    views: Mapping[UUID, ItemView] = field(default_factory=dict)
    messages: Mapping[UUID, str] = field(default_factory=dict)
    reasons: Mapping[UUID, Reason] = field(default_factory=dict)
    places: dict[UUID, tuple[int | None, int]] = field(default_factory=dict)
    senders: dict[UUID, str] = field(default_factory=dict)
    roles: dict[UUID, str] = field(default_factory=dict)
    winners: dict[UUID, str] = field(default_factory=dict)


def offered(actor: Actor, seen: Iterable[str] = (), about: Collection[UUID] | None = None) -> Offered:
    """In the order in which they came. `seen` are ids that the page shows already. `about`: of other items it only
    says that they are still offered."""
    found = _offers(actor, seen, about)
    told = _told(actor, [(offer, item) for offer, item in found if item is not None])
    cards = [_card(offer, told, _place(number, len(found))) for number, (offer, _item) in enumerate(found, 1)]
    return Offered(cards, "".join(f" item:{offer.item_id}" for offer, _item in found))


def _offers(actor: Actor, seen: Iterable[str], about: Collection[UUID] | None) -> list[tuple[Offer, Item | None]]:
    if actor.agent_id is None:
        return []
    now, width = formats.now(), width_of(Offer)
    rows = fetched(
        _MINE, agent=actor.agent_id, since=now - AFTER, now=now, seen=plain_array(ids_of(seen)),
        about=None if about is None else plain_array(about),
    )  # fmt: skip
    return [(made(Offer, row[:width]), made(Item, row[width:]) if row[width] is not None else None) for row in rows]


def _told(actor: Actor, found: Sequence[tuple[Offer, Item]]) -> _Told:
    if not found:
        return _Told()
    offers, items = [offer for offer, _item in found], [item for _offer, item in found]
    messages = _messages_asked(items)
    why = _reasons_asked([offer for offer in offers if offer.sender_id is None and offer.state == "open"])
    views = person_views(actor, items, likely={offer.item_id for offer in offers if not offer.masked})
    asked_for = messages()
    told = _Told({view.id: view for view in views}, reasons=why())
    told.messages = {view.id: asked_for[view.id] for view in views if not view.masked and view.id in asked_for}
    told.places = _places({offer.group_id for offer in offers if offer.group_id})
    senders = {offer.sender_id for offer in offers if offer.sender_id}
    if senders:
        told.senders = dict(Membership.objects.filter(id__in=senders).values_list("id", "user__name"))
    held = {offer.role_id for offer in offers if offer.role_id}
    if held:
        told.roles = {role.id: name(role)["long"] for role in FunctionalRole.objects.filter(id__in=held)}
    told.winners = _winners([offer for offer in offers if offer.state == "rescinded"])
    return told


def messages(views: Iterable[ItemView]) -> dict[UUID, str]:
    """What was last asked, by item: only of those items that are not masked for their viewer."""
    clear = [view for view in views if not view.masked]
    return _messages_asked(clear)() if clear else {}


def _messages_asked(items: Sequence[Item | ItemView]) -> Callable[[], dict[UUID, str]]:
    """What was last asked, by item; of those that are masked nobody may be told it."""
    rows = asked(
        _ASKED, contacts=plain_array({item.contact_id for item in items}), items=plain_array(item.id for item in items)
    )  # fmt: skip
    return lambda: dict(rows())


def _reasons_asked(offers: Sequence[Offer]) -> Callable[[], dict[UUID, Reason]]:
    """Why of each offer: the decision that made it, which never changes."""
    known = {offer.id: reason for offer in offers if (reason := _made_by.get(offer.id)) is not None}
    missing = [offer.id for offer in offers if offer.id not in known]
    if not missing:
        return lambda: known
    rows = asked(_DECIDED, offers=plain_array(missing))

    def found() -> dict[UUID, Reason]:
        read = dict(zip((row[0] for row in rows()), reasons(made(Decision, row[1:]) for row in rows()), strict=True))
        _made_by.update(read)
        return known | read

    return found


def _places(group_ids: set[UUID]) -> dict[UUID, tuple[int | None, int]]:
    """(places, how many were asked) by group."""
    if not group_ids:
        return {}
    asked = dict(Offer.objects.filter(group__in=group_ids).values_list("group").annotate(Count("id")).order_by())
    places = OfferGroup.objects.filter(id__in=group_ids).values_list("id", "places")
    return {id: (most, asked.get(id, 0)) for id, most in places}


def _winners(lost: Sequence[Offer]) -> dict[UUID, str]:
    """Who had it, by the offer that lost."""
    if not lost:
        return {}
    wanted = Q(pk__in=[])
    for offer in lost:
        wanted |= Q(item=offer.item_id, ended_at=offer.ended_at)
    by_item = dict(Offer.objects.filter(wanted, state="accepted").values_list("item_id", "agent_id"))
    by_item |= {
        id: owner
        for id, owner in Item.objects.filter(
            id__in={offer.item_id for offer in lost if offer.role_id is None}
        ).values_list("id", "owner_id")
        if owner is not None and id not in by_item
    }
    names = words.first_names(set(by_item.values()))
    return {offer.id: names[by_item[offer.item_id]] for offer in lost if by_item.get(offer.item_id) in names}


def _card(offer: Offer, told: _Told, place: str) -> Filling:
    view = told.views.get(offer.item_id)
    if view is None:
        return Filling(piece("my_work/card_as_it_is.html", {}, formats.reader()), {"id": offer.id, "place": place})
    end = _end(offer, formats.now())
    return _ended_card(offer, view, told, end) if end else _open_card(offer, view, told, place)


def _open_card(offer: Offer, view: ItemView, told: _Told, place: str) -> Filling:
    sender = told.senders.get(offer.sender_id, "") if offer.sender_id else ""
    need = words.need(view, told.messages.get(view.id, ""))
    facts, why = words.facts(view), _why(offer, view, told.reasons.get(offer.id))
    seconds = max(1, round((offer.expires_at - offer.made_at).total_seconds()))
    said = Said(
        offer.id, words.title(view), _kind(offer, told), sender, need, offer.note, view.band, view.source,
        view.unanswered_since, seconds, offer.group_id is None, view.masked, tuple(facts), tuple(why),
    )  # fmt: skip
    ring, left = tags.ring(offer.expires_at, seconds), tags.time_left(offer.expires_at)
    return Filling(_kept.of(offer.id, said), {"place": place, "ring": ring, "left": left})


def _made(said: Said) -> Piece:
    look = Look(
        end="", alone=said.alone, sent=bool(said.sender), masked=said.masked, waits=said.waits_since is not None,
        best=said.band in words.BEST, needs=bool(said.need), noted=bool(said.note),
        facts=tuple((f"fact_{n}", f"told_{n}") for n in range(len(said.facts))),
        why=tuple(f"why_{n}" for n in range(len(said.why))),
    )  # fmt: skip
    gaps: dict[str, object] = {
        "id": said.id, "title": said.title, "kind": said.kind, "sender": said.sender, "need": said.need,
        "note": said.note, "band": BANDS[said.band], "source": source(said.source),
        "time": formats.duration(said.seconds),
        "waiting": tags.since(said.waits_since) if said.waits_since is not None else "",
    }  # fmt: skip
    for (name_gap, told_gap), (fact, value) in zip(look.facts, said.facts, strict=True):
        gaps[name_gap], gaps[told_gap] = fact, value
    gaps.update(zip(look.why, said.why, strict=True))
    return _piece(look).partly(gaps)


_kept: Final = KeptWords(_made)


def _piece(look: Look) -> Piece:
    return piece("my_work/card.html", {"look": look}, formats.reader())


def _ended_card(offer: Offer, view: ItemView, told: _Told, end: str) -> Filling:
    phone = words.phone(view) if end == "mine" else ""
    gaps: dict[str, object] = {
        "id": offer.id, "title": words.title(view), "ended": _ended(offer, end, told), "phone": phone,
        "address": words.profile_address(view),
        "gone": int(((offer.ended_at or offer.expires_at) + AFTER).timestamp() * 1000),
    }  # fmt: skip
    look = Look(end=end, alone=offer.group_id is None, calls=bool(phone))
    return Filling(_piece(look), gaps)


def _place(number: int, all_of_them: int) -> str:
    """2 of 3; nothing where it is alone."""
    return "" if all_of_them == 1 else _("%(place)s of %(all)s") % {"place": number, "all": all_of_them}


def _end(offer: Offer, now: datetime) -> str:
    if offer.state == "open":
        return "expired" if offer.expires_at <= now else ""
    names = {"accepted": "mine", "rescinded": "gone"}
    return names.get(offer.state, offer.state)


def _ended(offer: Offer, end: str, told: _Told) -> str:
    winner = told.winners.get(offer.id)
    if end == "gone" and winner and offer.group_id:
        return _("%(name)s accepted first") % {"name": winner}
    if end == "gone" and winner:
        return _("%(name)s has it now") % {"name": winner}
    return str((_ENDS_OF_ROLE if offer.role_id else _ENDS)[end])


def _kind(offer: Offer, told: _Told) -> str:
    """To whom it was offered, and what accepting it means."""
    if offer.role_id is not None:
        said = {"role": told.roles.get(offer.role_id, ""), "kind": _to_whom(offer, told)}
        return _("Role %(role)s: %(kind)s") % said
    return _to_whom(offer, told)


def _to_whom(offer: Offer, told: _Told) -> str:
    if offer.group_id is None or offer.group_id not in told.places:
        return _("Only you, then the next agent") if _has_next(told.reasons.get(offer.id)) else _("Only you")
    places, asked = told.places[offer.group_id]
    if places is None:
        return _("Everyone gets it")
    if places == 1:
        return _("First to accept, %(count)d asked") % {"count": asked}
    return _("The first %(count)d to accept") % {"count": places}


def _has_next(reason: Reason | None) -> bool:
    """Whether the decision knew who comes next. Who that is, is not told to agents."""
    return reason is not None and any(row.said.code == "runner_up" for row in reason.choice.candidates)


def _why(offer: Offer, view: ItemView, reason: Reason | None) -> list[str]:
    """Why you, from the recorded decision: the rank that chose, and what the route asked for."""
    if offer.sender_id is not None or reason is None:
        return []
    found = reason.choice
    route = reason.routes.get(offer.route_id) if offer.route_id else None
    if route is None or found.headline.params.get("route") != route.id:
        return []
    ranks = [row.rank for row in found.candidates if row.agent == offer.agent_id and row.rank is not None]
    broadcast = found.headline.code == "broadcast"
    sentence = _YOU.get(ranks[0].code, _OTHERWISE) if ranks and not broadcast else _OTHERWISE
    return [str(sentence) % {"route": route.name}, *_asked_for(route, view)]


def _asked_for(route: RouteIn, view: ItemView) -> list[str]:
    found = []
    if route.match_language and view.language:
        found.append(_("You speak the language: %(language)s.") % {"language": language_name(view.language)})
    if route.skills:
        known = ", ".join(plain(skill) for skill in route.skills)
        found.append(_("You have what it asks for: %(skills)s.") % {"skills": known})
    return found
