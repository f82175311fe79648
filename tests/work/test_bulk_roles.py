"""A functional role of many items at once: given or offered, foreseen as it happens, and undone as it was."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import ValidationError

from rightaway.accounts.actor import Actor
from rightaway.accounts.roles import Role
from rightaway.ledger.errors import Conflict, NotAllowed, NotFound, WrongState
from rightaway.people.models import AgentState, FunctionalRole
from rightaway.work.actions.accept import accept
from rightaway.work.actions.assign import assign
from rightaway.work.actions.end_bulk import undo_bulk
from rightaway.work.actions.finish import finish
from rightaway.work.actions.offer_role import offer_role
from rightaway.work.actions.run_bulk import bulk_due
from rightaway.work.bulk.foreseen import Foreseen, foresee
from rightaway.work.bulk.wanted import wanted_of
from rightaway.work.models import Assignment, Bulk, Item, Offer
from tests.calling import new_person
from tests.making import House, works_as
from tests.work.test_bulk import actor_of, finished, owners, problems, started


@pytest.fixture
def boss(house: House) -> Actor:
    return actor_of(new_person(house.id, Role.COMPANY_MANAGER), Role.COMPANY_MANAGER)


def held(house: House, item: UUID) -> list[UUID]:
    return [row.agent_id for row in house.rows(Assignment, item=item, role_id__isnull=False, ended_at=None)]


def foreseen(house: House, boss: Actor, items: list[UUID], **wanted: Any) -> Foreseen:
    with house.inside():
        return foresee(wanted=wanted_of(wanted), item_ids=items, actor=boss)


def settled(house: House, job: Bulk) -> list[str]:
    while bulk_due(house.id):
        pass
    return problems(house, house.row(Bulk, id=job.id))


def test_given_to_one_of_many_each_and_what_is_refused_was_foreseen(house: House, boss: Actor) -> None:
    ana, bea, owner = house.agent(), house.agent(), house.agent()
    role = house.role(ana, bea)
    items = [house.item() for _ in range(4)]
    with house.inside():
        assign(item_id=items[0], agent_id=owner, actor=boss)
        finish(item_id=items[3], outcome="won", actor=boss)
    wanted = {"verb": "assign", "agent_ids": [str(ana), str(bea)], "role_id": str(role)}
    said = foreseen(house, boss, items, **wanted)
    assert (said.able, said.owned, said.refused, said.confirmation) == (3, 0, {"wrong-state": 1}, False)
    assert {each.then - each.load for each in said.receivers} == {0}  # a role costs no place
    job = finished(house, boss, items, "for the loan", **wanted)
    assert (job.done, job.refused, problems(house, job)) == (3, 1, ["", "", "", "wrong-state"])
    assert sorted(len(held(house, item)) for item in items) == [0, 1, 1, 1]
    assert {holder for item in items for holder in held(house, item)} == {ana, bea}
    assert owners(house, items)[:3] == [owner, None, None]
    assert house.row(AgentState, agent=ana).load == 0
    again = foreseen(house, boss, items[:3], **wanted)
    assert again.able + again.refused.get("wrong-state", 0) == 3 and again.owned == again.able


def test_it_is_undone_to_whoever_had_it_before(house: House, boss: Actor) -> None:
    ana, bea = house.agent(), house.agent()
    role = house.role(ana, bea)
    had, free = house.item(), house.item()
    finished(house, boss, [had], verb="assign", agent_ids=[str(ana)], role_id=str(role))
    job = finished(house, boss, [had, free], verb="assign", agent_ids=[str(bea)], role_id=str(role))
    assert (held(house, had), held(house, free)) == ([bea], [bea])
    with house.inside():
        undone = undo_bulk(bulk_id=job.id, actor=boss)
    assert settled(house, house.row(Bulk, id=undone.bulk_id)) == ["", ""]
    assert (held(house, had), held(house, free)) == ([ana], [])


def test_offered_to_many_the_first_has_it_and_the_rest_is_undone(house: House, boss: Actor) -> None:
    ana, bea = house.agent(), house.agent()
    role = house.role(ana, bea)
    taken, open_, asked = house.item(), house.item(), house.item()
    with house.inside():
        offer_role(item_id=asked, role_id=role, agent_ids=[ana], seconds=600, actor=boss)
    wanted = {"verb": "offer", "agent_ids": [str(ana), str(bea)], "places": 1, "role_id": str(role)}
    assert foreseen(house, boss, [taken, open_, asked], **wanted).refused == {"wrong-state": 1}
    job = finished(house, boss, [taken, open_, asked], "please", **wanted)
    assert problems(house, job) == ["", "", "wrong-state"]
    first = house.rows(Offer, item=taken, agent=bea)[0]
    assert (first.role_id, first.note, first.masked) == (role, "please", True)
    with house.inside():
        accept(offer_id=first.id, actor=works_as(bea))
    assert held(house, taken) == [bea] and house.state(taken) == "pooled"
    with house.inside():
        undone = undo_bulk(bulk_id=job.id, actor=boss)
    assert settled(house, house.row(Bulk, id=undone.bulk_id)) == ["conflict", ""]
    assert {row.state for row in house.rows(Offer, item=open_)} == {"rescinded"}
    assert held(house, taken) == [bea]


def test_who_may_not_hold_it_and_what_is_no_role_is_refused_before_anything(
    house: House, boss: Actor, other_org: int
) -> None:
    ana, stranger = house.agent(), house.agent()
    role, item = house.role(ana), house.item()
    elsewhere = House(other_org).role()
    for who, which, error in (
        (stranger, role, Conflict), (ana, uuid4(), NotFound), (ana, elsewhere, NotFound),
    ):  # fmt: skip
        for act in (foreseen, started):
            with pytest.raises(error):
                act(house, boss, [item], verb="assign", agent_ids=[str(who)], role_id=str(which))
    with house.inside():
        FunctionalRole.objects.update(active=False)
    with pytest.raises(WrongState):
        started(house, boss, [item], verb="assign", agent_ids=[str(ana)], role_id=str(role))
    with pytest.raises(ValidationError):
        wanted_of({"verb": "assign", "agent_ids": [str(ana)], "role_id": str(role), "sharing": "everyone"})
    agent = actor_of(new_person(house.id), Role.AGENT)
    with pytest.raises(NotAllowed):
        started(house, agent, [item], verb="assign", agent_ids=[str(ana)], role_id=str(role))
    assert house.rows(Bulk) == [] and house.rows(Item, id=item)[0].owner_id is None
