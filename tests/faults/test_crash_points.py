"""kill -9 at every point that the code names: what was not committed never was, what was is done once, and it goes on.

The points enumerate themselves: one that is added without a scene here fails the first test.
"""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

import rightaway
from rightaway.accounts.actor import SYSTEM, Actor
from rightaway.accounts.roles import Role
from rightaway.ledger import crash
from rightaway.ledger.clock import clock
from rightaway.ledger.models import Event, Outbox
from rightaway.notify.in_app.forget import KEPT_DAYS
from rightaway.notify.models import Notice
from rightaway.notify.relay import relay_outbox
from rightaway.people.models import AgentState
from rightaway.work.actions.accept import accept
from rightaway.work.actions.add_task import add_task
from rightaway.work.actions.assign import assign
from rightaway.work.actions.assign_role import assign_role
from rightaway.work.actions.claim import claim
from rightaway.work.actions.create_contact import create_contact
from rightaway.work.actions.decline import decline
from rightaway.work.actions.depart import depart_due
from rightaway.work.actions.edit_contact import Edit, edit_contact
from rightaway.work.actions.edit_note import edit_note
from rightaway.work.actions.end_task import end_task, move_task
from rightaway.work.actions.expire import expire_due
from rightaway.work.actions.fill import fill_due
from rightaway.work.actions.finish import finish
from rightaway.work.actions.give_task import give_task
from rightaway.work.actions.hand_back import hand_back
from rightaway.work.actions.hand_over import hand_over
from rightaway.work.actions.leave import leave
from rightaway.work.actions.let_go import let_go
from rightaway.work.actions.let_routes_decide import let_routes_decide
from rightaway.work.actions.merge_contacts import merge_contacts
from rightaway.work.actions.move_status import move_status
from rightaway.work.actions.offer import offer
from rightaway.work.actions.offer_role import offer_role
from rightaway.work.actions.pin_note import pin_note
from rightaway.work.actions.presence import declare
from rightaway.work.actions.prioritise import prioritise
from rightaway.work.actions.put_back import put_back
from rightaway.work.actions.receive import receive
from rightaway.work.actions.remind import remind_due
from rightaway.work.actions.request_update import request_update
from rightaway.work.actions.rescind import rescind
from rightaway.work.actions.revoke import revoke
from rightaway.work.actions.route import route_organisation
from rightaway.work.actions.run_bulk import bulk_due
from rightaway.work.actions.share import share
from rightaway.work.actions.start_bulk import start_bulk
from rightaway.work.actions.touch import touch
from rightaway.work.actions.undo_merge import undo_merge
from rightaway.work.bulk.deeds import undo
from rightaway.work.bulk.wanted import wanted_of
from rightaway.work.check import check
from rightaway.work.enquiry import Enquiry
from rightaway.work.models import BulkRow, Item, Offer
from rightaway.worker.loop import SWEEPS, Worker
from tests.calling import new_person
from tests.contacts.making import asks
from tests.faults.killing import KILLED, killed_at
from tests.faults.test_talk_crash_points import POINTS as TALK
from tests.making import BOSS, House, works_as
from tests.making_routes import routed


class Scene:
    """A house with something to do for every verb; each method that is named after an event does it."""

    def __init__(self, org: int) -> None:
        self.house = House(org)
        self.me, self.other = self.house.agent(), self.house.agent()
        self.actor = works_as(self.me)
        self.item = self.house.item("waiting")

    def inside(self, verb: Callable[[], Any]) -> Any:
        with self.house.inside():
            return verb()

    def owned(self) -> None:
        self.inside(lambda: assign(item_id=self.item, agent_id=self.me, actor=BOSS))

    def held(self) -> UUID:
        return self.house.offered(self.item, self.me)[0]


def action(scene: Scene, event: str) -> Callable[[], Any]:
    """Prepares the house, and returns the transaction that writes this event."""
    item, me, other, actor = scene.item, scene.me, scene.other, scene.actor
    if event in ("accepted", "declined", "rescinded", "withdrawn", "expired"):
        held = scene.held()
        verbs: dict[str, Callable[[], Any]] = {
            "accepted": lambda: accept(offer_id=held, actor=actor),
            "declined": lambda: decline(offer_id=held, actor=actor, kind="busy_now"),
            "rescinded": lambda: rescind(offer_id=held, actor=BOSS),
            "withdrawn": lambda: declare(agent_id=me, presence="offline", actor=actor),
        }
        if event == "expired":
            scene.inside(lambda: Offer.objects.update(expires_at=clock()))
            return lambda: expire_due(scene.house.id)
        return lambda: scene.inside(verbs[event])
    if event == "depart":
        scene.inside(lambda: leave(agent_id=me, actor=BOSS, to="routes"))
        return lambda: depart_due(scene.house.id)
    if event in ("bulk", "given"):
        person = new_person(scene.house.id, Role.COMPANY_MANAGER)
        boss = Actor("member", person.membership_id, Role.COMPANY_MANAGER, person.agent_id)
        wanted = wanted_of({"verb": "assign", "agent_ids": [str(other)]})
        scene.inside(lambda: start_bulk(wanted=wanted, item_ids=[item], actor=boss))
        return lambda: bulk_due(scene.house.id)
    if event in ("revoked", "handed_back", "touched", "moved", "update_requested", "handed_over"):
        scene.owned()
    if event in ("task_ended", "task_moved", "task_due"):
        now = scene.inside(clock)
        task = scene.inside(
            lambda: add_task(item_id=item, kind="call", due_at=now + timedelta(days=1), remind_at=now, actor=BOSS)
        ).task_id
        if event == "task_due":
            return lambda: remind_due(scene.house.id)
        ending = {
            "task_ended": lambda: end_task(task_id=task, actor=BOSS),
            "task_moved": lambda: move_task(task_id=task, due_at=clock() + timedelta(days=2), actor=BOSS),
        }
        return lambda: scene.inside(ending[event])
    if event == "sent_to_routes":
        pooled = scene.house.item("pooled")
        return lambda: scene.inside(lambda: let_routes_decide(item_id=pooled, actor=BOSS))
    if event == "put_back":
        scene.owned()
        scene.inside(lambda: revoke(item_id=item, actor=BOSS, to="pool", reason="idle"))
    if event in ("undone", "update_request_withdrawn"):
        scene.owned()
        seq = scene.house.row(Item, id=item).event_seq
        before = {"owner": None, "state": "pooled", "cause": "new"}
        row = scene.inside(lambda: BulkRow(item_id=item, seq=seq, before=before))
        did = {"verb": "assign", "agent_ids": [str(me)]} if event == "undone" else {"verb": "request_update"}
        return lambda: scene.inside(lambda: undo(row, wanted_of(did), BOSS))
    if event == "role_assigned":
        role = scene.house.role(me, other)
        scene.inside(lambda: offer_role(item_id=item, role_id=role, agent_ids=[me, other], seconds=600, actor=BOSS))
        return lambda: scene.inside(lambda: assign_role(item_id=item, role_id=role, agent_id=other, actor=BOSS))
    if event in ("kept_private", "shared"):
        person = new_person(scene.house.id)
        mine = Actor("member", person.membership_id, Role.AGENT, person.agent_id)

        def made() -> Any:
            enquiry = Enquiry(source="", name="Aunt Ana")
            return create_contact(enquiry=enquiry, reached=[], values={}, owner="private", actor=mine)

        if event == "kept_private":
            return lambda: scene.inside(made)
        kept = scene.inside(made).item_id
        return lambda: scene.inside(lambda: share(item_id=kept, actor=mine))
    if event in ("role_waits", "role_unfilled"):
        nobody = "wait" if event == "role_waits" else "pool"
        away = scene.house.agent(presence="offline")
        scene.house.role(away)
        routed(scene.house, {"role": "buyer", "act": "assign", "agents": [away], "nobody": nobody})
        scene.inside(lambda: receive(enquiry=Enquiry(source="web", name="Ana", phone="+34600111222"), actor=BOSS))
        return lambda: fill_due(scene.house.id)
    if event in ("merged", "merge", "parted", "edited"):
        return of_contacts(scene, event)
    if event in ("note_edited", "note_pinned", "task_given"):
        return of_own_work(scene, event)
    enquiry = Enquiry(source="web", name="Ana", phone="+34600111222")
    if event == "attached":
        scene.inside(lambda: receive(enquiry=enquiry, actor=BOSS))
    more: dict[str, Callable[[], Any]] = {
        "assigned": lambda: assign(item_id=item, agent_id=other, actor=BOSS),
        "offered": lambda: offer(item_id=item, agent_ids=[me], seconds=600, actor=BOSS),
        "claimed": lambda: claim(item_id=item, actor=actor),
        "revoked": lambda: revoke(item_id=item, actor=BOSS, to="routes", reason="idle"),
        "handed_back": lambda: hand_back(item_id=item, actor=actor, reason="no time"),
        "handed_over": lambda: hand_over(item_id=item, from_id=me, to_id=other, cause="left", actor=SYSTEM),
        "touched": lambda: touch(item_id=item, actor=actor, kind="call"),
        "moved": lambda: move_status(item_id=item, status="working", actor=actor),
        "task_added": lambda: add_task(item_id=item, kind="call", due_at=clock() + timedelta(days=1), actor=BOSS),
        "prioritised": lambda: prioritise(item_id=item, priority=True, actor=BOSS),
        "update_requested": lambda: request_update(item_id=item, actor=BOSS),
        "put_back": lambda: put_back(item_id=item, actor=BOSS),
        "finished": lambda: finish(item_id=item, outcome="lost", actor=BOSS),
        "attached": lambda: receive(enquiry=enquiry, actor=BOSS),
        "receive": lambda: receive(enquiry=enquiry, actor=BOSS),
    }
    return lambda: scene.inside(more[event])


def of_contacts(scene: Scene, event: str) -> Callable[[], Any]:
    (one, _), (two, _) = (asks(scene.house, name, phone=f"+54114321567{n}") for n, name in enumerate(("Ana", "Eva")))
    if event == "edited":
        edit = Edit(name="Eva", campaign="", language="es")
        return lambda: scene.inside(lambda: edit_contact(contact_id=one, edit=edit, actor=BOSS, seen=None))

    def merged() -> Any:
        return merge_contacts(survivor_id=one, other_id=two, actor=BOSS)

    if event == "parted":
        merge = scene.inside(merged).merge_id
        return lambda: scene.inside(lambda: undo_merge(merge_id=merge, actor=BOSS))
    return lambda: scene.inside(merged)


def of_own_work(scene: Scene, event: str) -> Callable[[], Any]:
    item, me, actor = scene.item, scene.me, scene.actor
    scene.owned()
    note = scene.inside(lambda: touch(item_id=item, kind="note", text="as it was", actor=actor)).entry_id
    task = scene.inside(
        lambda: add_task(item_id=item, kind="call", due_at=clock() + timedelta(days=1), actor=BOSS)
    ).task_id
    verbs: dict[str, Callable[[], Any]] = {
        "note_edited": lambda: edit_note(entry_id=note, text="as it is", actor=actor),
        "note_pinned": lambda: pin_note(entry_id=note, pinned=True, actor=actor),
        "task_given": lambda: give_task(task_id=task, agent_id=me, actor=BOSS),
    }
    return lambda: scene.inside(verbs[event])


EVENTS = (
    "accepted", "declined", "rescinded", "withdrawn", "expired", "revoked", "handed_back", "touched", "moved",
    "assigned", "offered", "claimed", "finished", "attached", "receive", "task_added", "task_ended", "task_moved",
    "task_due", "prioritised", "update_requested", "update_request_withdrawn", "put_back", "undone", "sent_to_routes",
    "given", "bulk", "role_assigned", "handed_over", "depart", "merged", "merge", "parted", "edited", "note_edited",
    "note_pinned", "task_given", "role_waits", "role_unfilled",
    "kept_private", "shared",
)  # fmt: skip
PLANNER = ("route_before_commit", "route_after_commit", "relay_before_commit")
WORKER = tuple(f"worker_after_{sweep.name}" for sweep in SWEEPS)
EVERY_SWEEP = [sweep.name for sweep in SWEEPS]


def points() -> set[str]:
    """The crash points that the code names, wherever they are."""
    found: set[str] = set()
    for path in Path(rightaway.__file__).parent.rglob("*.py"):
        text = path.read_text()
        for name in re.findall(r'crash_point\(f?"([^"]+)"\)', text):
            if name == "worker_after_{sweep.name}":
                found.update(WORKER)
            elif name != "{event}_before_commit":
                found.add(name)
        if path.is_relative_to(Path(rightaway.__file__).parent / "work"):
            found.update(f"{event}_before_commit" for event in re.findall(r'event="(\w+)"', text))
    return found


def test_every_crash_point_has_its_scene() -> None:
    assert points() == {*(f"{event}_before_commit" for event in EVENTS), *PLANNER, *WORKER, *TALK}


@pytest.fixture
def scene(org: int) -> Iterator[Scene]:
    made = Scene(org)
    yield made
    assert made.house.check() == []


def killed_then_done(scene: Scene, event: str, doing: Callable[[], Any]) -> None:
    """Killed before its commit it never was; done again, it is."""
    before = len(scene.house.rows(Event))
    assert killed_at(f"{event}_before_commit", doing) == KILLED
    assert len(scene.house.rows(Event)) == before
    assert scene.house.check() == []
    doing()
    assert len(scene.house.rows(Event)) > before


OF_ROLES = ("offered", "accepted", "declined", "rescinded", "withdrawn", "expired")


def of_role(scene: Scene, event: str) -> Callable[[], Any]:
    """The same events about one of the item's roles."""
    item, me, role = scene.item, scene.me, scene.house.role(scene.me)

    def held_out() -> Any:
        return offer_role(item_id=item, role_id=role, agent_ids=[me], seconds=600, actor=BOSS)

    if event == "offered":
        return lambda: scene.inside(held_out)
    (held,) = scene.inside(held_out).offer_ids
    if event == "expired":
        scene.inside(lambda: Offer.objects.update(expires_at=clock()))
        return lambda: expire_due(scene.house.id)
    verbs: dict[str, Callable[[], Any]] = {
        "accepted": lambda: accept(offer_id=held, actor=scene.actor),
        "declined": lambda: decline(offer_id=held, actor=scene.actor, kind="busy_now"),
        "rescinded": lambda: rescind(offer_id=held, actor=BOSS),
        "withdrawn": lambda: let_go(agent_id=me, actor=BOSS),
    }
    return lambda: scene.inside(verbs[event])


@pytest.mark.parametrize("event", OF_ROLES)
def test_an_offer_of_a_role_that_was_killed_never_was_and_may_be_made_again(scene: Scene, event: str) -> None:
    killed_then_done(scene, event, of_role(scene, event))
    assert scene.house.state(scene.item) == "waiting"


@pytest.mark.parametrize("event", EVENTS)
def test_what_was_killed_before_its_commit_never_was_and_may_be_done_again(scene: Scene, event: str) -> None:
    killed_then_done(scene, event, action(scene, event))


_OLD_NEWS: dict[str, Any] = {
    "subject_kind": "item", "subject_id": UUID(int=1), "seq": 1, "kind": "assigned", "by": "system",
    "at": datetime(2020, 1, 1, tzinfo=UTC),
}  # fmt: skip


def busy(scene: Scene) -> None:
    """Something to do for every sweep."""
    routed(scene.house, {"strategy": "round_robin", "unaccepted": "wait"})
    late, leaving = scene.house.item("waiting"), scene.house.agent()
    scene.house.offered(late, scene.other)
    scene.inside(lambda: Offer.objects.update(expires_at=clock()))
    scene.house.offered(scene.house.item("waiting"), leaving)
    scene.inside(lambda: AgentState.objects.filter(agent=leaving).update(present_until=clock()))
    member = new_person(scene.house.id, presence="offline").membership_id
    scene.inside(
        lambda: Notice.objects.create(
            membership_id=member, **_OLD_NEWS, told_at=clock() - 2 * timedelta(days=KEPT_DAYS)
        )
    )


def work_off(scene: Scene) -> None:
    worker = Worker()
    while worker.tick({scene.house.id: EVERY_SWEEP}, 0.0):
        pass
    assert worker.failures == {}


@pytest.mark.parametrize("point", [*WORKER, *PLANNER])
def test_a_worker_killed_anywhere_is_followed_by_one_that_goes_on(scene: Scene, point: str) -> None:
    busy(scene)
    doing = {"relay_before_commit": lambda: relay_outbox(scene.house.id)}.get(
        point, lambda: Worker().tick({scene.house.id: EVERY_SWEEP}, 0.0)
    )
    assert killed_at(point, doing) == KILLED
    assert scene.house.check() == []
    work_off(scene)
    states = [row.state for row in scene.house.rows(Item)]
    assert states == ["offered"] * 3
    assert len(scene.house.rows(Offer, state="open")) == 3
    assert scene.house.rows(Outbox) == []
    assert scene.house.rows(Notice) == []  # these agents are nobody who can sign in, and the old news is forgotten


def test_a_planner_killed_after_its_commit_gives_nothing_twice(scene: Scene) -> None:
    routed(scene.house, {"strategy": "round_robin"})
    assert killed_at("route_after_commit", lambda: route_organisation(scene.house.id)) == KILLED
    given = route_organisation(scene.house.id)
    assert given is not None
    assert given.planned == 0
    assert len(scene.house.rows(Offer, item=scene.item)) == 1


# what is told before it is durable


def acknowledged_by(scene: Scene, tmp_path: Path, *, early: bool) -> list[UUID]:
    """A door that writes down what it acknowledges, killed before the commit. `early`: it tells first, a bug."""
    told = tmp_path / "told"
    enquiry = Enquiry(source="web", name="Ana", phone="+34600111222")

    def door() -> None:
        with scene.house.inside():
            received = receive(enquiry=enquiry, actor=BOSS)
            if early:
                told.write_text(str(received.item_id))
            crash.crash_point("before_commit")
        told.write_text(str(received.item_id))

    assert killed_at("before_commit", door) == KILLED
    return [UUID(line) for line in told.read_text().split()] if told.exists() else []


def test_what_is_told_after_the_commit_is_there(scene: Scene, tmp_path: Path) -> None:
    told = acknowledged_by(scene, tmp_path, early=False)
    with scene.house.inside():
        assert check(told) == []


def test_an_answer_before_the_commit_is_caught(scene: Scene, tmp_path: Path) -> None:
    told = acknowledged_by(scene, tmp_path, early=True)
    with scene.house.inside():
        assert [violation.number for violation in check(told)] == ["I1"]
