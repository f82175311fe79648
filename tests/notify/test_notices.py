"""Notices: each event is news to whom it concerns, once, whoever relays it and whatever ends in between."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import psycopg
import pytest

from rightaway.accounts.actor import Actor
from rightaway.accounts.models import Membership
from rightaway.accounts.roles import Role
from rightaway.ledger.clock import clock
from rightaway.ledger.events import HINT_CHANNEL, tell
from rightaway.ledger.models import Event, Outbox
from rightaway.notify.in_app.forget import KEPT_DAYS, forget_old
from rightaway.notify.in_app.mark_read import mark_read
from rightaway.notify.in_app.reading import Page, notices, unread
from rightaway.notify.models import Notice
from rightaway.notify.relay import relay_outbox
from rightaway.people.models import AgentState
from rightaway.work.actions.add_task import add_task
from rightaway.work.actions.assign import assign
from rightaway.work.actions.claim import claim
from rightaway.work.actions.expire import expire_due
from rightaway.work.actions.offer import offer
from rightaway.work.actions.receive import receive
from rightaway.work.actions.remind import remind_due
from rightaway.work.actions.revoke import revoke
from rightaway.work.actions.route import route_organisation
from rightaway.work.actions.touch import touch
from rightaway.work.enquiry import Enquiry
from rightaway.work.models import Item, Offer
from tests.calling import Person, new_person, new_team
from tests.faults.killing import KILLED, killed_at
from tests.making import House, works_as
from tests.making_routes import routed
from tests.races.contest import by_processes

SURNAME, PHONE = "Canarias-Quetzal", "+34600123987"


@pytest.fixture
def house(org: int) -> Iterator[House]:
    made = House(org)
    yield made
    assert made.check() == []


def manager(house: House, name: str = "Rosa Medina", role: Role = Role.COMPANY_MANAGER) -> tuple[Person, Actor]:
    person = new_person(house.id, role, name=name)
    type(person.user).objects.filter(id=person.user.id).update(name=name)
    return person, Actor(kind="member", id=person.membership_id, role=role, agent_id=person.agent_id)


def as_member(person: Person, role: Role = Role.AGENT) -> Actor:
    return Actor(kind="member", id=person.membership_id, role=role, agent_id=person.agent_id)


def told(house: House, person: Person) -> list[str]:
    """The kinds of this member's notices, oldest first, after all is relayed."""
    while relay_outbox(house.id):
        pass
    with house.inside():
        rows = Notice.objects.filter(membership=person.membership_id).order_by("at", "id")
        return list(rows.values_list("kind", flat=True))


def given(house: House, person: Person, boss: Actor, count: int = 1) -> None:
    """New items, assigned to the person by hand."""
    for _ in range(count):
        item = house.item()
        do(house, partial(assign, item_id=item, agent_id=person.agent_id, actor=boss))


def read(house: House, actor: Actor, **options: Any) -> Page:
    with house.inside():
        return notices(actor, **options)


def do(house: House, verb: Callable[[], Any]) -> Any:
    with house.inside():
        return verb()


# what is news to whom


def test_assigned_by_hand_moved_and_taken_back(house: House) -> None:
    rosa, boss = manager(house)
    eva, luis = new_person(house.id, name="Eva"), new_person(house.id, name="Luis")
    item = house.item()
    do(house, lambda: assign(item_id=item, agent_id=eva.agent_id, actor=boss))
    assert told(house, eva) == ["assigned"]
    do(house, lambda: assign(item_id=item, agent_id=luis.agent_id, actor=boss))
    assert (told(house, eva), told(house, luis)) == (["assigned", "taken"], ["assigned"])
    do(house, lambda: revoke(item_id=item, actor=boss, to="pool", reason="idle"))
    assert told(house, luis) == ["assigned", "taken"]
    assert told(house, rosa) == []


def test_revoked_for_somebody_else_is_taken_from_one_and_assigned_to_the_other(house: House) -> None:
    _, boss = manager(house)
    eva, luis = new_person(house.id), new_person(house.id)
    item = house.item()
    do(house, lambda: assign(item_id=item, agent_id=eva.agent_id, actor=boss))
    do(house, lambda: revoke(item_id=item, actor=boss, to="agent", agent_id=luis.agent_id, reason="idle"))
    assert (told(house, eva), told(house, luis)) == (["assigned", "taken"], ["assigned"])


def test_a_task_that_is_due_is_news_to_whoever_is_to_do_it_and_of_nobody_s_to_managers(house: House) -> None:
    rosa, boss = manager(house)
    eva = new_person(house.id, name="Eva")
    owned, free, due = house.item(), house.item(), clock()
    do(house, lambda: claim(item_id=owned, actor=as_member(eva)))
    for item in (owned, free):
        plan = partial(add_task, item_id=item, kind="call", due_at=due, remind_at=due, actor=boss)
        do(house, plan)
    assert remind_due(house.id) == 2
    assert (told(house, eva), told(house, rosa)) == (["task_due"], ["task_due"])
    (line,) = read(house, as_member(eva)).lines
    assert line.text == "A task of yours is due."
    assert remind_due(house.id) == 0


def test_whoever_writes_again_is_news_to_the_owner_and_to_nobody_else(house: House) -> None:
    rosa, boss = manager(house)
    eva = new_person(house.id, name="Eva")
    asked = Enquiry(source="web", name="Ana", phone=PHONE, message="Is it free?")
    item = do(house, lambda: receive(enquiry=asked, actor=boss)).item_id
    assert (told(house, eva), told(house, rosa)) == ([], [])  # nobody owns it yet: it is routed
    do(house, lambda: assign(item_id=item, agent_id=eva.agent_id, actor=boss))
    do(house, lambda: receive(enquiry=asked, actor=boss))
    assert (told(house, eva), told(house, rosa)) == (["assigned", "wrote"], [])
    do(house, lambda: touch(item_id=item, actor=as_member(eva), kind="note", text="Called back"))
    assert told(house, eva) == ["assigned", "wrote"]
    line = read(house, as_member(eva)).lines[0]
    assert line.text == "A contact of yours wrote."
    answer = eva.api.get("/notifications").json()["notifications"]
    assert [each["kind"] for each in answer] == ["wrote", "assigned"]


def test_what_people_do_to_themselves_is_no_news_to_them(house: House) -> None:
    rosa, boss = manager(house)
    eva = new_person(house.id)
    mine, hers = house.item(), house.item()
    do(house, lambda: assign(item_id=mine, agent_id=rosa.agent_id, actor=boss))
    do(house, lambda: claim(item_id=hers, actor=as_member(eva)))
    assert (told(house, rosa), told(house, eva)) == ([], [])


def test_routes_assign_and_offer_with_news(house: House) -> None:
    eva = new_person(house.id, capacity=1000)
    routed(house, {"strategy": "round_robin", "act": "assign"})
    house.item("waiting")
    route_organisation(house.id)
    assert told(house, eva) == ["assigned"]
    routed(house, {"strategy": "round_robin"})
    house.item("waiting")
    route_organisation(house.id)
    assert told(house, eva) == ["assigned", "offered"]


def test_an_offer_by_hand_to_many_is_news_to_each(house: House) -> None:
    _, boss = manager(house)
    people = [new_person(house.id) for _ in range(3)]
    item = house.item()
    do(house, lambda: offer(item_id=item, agent_ids=[each.agent_id for each in people], seconds=60, actor=boss))
    assert [told(house, each) for each in people] == [["offered"]] * 3


def test_two_missed_offers_are_told_and_so_is_the_break(house: House) -> None:
    eva = new_person(house.id, capacity=1000)
    new_person(house.id)
    for _ in range(2):
        house.offered(house.item("waiting"), eva.agent_id, delivered=True)
        do(house, lambda: Offer.objects.filter(state="open").update(expires_at=clock()))
        assert expire_due(house.id) == 1
    assert Counter(told(house, eva)) == {"offered": 2, "missed": 2, "break": 1}
    assert house.row(AgentState, agent=eva.agent_id).presence == "break"


@pytest.mark.parametrize("unaccepted", ["wait", "pool"])
def test_when_nobody_can_take_it_managers_hear_of_it(house: House, unaccepted: str) -> None:
    rosa, _ = manager(house)
    tom, _ = manager(house, "Tom", Role.AGENT_MANAGER)
    do(house, lambda: AgentState.objects.update(presence="offline"))
    eva = new_person(house.id, presence="offline")
    routed(house, {"strategy": "round_robin", "nobody": unaccepted})
    house.item("waiting")
    route_organisation(house.id)
    assert (told(house, rosa), told(house, tom), told(house, eva)) == (["nobody"], ["nobody"], [])
    route_organisation(house.id)  # the same answer says nothing new
    assert told(house, rosa) == ["nobody"]


def test_whoever_is_no_member_any_more_is_told_nothing(house: House) -> None:
    _, boss = manager(house)
    eva = new_person(house.id)
    without = house.agent()
    do(house, lambda: Membership.objects.filter(id=eva.membership_id).update(active=False))
    for agent in (eva.agent_id, without):
        item = house.item()
        do(house, partial(assign, item_id=item, agent_id=agent, actor=boss))
    assert told(house, eva) == []


# once


def test_a_relay_that_is_killed_before_its_commit_tells_it_once_all_the_same(house: House, app_dsn: str) -> None:
    _, boss = manager(house)
    eva = new_person(house.id)
    item = house.item()
    do(house, lambda: assign(item_id=item, agent_id=eva.agent_id, actor=boss))
    assert killed_at("relay_before_commit", lambda: relay_outbox(house.id)) == KILLED
    assert house.rows(Notice) == []
    assert house.rows(Outbox) != []
    with psycopg.connect(app_dsn, autocommit=True) as listener:
        listener.execute(f"LISTEN {HINT_CHANNEL}")
        assert told(house, eva) == ["assigned"]
        heard = [hint for note in listener.notifies(timeout=1) for hint in _hints(note.payload, house.id)]
    assert heard.count(["notice", str(eva.membership_id), "new"]) == 1
    assert ["item", str(item), "assigned"] in heard


def _hints(payload: str, organisation_id: int) -> list[list[str]]:
    found = json.loads(payload)
    return list(found["hints"]) if found["organisation"] == organisation_id else []


def test_relays_at_once_tell_each_event_once(house: House) -> None:
    _, boss = manager(house)
    people = [new_person(house.id, capacity=100_000, unanswered_cap=None) for _ in range(3)]
    for number in range(60):
        item = house.item()
        agent = people[number % 3].agent_id
        do(house, partial(assign, item_id=item, agent_id=agent, actor=boss))

    def relaying() -> int:
        done = 0
        while count := relay_outbox(house.id, limit=7):
            done += count
        return done

    outcomes = by_processes(None, [relaying] * 4)
    assert all(outcome.value is not None for outcome in outcomes)
    assert [told(house, each) for each in people] == [["assigned"] * 20] * 3


def test_an_event_that_is_told_again_is_no_new_notice(house: House) -> None:
    _, boss = manager(house)
    eva = new_person(house.id)
    item = house.item()
    do(house, lambda: assign(item_id=item, agent_id=eva.agent_id, actor=boss))
    assert told(house, eva) == ["assigned"]
    do(house, lambda: mark_read(actor=as_member(eva), until=house_newest(eva)))
    event = next(row for row in house.rows(Event, subject_id=item) if row.kind == "assigned")
    do(house, lambda: tell([("item", item, "assigned", event.seq)]))
    assert told(house, eva) == ["assigned"]
    assert read(house, as_member(eva)).lines[0].read


def house_newest(person: Person) -> UUID:
    found: UUID = Notice.objects.filter(membership=person.membership_id).order_by("-id").values_list("id", flat=True)[0]
    return found


def test_five_hundred_at_once_are_all_told(house: House) -> None:
    eva = new_person(house.id, capacity=1_000_000, unanswered_cap=None)
    routed(house, {"strategy": "round_robin", "act": "assign"})
    for _ in range(500):
        house.item("waiting")
    while (found := route_organisation(house.id)) is not None and found.planned:
        pass
    assert told(house, eva) == ["assigned"] * 500
    page = read(house, as_member(eva))
    assert page.lines[0].count == 50
    assert page.lines[0].more == 47
    assert page.next is not None


# what is read


def test_a_notice_row_holds_no_name_no_number_and_no_text(house: House, superuser_dsn: str) -> None:
    rosa, boss = manager(house)
    eva = new_person(house.id)
    item = canary(house)
    do(house, lambda: assign(item_id=item, agent_id=eva.agent_id, actor=boss, note=f"Ask for {SURNAME}"))
    do(house, lambda: revoke(item_id=item, actor=boss, to="pool", reason=f"{SURNAME} complained"))
    assert told(house, eva) == ["assigned", "taken"]
    with psycopg.connect(superuser_dsn) as everything:
        rows = everything.execute("SELECT n::text FROM notify_notice n WHERE organisation_id = %s", [house.id])
        stored = " ".join(row[0] for row in rows.fetchall())
    for secret in (SURNAME, PHONE, "Rosa"):
        assert secret not in stored
    assert str(rosa.membership_id) in stored


def canary(house: House) -> UUID:
    from rightaway.contacts.models import Contact, Identity

    item = house.item()
    with house.inside():
        contact = Item.objects.get(id=item).contact_id
        Contact.objects.filter(id=contact).update(name=f"Lucía {SURNAME}", folded=f"lucia {SURNAME.lower()}")
        Identity.objects.create(contact_id=contact, kind="phone", value=PHONE, raw=PHONE)
    return item


def test_whom_one_has_is_named_and_whom_one_lost_is_not(house: House) -> None:
    _, boss = manager(house)
    eva = new_person(house.id)
    item = canary(house)
    do(house, lambda: assign(item_id=item, agent_id=eva.agent_id, actor=boss))
    told(house, eva)
    (line,) = read(house, as_member(eva)).lines
    assert (line.text, line.by) == ("Rosa Medina assigned you a contact.", "Rosa Medina")
    assert line.items[0].person is not None
    assert line.items[0].person.name == f"Lucía {SURNAME}"
    do(house, lambda: revoke(item_id=item, actor=boss, to="pool", reason="idle"))
    told(house, eva)
    page = read(house, as_member(eva))
    assert [line.text for line in page.lines] == [
        "Rosa Medina took a contact from you: idle", "Rosa Medina assigned you a contact.",
    ]  # fmt: skip
    for secret in (SURNAME, PHONE):
        assert secret not in repr(page)


def test_a_masked_offer_says_not_whose_it_is(house: House) -> None:
    _, boss = manager(house)
    eva, luis = new_person(house.id), new_person(house.id)
    item = canary(house)
    do(house, lambda: offer(item_id=item, agent_ids=[eva.agent_id, luis.agent_id], seconds=60, actor=boss))
    told(house, eva)
    page = read(house, as_member(eva))
    assert page.lines[0].items[0].masked
    for secret in (SURNAME, PHONE):
        assert secret not in repr(page)


def test_an_agent_is_not_told_the_name_of_another_agent(house: House) -> None:
    """Somebody who was a manager when they did it, and is none now."""
    rosa, boss = manager(house)
    eva = new_person(house.id)
    item = house.item()
    do(house, lambda: assign(item_id=item, agent_id=eva.agent_id, actor=boss))
    told(house, eva)
    do(house, lambda: Membership.objects.filter(id=rosa.membership_id).update(role=Role.AGENT.value))
    assert read(house, as_member(eva)).lines[0].text == "A contact was assigned to you."


def test_many_of_a_kind_are_one_line_but_not_offers_that_wait_for_an_answer(house: House) -> None:
    _, boss = manager(house)
    eva = new_person(house.id, capacity=10_000, unanswered_cap=None)
    given(house, eva, boss, 4)
    for _ in range(2):
        item = house.item()
        do(house, partial(offer, item_id=item, agent_ids=[eva.agent_id], seconds=60, actor=boss))
    told(house, eva)
    lines = read(house, as_member(eva)).lines
    assert Counter(line.text for line in lines) == {
        "Rosa Medina offered you a contact.": 2, "Rosa Medina assigned you 4 contacts.": 1,
    }  # fmt: skip
    assert [len(line.items) for line in lines if line.count == 4] == [3]
    do(house, lambda: Offer.objects.filter(state="open").update(expires_at=clock()))
    expire_due(house.id)
    told(house, eva)
    assert {line.text for line in read(house, as_member(eva)).lines} == {
        "2 offers to you expired and went on.", "Rosa Medina offered you 2 contacts.",
        "Rosa Medina assigned you 4 contacts.",
    }  # fmt: skip


def test_pages_follow_one_another_without_a_gap(house: House) -> None:
    _, boss = manager(house)
    eva = new_person(house.id, capacity=10_000, unanswered_cap=None)
    given(house, eva, boss, 7)
    told(house, eva)
    counted, before = [], None
    while True:
        page = read(house, as_member(eva), before=before, limit=3)
        counted.append(sum(line.count for line in page.lines))
        before = page.next
        if before is None:
            break
    assert counted == [3, 3, 1]


# read, and forgotten


def test_reading_leaves_what_came_after_unread_and_others_alone(house: House) -> None:
    _, boss = manager(house)
    eva, luis = new_person(house.id), new_person(house.id)
    for person in (eva, luis):
        item = house.item()
        do(house, partial(assign, item_id=item, agent_id=person.agent_id, actor=boss))
    told(house, eva)
    newest = read(house, as_member(eva)).newest
    assert newest is not None
    item = house.item()
    do(house, lambda: assign(item_id=item, agent_id=eva.agent_id, actor=boss))
    told(house, eva)
    assert do(house, lambda: unread(as_member(eva))) == 2
    assert do(house, lambda: mark_read(actor=as_member(eva), until=newest)) == 1
    assert do(house, lambda: mark_read(actor=as_member(eva), until=newest)) == 0
    assert do(house, lambda: unread(as_member(eva))) == 1
    assert do(house, lambda: unread(as_member(luis))) == 1


def test_thirty_days_are_kept_and_no_sweep_is_endless(house: House) -> None:
    _, boss = manager(house)
    eva = new_person(house.id, capacity=10_000, unanswered_cap=None)
    given(house, eva, boss, 5)
    told(house, eva)
    assert forget_old(house.id) == 0
    with house.inside():
        ids = list(Notice.objects.order_by("id").values_list("id", flat=True)[:3])
        Notice.objects.filter(id__in=ids).update(told_at=clock() - timedelta(days=KEPT_DAYS) - timedelta(minutes=1))
    assert [forget_old(house.id, limit=2) for _ in range(3)] == [2, 1, 0]
    assert told(house, eva) == ["assigned"] * 2


def test_works_as_without_a_membership_reads_nothing(house: House) -> None:
    agent = house.agent()
    assert read(house, works_as(agent)).lines == []


def test_a_team_s_manager_of_another_organisation_sees_none_of_it(house: House, other_org: int) -> None:
    _, boss = manager(house)
    eva = new_person(house.id)
    item = house.item()
    do(house, lambda: assign(item_id=item, agent_id=eva.agent_id, actor=boss))
    told(house, eva)
    theirs = House(other_org)
    stranger = new_person(other_org, Role.COMPANY_MANAGER, team=new_team(other_org))
    relay_outbox(other_org)
    assert read(theirs, as_member(stranger, Role.COMPANY_MANAGER)).lines == []
    assert read(theirs, as_member(eva)).lines == []  # not even by the id of our member
