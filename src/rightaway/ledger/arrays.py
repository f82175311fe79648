"""Array literals for `unnest`: one text per column. psycopg's list dumper is several times slower."""

from collections.abc import Iterable


def plain(values: Iterable[object]) -> str:
    """Numbers, ids, hex and codes: values whose text needs no quoting. None becomes NULL."""
    return "{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}"


def quoted(values: Iterable[str | None]) -> str:
    """Any text."""
    return (
        "{"
        + ",".join(
            [
                "NULL" if value is None else '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
                for value in values
            ]
        )
        + "}"
    )
