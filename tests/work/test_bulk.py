"""The same done to many: dealt evenly, one event each, a result for each, stopped and undone."""

import json
from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rightaway.accounts.actor import Actor
from rightaway.accounts.models import Membership
from rightaway.accounts.roles import Role
from rightaway.contacts.models import Entry
from rightaway.ledger.errors import Conflict, Invalid, NotAllowed, NotFound
from rightaway.ledger.models import Event
from rightaway.people.models import AgentState
from rightaway.work.actions.assign import assign
from rightaway.work.actions.end_bulk import confirm_bulk, stop_bulk, undo_bulk
from rightaway.work.actions.offer import offer
from rightaway.work.actions.run_bulk import bulk_due, run
from rightaway.work.actions.start_bulk import Started, start_bulk
from rightaway.work.actions.touch import touch
from rightaway.work.bulk.dealing import Place, deal
from rightaway.work.bulk.wanted import wanted_of
from rightaway.work.models import Bulk, BulkRow, Item, Offer
from tests.calling import Person, new_person, new_team
from tests.making import House
from tests.races.contest import by_processes


def actor_of(person: Person, role: Role) -> Actor:
    return Actor("member", person.membership_id, role, person.agent_id)


@pytest.fixture
def boss(house: House) -> Actor:
    return actor_of(new_person(house.id, Role.COMPANY_MANAGER, capacity=100_000), Role.COMPANY_MANAGER)


def started(house: House, boss: Actor, items: list[UUID], note: str = "", **wanted: Any) -> Started:
    with house.inside():
        return start_bulk(wanted=wanted_of(wanted), item_ids=items, actor=boss, note=note)


def finished(house: House, boss: Actor, items: list[UUID], note: str = "", **wanted: Any) -> Bulk:
    job = started(house, boss, items, note, **wanted)
    while bulk_due(house.id):
        pass
    found: Bulk = house.row(Bulk, id=job.bulk_id)
    return found


def owners(house: House, items: list[UUID]) -> list[UUID | None]:
    with house.inside():
        found = dict(Item.objects.filter(id__in=items).values_list("id", "owner_id"))
    return [found[id] for id in items]


def problems(house: House, job: Bulk) -> list[str]:
    with house.inside():
        return list(BulkRow.objects.filter(bulk=job.id).order_by("place").values_list("problem", flat=True))


def test_dealt_one_each_evenly_by_load_with_one_event_each(house: House, boss: Actor) -> None:
    busy, free, other = house.agent(capacity=2000), house.agent(capacity=2000), house.agent(capacity=2000)
    before = [house.item() for _ in range(4)]
    finished(house, boss, before, verb="assign", agent_ids=[str(busy)])
    items = [house.item() for _ in range(8)]
    job = finished(house, boss, items, verb="assign", agent_ids=[str(busy), str(free), str(other)])
    assert (job.state, job.done, job.refused) == ("done", 8, 0)
    assert Counter(owners(house, items)) == {free: 4, other: 4}
    with house.inside():
        assert Counter(Event.objects.filter(kind="assigned").values_list("subject_id", flat=True)) == dict.fromkeys(
            [*before, *items], 1
        )


@given(
    st.lists(st.integers(0, 500), max_size=60),
    st.lists(st.tuples(st.integers(0, 900), st.integers(100, 2000)), min_size=1, max_size=6),
)
def test_no_deal_leaves_anybody_fuller_than_the_last_one_given_could_have_made_another(
    costs: list[int], loads: list[tuple[int, int]]
) -> None:
    places = [Place(uuid4(), load, capacity) for load, capacity in loads]
    dealt = deal(costs, places)
    load = {place.agent_id: place.load for place in places}
    capacity = {place.agent_id: place.capacity for place in places}
    for cost, agent in zip(costs, dealt, strict=True):
        least = min(load[each] / capacity[each] for each in load)
        assert load[agent] / capacity[agent] == least
        load[agent] += max(cost, 1)


def test_given_at_once_is_what_assigning_one_by_one_gives(house: House, boss: Actor) -> None:
    """Two copies of the same house: whatever `assign` leaves behind, the batch leaves behind."""
    left = []
    for at_once in (True, False):
        first, second = house.agent(), house.agent()
        items = [house.item(), house.item("waiting"), house.item(status="working", unanswered_since=None), house.item()]
        with house.inside():
            assign(item_id=items[3], agent_id=first, actor=boss)
            touch(item_id=items[3], kind="call", actor=boss)
        if at_once:
            finished(house, boss, items, verb="assign", agent_ids=[str(second)])
        else:
            with house.inside():
                for id in items:
                    assign(item_id=id, agent_id=second, actor=boss)
        left.append(_left(house, items, {str(first): "first", str(second): "second"}))
    assert left[0] == left[1]


def _left(house: House, items: list[UUID], names: dict[str, str]) -> Any:
    """What an assignment leaves behind: items, loads and events, without ids and instants."""
    with house.inside():
        rows = list(Item.objects.filter(id__in=items).order_by("id"))
        events = Event.objects.filter(subject_id__in=items, kind="assigned").order_by("subject_id", "seq")
        told = [json.loads(text) for text in events.values_list("body", flat=True)]
        loads = AgentState.objects.filter(agent__in=names).order_by("agent_id").values_list("load", "unanswered")
        loads = list(loads)
    for body in told:
        body |= {"owner": names[body["owner"]], "agent": names[body["agent"]], "by_id": ""}
        body |= {"from": [names[each] for each in body["from"]], "load": [delta for _, delta in body["load"]]}
    return (
        [(r.state, r.cause, names[str(r.owner_id)], r.units, r.due_at, r.called_at, r.event_seq) for r in rows],
        [bool(r.phone_bad_at) for r in rows], sorted(loads), told,
    )  # fmt: skip


def test_who_is_full_or_away_is_refused_by_name_unless_it_was_confirmed(house: House, boss: Actor) -> None:
    full, away = house.agent(capacity=100), house.agent(presence="offline")
    items = [house.item() for _ in range(3)]
    job = finished(house, boss, items, verb="assign", agent_ids=[str(full)])
    assert (job.done, job.refused) == (1, 2) and problems(house, job) == ["", "capacity-full", "capacity-full"]
    job = finished(house, boss, items[1:], verb="assign", agent_ids=[str(away)])
    assert problems(house, job) == ["needs-confirmation"] * 2
    with pytest.raises(Invalid), house.inside():  # a confirmation says why
        start_bulk(
            wanted=wanted_of({"verb": "assign", "agent_ids": [str(away)], "confirmed": True}),
            item_ids=items,
            actor=boss,
        )
    job = finished(
        house, boss, items[1:], "they come back at noon", verb="assign", agent_ids=[str(away)], confirmed=True
    )
    assert job.done == 2
    assert house.row(AgentState, agent=away).load == 200
    assert len(house.rows(Entry, kind="assigned")) == 2


def test_what_cannot_be_given_at_once_gets_its_own_turn(house: House, boss: Actor) -> None:
    agent, asked = house.agent(), house.agent()
    offered, closed, plain = house.item(), house.item("closed"), house.item()
    with house.inside():
        offer(item_id=offered, agent_ids=[asked], seconds=600, actor=boss)
    job = finished(house, boss, [offered, closed, uuid4(), plain], verb="assign", agent_ids=[str(agent)])
    assert problems(house, job) == ["", "wrong-state", "not-found", ""]
    assert house.rows(Offer)[0].state == "rescinded" and owners(house, [offered, plain]) == [agent, agent]


def test_everyone_owns_it(house: House, boss: Actor) -> None:
    first, second = house.agent(), house.agent()
    items = [house.item() for _ in range(2)]
    job = finished(house, boss, items, verb="assign", agent_ids=[str(first), str(second)], sharing="everyone")
    assert job.done == 2
    assert [house.row(AgentState, agent=agent).load for agent in (first, second)] == [200, 200]


@pytest.mark.parametrize(("wanted", "offers"), [
    ({"places": 1}, {"group": 2, "each": 2}), ({"places": None}, {"group": 2, "each": 2}),
    ({"sharing": "one_each"}, {"group": 0, "each": 1}),
])  # fmt: skip
def test_offered_to_many_or_shared_out(
    house: House, boss: Actor, wanted: dict[str, Any], offers: dict[str, int]
) -> None:
    agents = [house.agent(), house.agent()]
    items = [house.item() for _ in range(2)]
    job = finished(house, boss, items, verb="offer", agent_ids=[str(each) for each in agents], **wanted)
    assert job.done == 2
    made = house.rows(Offer)
    assert len(made) == 2 * offers["each"] and len({each.group_id for each in made if each.group_id}) == offers["group"]
    if wanted.get("sharing"):
        assert {each.agent_id for each in made} == set(agents)


def test_many_are_revoked_only_when_a_second_manager_agrees(house: House, boss: Actor) -> None:
    agent = house.agent(capacity=10_000)
    items = [house.item() for _ in range(26)]
    finished(house, boss, items, verb="assign", agent_ids=[str(agent)])
    alone = started(house, boss, items, "left", verb="revoke", to="pool")
    assert alone.state == "running"  # nobody else could agree
    with house.inside():
        stop_bulk(bulk_id=alone.bulk_id, actor=boss)
    second = actor_of(new_person(house.id, Role.COMPANY_MANAGER), Role.COMPANY_MANAGER)
    job = started(house, boss, items, "left", verb="revoke", to="pool")
    assert job.state == "to_confirm" and bulk_due(house.id) == 0
    with house.inside():
        with pytest.raises(NotAllowed):
            confirm_bulk(bulk_id=job.bulk_id, actor=boss)
        confirm_bulk(bulk_id=job.bulk_id, actor=second)
    while bulk_due(house.id):
        pass
    assert house.row(Bulk, id=job.bulk_id).done == 26 and set(owners(house, items)) == {None}


def test_an_assignment_is_undone_as_it_was_where_nothing_has_happened_since(house: House, boss: Actor) -> None:
    had, gets = house.agent(), house.agent()
    pooled, waiting, owned, worked = house.item(), house.item("waiting"), house.item(), house.item()
    finished(house, boss, [owned], verb="assign", agent_ids=[str(had)])
    job = finished(house, boss, [pooled, waiting, owned, worked], verb="assign", agent_ids=[str(gets)])
    with house.inside():
        touch(item_id=worked, kind="note", text="x", actor=boss)
        undone = undo_bulk(bulk_id=job.id, actor=boss)
        with pytest.raises(Conflict):
            undo_bulk(bulk_id=job.id, actor=boss)
    while bulk_due(house.id):
        pass
    assert owners(house, [pooled, waiting, owned, worked]) == [None, None, had, gets]
    assert [house.state(id) for id in (pooled, waiting)] == ["pooled", "waiting"]
    assert problems(house, house.row(Bulk, id=undone.bulk_id)) == ["", "", "", "conflict"]


def test_undo_comes_too_late_after_a_moment_and_for_a_revoke_not(house: House, boss: Actor) -> None:
    agent = house.agent()
    items = [house.item()]
    job = finished(house, boss, items, verb="assign", agent_ids=[str(agent)])
    revoked = finished(house, boss, items, "ill", verb="revoke", to="pool")
    with house.inside():
        Bulk.objects.update(ended_at=job.made_at - timedelta(minutes=1))
        with pytest.raises(Conflict):
            undo_bulk(bulk_id=job.id, actor=boss)
        undo_bulk(bulk_id=revoked.id, actor=boss)
    while bulk_due(house.id):
        pass
    assert owners(house, items) == [agent]


def test_a_stopped_job_leaves_the_rest_as_it_is(house: House, boss: Actor) -> None:
    agent = house.agent()
    items = [house.item() for _ in range(60)]
    job = started(house, boss, items, verb="request_update")
    run(house.id, job.bulk_id, steps=1)
    with house.inside():
        stop_bulk(bulk_id=job.bulk_id, actor=boss)
    assert bulk_due(house.id) == 0
    row = house.row(Bulk, id=job.bulk_id)
    assert row.state == "stopped" and row.done + row.refused == 50
    assert agent


def test_a_member_who_left_does_nothing_more(house: House, boss: Actor) -> None:
    job = started(house, boss, [house.item()], verb="assign", agent_ids=[str(house.agent())])
    with house.inside():
        Membership.objects.filter(id=boss.id).update(active=False)
    assert bulk_due(house.id) == 0 and house.row(Bulk, id=job.bulk_id).state == "stopped"


def test_a_team_manager_assigns_what_is_theirs_to_assign(house: House) -> None:
    team = new_team(house.id)
    manager = actor_of(new_person(house.id, Role.AGENT_MANAGER, team=team), Role.AGENT_MANAGER)
    mate, stranger = new_person(house.id, team=team), house.agent()
    free, theirs = house.item(), house.item()
    with house.inside():
        assign(
            item_id=theirs,
            agent_id=stranger,
            actor=actor_of(new_person(house.id, Role.COMPANY_MANAGER), Role.COMPANY_MANAGER),
        )
    job = finished(house, manager, [free, theirs], verb="assign", agent_ids=[str(mate.agent_id)])
    assert problems(house, job) == ["", "not-found"]
    with house.inside(), pytest.raises(NotFound):
        start_bulk(wanted=wanted_of({"verb": "assign", "agent_ids": [str(stranger)]}), item_ids=[free], actor=manager)


def test_an_agent_starts_none(house: House) -> None:
    me = actor_of(new_person(house.id), Role.AGENT)
    with house.inside(), pytest.raises(NotAllowed):
        start_bulk(wanted=wanted_of({"verb": "assign", "agent_ids": [str(me.agent_id)]}), item_ids=[uuid4()], actor=me)


def test_several_workers_do_each_item_once(house: House, boss: Actor) -> None:
    agents = [str(house.agent(capacity=100_000)) for _ in range(3)]
    items = [house.item() for _ in range(40)]
    job = started(house, boss, items, verb="offer", sharing="one_each", agent_ids=agents)
    by_processes(None, [lambda: run(house.id, job.bulk_id, steps=3)] * 4)
    while bulk_due(house.id):
        pass
    assert house.row(Bulk, id=job.bulk_id).done == 40 and len(house.rows(Offer)) == 40
