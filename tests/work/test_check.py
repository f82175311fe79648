"""`check` names exactly what is wrong: each promise is broken on purpose, behind the application's back."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
import typer
from django.conf import settings
from django.db import connection, connections
from typer.testing import CliRunner

from rightaway.cli.check import check as check_command
from rightaway.ledger.ids import new_id
from rightaway.ledger.models import IdempotencyKey
from rightaway.ledger.tables import APP
from rightaway.work.actions.accept import accept
from rightaway.work.actions.assign import assign
from rightaway.work.actions.decline import decline
from rightaway.work.actions.finish import finish
from rightaway.work.actions.offer import offer
from rightaway.work.actions.receive import receive
from rightaway.work.actions.route import route_organisation
from rightaway.work.actions.touch import touch
from rightaway.work.check import INVARIANTS, Violation, check
from rightaway.work.enquiry import Enquiry
from rightaway.work.models import Item, Offer
from tests.making import BOSS, House, works_as
from tests.making_routes import routed


@dataclass
class Lively:
    """A house where everything has happened once. Names of items say what became of them."""

    house: House
    ana: UUID
    eva: UUID
    away: UUID
    owned: UUID  # given by a route to one of them, moved by hand to the other
    offered: UUID  # declined by one, now offered to the other
    shared: UUID  # offered to both, accepted by both
    pooled: UUID
    waiting: UUID
    closed: UUID


@pytest.fixture
def lively(org: int) -> Lively:
    house = House(org)
    ana, eva = house.agent(), house.agent()
    away = house.agent(presence="offline")
    routed(
        house,
        {"sources": ["given"], "strategy": "round_robin", "act": "assign", "agents": [ana]},
        {"sources": ["offered"], "strategy": "round_robin", "unaccepted": "wait", "agents": [ana, eva]},
        {"sources": ["away"], "strategy": "round_robin", "agents": [away]},
    )
    ids = {name: arrive(house, name) for name in ("given", "offered", "away", "nobody", "closed", "shared")}
    route_organisation(house.id)
    with house.inside():
        assign(item_id=ids["given"], agent_id=eva, actor=BOSS)
    held = house.row(Offer, item=ids["offered"], state="open")
    with house.inside():
        decline(offer_id=held.id, actor=works_as(held.agent_id), kind="not_for_me")
    route_organisation(house.id)
    with house.inside():
        made = offer(item_id=ids["shared"], agent_ids=[ana, eva], places=2, seconds=600, actor=BOSS)
    for agent, each in zip([ana, eva], made.offer_ids, strict=True):
        with house.inside():
            accept(offer_id=each, actor=works_as(agent))
    with house.inside():
        touch(item_id=ids["shared"], actor=works_as(ana), kind="call", outcome="connected")
    with house.inside():
        finish(item_id=ids["closed"], outcome="spam", actor=BOSS)
        answered = f'{{"item_id":"{ids["given"]}"}}'
        IdempotencyKey.objects.create(caller="a", route="b", key="c", body_hash=b"", status=201, answer=answered)
    return Lively(
        house, ana, eva, away, owned=ids["given"], offered=ids["offered"], shared=ids["shared"], pooled=ids["nobody"],
        waiting=ids["away"], closed=ids["closed"],
    )  # fmt: skip


def arrive(house: House, source: str) -> UUID:
    with house.inside():
        return receive(enquiry=Enquiry(source=source, name=source), actor=BOSS).item_id


@contextmanager
def as_superuser() -> Iterator[None]:
    """Django works as the superuser, whom no wall and no foreign key stops."""
    usual, one = connections["default"], connections.create_connection("default")
    assert settings.CONNECTIONS is not None
    admin = settings.CONNECTIONS.admin
    assert admin is not None
    one.settings_dict = {**one.settings_dict, "USER": admin["user"], "PASSWORD": admin["password"]}
    connections["default"] = one
    try:
        yield
    finally:
        connections["default"] = usual
        one.close()


class Undo(Exception):
    pass


def found_after(house: House, *statements: str, acknowledged: list[UUID] | None = None) -> list[Violation]:
    """What `check`, as the application, says after these statements of the superuser, which nobody else ever sees."""
    found: list[Violation] = []
    try:
        with as_superuser(), house.inside(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '2s'")
            cursor.execute("SET LOCAL session_replication_role = replica")  # no foreign keys
            for statement in statements:
                cursor.execute(statement)
                assert statement.startswith(("ALTER", "DROP", "GRANT", "CREATE")) or cursor.rowcount > 0, statement
            cursor.execute(f"SET LOCAL ROLE {APP}")
            found = check(acknowledged)
            raise Undo
    except Undo:
        return found


def test_a_lively_organisation_keeps_every_promise(lively: Lively) -> None:
    states = {row.id: row.state for row in lively.house.rows(Item)}
    assert states == {
        lively.owned: "assigned", lively.offered: "offered", lively.shared: "assigned", lively.pooled: "pooled",
        lively.waiting: "waiting", lively.closed: "closed",
    }  # fmt: skip
    assert lively.house.check() == []


EVENT = "organisation_id = {o} AND subject_kind = 'item' AND subject_id = '{owned}'"

# What is done, and what must be named. A lie about one thing may well break two promises; it is never more.
PLANTED = {
    "an answer that names an item which is not there": (
        {"I1"},
        'UPDATE ledger_idempotencykey SET answer = \'{{"item_id":"{nobody}"}}\' WHERE organisation_id = {o}',
    ),
    "an item that is gone": ({"I1"}, "DELETE FROM work_item WHERE id = '{waiting}'"),
    "a role that is sought and neither due nor on offer": (
        {"I3"},
        """INSERT INTO work_vacancy (organisation_id, id, item_id, role_id, made_at, tries, wave, passed)
           VALUES ({o}, gen_random_uuid(), '{owned}', gen_random_uuid(), now(), 0, 0, '[]')""",
    ),
    "a role that is sought of a closed item": (
        {"I3"},
        """INSERT INTO work_vacancy (organisation_id, id, item_id, role_id, made_at, due_at, tries, wave, passed)
           VALUES ({o}, gen_random_uuid(), '{closed}', gen_random_uuid(), now(), now(), 0, 0, '[]')""",
    ),
    "an item that is offered and in the pool": (
        {"I3", "I7"},
        """INSERT INTO work_offer (organisation_id, id, item_id, agent_id, state, band, wave, reserved, turn, masked,
               made_at, expires_at, decline_kind, note)
           VALUES ({o}, '{nobody}', '{pooled}', '{ana}', 'open', 1, 0, 0, false, false, now(), now(), '', '')""",
    ),
    "an item that nobody looks after": (
        {"I3"},
        "ALTER TABLE work_item DROP CONSTRAINT item_waiting_due",
        "UPDATE work_item SET due_at = NULL WHERE id = '{waiting}'",
    ),
    "two owners": (
        {"I4", "I5", "I6"},
        "DROP INDEX assignment_exclusive",
        """INSERT INTO work_assignment (organisation_id, id, item_id, agent_id, exclusive, how, band, turn, started_at,
               end_cause) VALUES ({o}, '{nobody}', '{owned}', '{ana}', true, 'claimed', 1, false, now(), '')""",
    ),
    "an owner who is none": ({"I4", "I17"}, "UPDATE work_item SET owner_id = '{ana}' WHERE id = '{owned}'"),
    "two holders of a role": (
        {"I4", "I5"},
        "DROP INDEX assignment_exclusive",
        """INSERT INTO work_assignment (organisation_id, id, item_id, agent_id, role_id, exclusive, how, band, turn,
               started_at, end_cause)
           SELECT {o}, gen_random_uuid(), '{owned}', agent_id, '{nobody}', true, 'by_hand', 1, false, now(), ''
           FROM people_agentstate WHERE agent_id IN ('{ana}', '{eva}')""",
    ),
    "a role that is held and offered": (
        {"I4", "I7"},
        """INSERT INTO work_assignment (organisation_id, id, item_id, agent_id, role_id, exclusive, how, band, turn,
               started_at, end_cause)
           VALUES ({o}, '{nobody}', '{owned}', '{ana}', '{nobody}', true, 'by_hand', 1, false, now(), '')""",
        """INSERT INTO work_offer (organisation_id, id, item_id, agent_id, role_id, state, band, wave, reserved, turn,
               masked, made_at, expires_at, decline_kind, note)
           VALUES ({o}, '{nobody}', '{owned}', '{eva}', '{nobody}', 'open', 1, 0, 0, false, false, now(), now(), '',
               '')""",
    ),
    "a role of what is closed": (
        {"I3"},
        """INSERT INTO work_assignment (organisation_id, id, item_id, agent_id, role_id, exclusive, how, band, turn,
               started_at, end_cause)
           VALUES ({o}, '{nobody}', '{closed}', '{ana}', '{nobody}', true, 'by_hand', 1, false, now(), '')""",
    ),
    "periods that overlap": (
        {"I5"},
        """UPDATE work_assignment SET started_at = started_at - interval '1 hour'
           WHERE item_id = '{owned}' AND ended_at IS NULL""",
    ),
    "a gap that nothing explains": (
        {"I5"},
        "UPDATE work_assignment SET ended_at = ended_at - interval '1 microsecond' WHERE item_id = '{owned}' "
        "AND ended_at IS NOT NULL",
    ),
    "a load that is not held": (
        {"I6", "I17"},
        "UPDATE people_agentstate SET load = load + 1 WHERE organisation_id = {o} AND agent_id = '{ana}'",
    ),
    "open questions that are not held": (
        {"I6"},
        "UPDATE people_agentstate SET unanswered = unanswered + 1 WHERE organisation_id = {o} AND agent_id = '{ana}'",
    ),
    "a load above the capacity, by nobody's word": (
        {"I6"},
        "ALTER TABLE people_agentstate DROP CONSTRAINT agent_state_capacity",
        "UPDATE people_agentstate SET capacity = 0, over_by = 0 WHERE organisation_id = {o} AND agent_id = '{eva}'",
    ),
    "an ending of an offer that nothing tells": (
        {"I7"},
        "UPDATE work_offer SET ended_at = ended_at + interval '1 second' "
        "WHERE item_id = '{offered}' AND state = 'declined'",
    ),
    "an offer that ended otherwise than was told": (
        {"I7"},
        "UPDATE work_offer SET state = 'expired' WHERE item_id = '{offered}' AND state = 'declined'",
    ),
    "more acceptances than places": ({"I8"}, "UPDATE work_offergroup SET places = 1 WHERE item_id = '{shared}'"),
    "an offer accepted too late": (
        {"I9"},
        "ALTER TABLE work_offer DROP CONSTRAINT offer_in_time",
        "UPDATE work_offer SET expires_at = ended_at WHERE item_id = '{shared}'",
    ),
    "an offer against an exclusion": (
        {"I11"},
        """INSERT INTO work_exclusion (organisation_id, id, item_id, agent_id, cause, made_at)
           SELECT {o}, '{nobody}', item_id, agent_id, 'not_for_me', made_at - interval '1 second' FROM work_offer
           WHERE item_id = '{offered}' AND state = 'open'""",
    ),
    "a turn that nobody took": (
        {"I13"},
        "UPDATE routing_turn SET taken = taken + 1 WHERE organisation_id = {o} AND taken > 0",
    ),
    "a turn that is not counted": ({"I13"}, "DELETE FROM routing_turn WHERE organisation_id = {o} AND taken > 0"),
    "a first event that is gone": ({"I16", "I17"}, f"DELETE FROM ledger_event WHERE {EVENT} AND seq = 1"),
    "a last event that is gone": (
        {"I5", "I16", "I17"},
        f"DELETE FROM ledger_event WHERE {EVENT} AND kind = 'assigned' AND seq = 3",
    ),
    "a change of somebody else's that was never told": (
        {"I16"},
        "UPDATE routing_config SET event_seq = event_seq + 1 WHERE organisation_id = {o}",
    ),
    "events that the application may change": ({"I16"}, f"GRANT UPDATE ON ledger_event TO {APP}"),
    "an event that was altered": (
        {"I17"},
        f"UPDATE ledger_event SET body = replace(body, 'received', 'Received') WHERE {EVENT} AND seq = 1",
    ),
    "a state that no event gave": (
        {"I3", "I17"},
        "UPDATE work_item SET state = 'waiting', due_at = now() WHERE id = '{offered}'",
    ),
    "an exclusion that was forgotten": ({"I17"}, "DELETE FROM work_exclusion WHERE item_id = '{offered}'"),
    "a contact merged away with all that it has": (
        {"I28"},
        "UPDATE contacts_contact SET merged_into_id = id WHERE organisation_id = {o} AND id = "
        "(SELECT contact_id FROM work_item WHERE id = '{closed}')",
    ),
    "a contact of which nothing is in front": ({"I28"}, "UPDATE work_item SET front = false WHERE id = '{closed}'"),
    "an archived contact that still stands in the lists": (
        {"I28"},
        "UPDATE contacts_contact SET archived_at = now() WHERE organisation_id = {o} AND id = "
        "(SELECT contact_id FROM work_item WHERE id = '{closed}')",
    ),
    "somebody who left and may still be given things": (
        {"I27"},
        "UPDATE people_agent SET active = false WHERE id = '{away}'",
        'INSERT INTO work_departure (organisation_id, id, agent_id, kind, state, starts_at, "to", jobs, presence,'
        " made_by, made_at)"
        " VALUES ({o}, '{nobody}', '{away}', 'leave', 'gone', now(), 'routes', '[]', '', '{{}}', now())",
    ),
    "a task that was forgotten": ({"I40"}, "UPDATE work_item SET next_task_at = now() WHERE id = '{owned}'"),
    "a table without a wall": ({"I25"}, "ALTER TABLE contacts_entry NO FORCE ROW LEVEL SECURITY"),
    "a new table that nobody walled": ({"I25"}, "CREATE TABLE public.new (organisation_id smallint)"),
}


@pytest.mark.parametrize("what", PLANTED)
def test_what_is_broken_is_named_and_nothing_else(lively: Lively, what: str) -> None:
    expected, *statements = PLANTED[what]
    names = {"o": lively.house.id, "nobody": new_id(), **{n: v for n, v in vars(lively).items() if n != "house"}}
    found = found_after(lively.house, *[str(statement).format(**names) for statement in statements])
    assert {violation.number for violation in found} == expected, found
    assert all(violation.count >= 1 and violation.examples for violation in found)
    assert lively.house.check() == []  # the application itself saw nothing of it


def test_every_promise_has_been_broken_here() -> None:
    broken: set[str] = set().union(*(numbers for numbers, *_ in PLANTED.values()))
    assert broken == {invariant.number for invariant in INVARIANTS}


def test_an_acknowledged_item_that_is_not_there_is_named(lively: Lively) -> None:
    missing = new_id()
    with lively.house.inside():
        (violation,) = check([lively.owned, missing])
    assert (violation.number, violation.count) == ("I1", 1)
    assert str(missing) in violation.examples[0]


def test_a_role_that_walks_through_the_walls_is_named(lively: Lively) -> None:
    with as_superuser(), lively.house.inside():
        (violation,) = check()
    assert violation.number == "I25"


# the command


def command(*arguments: str) -> Any:
    app = typer.Typer()
    app.command()(check_command)
    return CliRunner().invoke(app, arguments)


def test_the_command_exits_with_1_when_a_promise_is_broken(lively: Lively, superuser_dsn: str) -> None:
    own = ["--organisation", str(lively.house.id)]
    assert command(*own).exit_code == 0
    broken = "UPDATE people_agentstate SET unanswered = unanswered {} 1 WHERE organisation_id = %s AND agent_id = %s"
    with psycopg.connect(superuser_dsn, autocommit=True) as superuser:
        superuser.execute(broken.format("+"), [lively.house.id, lively.ana])
        try:
            answer = command(*own)
        finally:
            superuser.execute(broken.format("-"), [lively.house.id, lively.ana])
    assert answer.exit_code == 1
    assert "I6" in answer.output
    assert str(lively.ana) in answer.output


def test_the_command_compares_with_what_was_acknowledged(lively: Lively, tmp_path: Path) -> None:
    acks = tmp_path / "acks"
    acks.write_text(f"{lively.owned}\n{lively.pooled}\n")
    own = ["--organisation", str(lively.house.id), "--acks", str(acks)]
    assert command(*own).exit_code == 0
    acks.write_text(f"{new_id()}\n")
    answer = command(*own)
    assert (answer.exit_code, "I1" in answer.output) == (1, True)


def test_acknowledged_items_are_somebody_s(tmp_path: Path) -> None:
    acks = tmp_path / "acks"
    acks.write_text("")
    assert command("--acks", str(acks)).exit_code == 2
    assert command("--organisation", "32000").exit_code == 2
