"""The shortest way to the database: libpq's calls with psycopg's loaders between them.

A cursor costs about 0.1 ms a statement, as much as deciding about an item; this costs a fifth of that.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from psycopg.adapt import Transformer
from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus, Format, TransactionStatus
from psycopg.pq.abc import PGresult

_Row = tuple[Any, ...]
_prepared: WeakKeyDictionary[psycopg.Connection[Any], dict[str, bytes]] = WeakKeyDictionary()
_FINE = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)
_UNKNOWN_STATEMENT = b"26000"


def run(conn: psycopg.Connection[Any], sql: str, parameters: Mapping[str, object]) -> tuple[list[_Row], int]:
    """One statement with `%(name)s` parameters whose texts PostgreSQL casts; (rows, how many rows it touched)."""
    numbered, names = _numbered(sql)
    values: Any = [_text(parameters[name]) for name in names]
    if conn.prepare_threshold is None:  # behind a pooler: the next statement may run on another connection
        result = conn.pgconn.exec_params(numbered, values, result_format=Format.BINARY)
    else:
        alone = conn.pgconn.transaction_status == TransactionStatus.IDLE
        result = conn.pgconn.exec_prepared(_prepare(conn, sql, numbered), values, result_format=Format.BINARY)
        if result.status not in _FINE and result.error_field(DiagnosticField.SQLSTATE) == _UNKNOWN_STATEMENT:
            # psycopg deallocates every statement of a connection after a rollback, if it has prepared any itself.
            _prepared.pop(conn, None)
            if alone:  # otherwise the transaction has failed, and `ledger/retry.py` tries all of it again
                return run(conn, sql, parameters)
    if result.status not in _FINE:
        raise _error(conn, result)
    if not result.nfields:
        return [], result.command_tuples or 0
    loading = Transformer(conn)
    loading.set_pgresult(result, format=Format.BINARY)
    return loading.load_rows(0, result.ntuples, tuple), result.ntuples


def simply(conn: psycopg.Connection[Any], sql: str) -> tuple[bytes | None, ...]:
    """Several statements without parameters at once; the first row of the last one's result, as text."""
    result = conn.pgconn.exec_(sql.encode())
    if result.status not in _FINE:
        raise _error(conn, result)
    return tuple(result.get_value(0, column) for column in range(result.nfields if result.ntuples else 0))


def _prepare(conn: psycopg.Connection[Any], sql: str, numbered: bytes) -> bytes:
    known = _prepared.setdefault(conn, {})
    name = known.get(sql)
    if name is None:
        name = b"hot_%d" % len(known)
        result = conn.pgconn.prepare(name, numbered)
        if result.status not in _FINE:
            raise _error(conn, result)
        known[sql] = name
    return name


def _error(conn: psycopg.Connection[Any], result: PGresult) -> psycopg.Error:
    """What a statement failed of. A line that broke has no code of PostgreSQL's."""
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
