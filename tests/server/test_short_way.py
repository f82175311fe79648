"""Prepared statements and connections that last: what becomes of them when the server takes them away."""

import os
import socket
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

from rightaway.ledger.retry import retried
from rightaway.ledger.statements import executed, fetched, fetched_outside
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


def test_a_text_with_a_zero_is_refused_and_never_cut() -> None:
    with pytest.raises(DataError, match="NUL"):
        fetched_outside(_PLAIN, text="before\0after")
    assert fetched_outside(_PLAIN, text="ñ→'\\\"{},")[0][1] == "ñ→'\\\"{},"


def test_reading_changes_nothing_and_begins_no_second_transaction(org: int) -> None:
    with pytest.raises(InternalError), organisation(org, read_only=True):
        executed("UPDATE routing_config SET revision = 0 WHERE organisation_id = %(organisation)s::smallint")
    with transaction.atomic(), pytest.raises(OutsideOrganisation), organisation(org, read_only=True):
        pass
