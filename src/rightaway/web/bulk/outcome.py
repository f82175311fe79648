"""The right side of a dialog: what will happen, before it does, in sentences."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from rightaway.accounts.actor import Actor
from rightaway.web import formats
from rightaway.web.bulk import words
from rightaway.web.contacts.rows import Row, rows_of
from rightaway.work import access
from rightaway.work.bulk.foreseen import Foreseen, Receiver, foresee
from rightaway.work.models import Item

_MOST_RECEIVERS = 12
_MOST_WARNED = 4


@dataclass(frozen=True, slots=True)
class Given:
    """One of the first contacts, and the names of those who get it."""

    row: Row
    names: list[str]


@dataclass(frozen=True, slots=True)
class Load:
    """An agent's load in whole places, now and if they take everything."""

    name: str
    now: int
    then: int
    capacity: int
    gets: int

    @property
    def more(self) -> int:
        return max(0, self.then - self.now)

    @property
    def full(self) -> bool:
        return self.then > self.capacity


@dataclass(frozen=True, slots=True)
class Outcome:
    """`says` are (icon or glyph state, sentence). `problem` is what keeps it from being sent."""

    foreseen: Foreseen | None
    given: list[Given]
    more: int
    says: list[tuple[str, str]]
    loads: list[Load]
    more_loads: int
    button: str
    problem: str
    verb: str

    @property
    def protected(self) -> list[str]:
        """What a revoke leaves alone, by why."""
        found = self.foreseen.protected if self.foreseen is not None else {}
        return [words.counted(words.PROTECTED[why], count) for why, count in sorted(found.items())]

    @property
    def ready(self) -> bool:
        return self.foreseen is not None and self.foreseen.able > 0


def nothing(problem: str, verb: str) -> Outcome:
    return Outcome(None, [], 0, [], [], 0, "", problem, verb)


def outcome(actor: Actor, wanted: Any, ids: list[UUID]) -> Outcome:
    """Raises what `foresee` does."""
    found = foresee(wanted=wanted, item_ids=ids, actor=actor)
    names = {each.agent_id: each.name for each in found.receivers}
    rows = _rows(actor, [id for id, _agents in found.first])
    given = [
        Given(rows[id], [names[agent] for agent in agents[:5]]) for id, agents in found.first if id in rows
    ]  # fmt: skip
    shown = sorted(found.receivers, key=lambda each: (-each.gets, each.name))[:_MOST_RECEIVERS]
    loads = (
        []
        if not found.able
        else [Load(each.name, each.load // 100, each.then // 100, each.capacity // 100, each.gets) for each in shown]
    )
    return Outcome(
        found, given, found.able - len(given), _says(wanted, found), loads, len(found.receivers) - len(loads),
        words.button(wanted.verb, found.able, sum(each.gets > 0 for each in found.receivers)), "", wanted.verb,
    )  # fmt: skip


def _rows(actor: Actor, ids: list[UUID]) -> dict[UUID, Row]:
    items = list(access.visible_items(actor).filter(id__in=ids)) if ids else []
    return {row.item.id: row for row in rows_of(actor, items)}


def named(actor: Actor, ids: list[UUID], most: int = 3) -> str:
    """Tomás Herrera, Amara Diallo and 9 more."""
    first = ids[:most]
    items = {item.id: item for item in Item.objects.filter(id__in=first)} if first else {}
    visible = set(access.visible_items(actor).filter(id__in=first).values_list("id", flat=True))
    rows = rows_of(actor, [items[id] for id in first if id in visible])
    names, rest = ", ".join(row.name for row in rows), len(ids) - len(rows)
    if not names:
        return ""
    more = ngettext("and %(count)s more", "and %(count)s more", rest) % {"count": formats.number(rest)}
    return f"{names} {more}" if rest else names


def _says(wanted: Any, found: Foreseen) -> list[tuple[str, str]]:
    says = [*_first(wanted, found)] if found.able else []
    of_role = getattr(wanted, "role_id", None) is not None
    if found.owned and wanted.verb == "assign":
        says.append(("caution", _held(found.owned) if of_role else _owned(found.owned)))
    for slug, count in sorted(found.refused.items()):
        says.append(("caution", _left_out(slug, count, "role" if of_role else wanted.verb)))
    if of_role and found.able:
        says.append(("info", _("A role costs no place; who owns the contact stays.")))
    says += _warnings(wanted, found)
    if found.second:
        says.append(("info", _("A second manager has to agree before it happens.")))
    return says


def _first(wanted: Any, found: Foreseen) -> list[tuple[str, str]]:
    """What goes out, and what follows."""
    if wanted.verb == "offer":
        until = formats.clock_time(formats.now() + timedelta(seconds=wanted.seconds))
        out = ngettext("%(count)s offer goes out now.", "%(count)s offers go out now.", found.offers)
        if wanted.role_id is not None:
            then = _("At %(time)s the role is free again where nobody took it.")
            return [("send", out % {"count": formats.number(found.offers)}), ("clock", then % {"time": until})]
        then = {
            "unassigned": _("At %(time)s whatever nobody took is unassigned again."),
            "routes": _("At %(time)s the routes decide about whatever nobody took."),
        }[wanted.if_nobody]
        return [("send", out % {"count": formats.number(found.offers)}), ("clock", then % {"time": until})]
    if wanted.verb == "request_update":
        due = formats.moment(formats.now() + timedelta(seconds=wanted.seconds))
        return [("clock", _("The owners are asked now, and answer by %(time)s.") % {"time": due})]
    if wanted.verb == "revoke":
        where = {
            "routes": _("They go through the routes again, never to the same agent within 24 hours."),
            "pool": _("They go to the lead pool."), "agent": _("They go to whom you chose."),
        }  # fmt: skip
        return [("undo-2", where[wanted.to]), ("history", _("They can be put back for 30 days."))]
    if wanted.verb == "route":
        return [("route", _("The routes look at them from the top, as if they came in now."))]
    if wanted.verb == "assign":
        return [("check", _("They are theirs at once, and each agent is told."))]
    return [("check", words.title(wanted.verb, found.able) + ".")]


def _held(count: int) -> str:
    return ngettext(
        "In %(count)s somebody has the role already, who loses it.",
        "In %(count)s somebody has the role already, who loses it.", count,
    ) % {"count": formats.number(count)}  # fmt: skip


def _owned(count: int) -> str:
    return ngettext(
        "%(count)s has an owner already, who loses it.", "%(count)s have an owner already, who loses them.", count
    ) % {"count": formats.number(count)}


def _left_out(slug: str, count: int, verb: str) -> str:
    text = ngettext("%(count)s is left as it is: %(reason)s.", "%(count)s are left as they are: %(reason)s.", count)
    reason = words.reason(slug, verb)
    return text % {"count": formats.number(count), "reason": reason[:1].lower() + reason[1:]}


def _warnings(wanted: Any, found: Foreseen) -> list[tuple[str, str]]:
    """Of agents: who is away, who would be too full, who does not speak the language."""
    says = []
    getting = [each for each in found.receivers if each.gets]
    for each in [each for each in getting if each.away][:_MOST_WARNED]:
        says.append(("caution", _("%(agent)s is not available now.") % {"agent": each.name}))
    for each in [each for each in getting if each.full][:_MOST_WARNED]:
        says.append(("caution", _full(wanted, each)))
    for each in [each for each in getting if each.unspoken][:_MOST_WARNED]:
        text = ngettext(
            "%(agent)s does not speak the language of %(count)s of them.",
            "%(agent)s does not speak the language of %(count)s of them.", each.unspoken,
        )  # fmt: skip
        says.append(("caution", text % {"agent": each.name, "count": formats.number(each.unspoken)}))
    return says


def _full(wanted: Any, each: Receiver) -> str:
    free = max(0, each.capacity - each.load) // 100
    places = ngettext("%(count)d place", "%(count)d places", free) % {"count": free}
    if wanted.verb == "offer":
        return _("%(agent)s has %(places)s. What is more they cannot accept.") % {"agent": each.name, "places": places}
    return _("%(agent)s has %(places)s and would get %(gets)s.") % {
        "agent": each.name, "places": places, "gets": formats.number(each.gets),
    }  # fmt: skip
