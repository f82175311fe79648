"""Notes that are put right and pinned, and tasks that change hands: once, whoever tries at the same time."""

from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest

from rightaway.accounts.actor import Actor
from rightaway.contacts.models import Entry, Task
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import Conflict, NotAllowed, NotFound
from rightaway.ledger.models import Event
from rightaway.work.actions.add_task import add_task
from rightaway.work.actions.claim import claim
from rightaway.work.actions.edit_note import edit_note
from rightaway.work.actions.give_task import give_task
from rightaway.work.actions.pin_note import pin_note
from rightaway.work.actions.touch import touch
from rightaway.work.models import Item
from rightaway.work.queries import timeline
from tests.making import BOSS, House, works_as
from tests.races.contest import by_processes


def noted(house: House, text: str = "as it was") -> tuple[Actor, UUID, UUID]:
    """(an owner, their item, a note of theirs on it)."""
    agent, item_id = house.agent(), house.item()
    with house.inside():
        claim(item_id=item_id, actor=works_as(agent))
        note = touch(item_id=item_id, kind="note", text=text, actor=works_as(agent)).entry_id
    return works_as(agent), item_id, note


def events(house: House, item_id: UUID, kind: str) -> int:
    return len(house.rows(Event, subject_id=item_id, kind=kind))


def test_the_same_text_again_is_no_change(house: House) -> None:
    me, item_id, note = noted(house)
    with house.inside():
        assert not edit_note(entry_id=note, text="as it was", actor=me).changed
        assert edit_note(entry_id=note, text="as it is", actor=me).changed
    assert events(house, item_id, "note_edited") == 1


def test_only_a_note_is_a_note(house: House) -> None:
    me, item_id, _note = noted(house)
    with house.inside():
        call = touch(item_id=item_id, kind="call", text="said", actor=me).entry_id
        with pytest.raises(NotFound):
            edit_note(entry_id=call, text="x", actor=me)
        with pytest.raises(NotFound):
            pin_note(entry_id=call, pinned=True, actor=me)


def test_a_manager_who_wrote_it_edits_it_and_another_does_not(house: House) -> None:
    _me, item_id, _note = noted(house)
    other = Actor("member", UUID(int=8), BOSS.role)
    with house.inside():
        note = touch(item_id=item_id, kind="note", text="mine", actor=BOSS).entry_id
        with pytest.raises(NotAllowed):
            edit_note(entry_id=note, text="yours", actor=other)
        assert edit_note(entry_id=note, text="still mine", actor=BOSS).changed


def test_many_who_pin_at_once_pin_no_more_than_may_be(house: House) -> None:
    me, item_id, _note = noted(house)
    with house.inside():
        ids = [touch(item_id=item_id, kind="note", text=str(n), actor=me).entry_id for n in range(8)]
    outcomes = by_processes(house.id, [partial(pin_note, entry_id=id, pinned=True, actor=me) for id in ids])
    assert sum(outcome.error == "Conflict" for outcome in outcomes) == 3
    pinned = [row for row in house.rows(Entry, item_id=item_id) if row.data.get("pinned")]
    assert len(pinned) == events(house, item_id, "note_pinned") == 5


def test_a_task_is_given_once_and_only_to_whoever_works_on_it(house: House) -> None:
    me, item_id, _note = noted(house)
    stranger = house.agent()
    with house.inside():
        task = add_task(item_id=item_id, kind="call", due_at=clock() + timedelta(days=1), actor=me).task_id
        with pytest.raises(Conflict):
            give_task(task_id=task, agent_id=stranger, actor=BOSS)
        with pytest.raises(NotFound):
            give_task(task_id=task, agent_id=None, actor=works_as(stranger))
    given = by_processes(house.id, [partial(give_task, task_id=task, agent_id=me.agent_id, actor=me)] * 6)
    assert sum(outcome.value.changed for outcome in given) == events(house, item_id, "task_given") == 1
    assert house.row(Task, id=task).agent_id == me.agent_id
    assert house.check() == []


def test_the_timeline_goes_on_before_an_instant(house: House) -> None:
    me, item_id, _note = noted(house, "first")
    with house.inside():
        touch(item_id=item_id, kind="note", text="second", actor=me)
        item = Item.objects.get(id=item_id)
        (latest,) = timeline(me, item, limit=1)
        (before, *_rest) = timeline(me, item, limit=9, before=latest.at)
    assert (latest.text, before.text) == ("second", "first")
