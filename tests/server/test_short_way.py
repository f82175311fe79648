"""Prepared statements and connections that last: what becomes of them when the server takes them away."""

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import psycopg
import pytest
from django.db import (
    DataError,
    InterfaceError,
    InternalError,
    OperationalError,
    close_old_connections,
    connection,
    transaction,
)

from rightaway.ledger.events import WORK_CHANNEL, wake_worker
from rightaway.ledger.ids import new_id
from rightaway.ledger.models import Outbox
from rightaway.ledger.retry import retried
from rightaway.ledger.statements import asked, executed, fetched, fetched_outside
from rightaway.ledger.tenancy import OutsideOrganisation, organisation

_ONE = "SELECT %(organisation)s::int, %(text)s::text"
_PLAIN = "SELECT pg_backend_pid(), %(text)s::text"


def deallocate() -> None:
    """What psycopg does after a rollback, when it has prepared something itself."""
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")


def test_a_statement_that_was_taken_away_is_prepared_again(org: int) -> None:
    assert fetched_outside(_PLAIN, text="a")[0][1] == "a"
    deallocate()
    assert fetched_outside(_PLAIN, text="b")[0][1] == "b"

    def read() -> list[Any]:
        with organisation(org, read_only=True):
            return fetched(_ONE, text="x")

    assert read() == [(org, "x")]
    deallocate()
    assert retried(read) == [(org, "x")]  # inside a transaction all of it is done again
    assert read() == [(org, "x")]


@pytest.mark.parametrize("read_only", [False, True])
def test_what_failed_is_rolled_back_and_the_statements_stay(org: int, *, read_only: bool) -> None:
    with pytest.raises(DataError), organisation(org, read_only=read_only):
        fetched("SELECT 1 / (%(organisation)s::int * 0)")
    with organisation(org, read_only=read_only):
        assert fetched(_ONE, text="y") == [(org, "y")]
    assert fetched_outside("SELECT current_setting('rightaway.organisation', true)", text="")[0][0] in ("", None)


def test_a_connection_that_the_server_ended_is_seen_before_it_is_used() -> None:
    (before, _), *_rest = fetched_outside(_PLAIN, text="")
    info = connection.connection.info
    with psycopg.connect(info.dsn, password=info.password, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [before])
    close_old_connections()  # a request begins
    (after, said), *_rest = fetched_outside(_PLAIN, text="still here")
    assert after != before and said == "still here"


@pytest.mark.parametrize("when", ["entering", "reading", "writing", "outside", "ending"])
@pytest.mark.parametrize("read_only", [False, True])
def test_a_line_that_breaks_is_told_as_such_and_the_next_request_has_another(
    org: int, when: str, *, read_only: bool
) -> None:
    """`api/problems.py` makes 503 of it: nothing was stored for sure, send it again."""
    fetched_outside(_PLAIN, text="")

    def request() -> None:
        if when == "outside":
            cut()
            fetched_outside(_PLAIN, text="")
        if when == "entering":
            cut()
        with organisation(org, read_only=read_only):
            if when != "ending":
                cut()
            (executed if when == "writing" else fetched)(_ONE, text="x")
            if when == "ending":
                cut()

    if when == "ending" and read_only:
        request()  # a reading has all that it wanted
    else:
        with pytest.raises((OperationalError, InterfaceError)):
            request()
    close_old_connections()
    with organisation(org, read_only=read_only):
        assert fetched(_ONE, text="y") == [(org, "y")]


def cut() -> None:
    """As when the server is killed: the line ends without a word."""
    with socket.socket(fileno=os.dup(connection.connection.fileno())) as line:
        line.shutdown(socket.SHUT_RDWR)


def test_a_quiet_connection_is_not_asked_whether_it_is_there() -> None:
    fetched_outside(_PLAIN, text="")
    close_old_connections()
    asked: list[str] = []

    def hear(execute: Any, sql: str, *rest: Any) -> Any:
        asked.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(hear):
        fetched_outside(_PLAIN, text="")
    assert asked == []


def test_a_text_with_a_zero_is_refused_and_never_cut(org: int) -> None:
    with pytest.raises(DataError, match="NUL"):
        fetched_outside(_PLAIN, text="before\0after")
    with pytest.raises(DataError, match="NUL"), organisation(org):
        asked(_ONE, text="before\0after")
    assert fetched_outside(_PLAIN, text="ñ→'\\\"{},")[0][1] == "ñ→'\\\"{},"


def test_a_reading_by_messages_leaves_nothing_open_and_sees_what_was_committed_before_each(org: int) -> None:
    info = connection.connection.info
    with organisation(org, read_only=True):
        late = asked(_ONE, text="asked first")
        assert fetched(_ONE, text="x") == [(org, "x")]
        assert connection.connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
        assert late() == [(org, "asked first")]
        before = fetched(_NOTES, text="meanwhile")
        with psycopg.connect(info.dsn, password=info.password) as other:
            other.execute("SELECT set_config('rightaway.organisation', %s, true)", [str(org)])
            other.execute(_NOTE.replace("%(organisation)s", str(org)), {"text": "meanwhile"})
        assert (before, fetched(_NOTES, text="meanwhile")) == ([(0,)], [(1,)])
        unsent = asked(_ONE, text="y")
    assert fetched_outside("SELECT current_setting('rightaway.organisation', true)", text="")[0][0] in ("", None)
    with pytest.raises(AssertionError, match="transaction that has ended"):
        unsent()


def test_a_queryset_in_a_reading_is_inside_too_and_may_not_write(org: int, other_org: int) -> None:
    for id in (org, other_org):
        with organisation(id):
            Outbox.objects.create(id=new_id(), hints=str(id))
    with organisation(org, read_only=True):
        early = asked(_NOTES, text=str(org))
        assert [row.hints for row in Outbox.objects.filter(hints__in=[str(org), str(other_org)])] == [str(org)]
        assert early() == [(1,)] and fetched(_NOTES, text=str(other_org)) == [(0,)]
    with pytest.raises(InternalError), organisation(org, read_only=True):
        Outbox.objects.filter(hints=str(org)).delete()
    with organisation(other_org, read_only=True):
        assert fetched(_NOTES, text=str(org)) == [(0,)]


def test_reading_changes_nothing_and_begins_no_second_transaction(org: int) -> None:
    with pytest.raises(InternalError), organisation(org, read_only=True):
        executed("UPDATE routing_config SET revision = 0 WHERE organisation_id = %(organisation)s::smallint")
    with transaction.atomic(), pytest.raises(OutsideOrganisation), organisation(org, read_only=True):
        pass


_NOTE = """INSERT INTO ledger_outbox (organisation_id, id, hints)
           VALUES (%(organisation)s::smallint, gen_random_uuid(), %(text)s)"""
_NOTES = "SELECT count(*) FROM ledger_outbox WHERE organisation_id = %(organisation)s::smallint AND hints = %(text)s"


def notes(org: int, text: str) -> int:
    with organisation(org, read_only=True):
        found: int = fetched(_NOTES, text=text)[0][0]
        return found


@pytest.mark.parametrize("next_one", ["fetched", "queryset", "commit"])
def test_what_is_asked_goes_with_whatever_comes_next(org: int, next_one: str) -> None:
    with organisation(org):
        asked(_NOTE, text=next_one)
        if next_one == "fetched":
            assert fetched(_NOTES, text=next_one) == [(1,)]
        if next_one == "queryset":
            assert Outbox.objects.filter(hints=next_one).count() == 1
    assert notes(org, next_one) == 1


def test_answers_come_in_the_order_of_their_questions(org: int) -> None:
    with organisation(org, read_only=True):
        first, second = asked(_ONE, text="first"), asked(_ONE, text="second")
        assert fetched(_ONE, text="third") == [(org, "third")]
        assert (second(), first()) == ([(org, "second")], [(org, "first")])
        last = asked(_ONE, text="last")
        assert last() == last() == [(org, "last")]


@pytest.mark.parametrize("next_one", ["fetched", "queryset", "commit"])
def test_what_goes_wrong_in_what_was_asked_undoes_everything(org: int, next_one: str) -> None:
    def write() -> None:
        with organisation(org):
            Outbox.objects.create(id=new_id(), hints="undone")
            asked("SELECT 1 / (%(organisation)s::int * 0)")
            if next_one == "fetched":
                fetched(_ONE, text="never seen")
            if next_one == "queryset":
                Outbox.objects.count()

    with pytest.raises(DataError):
        write()
    assert notes(org, "undone") == 0


def test_what_was_asked_before_a_failure_is_never_sent(org: int) -> None:
    def write() -> None:
        with organisation(org):
            asked(_NOTE, text="forgotten")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write()
    with organisation(org, read_only=True):
        asked("SELECT 1 / (%(organisation)s::int * 0)")  # nobody wanted to know
    assert notes(org, "forgotten") == 0


@pytest.fixture
def wakes(app_dsn: str, org: int) -> Iterator[Callable[[], int]]:
    """How often the worker was woken for this organisation since it was last asked."""
    with psycopg.connect(app_dsn, autocommit=True) as listener:
        listener.execute(f"LISTEN {WORK_CHANNEL}")
        yield lambda: [note.payload for note in listener.notifies(timeout=0.3)].count(str(org))


def test_a_worker_is_woken_once_and_only_when_it_can_see_what_for(org: int, wakes: Callable[[], int]) -> None:
    with organisation(org):
        executed(_NOTE, text="due")
        for _ in range(3):
            wake_worker()
        assert wakes() == 0
    assert (wakes(), notes(org, "due")) == (1, 1)
    with organisation(org):
        executed(_NOTE, text="not due")
    assert wakes() == 0


@pytest.mark.parametrize("how", ["fails", "fails at its end", "is cut at its end"])
def test_a_worker_is_not_woken_for_what_never_was(org: int, how: str, wakes: Callable[[], int]) -> None:
    def write() -> None:
        with organisation(org):
            executed(_NOTE, text="undone")
            wake_worker()
            if how == "fails":
                raise ZeroDivisionError
            if how == "fails at its end":
                asked("SELECT 1 / (%(organisation)s::int * 0)")
            else:
                cut()

    with pytest.raises((ZeroDivisionError, DataError, OperationalError, InterfaceError)):
        write()
    close_old_connections()
    with organisation(org):
        executed(_NOTE, text="another")
    assert (wakes(), notes(org, "undone")) == (0, 0)


def test_a_worker_is_woken_for_what_was_kept_of_a_transaction(org: int, wakes: Callable[[], int]) -> None:
    """What was undone in between may wake it for nothing; what stays must."""
    with organisation(org):
        wake_worker()
        with suppress(ZeroDivisionError), transaction.atomic():
            executed(_NOTE, text="undone")
            raise ZeroDivisionError
        executed(_NOTE, text="kept")
    assert (wakes(), notes(org, "undone"), notes(org, "kept")) == (1, 0, 1)


def test_what_is_large_goes_and_comes_in_one_piece(org: int) -> None:
    """More than the line holds at once, in both directions."""
    large = "ñ" * 3_000_000
    with organisation(org, read_only=True):
        found = [asked(_ONE, text=f"{number}{large}") for number in range(3)]
        assert fetched(_ONE, text=large) == [(org, large)]
        assert [rows()[0][1] for rows in found] == [f"{number}{large}" for number in range(3)]


def test_other_threads_work_while_an_answer_is_awaited(org: int) -> None:
    with organisation(org, read_only=True):
        asked("SELECT pg_sleep(0.5)")
        counted = 0

        def count() -> None:
            nonlocal counted
            while waiting.is_set():
                counted += 1
                time.sleep(0.001)

        waiting = threading.Event()
        waiting.set()
        thread = threading.Thread(target=count)
        thread.start()
        fetched(_ONE, text="late")
        waiting.clear()
        thread.join()
    assert counted > 20
