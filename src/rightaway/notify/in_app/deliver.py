"""Writes news as notices of members, in the transaction that tells the event: all of it happens once, or none."""

from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from rightaway.accounts.models import Membership
from rightaway.accounts.roles import Role
from rightaway.notify.models import Notice
from rightaway.notify.reactions import MANAGERS, News
from rightaway.people.models import Agent

_BATCH = 1000


def deliver(news: Sequence[News]) -> list[list[str]]:
    """One notice for each member whom it concerns, but not for whoever did it. Returns hints to these members."""
    agents, managers = _agents(news), _managers(news)
    rows = [row for each in news for row in _rows(each, agents, managers)]
    # Told already: then it is there, read or not.
    Notice.objects.bulk_create(rows, ignore_conflicts=True, batch_size=_BATCH)
    return [["notice", str(id), "new"] for id in sorted({row.membership_id for row in rows})]


def _agents(news: Sequence[News]) -> dict[UUID, UUID]:
    """The memberships of those agents who are people that can sign in."""
    wanted = {each.agent_id for each in news if each.agent_id is not MANAGERS}
    found = Agent.objects.filter(id__in=wanted, membership__active=True) if wanted else Agent.objects.none()
    return dict(found.values_list("id", "membership_id"))


def _managers(news: Sequence[News]) -> list[UUID]:
    if all(each.agent_id is not MANAGERS for each in news):
        return []
    found = Membership.objects.filter(active=True).exclude(role=Role.AGENT.value)
    return list(found.values_list("id", flat=True))


def _rows(news: News, agents: Mapping[UUID, UUID], managers: Sequence[UUID]) -> Iterator[Notice]:
    event = news.happened
    by, by_id = str(event.body.get("by", "system")), event.body.get("by_id")
    for membership_id in _to(news, agents, managers):
        if str(membership_id) != str(by_id):
            yield Notice(
                membership_id=membership_id, subject_kind=event.subject_kind, subject_id=event.subject_id,
                seq=event.seq, kind=news.kind, at=event.at, item_id=event.item_id, by=by, by_id=by_id,
            )  # fmt: skip


def _to(news: News, agents: Mapping[UUID, UUID], managers: Sequence[UUID]) -> Sequence[UUID]:
    if news.agent_id is None:
        return managers
    return [agents[news.agent_id]] if news.agent_id in agents else []
