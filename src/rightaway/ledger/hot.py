"""The shortest way to the database: libpq's calls with psycopg's loaders between them.

A cursor costs about 0.1 ms a statement, as much as deciding about an item; this costs a fifth of that.
"""

import select
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import psycopg
from psycopg.adapt import Transformer
from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus, Format, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult

_Row = tuple[Any, ...]
_FINE = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)
_UNKNOWN_STATEMENT = b"26000"


class Asked:
    """A statement that goes to the server together with the next one: its rows, once that one has run."""

    __slots__ = ("names", "numbered", "rows", "sql", "touched", "values")

    def __init__(self, sql: str, parameters: Mapping[str, object]) -> None:
        self.sql = sql
        self.numbered, self.names = _numbered(sql)
        self.values: Any = [_text(parameters[name]) for name in self.names]
        self.rows: list[_Row] | None = None
        self.touched = 0

    def take(self, conn: psycopg.Connection[Any], result: PGresult) -> None:
        if not result.nfields:
            self.rows, self.touched = [], result.command_tuples or 0
            return
        loading = _line(conn).loading
        loading.set_pgresult(result, format=Format.BINARY)
        self.rows, self.touched = loading.load_rows(0, result.ntuples, tuple), result.ntuples


class _Line:
    """What is known of a connection: the names of its prepared statements, what was asked and not sent yet, what is to
    follow its commit, how its values are read, and with what each message of a reading begins."""

    __slots__ = ("after", "entering", "loading", "prepared", "waiting")

    def __init__(self, conn: psycopg.Connection[Any]) -> None:
        self.prepared: dict[str, bytes] = {}
        self.waiting: list[Asked] = []
        self.after: dict[tuple[str, tuple[bytes | None, ...]], Asked] = {}
        self.loading = Transformer(conn)
        self.entering: Asked | None = None


def run(conn: psycopg.Connection[Any], sql: str, parameters: Mapping[str, object]) -> tuple[list[_Row], int]:
    """One statement with `%(name)s` parameters whose texts PostgreSQL casts; (rows, how many rows it touched). Whatever
    was asked before goes with it, in its order."""
    line = _line(conn)
    asked = Asked(sql, parameters)
    if line.waiting or line.entering:
        line.waiting.append(asked)
        send(conn)
    else:
        asked.take(conn, _alone(conn, line, asked))
    assert asked.rows is not None
    return asked.rows, asked.touched


def ask(conn: psycopg.Connection[Any], sql: str, parameters: Mapping[str, object]) -> Asked:
    """As `run`, for whose answer nobody waits now: it goes with the next one, in one message, and what goes wrong in it
    goes wrong there."""
    asked = Asked(sql, parameters)
    _line(conn).waiting.append(asked)
    return asked


def ask_after(conn: psycopg.Connection[Any], sql: str, parameters: Mapping[str, object]) -> None:
    """As `ask`, for once the transaction that is open has been committed, and only then: it goes in the same message.
    What is the same goes once."""
    asked = Asked(sql, parameters)
    _line(conn).after[sql, tuple(asked.values)] = asked


def read_inside(conn: psycopg.Connection[Any], sql: str, parameters: Mapping[str, object]) -> None:
    """Until `forget`: each message is a transaction of its own, without a journey to end it, and begins with this."""
    _line(conn).entering = Asked(sql, parameters)


def begin_reading(conn: psycopg.Connection[Any]) -> None:
    """One transaction that stays open, instead of one a message: for those who send by themselves."""
    line = _line(conn)
    if line.entering is not None:
        line.waiting = [Asked("BEGIN READ ONLY", {}), line.entering, *line.waiting]
        line.entering = None


def commit(conn: psycopg.Connection[Any]) -> None:
    """Ends the transaction, with what was asked to come before and after that."""
    line = _line(conn)
    line.waiting += [Asked("COMMIT", {}), *line.after.values()]
    line.after.clear()
    send(conn)


def forget(conn: psycopg.Connection[Any]) -> None:
    """What was asked and not sent never will be."""
    line = _line(conn)
    line.entering = None
    line.waiting.clear()
    line.after.clear()


def waits(conn: psycopg.Connection[Any]) -> bool:
    """Whether something was asked that was not sent yet."""
    return bool(_line(conn).waiting)


def goes_with_commit(conn: psycopg.Connection[Any]) -> bool:
    """Whether something goes with the commit of the transaction that is open."""
    return bool(_line(conn).waiting or _line(conn).after)


def send(conn: psycopg.Connection[Any]) -> None:
    """Sends what was asked, and waits for the answers: one journey for all of it."""
    line = _line(conn)
    asked, line.waiting = line.waiting, []
    if not asked:
        return
    if line.entering is not None:
        asked.insert(0, line.entering)
    pgconn = conn.pgconn
    names = [b"" if conn.prepare_threshold is None else _prepare(conn, line, each) for each in asked]
    pgconn.enter_pipeline_mode()
    try:
        for name, each in zip(names, asked, strict=True):
            if name:
                pgconn.send_query_prepared(name, each.values, result_format=Format.BINARY)
            else:
                pgconn.send_query_params(each.numbered, each.values, result_format=Format.BINARY)
        pgconn.pipeline_sync()
        results = [_next(pgconn) for each in asked for _end in (0, 1)]  # each is followed by nothing
        _next(pgconn)  # all of them are done
    finally:
        if pgconn.status == ConnStatus.OK:
            pgconn.exit_pipeline_mode()
    for each, result in zip(asked, results[::2], strict=True):
        if result is None or result.status not in _FINE:
            raise _failed(conn, line, result)
        each.take(conn, result)


def _alone(conn: psycopg.Connection[Any], line: _Line, asked: Asked) -> PGresult:
    if conn.prepare_threshold is None:  # behind a pooler: the next statement may run on another connection
        result = conn.pgconn.exec_params(asked.numbered, asked.values, result_format=Format.BINARY)
    else:
        alone = conn.pgconn.transaction_status == TransactionStatus.IDLE
        name = _prepare(conn, line, asked)
        result = conn.pgconn.exec_prepared(name, asked.values, result_format=Format.BINARY)
        if alone and result.error_field(DiagnosticField.SQLSTATE) == _UNKNOWN_STATEMENT:
            line.prepared.clear()
            return _alone(conn, line, asked)
    if result.status not in _FINE:
        raise _failed(conn, line, result)
    return result


def _next(pgconn: PGconn) -> PGresult | None:
    """The next result in a pipeline, waited for without keeping other threads from working."""
    while True:
        unsent = pgconn.flush()
        if not unsent and not pgconn.is_busy():
            return pgconn.get_result()
        line = select.poll()
        line.register(pgconn.socket, select.POLLIN | select.POLLOUT if unsent else select.POLLIN)
        line.poll()
        pgconn.consume_input()


def simply(conn: psycopg.Connection[Any], sql: str) -> tuple[bytes | None, ...]:
    """Several statements without parameters at once; the first row of the last one's result, as text."""
    send(conn)
    result = conn.pgconn.exec_(sql.encode())
    if result.status not in _FINE:
        raise _error(conn, result)
    return tuple(result.get_value(0, column) for column in range(result.nfields if result.ntuples else 0))


def _line(conn: psycopg.Connection[Any]) -> _Line:
    found: _Line | None = conn.__dict__.get("_rightaway")
    if found is None:
        found = conn.__dict__["_rightaway"] = _Line(conn)
    return found


def _prepare(conn: psycopg.Connection[Any], line: _Line, asked: Asked) -> bytes:
    name = line.prepared.get(asked.sql)
    if name is None:
        name = b"hot_%d" % len(line.prepared)
        result = conn.pgconn.prepare(name, asked.numbered)
        if result.status not in _FINE:
            raise _error(conn, result)
        line.prepared[asked.sql] = name
    return name


def _failed(conn: psycopg.Connection[Any], line: _Line, result: PGresult | None) -> psycopg.Error:
    """What a statement failed of. psycopg deallocates every statement of a connection after a rollback, if it has
    prepared any itself: then all are prepared again, when `ledger/retry.py` tries the whole transaction again."""
    if result is None:
        return psycopg.OperationalError("the server said nothing")
    if result.error_field(DiagnosticField.SQLSTATE) == _UNKNOWN_STATEMENT:
        line.prepared.clear()
    return _error(conn, result)


def _error(conn: psycopg.Connection[Any], result: PGresult) -> psycopg.Error:
    """A line that broke has no code of PostgreSQL's."""
    if conn.pgconn.status == ConnStatus.BAD:
        return psycopg.OperationalError(result.error_message.decode("utf-8", "replace").strip())
    return psycopg.errors.error_from_result(result)


def _text(value: object) -> bytes | None:
    if value is None:
        return None
    text = str(value).encode()
    if b"\0" in text:  # libpq would end the text there
        raise psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
    return text


@lru_cache(maxsize=256)
def _numbered(sql: str) -> tuple[bytes, tuple[str, ...]]:
    """`%(name)s` → `$n`, and the names in the order of their numbers."""
    names: list[str] = []
    parts = sql.split("%(")
    text = [parts[0]]
    for part in parts[1:]:
        name, _, rest = part.partition(")s")
        if name not in names:
            names.append(name)
        text.append(f"${names.index(name) + 1}{rest}")
    return "".join(text).encode(), tuple(names)
