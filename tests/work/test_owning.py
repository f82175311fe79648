"""Assigning by hand, taking away, handing back, working and finishing."""

from datetime import timedelta
from uuid import UUID

import pytest

from rightaway.contacts.models import Entry
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import CapacityFull, Conflict, Invalid, NeedsConfirmation, NotAllowed, NotFound, WrongState
from rightaway.people.models import Absence, AgentState
from rightaway.work.actions.accept import accept
from rightaway.work.actions.assign import assign
from rightaway.work.actions.claim import claim
from rightaway.work.actions.finish import finish
from rightaway.work.actions.hand_back import hand_back
from rightaway.work.actions.move_status import move_status
from rightaway.work.actions.revoke import revoke
from rightaway.work.actions.touch import touch
from rightaway.work.models import Assignment, Exclusion, Item, Offer, Wake
from tests.making import BOSS, House, works_as


def given(house: House, agent: UUID) -> UUID:
    item = house.item()
    with house.inside():
        assign(item_id=item, agent_id=agent, actor=BOSS)
    return item


def load(house: House, agent: UUID) -> tuple[int, int]:
    state = house.row(AgentState, agent=agent)
    return state.load, state.unanswered


def test_assigning_ends_offers_and_the_former_ownership(house: House) -> None:
    first, second, third, item = house.agent(), house.agent(), house.agent(), house.item("waiting")
    (held,) = house.offered(item, first)
    with house.inside():
        assign(item_id=item, agent_id=second, actor=BOSS)
    assert house.row(Offer, id=held).state == "rescinded"
    with house.inside():
        assert assign(item_id=item, agent_id=third, actor=BOSS, note="speaks French").before == (second,)
    assert [load(house, agent) for agent in (first, second, third)] == [(0, 0), (0, 0), (100, 1)]
    ended = {period.agent_id: period.end_cause for period in house.rows(Assignment, item=item)}
    assert ended == {second: "reassigned", third: ""}
    assert [entry.text for entry in house.rows(Entry, item_id=item)] == ["speaks French"]


def test_beyond_the_capacity_only_with_a_note_that_says_why(house: House) -> None:
    agent, item = house.agent(capacity=50), house.item()
    with pytest.raises(CapacityFull), house.inside():
        assign(item_id=item, agent_id=agent, actor=BOSS)
    with pytest.raises(Invalid), house.inside():
        assign(item_id=item, agent_id=agent, actor=BOSS, over_capacity=True)
    with house.inside():
        assert assign(item_id=item, agent_id=agent, actor=BOSS, over_capacity=True, note="hers").over
    state = house.row(AgentState, agent=agent)
    assert (state.load, state.over_by) == (100, 50)
    with house.inside():
        finish(item_id=item, outcome="won", actor=BOSS)
    state = house.row(AgentState, agent=agent)
    assert (state.load, state.over_by) == (0, 0)


def test_the_absent_need_a_confirmation_and_the_inactive_get_nothing(house: House) -> None:
    offline, away, gone = house.agent(presence="offline"), house.agent(), house.agent(active=False)
    with house.inside():
        now = clock()
        Absence.objects.create(agent_id=away, starts_at=now - timedelta(1), ends_at=now + timedelta(1))
    for agent in (offline, away):
        item = house.item()
        with pytest.raises(NeedsConfirmation), house.inside():
            assign(item_id=item, agent_id=agent, actor=BOSS)
        with house.inside():
            assert not assign(item_id=item, agent_id=agent, actor=BOSS, over_capacity=True, note="on Monday").over
    with pytest.raises(Conflict), house.inside():
        assign(item_id=house.item(), agent_id=gone, actor=BOSS, over_capacity=True, note="?")


def test_assigning_is_refused_to_agents_and_to_the_owner_again(house: House) -> None:
    agent = house.agent()
    item = given(house, agent)
    with pytest.raises(WrongState), house.inside():
        assign(item_id=item, agent_id=agent, actor=BOSS)
    with pytest.raises(NotAllowed), house.inside():
        assign(item_id=item, agent_id=agent, actor=works_as(agent))
    with pytest.raises(NotFound), house.inside():
        assign(item_id=item, agent_id=UUID(int=3), actor=BOSS)


@pytest.mark.parametrize(("to", "state"), [("routes", "waiting"), ("pool", "pooled"), ("agent", "assigned")])
def test_revoking_excludes_the_owner_for_a_day(house: House, to: str, state: str) -> None:
    agent, other = house.agent(), house.agent()
    item = given(house, agent)
    with house.inside():
        revoked = revoke(
            item_id=item, actor=BOSS, to=to, reason="no answer in a week", agent_id=other if to == "agent" else None
        )
    assert (revoked.before, revoked.state, house.state(item)) == ((agent,), state, state)
    excluded = house.row(Exclusion, item=item)
    assert (excluded.agent_id, excluded.cause, excluded.until - excluded.made_at) == (
        agent,
        "revoked",
        timedelta(hours=24),
    )
    assert load(house, agent) == (0, 0)
    assert load(house, other) == ((100, 1) if to == "agent" else (0, 0))
    if to == "pool":
        with pytest.raises(NotAllowed), house.inside():
            claim(item_id=item, actor=works_as(agent))


def test_revoking_needs_a_reason_a_target_and_an_owner(house: House) -> None:
    agent = house.agent()
    item = given(house, agent)
    for to, reason, target in (("moon", "x", None), ("routes", " ", None), ("agent", "x", None), ("pool", "x", agent)):
        with pytest.raises(Invalid), house.inside():
            revoke(item_id=item, actor=BOSS, to=to, reason=reason, agent_id=target)
    with pytest.raises(WrongState), house.inside():
        revoke(item_id=house.item(), actor=BOSS, to="pool", reason="x")
    with pytest.raises(WrongState), house.inside():
        revoke(item_id=item, actor=BOSS, to="agent", reason="x", agent_id=agent)
    with pytest.raises(NotAllowed), house.inside():
        revoke(item_id=item, actor=works_as(agent), to="pool", reason="x")


def test_what_is_handed_back_goes_to_the_routes_without_me(house: House) -> None:
    agent, other = house.agent(), house.agent()
    item = given(house, agent)
    with pytest.raises(NotFound), house.inside():
        hand_back(item_id=item, actor=works_as(other), reason="not mine")
    with pytest.raises(Invalid), house.inside():
        hand_back(item_id=item, actor=works_as(agent), reason="")
    with house.inside():
        assert hand_back(item_id=item, actor=works_as(agent), reason="I know her").state == "waiting"
    excluded = house.row(Exclusion, item=item)
    assert (excluded.cause, excluded.until) == ("handed_back", None)
    row = house.row(Item, id=item)
    assert (row.cause, row.units, load(house, agent)) == ("handed_back", 0, (0, 0))


def test_a_co_owner_who_hands_back_leaves_it_to_the_others(house: House) -> None:
    agents, item = [house.agent() for _ in range(2)], house.item("waiting")
    held = house.offered(item, *agents, places=None)
    for agent, each in zip(agents, held, strict=True):
        with house.inside():
            accept(offer_id=each, actor=works_as(agent))
    with house.inside():
        assert hand_back(item_id=item, actor=works_as(agents[0]), reason="ill").state == "assigned"
    assert house.row(Item, id=item).owner_id == agents[1]
    with house.inside():
        hand_back(item_id=item, actor=works_as(agents[1]), reason="ill too")
    assert house.state(item) == "waiting"


def test_the_first_attempt_stops_the_waiting_clock_and_frees_places(house: House) -> None:
    agent = house.agent()
    item = given(house, agent)
    with house.inside():
        Wake.objects.all().delete()
        assert not touch(item_id=item, actor=works_as(agent), kind="note", text="looks nice").answered
    assert load(house, agent) == (100, 1)
    with house.inside():
        touched = touch(item_id=item, actor=works_as(agent), kind="call", outcome="no_answer", seconds=20)
    assert (touched.action, touched.answered) == ("attempt", True)
    row = house.row(Item, id=item)
    assert (row.unanswered_since, row.first_attempt_at, row.units) == (None, touched.at, 25)
    assert load(house, agent) == (25, 0)
    assert [wake.agent_id for wake in house.rows(Wake)] == [agent]
    with house.inside():
        again = touch(item_id=item, actor=works_as(agent), kind="call", outcome="connected", text="wants a visit")
    assert (again.action, again.answered) == ("contact", False)
    assert house.row(Item, id=item).first_attempt_at == touched.at


def test_an_answer_frees_every_co_owner(house: House) -> None:
    agents, item = [house.agent() for _ in range(3)], house.item("waiting")
    held = house.offered(item, *agents, places=None)
    for agent, each in zip(agents[:2], held[:2], strict=True):
        with house.inside():
            accept(offer_id=each, actor=works_as(agent))
    with house.inside():
        touch(item_id=item, actor=works_as(agents[1]), kind="email")
    assert [load(house, agent) for agent in agents] == [(25, 0), (25, 0), (0, 0)]
    with house.inside():
        accept(offer_id=held[2], actor=works_as(agents[2]))
    assert load(house, agents[2]) == (25, 0)


def test_what_cannot_be_touched(house: House) -> None:
    agent, other = house.agent(), house.agent()
    item = given(house, agent)
    mine = works_as(agent)
    for kind, outcome, text, seconds in (
        ("dance", "", "", None), ("call", "won", "", None), ("call", "", "", -1), ("note", "", "", None),
        ("note", "", "a\x00b", None),
    ):  # fmt: skip
        with pytest.raises(Invalid), house.inside():
            touch(item_id=item, actor=mine, kind=kind, outcome=outcome, text=text, seconds=seconds)
    with pytest.raises(NotFound), house.inside():
        touch(item_id=item, actor=works_as(other), kind="note", text="x")
    with house.inside():
        finish(item_id=item, outcome="lost", actor=BOSS)
    with pytest.raises(WrongState), house.inside():
        touch(item_id=item, actor=BOSS, kind="call")
    with house.inside():
        touch(item_id=item, actor=BOSS, kind="note", text="asked to be left alone")


def test_the_status_is_moved_by_people_and_the_cost_follows(house: House) -> None:
    agent = house.agent()
    item = given(house, agent)
    with house.inside():
        touch(item_id=item, actor=works_as(agent), kind="call", outcome="connected")
    with house.inside():
        assert move_status(item_id=item, status=" nurture ", actor=works_as(agent)).before == "evaluate"
    assert load(house, agent) == (0, 0)
    with house.inside():
        AgentState.objects.update(capacity=10)
        move_status(item_id=item, status="working", actor=works_as(agent))
    state = house.row(AgentState, agent=agent)
    assert (state.load, state.over_by) == (25, 15)
    seq = house.row(Item, id=item).event_seq
    with house.inside():
        move_status(item_id=item, status="working", actor=works_as(agent))
    assert house.row(Item, id=item).event_seq == seq
    for status in ("", "x" * 41, "a\nb"):
        with pytest.raises(Invalid), house.inside():
            move_status(item_id=item, status=status, actor=works_as(agent))


@pytest.mark.parametrize("state", ["waiting", "pooled", "offered", "assigned"])
def test_finishing_closes_from_every_open_state_and_frees_everybody(house: House, state: str) -> None:
    agent = house.agent()
    item = given(house, agent) if state == "assigned" else house.item("pooled" if state == "pooled" else "waiting")
    if state == "offered":
        house.offered(item, agent)
    with house.inside():
        finish(item_id=item, outcome="duplicate", actor=BOSS)
    row = house.row(Item, id=item)
    assert (row.state, row.outcome, row.front, row.owner_id, row.due_at) == ("closed", "duplicate", True, None, None)
    assert row.closed_at is not None
    assert load(house, agent) == (0, 0)
    for verb in (
        lambda: finish(item_id=item, outcome="won", actor=BOSS),
        lambda: assign(item_id=item, agent_id=agent, actor=BOSS),
        lambda: move_status(item_id=item, status="working", actor=BOSS),
    ):
        with pytest.raises(WrongState), house.inside():
            verb()


def test_an_outcome_must_be_known(house: House) -> None:
    item = house.item()
    with pytest.raises(Invalid), house.inside():
        finish(item_id=item, outcome="great", actor=BOSS)
