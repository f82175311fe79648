"""Watching the order in which a transaction takes its locks."""

import re
from collections.abc import Callable
from typing import Any

# items → their offers → agents → turns → tallies → counters
ORDER = ("work_item", "work_offer", "people_agent", "routing_turn", "people_tally", "people_agentstate")
_LOCKING = re.compile(r'FROM "?(\w+)"?.*FOR NO KEY UPDATE', re.DOTALL)
_WRITING = re.compile(r'^\s*(?:UPDATE|INSERT INTO) "?(\w+)"?')
# Written under the item's lock, which was taken before, or found by SKIP LOCKED, which never waits.
_HARMLESS = {"work_item", "work_offer"}


class Watched:
    """An execute wrapper of Django's: notes the statements that lock a row of `ORDER` out of order."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.wrong: list[str] = []

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        table = self._table(sql)
        if table in ORDER:
            if self.taken and ORDER.index(table) < ORDER.index(self.taken[-1]) and table not in self.taken:
                self.wrong.append(f"{table} after {' → '.join(self.taken)}")
            elif table not in self.taken:
                self.taken.append(table)
        return execute(sql, params, many, context)

    @staticmethod
    def _table(sql: str) -> str:
        found = _LOCKING.search(sql)
        if found and "SKIP LOCKED" not in sql:
            return found[1]
        found = _WRITING.match(sql)
        return found[1] if found and found[1] not in _HARMLESS else ""
