"""People who leave and people who are ill: cut off at the moment, their work moved once, and returned where nobody has
touched it."""

from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from rightaway.accounts.actor import Actor
from rightaway.accounts.models import ApiKey, Membership
from rightaway.accounts.roles import Role
from rightaway.contacts.models import Task
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import Conflict, Invalid, NotAllowed, NotFound, NotSignedIn
from rightaway.people.acting import Credentials, acting
from rightaway.people.models import Absence, Agent, AgentState, TeamMember
from rightaway.work import departures
from rightaway.work.actions.add_task import add_task
from rightaway.work.actions.assign import assign
from rightaway.work.actions.depart import depart_due
from rightaway.work.actions.finish import finish
from rightaway.work.actions.ill import come_back, fall_ill
from rightaway.work.actions.leave import cancel_leave, leave, take_back
from rightaway.work.actions.offer import offer
from rightaway.work.actions.presence import declare
from rightaway.work.actions.run_bulk import bulk_due
from rightaway.work.actions.touch import touch
from rightaway.work.models import Campaign, Departure, Item, Offer
from tests.calling import Person, new_person, new_team
from tests.making import BOSS, House, works_as


def gone(house: House) -> None:
    """Works off what is due, without waiting between two looks at a job."""
    while True:
        with house.inside():
            Departure.objects.filter(state="leaving").update(due_at=clock())
        if not depart_due(house.id) + bulk_due(house.id):
            return


def owner(house: House, item: UUID) -> UUID | None:
    found: UUID | None = house.row(Item, id=item).owner_id
    return found


def given(house: House, agent: UUID, count: int, **columns: Any) -> list[UUID]:
    items = [house.item(**columns) for _ in range(count)]
    with house.inside():
        for item in items:
            assign(item_id=item, agent_id=agent, actor=BOSS, over_capacity=True, note="x")
    return items


@pytest.fixture
def leaver(house: House) -> Person:
    return new_person(house.id, presence="available", capacity=100_000)


def test_nothing_of_them_remains_and_the_book_is_shared_out_by_load(house: House, leaver: Person) -> None:
    team = new_team(house.id)
    light, heavy = new_person(house.id, team=team, capacity=1000), new_person(house.id, team=team, capacity=1000)
    given(house, heavy.agent_id, 4)
    items, offered, closed = given(house, leaver.agent_id, 6), house.item(), given(house, leaver.agent_id, 1)[0]
    with house.inside():
        offer(item_id=offered, agent_ids=[leaver.agent_id], seconds=600, actor=BOSS)
        finish(item_id=closed, outcome="won", actor=BOSS)
        leave(agent_id=leaver.agent_id, actor=BOSS, to="team", team_id=team)
    gone(house)
    assert Counter(owner(house, item) for item in items) == {light.agent_id: 5, heavy.agent_id: 1}
    assert house.row(Offer).state == "withdrawn" and owner(house, closed) is None
    assert not house.row(Agent, id=leaver.agent_id).active
    state = house.row(AgentState, agent=leaver.agent_id)
    assert (state.active, state.presence, state.load) == (False, "offline", 0)
    assert not house.row(Membership, id=leaver.membership_id).active
    assert house.rows(ApiKey, membership=leaver.membership_id, revoked_at=None) == []
    with pytest.raises(NotSignedIn), acting(Credentials(house.id, user_id=leaver.user.id)):
        pass
    assert leaver.api.get("/me").status_code == 401
    assert house.row(Departure, agent=leaver.agent_id).state == "gone"


def test_to_a_person_their_tasks_go_along_and_others_keep_what_they_share(house: House, leaver: Person) -> None:
    takes, other = house.agent(), house.agent()
    (mine,), (shared,), (foreign,) = given(house, leaver.agent_id, 1), [house.item()], given(house, other, 1)
    with house.inside():
        assign(item_id=shared, agent_id=leaver.agent_id, others=[other], actor=BOSS)
        for item in (mine, shared, foreign):
            add_task(
                item_id=item, due_at=clock() + timedelta(days=1), kind="call", agent_id=leaver.agent_id, actor=BOSS
            )
        leave(agent_id=leaver.agent_id, actor=BOSS, to="agent", receiver_id=takes)
    gone(house)
    assert [owner(house, item) for item in (mine, shared, foreign)] == [takes, other, other]
    tasks = {task.item_id: task.agent_id for task in house.rows(Task)}
    assert tasks == {mine: takes, shared: None, foreign: None}


def test_what_those_named_cannot_have_goes_to_the_routes(house: House, leaver: Person) -> None:
    takes = house.agent()
    with house.inside():
        campaign = Campaign.objects.create(key="c", name="C")
    (plain,) = given(house, leaver.agent_id, 1)
    (closed_off,) = given(house, leaver.agent_id, 1)
    with house.inside():
        Item.objects.filter(id=closed_off).update(campaign=campaign.id)
        leave(agent_id=leaver.agent_id, actor=BOSS, to="agent", receiver_id=takes)
    gone(house)
    assert owner(house, plain) == takes and house.state(closed_off) == "waiting"
    second = new_person(house.id)
    left_too = given(house, second.agent_id, 1)[0]
    with house.inside():
        leave(agent_id=second.agent_id, actor=BOSS, to="agent", receiver_id=takes)
        AgentState.objects.filter(agent=takes).update(active=False)
        Agent.objects.filter(id=takes).update(active=False)
    gone(house)
    assert house.state(left_too) == "waiting"


def test_a_date_is_waited_for_and_can_be_cancelled(house: House, leaver: Person) -> None:
    (item,) = given(house, leaver.agent_id, 1)
    with house.inside():
        at = clock() + timedelta(days=3)
        planned = leave(agent_id=leaver.agent_id, actor=BOSS, to="routes", at=at)
        again = leave(agent_id=leaver.agent_id, actor=BOSS, to="routes", at=at + timedelta(days=1))
    assert planned.departure_id == again.departure_id and again.at > planned.at
    gone(house)
    assert owner(house, item) == leaver.agent_id
    with house.inside():
        cancel_leave(agent_id=leaver.agent_id, actor=BOSS)
        Departure.objects.update(starts_at=clock())
        with pytest.raises(Conflict):
            cancel_leave(agent_id=leaver.agent_id, actor=BOSS)
    gone(house)
    assert house.row(Agent, id=leaver.agent_id).active


def test_taking_back_returns_what_no_person_has_touched(house: House, leaver: Person) -> None:
    takes = house.agent(capacity=100_000)
    kept, worked, closed, moved = given(house, leaver.agent_id, 4)
    with house.inside():
        leave(agent_id=leaver.agent_id, actor=BOSS, to="agent", receiver_id=takes)
    gone(house)
    with house.inside():
        touch(item_id=worked, kind="note", text="x", actor=works_as(takes))
        finish(item_id=closed, outcome="lost", actor=BOSS)
        assign(item_id=moved, agent_id=new_agent(house), actor=BOSS)
        take_back(agent_id=leaver.agent_id, actor=BOSS)
    while bulk_due(house.id):
        pass
    assert owner(house, kept) == leaver.agent_id and owner(house, worked) == takes
    assert owner(house, closed) is None and owner(house, moved) not in (takes, leaver.agent_id)
    assert house.row(Agent, id=leaver.agent_id).active
    with acting(Credentials(house.id, user_id=leaver.user.id)) as who:
        assert who.actor.agent_id == leaver.agent_id
    assert leaver.api.get("/me").status_code == 401  # keys stay revoked
    with house.inside(), pytest.raises(Conflict):
        take_back(agent_id=leaver.agent_id, actor=BOSS)


def new_agent(house: House) -> UUID:
    agent = Agent.objects.create(key="late", name="Late")
    AgentState.objects.create(agent_id=agent.id, presence="available")
    found: UUID = agent.id
    return found


def test_taking_back_comes_too_late_after_thirty_days(house: House, leaver: Person) -> None:
    with house.inside():
        leave(agent_id=leaver.agent_id, actor=BOSS, to="routes")
    gone(house)
    with house.inside():
        Departure.objects.update(gone_at=clock() - timedelta(days=31))
        with pytest.raises(Conflict):
            take_back(agent_id=leaver.agent_id, actor=BOSS)


def test_who_may_end_whom(house: House) -> None:
    team = new_team(house.id)
    manager, mate = new_person(house.id, Role.AGENT_MANAGER, team=team), new_person(house.id, team=team)
    chief, stranger = new_person(house.id, Role.COMPANY_MANAGER, team=team), new_person(house.id)
    acts = Actor("member", manager.membership_id, Role.AGENT_MANAGER, manager.agent_id)
    with house.inside():
        with pytest.raises(NotAllowed):  # themselves
            leave(agent_id=manager.agent_id, actor=acts, to="routes")
        with pytest.raises(NotAllowed):  # more than they are
            leave(agent_id=chief.agent_id, actor=acts, to="routes")
        with pytest.raises(NotFound):
            leave(agent_id=stranger.agent_id, actor=acts, to="routes")
        with pytest.raises(NotFound):  # a team of others
            leave(agent_id=mate.agent_id, actor=acts, to="team", team_id=new_team(house.id))
        with pytest.raises(Conflict):  # the last who manages the company
            leave(agent_id=chief.agent_id, actor=BOSS, to="routes")
        assert leave(agent_id=mate.agent_id, actor=acts, to="routes").state == "planned"


@pytest.mark.parametrize("wanted", [
    {"to": "nowhere"}, {"to": "team"}, {"to": "agent"}, {"to": "routes", "receiver_id": UUID(int=1)},
    {"to": "routes", "at": "past"}, {"to": "routes", "at": "far"}, {"to": "agent", "receiver_id": "same"},
])  # fmt: skip
def test_what_cannot_be_meant_is_refused(house: House, leaver: Person, wanted: dict[str, Any]) -> None:
    with house.inside():
        if wanted.get("at"):
            wanted = {**wanted, "at": clock() + timedelta(days=-1 if wanted["at"] == "past" else 1000)}
        if wanted.get("receiver_id") == "same":
            wanted = {**wanted, "receiver_id": leaver.agent_id}
        with pytest.raises(Invalid):
            leave(agent_id=leaver.agent_id, actor=BOSS, **wanted)


def test_more_than_a_few_steps_of_a_job_move(house: House, leaver: Person) -> None:
    items, takes = given(house, leaver.agent_id, 120), house.agent(capacity=1_000_000)
    with house.inside():
        leave(agent_id=leaver.agent_id, actor=BOSS, to="agent", receiver_id=takes)
    gone(house)
    assert {owner(house, item) for item in items} == {takes}


# ill today


@pytest.fixture
def ward(house: House) -> tuple[Person, Person, Person]:
    """Somebody of a team with one colleague who is there and one who is not."""
    team = new_team(house.id)
    return (
        new_person(house.id, team=team, capacity=10_000),
        new_person(house.id, team=team, capacity=10_000),
        new_person(house.id, team=team, presence="offline"),
    )


def test_what_cannot_wait_is_lent_and_the_rest_stays(house: House, ward: tuple[Person, Person, Person]) -> None:
    ill, there, away = ward
    (hot,), (plain,) = given(house, ill.agent_id, 1, band=2), given(house, ill.agent_id, 1)
    today, later = given(house, ill.agent_id, 2)
    offered = house.item()
    with house.inside():
        now = clock()
        until = departures.end_of_day(Agent.objects.get(id=ill.agent_id), now)
        add_task(item_id=today, due_at=now, kind="meeting", text="x", actor=BOSS, agent_id=ill.agent_id)
        add_task(item_id=later, due_at=until + timedelta(hours=1), kind="call", actor=BOSS)
        offer(item_id=offered, agent_ids=[ill.agent_id], seconds=600, actor=BOSS)
        said = fall_ill(agent_id=ill.agent_id, actor=works_as(ill.agent_id))
        assert fall_ill(agent_id=ill.agent_id, actor=BOSS).departure_id == said.departure_id
    assert (said.moving, said.withdrawn, said.until) == (2, 1, until)
    while bulk_due(house.id):
        pass
    assert [owner(house, item) for item in (hot, plain, today, later)] == [
        there.agent_id, ill.agent_id, there.agent_id, ill.agent_id,
    ]  # fmt: skip
    assert house.row(Task, item_id=today).agent_id == there.agent_id
    state = house.row(AgentState, agent=ill.agent_id)
    assert (state.presence, state.reason) == ("offline", "ill")
    assert house.row(Absence).ends_at == until
    assert away.agent_id not in {owner(house, item) for item in (hot, today)}


def test_with_nobody_there_the_routes_have_it(house: House) -> None:
    alone = new_person(house.id)
    (hot,) = given(house, alone.agent_id, 1, band=3)
    with house.inside():
        fall_ill(agent_id=alone.agent_id, actor=BOSS)
    while bulk_due(house.id):
        pass
    assert house.state(hot) == "waiting"


def test_back_returns_what_is_untouched_and_undo_leaves_no_absence(
    house: House, ward: tuple[Person, Person, Person]
) -> None:
    ill, there, _ = ward
    kept, worked = given(house, ill.agent_id, 2, band=3)
    with house.inside():
        fall_ill(agent_id=ill.agent_id, actor=BOSS)
    while bulk_due(house.id):
        pass
    with house.inside():
        touch(item_id=worked, kind="call", outcome="connected", actor=works_as(there.agent_id))
        come_back(agent_id=ill.agent_id, actor=BOSS)
        with pytest.raises(Conflict):
            come_back(agent_id=ill.agent_id, actor=BOSS)
    while bulk_due(house.id):
        pass
    assert [owner(house, item) for item in (kept, worked)] == [ill.agent_id, there.agent_id]
    assert house.rows(Absence) == []
    assert house.row(AgentState, agent=ill.agent_id).presence == "available"


def test_the_end_of_the_day_returns_it_too_and_coming_back_later_keeps_the_absence(
    house: House, ward: tuple[Person, Person, Person]
) -> None:
    ill, there, _ = ward
    (item,) = given(house, ill.agent_id, 1, band=3)
    for ending in ("day", "back"):
        with house.inside():
            fall_ill(agent_id=ill.agent_id, actor=BOSS)
        while bulk_due(house.id):
            pass
        assert owner(house, item) == there.agent_id
        with house.inside():
            Departure.objects.filter(state="gone").update(starts_at=clock() - timedelta(hours=2))
            if ending == "day":
                Departure.objects.filter(state="gone").update(due_at=clock())
            else:
                come_back(agent_id=ill.agent_id, actor=BOSS)
        gone(house)
        assert owner(house, item) == ill.agent_id
        assert house.row(AgentState, agent=ill.agent_id).presence == "offline"
        with house.inside():
            declare(agent_id=ill.agent_id, presence="available", actor=BOSS)
    assert len(house.rows(Absence)) == 2


def test_an_agent_says_so_of_nobody_else(house: House, ward: tuple[Person, Person, Person]) -> None:
    ill, there, _ = ward
    with house.inside(), pytest.raises(NotFound):
        fall_ill(agent_id=ill.agent_id, actor=works_as(there.agent_id))


def test_whoever_is_ill_can_leave(house: House, ward: tuple[Person, Person, Person]) -> None:
    ill, there, _ = ward
    items = given(house, ill.agent_id, 1, band=3) + given(house, ill.agent_id, 1)
    with house.inside():
        fall_ill(agent_id=ill.agent_id, actor=BOSS)
        team = TeamMember.objects.get(agent=ill.agent_id).team_id
        leave(agent_id=ill.agent_id, actor=BOSS, to="team", team_id=team)
    gone(house)
    with house.inside():
        Departure.objects.filter(kind="ill").update(due_at=clock())
    gone(house)
    assert ill.agent_id not in {owner(house, item) for item in items}
    assert there.agent_id in {owner(house, item) for item in items}


@pytest.mark.parametrize("left_over", [
    {"presence": "break"}, {"active": True},
], ids=str)  # fmt: skip
def test_the_check_names_whoever_left_and_still_holds_something(org: int, left_over: dict[str, Any]) -> None:
    house = House(org)
    leaver = new_person(org)
    with house.inside():
        leave(agent_id=leaver.agent_id, actor=BOSS, to="routes")
    gone(house)
    assert house.check() == []
    with house.inside():
        AgentState.objects.filter(agent=leaver.agent_id).update(**left_over)
    assert [found.number for found in house.check()] == ["I27"]
