"""Presence, waking, sweeps and the relay."""

import json
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest

from rightaway.ledger.clock import clock
from rightaway.ledger.errors import Conflict, Invalid, NotAllowed, NotFound
from rightaway.ledger.events import HINT_CHANNEL
from rightaway.ledger.ids import new_id
from rightaway.ledger.models import Event, Outbox
from rightaway.notify.relay import payloads, relay_outbox
from rightaway.people.models import AgentState
from rightaway.routing.models import Config, Version
from rightaway.routing.schema import MemberIn, RouteIn, RouteSet
from rightaway.work.actions.expire import expire_due
from rightaway.work.actions.finish import finish
from rightaway.work.actions.offer import offer
from rightaway.work.actions.presence import LEASE, declare, heartbeat, lapse_due
from rightaway.work.actions.wake import wake_due, wake_for_agents, wake_for_routes
from rightaway.work.actions.withdraw import withdraw, withdraw_due
from rightaway.work.models import Exclusion, Item, Offer, Wake
from tests.making import BOSS, House, works_as


def published(house: House, *agents: UUID, **route: object) -> UUID:
    """A published route for these agents. Returns its id."""
    from rightaway.people.models import Agent

    with house.inside():
        keys = dict(Agent.objects.values_list("id", "key"))
        made = RouteIn(name="r", audience=[MemberIn(agent=keys[agent]) for agent in agents], **route)  # type: ignore[arg-type]
        version = Version.objects.create(number=1, body=RouteSet(routes=[made]).model_dump_json())
        Config.objects.update(live=version, revision=2)
        return made.id


def presence(house: House, agent: UUID) -> tuple[str, str]:
    state = house.row(AgentState, agent=agent)
    return state.presence, state.reason


def test_a_desk_keeps_its_lease_by_heartbeats(house: House) -> None:
    agent = house.agent(presence="offline")
    with house.inside():
        declared = declare(agent_id=agent, presence="available", actor=works_as(agent))
        assert declared.until is not None
        assert declared.until - clock() <= LEASE
    with house.inside():
        beat = heartbeat(actor=works_as(agent))
    assert beat.until is not None
    assert beat.until > declared.until
    assert beat.presence == "available"


def test_a_heartbeat_never_changes_anybodys_word(house: House) -> None:
    agent = house.agent(presence="offline")
    with house.inside():
        assert heartbeat(actor=works_as(agent)).presence == "offline"
        declare(agent_id=agent, presence="break", reason="lunch", actor=works_as(agent))
        beat = heartbeat(actor=works_as(agent))
    assert (beat.presence, beat.reason) == ("break", "lunch")


def test_a_lease_that_has_lapsed_is_not_extended(house: House) -> None:
    agent = house.agent()
    with house.inside():
        AgentState.objects.update(present_until=clock() - timedelta(seconds=1))
        before = AgentState.objects.get().present_until
        assert heartbeat(actor=works_as(agent)).until == before
    assert lapse_due(house.id) == 1
    assert lapse_due(house.id) == 0
    assert presence(house, agent) == ("offline", "lapsed")


def test_in_the_field_people_say_until_when(house: House) -> None:
    agent = house.agent(mode="field", presence="offline")
    with house.inside():
        now = clock()
    for until in (None, now - timedelta(seconds=1), now + timedelta(hours=25)):
        with pytest.raises(Invalid), house.inside():
            declare(agent_id=agent, presence="available", actor=works_as(agent), until=until)
    with house.inside():
        until = now + timedelta(hours=8)
        assert declare(agent_id=agent, presence="available", actor=works_as(agent), until=until).until == until
        assert heartbeat(actor=works_as(agent)).until == until


def test_presence_is_refused_to_strangers_and_the_inactive(house: House) -> None:
    agent, other, gone = house.agent(), house.agent(), house.agent(active=False)
    with pytest.raises(NotFound), house.inside():
        declare(agent_id=agent, presence="break", actor=works_as(other))
    with pytest.raises(Conflict), house.inside():
        declare(agent_id=gone, presence="available", actor=BOSS)
    with pytest.raises(NotAllowed), house.inside():
        heartbeat(actor=BOSS)
    for word, reason in (("asleep", ""), ("break", "Long, with spaces")):
        with pytest.raises(Invalid), house.inside():
            declare(agent_id=agent, presence=word, actor=BOSS, reason=reason)


def test_going_offline_withdraws_what_routes_offered_and_costs_nothing(house: House) -> None:
    agent, by_route, by_hand = house.agent(), house.item("waiting"), house.item()
    (held,) = house.offered(by_route, agent)
    with house.inside():
        offer(item_id=by_hand, agent_ids=[agent], seconds=3600, actor=BOSS)
    with house.inside():
        assert declare(agent_id=agent, presence="offline", actor=works_as(agent)).withdrawn == 1
    assert house.row(Offer, id=held).state == "withdrawn"
    row = house.row(Item, id=by_route)
    assert (row.state, row.cause, row.tries) == ("waiting", "withdrawn", 0)
    assert house.state(by_hand) == "offered"
    with house.inside():
        assert withdraw(agent_id=agent, actor=BOSS, by_hand=True) == 1
    assert house.state(by_hand) == "pooled"
    kinds = [event.kind for event in house.rows(Event, subject_kind="agent", subject_id=agent)]
    assert kinds == ["presence"]


def test_an_offer_made_in_the_instant_of_leaving_is_withdrawn_by_the_sweep(house: House) -> None:
    agent, item = house.agent(presence="offline"), house.item("waiting")
    house.offered(item, agent)
    assert withdraw_due(house.id) == 1
    assert withdraw_due(house.id) == 0
    assert house.state(item) == "waiting"


def test_a_heartbeat_delivers_open_offers_and_lists_them(house: House) -> None:
    agent, item = house.agent(), house.item("waiting")
    (held,) = house.offered(item, agent)
    (late,) = house.offered(house.item("waiting"), agent)
    with house.inside():
        Offer.objects.filter(id=late).update(expires_at=clock())
    with house.inside():
        beat = heartbeat(actor=works_as(agent))
    assert [(each.offer_id, each.item_id) for each in beat.offers] == [(held, item)]
    assert house.row(Offer, id=held).delivered_at is not None
    assert house.row(Offer, id=late).delivered_at is None
    with house.inside():
        assert heartbeat(actor=works_as(agent)).offers == beat.offers


def test_the_last_one_present_of_a_route_gets_no_break(house: House) -> None:
    agent, other = house.agent(), house.agent(presence="offline")
    route = published(house, agent, other)
    for _ in range(3):
        (held,) = house.offered(house.item("waiting"), agent, route_id=route, delivered=True)
        with house.inside():
            Offer.objects.filter(id=held).update(expires_at=clock())
        expire_due(house.id)
        assert presence(house, agent) == ("available", "")
    with house.inside():
        AgentState.objects.filter(agent=other).update(presence="available")
    (held,) = house.offered(house.item("waiting"), agent, route_id=route, delivered=True)
    with house.inside():
        Offer.objects.filter(id=held).update(expires_at=clock())
    expire_due(house.id)
    assert presence(house, agent) == ("break", "missed_offers")


# waking


def asleep(house: House, route: UUID, **columns: object) -> UUID:
    with house.inside():
        later = clock() + timedelta(hours=1)
    return house.item("waiting", due_at=later, waits_on=route, cause="nobody", **columns)


def due(house: House) -> set[UUID]:
    with house.inside():
        return set(Item.objects.filter(due_at__lte=clock()).values_list("id", flat=True))


def test_a_freed_place_wakes_one_item_per_place_best_first(house: House) -> None:
    agent = house.agent(capacity=300, load=0)
    route = published(house, agent)
    with house.inside():
        now = clock()
    items = [
        asleep(house, route, unanswered_since=now - timedelta(minutes=minutes), band=band)
        for minutes, band in ((1, 1), (2, 1), (3, 1), (4, 1), (0, 3))
    ]
    asleep(house, new_id())
    with house.inside():
        wake_for_agents([agent])
    assert wake_due(house.id) == 3
    assert due(house) == {items[4], items[3], items[2]}
    assert house.rows(Wake) == []
    assert wake_due(house.id) == 0


def test_what_the_agent_may_not_have_does_not_stand_in_the_way(house: House) -> None:
    agent = house.agent(capacity=100, languages=["es"])
    route = published(house, agent, match_language=True)
    with house.inside():
        now = clock()
    declined = asleep(house, route, band=3)
    french = asleep(house, route, band=3, language="fr")
    mine = asleep(house, route, language="es")
    with house.inside():
        Exclusion.objects.create(item_id=declined, agent_id=agent, cause="not_for_me", made_at=now)
        wake_for_agents([agent])
    assert wake_due(house.id) == 1
    assert due(house) == {mine}
    assert french not in due(house)


def test_a_resumed_route_wakes_everything_that_waits_on_it(house: House) -> None:
    route = new_id()
    items = {asleep(house, route) for _ in range(3)}
    with house.inside():
        wake_for_routes([route])
    assert wake_due(house.id) == 3
    assert due(house) == items


def test_finishing_and_coming_back_ask_for_a_wake(house: House) -> None:
    agent, item = house.agent(presence="offline"), house.item()
    with house.inside():
        declare(agent_id=agent, presence="available", actor=BOSS)
        offered = offer(item_id=item, agent_ids=[agent], seconds=60, actor=BOSS)
    with house.inside():
        finish(item_id=item, outcome="won", actor=BOSS)
    assert [wake.agent_id for wake in house.rows(Wake)] == [agent, agent]
    assert offered.offer_ids


def test_nothing_is_woken_while_somebody_plans(house: House, app_dsn: str) -> None:
    """A planner has read that nobody is free and not yet written it: what came free must not be forgotten."""
    agent = house.agent()
    route = published(house, agent)
    with psycopg.connect(app_dsn) as planner:
        planner.execute("SELECT pg_advisory_xact_lock(1, %s)", [house.id])
        with house.inside():
            wake_for_agents([agent])
        assert wake_due(house.id) == 0
        item = asleep(house, route)  # what the planner writes, and commits
    assert wake_due(house.id) == 1
    assert due(house) == {item}


# the relay


def test_the_relay_tells_once_what_was_written(house: House, app_dsn: str) -> None:
    item = house.item()
    with psycopg.connect(app_dsn, autocommit=True) as listener:
        listener.execute(f"LISTEN {HINT_CHANNEL}")
        assert relay_outbox(house.id) >= 1
        assert relay_outbox(house.id) == 0
        told = [json.loads(note.payload) for note in listener.notifies(timeout=2, stop_after=1)]
    assert ["item", str(item), "received"] in told[0]["hints"]
    assert told[0]["organisation"] == house.id
    assert house.rows(Outbox) == []


def test_a_row_that_commits_late_is_told_all_the_same(house: House, app_dsn: str) -> None:
    """The planted bug would be a cursor "id > last": the row below has the smaller id and commits later."""
    hints = json.dumps([["item", str(new_id()), "late"]])
    relay_outbox(house.id)
    with psycopg.connect(app_dsn) as slow:
        slow.execute("SELECT set_config('rightaway.organisation', %s, true)", [str(house.id)])
        slow.execute(
            "INSERT INTO ledger_outbox (organisation_id, id, hints) VALUES (%s, %s, %s)", [house.id, new_id(), hints]
        )
        house.item()
        assert relay_outbox(house.id) == 1
    assert relay_outbox(house.id) == 1


def test_many_hints_are_split_into_payloads_that_fit() -> None:
    hints = [["item", str(new_id()), "assigned"] for _ in range(500)]
    made = list(payloads(31_000, hints))
    assert max(len(payload.encode()) for payload in made) < 8000
    assert [hint for payload in made for hint in json.loads(payload)["hints"]] == hints
