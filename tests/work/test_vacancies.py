"""Functional roles that routes fill: as owners are routed and offered, beside ownership and at no cost."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from rightaway.accounts.actor import SYSTEM
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import Invalid
from rightaway.people.models import Agent, AgentState, Tally
from rightaway.routing.models import Turn
from rightaway.work.actions.accept import accept
from rightaway.work.actions.assign_role import assign_role
from rightaway.work.actions.decline import decline
from rightaway.work.actions.expire import expire_due
from rightaway.work.actions.fill import fill_due
from rightaway.work.actions.finish import finish
from rightaway.work.actions.let_go import let_go
from rightaway.work.actions.let_routes_decide import let_routes_decide
from rightaway.work.actions.offer_role import offer_role
from rightaway.work.actions.presence import declare
from rightaway.work.actions.receive import receive
from rightaway.work.actions.receive_many import receive_many
from rightaway.work.actions.rescind import rescind
from rightaway.work.actions.route import route_organisation
from rightaway.work.actions.save_role import retire_role
from rightaway.work.actions.set_holders import set_holders
from rightaway.work.actions.wake import wake_due
from rightaway.work.enquiry import Enquiry
from rightaway.work.explaining import explain_item
from rightaway.work.models import Assignment, Decision, Item, Offer, Vacancy
from rightaway.work.sentences import answer, headline
from tests.making import BOSS, House, works_as
from tests.making_routes import routed


@pytest.fixture
def house(org: int) -> House:
    return House(org)


def lead(house: House, **fields: Any) -> UUID:
    with house.inside():
        enquiry = Enquiry(**{"source": "web", "name": "Ana", "email": f"{clock().timestamp()}@example.com", **fields})
        return receive(enquiry=enquiry, actor=SYSTEM).item_id


def filled(house: House) -> None:
    while route_organisation(house.id).planned:  # type: ignore[union-attr]
        pass
    fill_due(house.id)


def holders(house: House, item: UUID, role: UUID) -> list[UUID]:
    return [row.agent_id for row in house.rows(Assignment, item=item, role_id=role, ended_at=None)]


def open_offers(house: House, item: UUID) -> list[Offer]:
    return house.rows(Offer, item=item, state="open")


def told(house: House, item: UUID) -> list[str]:
    with house.inside():
        return [headline(step) for step in explain_item(item, actor=BOSS)]


def past(house: House, item: UUID) -> None:
    """The item's offers are over."""
    with house.inside():
        ago = timedelta(hours=1)
        for offer in Offer.objects.filter(item=item, state="open"):
            Offer.objects.filter(id=offer.id).update(
                made_at=offer.made_at - ago, expires_at=clock() - timedelta(seconds=1)
            )
        Vacancy.objects.filter(item=item).update(made_at=clock() - 2 * ago)
    expire_due(house.id)


def test_a_role_is_given_in_turn_among_its_holders_and_costs_nothing(house: House) -> None:
    ana, tom, eva = house.agent(), house.agent(), house.agent()
    role = house.role(ana, tom)
    [route] = routed(house, {"role": "buyer", "act": "assign", "agents": [ana, tom, eva]})
    items = [lead(house) for _ in range(4)]
    filled(house)
    given = [holders(house, item, role) for item in items]
    assert sorted(given) == sorted([[ana], [ana], [tom], [tom]])
    assert all(house.row(Item, id=item).owner_id is None for item in items)
    assert all(house.row(AgentState, agent=agent).load == 0 for agent in (ana, tom))
    assert house.rows(Tally) == [] and house.rows(Vacancy) == []
    assert {row.agent_id: row.taken for row in house.rows(Turn, route_id=route)} == {ana: 2, tom: 2}
    assert house.check() == []


def test_owner_and_role_are_found_by_their_own_routes_and_each_says_why(house: House) -> None:
    ana, tom = house.agent(), house.agent()
    with house.inside():
        for agent, name in ((ana, "Ana Ruiz"), (tom, "Tom Vega")):
            Agent.objects.filter(id=agent).update(name=name)
    role = house.role(tom)
    routed(
        house,
        {"name": "Lenders", "role": "buyer", "act": "assign", "agents": [tom]},
        {"name": "Sales", "act": "assign", "agents": [ana]},
    )
    item = lead(house)
    filled(house)
    assert house.row(Item, id=item).owner_id == ana and holders(house, item, role) == [tom]
    said = told(house, item)
    assert any(each.startswith("Buyer’s agent: ") and "Tom Vega" in each and "Lenders" in each for each in said)
    assert any("Ana Ruiz" in each and "Sales" in each for each in said)
    with house.inside():
        steps = explain_item(item, actor=BOSS)
        assert "Tom Vega" not in answer(steps) and "Ana Ruiz" in answer(steps)
        # A route for something else is not worth a word.
        tried = [[each.said.code for each in step.explanation.routes] for step in steps if step.explanation]
        assert tried == [["route_taken"], ["route_taken"]]
    assert [row.role_id for row in house.rows(Decision, item_id=item)] == [None, role]
    assert house.check() == []


def test_a_role_is_offered_to_one_after_the_other_and_the_item_stays_where_it_is(house: House) -> None:
    ana, tom = house.agent(), house.agent()
    role = house.role(ana, tom)
    [route] = routed(house, {"role": "buyer", "act": "offer", "agents": [ana, tom]})
    item = lead(house)
    filled(house)
    [first] = open_offers(house, item)
    assert (first.role_id, first.route_id, first.reserved, first.sender_id) == (role, route, 0, None)
    before = house.row(Item, id=item)
    with house.inside():
        decline(offer_id=first.id, actor=works_as(first.agent_id), kind="busy_now")
    filled(house)
    [second] = open_offers(house, item)
    assert {first.agent_id, second.agent_id} == {ana, tom}
    with house.inside():
        accept(offer_id=second.id, actor=works_as(second.agent_id))
    after = house.row(Item, id=item)
    assert holders(house, item, role) == [second.agent_id] and house.rows(Vacancy) == []
    assert (after.state, after.cause) == (before.state, before.cause)
    assert house.check() == []


def test_who_misses_it_is_asked_last_and_in_the_end_it_is_left_to_people(house: House) -> None:
    ana, tom = house.agent(), house.agent()
    role = house.role(ana, tom)
    routed(house, {"role": "buyer", "act": "offer", "agents": [ana, tom], "tries": 3, "offer_seconds": 60})
    item = lead(house)
    asked = []
    for _ in range(3):
        filled(house)
        [offer] = open_offers(house, item)
        asked.append(offer.agent_id)
        past(house, item)
    assert asked[0] != asked[1]
    filled(house)
    assert open_offers(house, item) == [] and house.rows(Vacancy) == [] and holders(house, item, role) == []
    assert any("Buyer’s agent: " in each for each in told(house, item)[-1:])
    assert house.check() == []


def test_the_first_to_accept_has_the_role_and_the_rest_is_told(house: House) -> None:
    agents = [house.agent() for _ in range(3)]
    role = house.role(*agents)
    routed(house, {"role": "buyer", "strategy": "first_to_accept", "agents": agents, "first_wave": 3})
    item = lead(house)
    filled(house)
    asked = open_offers(house, item)
    assert len(asked) == 3 and all(offer.masked for offer in asked)
    with house.inside():
        accept(offer_id=asked[1].id, actor=works_as(asked[1].agent_id))
    assert holders(house, item, role) == [asked[1].agent_id] and open_offers(house, item) == []
    assert house.check() == []


def test_later_waves_ask_the_others(house: House) -> None:
    agents = [house.agent() for _ in range(3)]
    house.role(*agents)
    routed(house, {"role": "buyer", "strategy": "first_to_accept", "agents": agents, "first_wave": 1,
                   "later_wave": 2, "wave_seconds": 5, "offer_seconds": 60})  # fmt: skip
    item = lead(house)
    filled(house)
    assert len(open_offers(house, item)) == 1
    with house.inside():
        Vacancy.objects.filter(item=item).update(due_at=clock())
    filled(house)
    found = open_offers(house, item)
    assert len(found) == 3 and len({offer.group_id for offer in found}) == 1
    assert house.row(Vacancy, item=item).due_at is None
    assert house.check() == []


def test_it_waits_for_whoever_comes_back(house: House) -> None:
    ana = house.agent(presence="offline")
    role = house.role(ana)
    routed(house, {"role": "buyer", "act": "assign", "agents": [ana], "nobody": "wait"})
    item = lead(house)
    filled(house)
    assert holders(house, item, role) == [] and house.row(Vacancy, item=item).waits_on is not None
    waits = len(told(house, item))
    with house.inside():
        Vacancy.objects.filter(item=item).update(due_at=clock())
    filled(house)  # the same answer again says nothing new
    assert len(told(house, item)) == waits
    with house.inside():
        declare(agent_id=ana, presence="available", actor=works_as(ana))
    wake_due(house.id)
    filled(house)
    assert holders(house, item, role) == [ana]
    assert house.check() == []


def test_a_person_decides_and_the_routes_look_no_more(house: House) -> None:
    ana, tom = house.agent(), house.agent()
    role = house.role(ana, tom)
    routed(house, {"role": "buyer", "act": "offer", "agents": [ana, tom]})
    by_hand, offered, nobody, closed = (lead(house) for _ in range(4))
    with house.inside():
        assign_role(item_id=by_hand, role_id=role, agent_id=tom, actor=BOSS)
        made = offer_role(item_id=offered, role_id=role, agent_ids=[ana], seconds=60, actor=BOSS).offer_ids[0]
    filled(house)
    with house.inside():
        assert Vacancy.objects.filter(item__in=[by_hand, offered]).count() == 0
        assign_role(item_id=nobody, role_id=role, agent_id=ana, actor=BOSS)
        assign_role(item_id=nobody, role_id=role, agent_id=None, actor=BOSS)
        rescind(offer_id=made, actor=BOSS)
        finish(item_id=closed, actor=BOSS, outcome="lost")
    filled(house)
    assert [holders(house, each, role) for each in (by_hand, offered, nobody, closed)] == [[tom], [], [], []]
    assert house.rows(Vacancy) == [] and house.rows(Offer, state="open") == []
    assert house.check() == []


def test_taking_back_a_route_s_offer_hands_the_role_to_the_next(house: House) -> None:
    ana, tom = house.agent(), house.agent()
    house.role(ana, tom)
    routed(house, {"role": "buyer", "act": "offer", "agents": [ana, tom]})
    item = lead(house)
    filled(house)
    [first] = open_offers(house, item)
    with house.inside():
        rescind(offer_id=first.id, actor=BOSS)
    filled(house)
    assert len(open_offers(house, item)) == 1
    assert house.check() == []


def test_who_leaves_is_replaced(house: House) -> None:
    ana, tom = house.agent(), house.agent()
    role = house.role(ana, tom)
    routed(house, {"role": "buyer", "act": "assign", "agents": [ana, tom]})
    item = lead(house)
    filled(house)
    [first] = holders(house, item, role)
    with house.inside():
        Agent.objects.filter(id=first).update(active=False)
        AgentState.objects.filter(agent=first).update(active=False)
        let_go(agent_id=first, actor=BOSS)
        set_holders(role_id=role, agent_ids={ana, tom} - {first}, actor=BOSS)
    filled(house)
    assert holders(house, item, role) == list({ana, tom} - {first})
    assert house.check() == []


def test_a_retired_role_is_nobody_s_and_its_route_gives_no_item(house: House) -> None:
    ana = house.agent()
    role = house.role(ana)
    routed(house, {"role": "buyer", "act": "assign", "agents": [ana]})
    waiting = lead(house)
    with house.inside():
        retire_role(role_id=role, actor=BOSS)
    later = lead(house)
    with house.inside():
        assert not Vacancy.objects.filter(item=later).exists()
    filled(house)
    assert holders(house, waiting, role) == holders(house, later, role) == []
    assert house.row(Item, id=later).state == "pooled" and house.rows(Vacancy) == []


def test_many_at_once_in_several_rounds(house: House) -> None:
    agents = [house.agent() for _ in range(5)]
    role = house.role(*agents)
    routed(house, {"role": "buyer", "act": "assign", "agents": agents})
    with house.inside():
        enquiries = [Enquiry(source="file", name=f"Person {n}", email=f"{n}@example.com") for n in range(500)]
        receive_many(enquiries=enquiries, actor=SYSTEM)
    rounds = 0
    while fill_due(house.id, limit=200):
        rounds += 1
    assert rounds == 3
    taken = [row.agent_id for row in house.rows(Assignment, role_id=role, ended_at=None)]
    assert sorted(map(taken.count, agents)) == [100] * 5
    assert house.check() == []


def test_a_long_change_of_the_configuration_holds_no_worker_up(house: House, superuser_dsn: str) -> None:
    ana = house.agent()
    role = house.role(ana)
    routed(house, {"role": "buyer", "act": "assign", "agents": [ana]})
    item = lead(house)
    with psycopg.connect(superuser_dsn) as other:
        other.execute("SELECT 1 FROM routing_config WHERE organisation_id = %s FOR NO KEY UPDATE", [house.id])
        assert fill_due(house.id) == 0
    assert fill_due(house.id) == 1
    assert holders(house, item, role) == [ana]


def test_what_nobody_routes_asks_for_no_role_until_the_routes_decide(house: House) -> None:
    ana = house.agent()
    role = house.role(ana)
    routed(house, {"role": "buyer", "act": "assign", "agents": [ana]})
    item = lead(house, route=False)
    filled(house)
    assert holders(house, item, role) == []
    with house.inside():
        let_routes_decide(item_id=item, actor=BOSS)
    filled(house)
    assert holders(house, item, role) == [ana]


@pytest.mark.parametrize(
    ("route", "wrong"),
    [
        ({"role": "captain"}, "role"),
        ({"strategy": "load_balanced"}, "strategy"),
        ({"strategy": "pool"}, "strategy"),
        ({"kind": "case"}, "role"),
        ({"agents": ["tom"]}, "audience"),
    ],
)
def test_a_role_that_cannot_be_given_so_is_not_published(house: House, route: dict[str, Any], wrong: str) -> None:
    ana, tom = house.agent(), house.agent()
    house.role(ana, kinds=["lead"])
    agents = [tom if route.pop("agents", None) else ana]
    with pytest.raises(Invalid) as refused:
        routed(house, {"role": "buyer", "agents": agents, **route})
    assert wrong in str(refused.value.errors)
