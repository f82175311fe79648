"""Merges at one instant with each other, and with whatever else may happen to the two contacts."""

import time
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from rightaway.contacts.models import Contact, Identity
from rightaway.work import identities
from rightaway.work.actions import receive as receiving
from rightaway.work.actions.accept import accept
from rightaway.work.actions.archive_contact import archive_contact
from rightaway.work.actions.assign import assign
from rightaway.work.actions.create_contact import create_contact
from rightaway.work.actions.edit_contact import Edit, edit_contact
from rightaway.work.actions.merge_contacts import merge_contacts
from rightaway.work.actions.receive import receive
from rightaway.work.actions.undo_merge import undo_merge
from rightaway.work.contact_record import reached_by
from rightaway.work.enquiry import Enquiry
from rightaway.work.models import Item
from tests.contacts.making import asks
from tests.making import BOSS, House, works_as
from tests.races.contest import by_processes

ONE, TWO = "+541143215678", "+541143215679"


def one_front_each(house: House) -> None:
    """Nothing hangs on a contact that was merged away, and of each other one item is in front."""
    with house.inside():
        for contact in Contact.objects.all():
            items = Item.objects.filter(contact=contact.id)
            if contact.merged_into_id is not None:
                assert not items.exists() and not Identity.objects.filter(contact=contact.id).exists()
            else:
                assert items.filter(front=True).count() == (0 if contact.archived_at else 1)


def test_of_all_merges_of_the_same_two_one_happens(house: House) -> None:
    (one, _), (two, _), (three, _) = (asks(house, "Ana", phone=f"+54114321567{n}") for n in range(3))
    pairs = [(one, two), (two, one), (one, three), (three, two)]
    verbs = [partial(merge_contacts, survivor_id=a, other_id=b, actor=BOSS) for a, b in pairs]
    outcomes = by_processes(house.id, verbs)
    assert {outcome.error for outcome in outcomes} <= {"", "Conflict"}
    gone = len(house.rows(Contact, merged_into__isnull=False))
    assert gone == sum(not outcome.error for outcome in outcomes) >= 1
    one_front_each(house)


def rivals(house: House, one: UUID, two: UUID, kept: UUID, gone: UUID) -> dict[str, Callable[[], Any]]:
    agent = house.agent()
    (offer,) = house.offered(gone, agent)
    return {
        "accept": partial(accept, offer_id=offer, actor=works_as(agent)),
        "assign": partial(assign, item_id=gone, agent_id=agent, actor=BOSS),
        "ask": partial(receive, enquiry=Enquiry(source="web", phone=TWO, line="rent"), actor=BOSS),
        "edit": partial(edit_contact, contact_id=two, edit=Edit(name="Eva"), actor=BOSS, seen=None),
        "archive": partial(archive_contact, contact_id=two, actor=BOSS, close_open=True),
        "type in": partial(
            create_contact, enquiry=Enquiry(source="", name="Eva"), reached=reached_by([TWO], [], ""), values={},
            owner="nobody", actor=BOSS, known_too=True,
        ),
    }  # fmt: skip


@pytest.mark.parametrize("rival", ["accept", "assign", "ask", "edit", "archive", "type in"])
def test_a_merge_against_anything_else(house: House, rival: str) -> None:
    (one, kept), (two, gone) = asks(house, "Ana", phone=ONE), asks(house, "Eva", phone=TWO)
    verb = rivals(house, one, two, kept, gone)[rival]
    merge = partial(merge_contacts, survivor_id=one, other_id=two, actor=BOSS)
    first, second = by_processes(house.id, [merge, verb])
    assert first.error == "", first
    assert second.error in ("", "WrongState", "OfferEnded", "Conflict", "NotFound"), second
    one_front_each(house)
    with house.inside():
        done = undo_merge(merge_id=first.value.merge_id, actor=BOSS)
        assert {done.contact_id, done.other_id} == {one, two}
    one_front_each(house)


def test_somebody_typed_in_twice_at_once_is_one(house: House) -> None:
    verb = partial(
        create_contact, enquiry=Enquiry(source="", name="Ana"), reached=reached_by([ONE], [], ""), values={},
        owner="nobody", actor=BOSS,
    )  # fmt: skip
    outcomes = by_processes(house.id, [verb] * 4)
    assert sorted(outcome.error for outcome in outcomes) == ["", "KnownPerson", "KnownPerson", "KnownPerson"]
    assert len(house.rows(Contact)) == 1


def test_a_company_named_by_many_at_once_is_one(house: House) -> None:
    verbs = [
        partial(receive, enquiry=Enquiry(source="web", name=str(n), company=f"Ñandú{' ' * n}SA"), actor=BOSS)
        for n in range(1, 5)
    ]
    assert [outcome.error for outcome in by_processes(house.id, verbs)] == [""] * 4
    assert len({row.employer_id for row in house.rows(Contact)}) == 1


def slow_to_match(monkeypatch: pytest.MonkeyPatch) -> None:
    """An enquiry that has found its contact and goes on only after everybody else had their time."""
    match = receiving._match

    def slowly(enquiry: Enquiry) -> Any:
        found = match(enquiry)
        time.sleep(1.5)
        return found

    monkeypatch.setattr(receiving, "_match", slowly)


@pytest.mark.parametrize("locked", [True, False])
def test_an_enquiry_never_lands_on_who_is_merged_away(org: int, monkeypatch: pytest.MonkeyPatch, locked: bool) -> None:
    """Without the locks of identities it would, and the check says so."""
    house = House(org)
    (one, _), (two, _) = asks(house, "Ana", phone=ONE), asks(house, "Eva", phone=TWO)
    slow_to_match(monkeypatch)
    if not locked:
        monkeypatch.setattr(identities, "lock", lambda *_names, **_also: None)
    ask = partial(receive, enquiry=Enquiry(source="web", phone=TWO, line="rent"), actor=BOSS)
    merge = partial(merge_contacts, survivor_id=one, other_id=two, actor=BOSS)
    assert [outcome.error for outcome in by_processes(house.id, [ask, merge])] == ["", ""]
    assert [violation.number for violation in house.check()] == ([] if locked else ["I28"])
