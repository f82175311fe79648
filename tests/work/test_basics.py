"""What verbs, routes and time make of the basics of a contact."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from rightaway.accounts.actor import Actor
from rightaway.contacts.models import Identity, Task
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import Conflict, Invalid, NotAllowed, NotFound, Stale, WrongState
from rightaway.routing.basics_schema import BasicsIn, PipelinesIn
from rightaway.routing.models import Config
from rightaway.work.actions.add_task import add_task
from rightaway.work.actions.assign import assign
from rightaway.work.actions.claim import claim
from rightaway.work.actions.end_task import end_task, move_task
from rightaway.work.actions.finish import finish
from rightaway.work.actions.move_status import move_status
from rightaway.work.actions.prioritise import prioritise
from rightaway.work.actions.receive import receive
from rightaway.work.actions.regrade import regrade_due
from rightaway.work.actions.remind import remind_due
from rightaway.work.actions.revoke import revoke
from rightaway.work.actions.route import route_organisation
from rightaway.work.actions.save_basics import save_basics, save_pipelines
from rightaway.work.actions.touch import touch
from rightaway.work.enquiry import Enquiry
from rightaway.work.models import Item
from tests.making import BOSS, House, works_as
from tests.making_routes import routed
from tests.races.contest import by_processes

TEN = timedelta(minutes=10)


def enquiry(**fields: Any) -> Enquiry:
    return Enquiry(**{"source": "web", "name": "Ana", "phone": "+12025550123", "email": "ana@example.com", **fields})


def received(house: House, **fields: Any) -> Any:
    with house.inside():
        id = receive(enquiry=enquiry(**fields), actor=BOSS).item_id
    return house.row(Item, id=id)


def mine(house: House) -> tuple[Actor, Any]:
    """(somebody who acts, an item that they claimed)."""
    agent = house.agent()
    item = received(house, route=False)
    with house.inside():
        claim(item_id=item.id, actor=works_as(agent))
    return works_as(agent), house.row(Item, id=item.id)


def test_an_enquiry_turns_bad_ten_minutes_after_it_was_asked(house: House) -> None:
    item = received(house)
    assert item.status_bad_at == item.waiting_bad_at == item.attention_at == item.unanswered_since + TEN
    assert item.phone_bad_at == item.basics_since + TEN
    assert (item.phone_mark, item.email_mark, item.task_bad_at) == ("", "", None)
    only_mail = received(house, phone=None, email="b@example.com")
    assert (only_mail.phone_mark, only_mail.phone_bad_at) == ("none", None)


def test_a_route_that_assigns_starts_the_owner_s_clock(house: House) -> None:
    agent = house.agent()
    routed(house, {"agents": [agent], "act": "assign"})
    item = received(house)
    house.item()  # of nobody's concern
    with house.inside():
        touch(item_id=item.id, kind="call", outcome="no_answer", actor=BOSS)  # before anybody had it
    assert house.row(Item, id=item.id).called_at is not None
    route_organisation(house.id)
    item = house.row(Item, id=item.id)
    assert (item.owner_id, item.called_at, item.basics_since) == (agent, None, item.assigned_at)
    assert item.phone_bad_at == item.assigned_at + TEN and item.email_bad_at is None


def test_what_the_owner_does_counts_and_what_others_do_does_not(house: House) -> None:
    me, item = mine(house)
    other = house.agent()
    with house.inside():
        touch(item_id=item.id, kind="note", text="by a manager", actor=BOSS)
    boss_who_works = Actor("member", UUID(int=9), BOSS.role, other)
    with house.inside():
        touch(item_id=item.id, kind="call", outcome="no_answer", actor=boss_who_works)
        touch(item_id=item.id, kind="note", text="by a manager", actor=boss_who_works)
    item = house.row(Item, id=item.id)
    assert item.called_at is None and item.notes == 1  # of a key without an agent: the owner's telephone system
    with house.inside():
        touch(item_id=item.id, kind="call", outcome="connected", actor=me)
        touch(item_id=item.id, kind="note", text="by the owner", actor=me)
        touch(item_id=item.id, kind="email", outcome="bounced", actor=me)
    item = house.row(Item, id=item.id)
    assert item.called_at and item.mailed_at and item.notes == 2
    assert (item.phone_mark, item.email_mark) == ("valid", "wrong")
    assert item.email_bad_at is not None and item.phone_bad_at is None
    assert marks(house, item) == {"phone": "valid", "email": "wrong"}


def marks(house: House, item: Item) -> dict[str, str]:
    return {row.kind: row.mark for row in house.rows(Identity, contact=item.contact_id)}


def test_another_owner_begins_anew_and_marks_stay(house: House) -> None:
    me, item = mine(house)
    other = house.agent()
    with house.inside():
        touch(item_id=item.id, kind="call", outcome="connected", actor=me)
        touch(item_id=item.id, kind="note", text="x", actor=me)
        add_task(item_id=item.id, kind="call", due_at=clock() + timedelta(days=1), actor=me)
        assign(item_id=item.id, agent_id=other, actor=BOSS)
    item = house.row(Item, id=item.id)
    assert (item.called_at, item.acted_at, item.notes, item.phone_mark) == (None, None, 0, "valid")
    assert item.phone_bad_at == item.basics_since + TEN
    assert item.next_task_at is not None and item.task_bad_at == item.next_task_at  # tasks move along


def test_nobody_s_contact_turns_bad_even_when_it_was_answered(house: House) -> None:
    me, item = mine(house)
    with house.inside():
        touch(item_id=item.id, kind="call", actor=me)
        revoke(item_id=item.id, to="pool", reason="x", actor=BOSS)
    item = house.row(Item, id=item.id)
    assert item.unanswered_since is None and item.waiting_bad_at == item.basics_since + TEN


def test_asked_again_after_an_answer_is_counted_anew_and_before_it_is_not(house: House) -> None:
    me, item = mine(house)
    received(house)
    assert house.row(Item, id=item.id).basics_since == item.basics_since
    with house.inside():
        touch(item_id=item.id, kind="call", actor=me)
    assert house.row(Item, id=item.id).answered_seconds is not None
    again = received(house)
    assert again.id == item.id and again.called_at is None and again.answered_seconds is None
    assert again.basics_since > item.basics_since and again.waiting_bad_at == again.unanswered_since + TEN


def test_a_closed_item_is_graded_no_more_and_its_tasks_end(house: House) -> None:
    me, item = mine(house)
    with house.inside():
        add_task(item_id=item.id, text="send the plan", due_at=clock() + timedelta(hours=1), actor=me)
        finish(item_id=item.id, outcome="won", actor=me)
    item = house.row(Item, id=item.id)
    assert item.attention_at is None and item.task_bad_at is None and item.next_task_at is None
    assert [task.outcome for task in house.rows(Task)] == ["dropped"]


def test_the_earliest_open_task_stands_on_the_item(house: House) -> None:
    me, item = mine(house)
    with house.inside():
        now = clock()
        late = add_task(item_id=item.id, kind="meeting", due_at=now + timedelta(days=3), actor=me).task_id
        soon = add_task(item_id=item.id, kind="call", due_at=now + timedelta(days=1), actor=me).task_id
    assert house.row(Item, id=item.id).next_task_at == now + timedelta(days=1)
    with house.inside():
        assert end_task(task_id=soon, actor=me).changed and not end_task(task_id=soon, actor=me).changed
        move_task(task_id=late, due_at=now + timedelta(days=5), actor=me)
    assert house.row(Item, id=item.id).next_task_at == now + timedelta(days=5)
    with house.inside():
        end_task(task_id=late, outcome="dropped", actor=me)
    assert house.row(Item, id=item.id).next_task_at is None


@pytest.mark.parametrize("wrong", [
    {"kind": "dance"}, {"text": ""}, {"text": "x" * 501}, {"text": "\0"}, {"due_at": timedelta(days=-2)},
    {"due_at": timedelta(days=4000)}, {"remind_at": timedelta(days=3)},
])  # fmt: skip
def test_a_task_that_nobody_can_mean_is_refused(house: House, wrong: dict[str, Any]) -> None:
    me, item = mine(house)
    with house.inside():
        now = clock()
        fields = {"text": "x", "due_at": timedelta(days=1), **wrong}
        fields |= {name: now + value for name, value in fields.items() if isinstance(value, timedelta)}
        with pytest.raises(Invalid):
            add_task(item_id=item.id, actor=me, **fields)


def test_tasks_of_what_is_not_yours_do_not_exist(house: House) -> None:
    me, item = mine(house)
    stranger = works_as(house.agent())
    with house.inside():
        task = add_task(item_id=item.id, kind="call", due_at=clock() + timedelta(days=1), actor=me).task_id
        for step in (
            lambda: end_task(task_id=task, actor=stranger),
            lambda: move_task(task_id=task, due_at=clock(), actor=stranger),
            lambda: add_task(item_id=item.id, kind="call", due_at=clock(), actor=stranger),
        ):
            with pytest.raises(NotFound):
                step()


def test_no_more_tasks_than_anybody_does(house: House) -> None:
    me, item = mine(house)
    with house.inside():
        now = clock()
        Task.objects.bulk_create(
            Task(contact_id=item.contact_id, item_id=item.id, kind="call", made_at=now, due_at=now) for _ in range(200)
        )
        Item.objects.filter(id=item.id).update(next_task_at=now, task_bad_at=now, attention_at=now)
        with pytest.raises(Conflict):
            add_task(item_id=item.id, kind="call", due_at=now, actor=me)


def test_two_who_end_a_task_end_it_once(house: House) -> None:
    me, item = mine(house)
    with house.inside():
        task = add_task(item_id=item.id, kind="call", due_at=clock() + timedelta(days=1), actor=me).task_id
    ended = by_processes(house.id, [lambda: end_task(task_id=task, actor=me)] * 8)
    assert sum(outcome.value.changed for outcome in ended) == 1
    assert house.row(Item, id=item.id).next_task_at is None


def test_a_reminder_is_told_once_to_whoever_owns_it_then(house: House) -> None:
    me, item = mine(house)
    with house.inside():
        now = clock()
        add_task(item_id=item.id, kind="call", due_at=now + timedelta(hours=1), remind_at=now, actor=me)
    assert [remind_due(house.id), remind_due(house.id)] == [1, 0]


def test_a_status_is_one_of_the_pipeline(house: House) -> None:
    me, item = mine(house)
    with house.inside():
        with pytest.raises(Invalid):
            move_status(item_id=item.id, status="dancing", actor=me)
        stages = [{"code": "evaluate"}, {"code": "dancing", "en": "Dancing", "es": "Bailando"}]
        save_pipelines(
            pipelines=PipelinesIn.model_validate({"pipelines": [{"kind": "lead", "stages": stages}]}), actor=BOSS
        )
        move_status(item_id=item.id, status="dancing", actor=me)
        with pytest.raises(Invalid):
            move_status(item_id=item.id, status="nurture", actor=me)


def test_new_thresholds_grade_what_is_open_anew(house: House) -> None:
    items = [received(house, email=f"{n}@example.com", phone=None) for n in range(5)]
    house.item()  # never counted
    rules = BasicsIn.model_validate({"thresholds": [{"kind": "lead", "late_seconds": 1200}]})
    with house.inside():
        save_basics(basics=rules, actor=BOSS)
    done = [regrade_due(house.id, limit=2) for _ in range(5)]
    assert done == [2, 2, 2, 0, 0]
    for item in items:
        assert house.row(Item, id=item.id).waiting_bad_at == item.unanswered_since + 2 * TEN
    assert house.row(Config).regrade_from is None


def test_settings_are_the_company_manager_s_and_never_overwritten_unseen(house: House) -> None:
    with house.inside():
        with pytest.raises(NotAllowed):
            save_basics(basics=BasicsIn(), actor=works_as(house.agent()))
        tag = save_basics(basics=BasicsIn(zone="Europe/Madrid"), actor=BOSS)
        save_basics(basics=BasicsIn(zone="Europe/Paris"), actor=BOSS, if_match=tag)
        with pytest.raises(Stale):
            save_basics(basics=BasicsIn(), actor=BOSS, if_match=tag)


def test_a_manager_marks_as_priority_and_an_agent_does_not(house: House) -> None:
    me, item = mine(house)
    with house.inside():
        with pytest.raises(NotAllowed):
            prioritise(item_id=item.id, priority=True, actor=me)
        assert prioritise(item_id=item.id, priority=True, actor=BOSS).band == 2
        assert not prioritise(item_id=item.id, priority=True, actor=BOSS).changed
        assert prioritise(item_id=item.id, priority=False, actor=BOSS).band == 1
        finish(item_id=item.id, outcome="won", actor=me)
        with pytest.raises(WrongState):
            prioritise(item_id=item.id, priority=True, actor=BOSS)
