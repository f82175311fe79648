"""Functional roles: who may hold one, assigned and offered, beside ownership and without touching it."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from rightaway.accounts.actor import Actor
from rightaway.accounts.roles import Role
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import Conflict, Invalid, NotAllowed, NotFound, OfferEnded, OfferTaken, WrongState
from rightaway.ledger.models import Event
from rightaway.people.models import Agent, AgentState, FunctionalRole, RoleHolder
from rightaway.people.schema import RoleIn
from rightaway.people.written import agent_settings
from rightaway.routing.models import Turn
from rightaway.work import access, grid, person_view
from rightaway.work.actions.accept import accept
from rightaway.work.actions.add_task import add_task
from rightaway.work.actions.assign import assign
from rightaway.work.actions.assign_role import assign_role
from rightaway.work.actions.decline import decline
from rightaway.work.actions.expire import expire_due
from rightaway.work.actions.finish import finish
from rightaway.work.actions.move_status import move_status
from rightaway.work.actions.offer import offer
from rightaway.work.actions.offer_role import offer_role
from rightaway.work.actions.rescind import rescind
from rightaway.work.actions.revoke import revoke
from rightaway.work.actions.route import route_organisation
from rightaway.work.actions.save_agent import save_agent
from rightaway.work.actions.save_role import retire_role, save_role
from rightaway.work.actions.set_holders import set_holders
from rightaway.work.actions.touch import touch
from rightaway.work.explaining import explain_item
from rightaway.work.grid_filter import GridFilter
from rightaway.work.models import Assignment, Exclusion, Item, Offer
from rightaway.work.sentences import answer, headline
from tests.making import BOSS, House, works_as
from tests.making_routes import routed

NAMES = {"en": {"short": "LO", "long": "Loan officer"}, "es": {"short": "OP", "long": "Oficial de préstamos"}}


def given(house: House, item: UUID, role: UUID, agent: UUID | None, **more: Any) -> Any:
    with house.inside():
        return assign_role(item_id=item, role_id=role, agent_id=agent, actor=BOSS, **more)


def offered(house: House, item: UUID, role: UUID, *agents: UUID, places: int | None = 1) -> tuple[UUID, ...]:
    with house.inside():
        made = offer_role(item_id=item, role_id=role, agent_ids=list(agents), places=places, seconds=600, actor=BOSS)
        return made.offer_ids


def holders(house: House, item: UUID, role: UUID) -> list[UUID]:
    return [row.agent_id for row in house.rows(Assignment, item=item, role_id=role, ended_at=None)]


def last_event(house: House, item: UUID) -> Event:
    found: Event = max(house.rows(Event, subject_kind="item", subject_id=item), key=lambda event: event.seq)
    return found


def no_load(house: House, *agents: UUID) -> bool:
    return all(house.row(AgentState, agent=agent).load == 0 for agent in agents)


# assigning


def test_a_role_moves_from_one_to_the_next_with_its_history_and_costs_nothing(house: House) -> None:
    ana, eva, item = house.agent(capacity=0), house.agent(), house.item()
    role = house.role(ana, eva)
    assert given(house, item, role, ana).before == ()
    assert given(house, item, role, eva, note="Ana is away").before == (ana,)
    assert holders(house, item, role) == [eva]
    periods = [(row.agent_id, row.end_cause) for row in house.rows(Assignment, item=item)]
    assert sorted(periods) == sorted([(ana, "reassigned"), (eva, "")])
    assert house.state(item) == "pooled" and no_load(house, ana, eva)
    event = last_event(house, item)
    assert event.kind == "role_assigned" and str(eva) in event.body and "Ana is away" not in event.body


def test_a_role_is_taken_away(house: House) -> None:
    ana, item = house.agent(), house.item()
    role = house.role(ana)
    given(house, item, role, ana)
    assert given(house, item, role, None).before == (ana,)
    assert holders(house, item, role) == []
    with pytest.raises(WrongState):
        given(house, item, role, None)


def test_only_an_active_holder_gets_an_active_role_of_this_kind(house: House) -> None:
    ana, gone, stranger, item = house.agent(), house.agent(active=False), house.agent(), house.item()
    role, retired, of_cases = (
        house.role(ana, gone), house.role(ana, key="old", active=False), house.role(ana, key="case", kinds=["case"]),
    )  # fmt: skip
    for which, agent, error in (
        (role, gone, Conflict), (role, stranger, Conflict), (retired, ana, WrongState), (of_cases, ana, WrongState),
        (uuid4(), ana, NotFound), (role, uuid4(), NotFound),
    ):  # fmt: skip
        with pytest.raises(error):
            given(house, item, which, agent)
        with pytest.raises(error):
            offered(house, item, which, agent)
    given(house, item, role, ana)
    with pytest.raises(WrongState):
        given(house, item, role, ana)
    assert holders(house, item, role) == [ana]


def test_roles_stay_when_the_owner_changes_and_end_with_the_item(house: House) -> None:
    ana, eva, lo, item = house.agent(), house.agent(), house.agent(), house.item()
    role, other = house.role(lo), house.role(ana, lo, key="lender")
    given(house, item, role, lo)
    for owner in (ana, eva):
        with house.inside():
            assign(item_id=item, agent_id=owner, actor=BOSS)
    with house.inside():
        revoke(item_id=item, actor=BOSS, to="pool", reason="idle")
    assert holders(house, item, role) == [lo]
    (held,) = offered(house, item, other, ana)
    with house.inside():
        finish(item_id=item, outcome="won", actor=BOSS)
    assert holders(house, item, role) == []
    assert house.row(Offer, id=held).state == "rescinded"
    assert house.row(Assignment, role_id=role).end_cause == "finished"
    for verb in (lambda: given(house, item, role, lo), lambda: offered(house, item, role, lo)):
        with pytest.raises(WrongState):
            verb()


def test_a_leaver_loses_their_roles_and_offers_of_them_and_keeps_what_they_own(house: House) -> None:
    ana, eva = house.agent(), house.agent()
    items = [house.item() for _ in range(3)]
    role, other = house.role(ana, eva), house.role(ana, key="lender")
    given(house, items[0], role, ana)
    given(house, items[0], other, ana)
    given(house, items[1], role, eva)
    offered(house, items[2], role, ana, eva)
    with house.inside():
        assign(item_id=items[1], agent_id=ana, actor=BOSS)
        agent = Agent.objects.get(id=ana)
        settings = agent_settings(agent, AgentState.objects.get(agent=ana))
        save_agent(agent=settings.model_copy(update={"active": False}), actor=BOSS)
    assert holders(house, items[0], role) == holders(house, items[0], other) == []
    assert holders(house, items[1], role) == [eva]
    assert house.row(Item, id=items[1]).owner_id == ana
    assert {row.agent_id: row.state for row in house.rows(Offer)} == {ana: "withdrawn", eva: "open"}
    with house.inside():
        told = [headline(step) for step in explain_item(items[0], actor=BOSS)]
    assert told[-1].startswith("Agent 1 no longer works here; the role ")


# offering


def test_an_offer_of_a_role_leaves_the_item_where_it_is(house: House) -> None:
    ana, item = house.agent(capacity=0), house.item("waiting")
    role = house.role(ana)
    (held,) = offered(house, item, role, ana)
    assert house.state(item) == "waiting" and no_load(house, ana)
    with house.inside():
        accept(offer_id=held, actor=works_as(ana))
    row = house.row(Item, id=item)
    assert (row.state, row.owner_id, row.due_at is None) == ("waiting", None, False)
    assert holders(house, item, role) == [ana] and no_load(house, ana)


@pytest.mark.parametrize("state", ["waiting", "pooled", "assigned", "offered"])
@pytest.mark.parametrize("ending", ["declined", "expired", "rescinded", "withdrawn", "accepted"])
def test_however_it_ends_ownership_hears_nothing_of_it(house: House, state: str, ending: str) -> None:
    ana, eva = house.agent(), house.agent()
    item = house.item("waiting" if state in ("waiting", "offered") else "pooled")
    role = house.role(ana)
    if state == "assigned":
        with house.inside():
            assign(item_id=item, agent_id=eva, actor=BOSS)
    if state == "offered":
        house.offered(item, ana)  # to own it, while the role is offered to the same person
    before = house.row(Item, id=item)
    (held,) = offered(house, item, role, ana)
    with house.inside():
        if ending == "declined":
            assert decline(offer_id=held, actor=works_as(ana), kind="not_for_me").excluded_until is None
        elif ending == "rescinded":
            rescind(offer_id=held, actor=BOSS)
        elif ending == "accepted":
            accept(offer_id=held, actor=works_as(ana))
        elif ending == "expired":
            Offer.objects.filter(id=held).update(expires_at=clock() - timedelta(seconds=1))
        else:
            given_up = agent_settings(Agent.objects.get(id=ana), AgentState.objects.get(agent=ana))
            save_agent(agent=given_up.model_copy(update={"active": False}), actor=BOSS)
    if ending == "expired":
        assert expire_due(house.id) == 1
    assert house.row(Offer, id=held).state == ending
    after = house.row(Item, id=item)
    # Who leaves is not asked to own it either.
    expected = "waiting" if (state, ending) == ("offered", "withdrawn") else before.state
    assert (after.state, after.owner_id) == (expected, before.owner_id)
    assert house.rows(Exclusion) == [] and house.rows(Turn) == []
    if ending != "withdrawn":
        assert (after.due_at, after.tries, after.cause) == (before.due_at, before.tries, before.cause)
        assert len(house.rows(Offer, role_id=None, state="open")) == (1 if state == "offered" else 0)


def test_answering_the_offer_to_own_leaves_the_offer_of_the_role(house: House) -> None:
    ana, eva, item = house.agent(), house.agent(), house.item("waiting")
    role = house.role(ana, eva)
    offered(house, item, role, ana, eva)
    (held,) = house.offered(item, ana)
    with house.inside():
        accept(offer_id=held, actor=works_as(ana))
    assert house.state(item) == "assigned"
    assert [row.state for row in house.rows(Offer, role_id=role)] == ["open", "open"]


def test_of_many_the_first_has_the_role_and_the_rest_are_told(house: House) -> None:
    agents, item = [house.agent() for _ in range(3)], house.item()
    role = house.role(*agents)
    held = offered(house, item, role, *agents)
    with house.inside():
        assert accept(offer_id=held[1], actor=works_as(agents[1])).rescinded == 2
    with pytest.raises(OfferTaken) as refused, house.inside():
        accept(offer_id=held[0], actor=works_as(agents[0]))
    assert refused.value.parameters["agent"] == str(agents[1])
    assert holders(house, item, role) == [agents[1]]


def test_of_two_places_two_share_the_role_and_assigning_it_ends_both(house: House) -> None:
    agents, item = [house.agent() for _ in range(3)], house.item()
    role = house.role(*agents)
    held = offered(house, item, role, *agents, places=2)
    for place in (0, 1):
        with house.inside():
            accept(offer_id=held[place], actor=works_as(agents[place]))
    assert sorted(holders(house, item, role)) == sorted(agents[:2])
    with pytest.raises(OfferTaken), house.inside():
        accept(offer_id=held[2], actor=works_as(agents[2]))
    assert sorted(given(house, item, role, agents[2]).before) == sorted(agents[:2])
    assert holders(house, item, role) == [agents[2]]


def test_what_is_held_or_offered_is_not_offered_and_assigning_ends_the_offers(house: House) -> None:
    ana, eva, item = house.agent(), house.agent(), house.item()
    role = house.role(ana, eva)
    (held,) = offered(house, item, role, ana)
    with pytest.raises(WrongState):
        offered(house, item, role, eva)
    given(house, item, role, eva)
    assert house.row(Offer, id=held).state == "rescinded"
    with pytest.raises(WrongState):
        offered(house, item, role, ana)
    with pytest.raises(OfferEnded), house.inside():
        accept(offer_id=held, actor=works_as(ana))


def test_an_offer_is_worth_nothing_once_one_may_not_hold_the_role_any_more(house: House) -> None:
    ana, item = house.agent(), house.item()
    role = house.role(ana)
    (held,) = offered(house, item, role, ana)
    with house.inside():
        set_holders(role_id=role, agent_ids=[], actor=BOSS)
    with pytest.raises(Conflict), house.inside():
        accept(offer_id=held, actor=works_as(ana))
    with house.inside():
        set_holders(role_id=role, agent_ids=[ana], actor=BOSS)
        retire_role(role_id=role, actor=BOSS)
    with pytest.raises(WrongState), house.inside():
        accept(offer_id=held, actor=works_as(ana))
    with house.inside():
        decline(offer_id=held, actor=works_as(ana), kind="busy_now")


def test_what_is_wrong_with_an_offer_is_told_by_its_field(house: House) -> None:
    ana, item = house.agent(), house.item()
    role = house.role(ana)
    with pytest.raises(Invalid) as refused, house.inside():
        offer_role(item_id=item, role_id=role, agent_ids=[ana, ana], places=3, seconds=1, actor=BOSS)
    assert [error["pointer"] for error in refused.value.errors] == ["/agent_ids", "/places", "/seconds"]


def test_the_routes_go_on_while_a_role_is_offered(house: House) -> None:
    lo, ana = house.agent(), house.agent()
    routed(house, {"strategy": "round_robin", "agents": [ana]})
    item = house.item("waiting")
    role = house.role(lo, ana)
    offered(house, item, role, lo, ana)
    route_organisation(house.id)
    (made,) = house.rows(Offer, item=item, role_id=None)
    assert (made.agent_id, made.state, house.state(item)) == (ana, "open", "offered")
    with house.inside():
        decline(offer_id=made.id, actor=works_as(ana), kind="busy_now")
    assert len(house.rows(Offer, item=item, state="open", role_id=role)) == 2


def test_offering_the_item_by_hand_stands_beside_an_offer_of_its_role(house: House) -> None:
    ana, item = house.agent(), house.item()
    role = house.role(ana)
    offered(house, item, role, ana)
    with house.inside():
        offer(item_id=item, agent_ids=[ana], seconds=600, actor=BOSS)
    assert len(house.rows(Offer, item=item, state="open")) == 2


# what a holder sees and may do


def test_a_holder_sees_all_of_it_works_on_it_and_passes_nothing_on(house: House) -> None:
    owner, lo, item = house.agent(), house.agent(), house.item()
    role = house.role(lo)
    actor = works_as(lo)
    with house.inside():
        assign(item_id=item, agent_id=owner, actor=BOSS)
        with pytest.raises(NotFound):
            access.item_for(actor, item, "item.view")
    given(house, item, role, lo)
    with house.inside():
        (view,) = person_view.person_views(actor, [Item.objects.get(id=item)])
        assert view.person is not None and view.person.name == "Lucía Ortiz"
        assert [row.id for row in grid.grid_page(actor, view="all").items] == [item]
        touch(item_id=item, actor=actor, kind="call", outcome="connected")
        touch(item_id=item, actor=actor, kind="note", text="Pre-approved")
        add_task(item_id=item, kind="call", due_at=clock() + timedelta(days=1), actor=actor)
        assert explain_item(item, actor=actor)
        for verb in (
            lambda: move_status(item_id=item, status="working", actor=actor),
            lambda: finish(item_id=item, outcome="won", actor=actor),
            lambda: assign(item_id=item, agent_id=lo, actor=actor),
            lambda: assign_role(item_id=item, role_id=role, agent_id=None, actor=actor),
            lambda: revoke(item_id=item, actor=actor, to="pool", reason="x"),
        ):
            with pytest.raises(NotAllowed):
                verb()
    # What another does is no work of the owner's.
    assert house.row(Item, id=item).called_at is None
    given(house, item, role, None)
    with house.inside(), pytest.raises(NotFound):
        access.item_for(actor, item, "item.view")


def test_the_grid_shows_what_one_holds(house: House) -> None:
    lo, items = house.agent(), [house.item() for _ in range(2)]
    role = house.role(lo)
    given(house, items[0], role, lo)
    with house.inside():
        page = grid.grid_page(works_as(lo), view="all", wanted=GridFilter(held_by_me=True))
        assert [row.id for row in page.items] == [items[0]]
        nobody = grid.grid_page(BOSS, view="all", wanted=GridFilter(held_by_me=True))
        assert nobody.items == []


def test_a_masked_offer_of_a_role_withholds_who_it_is(house: House) -> None:
    ana, eva, item = house.agent(), house.agent(), house.item()
    role = house.role(ana, eva)
    with house.inside():
        assign(item_id=item, agent_id=house_agent(house), actor=BOSS)
    held = offered(house, item, role, ana, eva)
    with house.inside():
        (view,) = person_view.person_views(works_as(ana), [Item.objects.get(id=item)])
        assert view.masked
        accept(offer_id=held[0], actor=works_as(ana))
        (view,) = person_view.person_views(works_as(ana), [Item.objects.get(id=item)])
        assert not view.masked


def house_agent(house: House) -> UUID:
    """Another agent, made inside the transaction that is open."""
    agent = Agent.objects.create(key=uuid4().hex, name="Owner")
    AgentState.objects.create(agent_id=agent.id, presence="available")
    id: UUID = agent.id
    return id


def test_the_way_of_an_item_tells_of_its_roles_and_why_it_is_whose_is_told_without_them(house: House) -> None:
    ana, eva, item = house.agent(), house.agent(), house.item()
    role = house.role(ana, eva)
    with house.inside():
        assign(item_id=item, agent_id=ana, actor=BOSS)
    given(house, item, role, ana)
    given(house, item, role, eva)
    given(house, item, role, None)
    (held,) = offered(house, item, role, ana)
    with house.inside():
        decline(offer_id=held, actor=works_as(ana), kind="busy_now")
    with house.inside():
        steps = explain_item(item, actor=BOSS)
        assert [headline(step) for step in steps][2:] == [
            "Somebody gave the role Buyer’s agent to Agent 1.",
            "Somebody gave the role Buyer’s agent to Agent 2 in place of Agent 1.",
            "Somebody took the role Buyer’s agent from Agent 2.",
            "Somebody offered the role Buyer’s agent to Agent 1.",
            "Agent 1 declined the role Buyer’s agent: busy now.",
        ]
        assert answer(steps) == "Somebody assigned it by hand to Agent 1."


# the roles themselves


def test_a_role_is_saved_once_changed_and_retired(house: House) -> None:
    role = RoleIn.model_validate({"key": "lender", "names": NAMES, "kinds": ["opportunity", "lead"], "position": 2})
    with house.inside():
        saved = save_role(role=role, actor=BOSS)
        assert saved.created and save_role(role=role, actor=BOSS).changed == ()
        changed = save_role(role=role.model_copy(update={"position": 1}), actor=BOSS)
        assert changed.changed == ("position",) and changed.role_id == saved.role_id
        assert retire_role(role_id=saved.role_id, actor=BOSS) and not retire_role(role_id=saved.role_id, actor=BOSS)
        with pytest.raises(NotFound):
            retire_role(role_id=uuid4(), actor=BOSS)
    row = house.row(FunctionalRole)
    assert (row.kinds, row.position, row.active) == (["lead", "opportunity"], 1, False)
    bodies = [event.body for event in house.rows(Event, subject_kind="functionalrole")]
    assert len(bodies) == 3 and not any("Loan officer" in body for body in bodies)


def test_holders_are_set_and_whoever_holds_it_holds_it(house: House) -> None:
    ana, eva, item = house.agent(), house.agent(), house.item()
    role = house.role(ana)
    given(house, item, role, ana)
    with house.inside():
        assert set_holders(role_id=role, agent_ids=[eva], actor=BOSS) == 2
        assert set_holders(role_id=role, agent_ids=[eva, eva], actor=BOSS) == 0
        for which, agent in ((uuid4(), eva), (role, uuid4())):
            with pytest.raises(NotFound):
                set_holders(role_id=which, agent_ids=[agent], actor=BOSS)
    assert [row.agent_id for row in house.rows(RoleHolder)] == [eva]
    assert holders(house, item, role) == [ana]


@pytest.mark.parametrize("role", [Role.AGENT, Role.AGENT_MANAGER, Role.ORGANISATION_MANAGER])
def test_only_a_company_manager_makes_roles(house: House, role: Role) -> None:
    actor, known = Actor("member", uuid4(), role), house.role()
    wanted = RoleIn.model_validate({"key": "x", "names": NAMES})
    for verb in (
        lambda: save_role(role=wanted, actor=actor),
        lambda: retire_role(role_id=known, actor=actor),
        lambda: set_holders(role_id=known, agent_ids=[], actor=actor),
    ):
        with pytest.raises(NotAllowed), house.inside():
            verb()
