"""Writes news as notices of members, in the transaction that tells the event: all of it happens once, or none."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from rightaway.accounts.models import Membership
from rightaway.accounts.roles import Role
from rightaway.ledger.arrays import plain, quoted
from rightaway.ledger.ids import new_id
from rightaway.ledger.statements import executed, fetched
from rightaway.notify.reactions import MANAGERS, News

_AGENTS: Final = """
SELECT a.id, a.membership_id FROM people_agent a
JOIN accounts_membership m ON m.organisation_id = a.organisation_id AND m.id = a.membership_id AND m.active
WHERE a.organisation_id = %(organisation)s::smallint AND a.id = ANY (%(agents)s::uuid[])
"""
# Told already: then it is there, read or not.
_WRITE: Final = """
INSERT INTO notify_notice (organisation_id, id, membership_id, subject_kind, subject_id, seq, kind, at, item_id, by,
    by_id)
SELECT %(organisation)s::smallint, n.* FROM unnest(%(ids)s::uuid[], %(members)s::uuid[], %(kinds)s::text[],
    %(subjects)s::uuid[], %(numbers)s::int[], %(told)s::text[], %(instants)s::timestamptz[], %(items)s::uuid[],
    %(by)s::text[], %(by_ids)s::uuid[]) n
ON CONFLICT DO NOTHING
"""


def deliver(news: Sequence[News]) -> list[list[str]]:
    """One notice for each member whom it concerns, but not for whoever did it. Returns hints to these members."""
    agents, managers = _agents(news), _managers(news)
    rows = [row for each in news for row in _rows(each, agents, managers)]
    if not rows:
        return []
    members, kinds, subjects, numbers, told, instants, items, by, by_ids = zip(*rows, strict=True)
    executed(
        _WRITE, ids=plain(new_id() for _ in rows), members=plain(members), kinds=plain(kinds),
        subjects=plain(subjects), numbers=plain(numbers), told=plain(told),
        instants=quoted(at.isoformat() for at in instants), items=plain(items), by=quoted(by), by_ids=plain(by_ids),
    )  # fmt: skip
    return [["notice", str(id), "new"] for id in sorted(set(members))]


def _agents(news: Sequence[News]) -> dict[UUID, UUID]:
    """The memberships of those agents who are people that can sign in."""
    wanted = {each.agent_id for each in news if each.agent_id is not MANAGERS}
    return dict(fetched(_AGENTS, agents=plain(wanted))) if wanted else {}


def _managers(news: Sequence[News]) -> list[UUID]:
    if all(each.agent_id is not MANAGERS for each in news):
        return []
    found = Membership.objects.filter(active=True).exclude(role=Role.AGENT.value)
    return list(found.values_list("id", flat=True))


def _rows(news: News, agents: Mapping[UUID, UUID], managers: Sequence[UUID]) -> Iterator[tuple[Any, ...]]:
    event = news.happened
    by, by_id = str(event.body.get("by", "system")), event.body.get("by_id")
    for membership_id in _to(news, agents, managers):
        if str(membership_id) != str(by_id):
            yield (
                membership_id, event.subject_kind, event.subject_id, event.seq, news.kind, event.at, event.item_id, by,
                by_id,
            )  # fmt: skip


def _to(news: News, agents: Mapping[UUID, UUID], managers: Sequence[UUID]) -> Sequence[UUID]:
    if news.agent_id is None:
        return managers
    return [agents[news.agent_id]] if news.agent_id in agents else []
