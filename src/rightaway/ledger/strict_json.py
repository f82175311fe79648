"""The one way in for JSON (RFC 8259, strictly): what two parsers could read differently is refused."""

import json
import math
from typing import Any, NoReturn

from django.utils.translation import gettext as _

from rightaway.ledger.errors import Malformed

DEEPEST = 32
MOST_MEMBERS = 10_000
LARGEST_INTEGER = 2**63 - 1
_LONGEST_NUMBER = 30  # characters


def loads(raw: bytes) -> Any:
    """The value of a UTF-8 JSON text. Raises Malformed, with the reason.

    At most 32 deep and 10,000 members and elements in all; no repeated names, NaN, infinities, integers beyond 64
    bits, NUL or lone surrogates; no byte order mark, no other encoding.
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        _refuse(_("It is not UTF-8."))
    if text.startswith("\ufeff"):
        _refuse(_("It begins with a byte order mark."))
    if _depth(text) > DEEPEST:
        _refuse(_("It is nested more than %(depth)s levels deep.") % {"depth": DEEPEST})
    try:
        value = json.loads(
            text, object_pairs_hook=_object, parse_constant=_constant, parse_int=_integer, parse_float=_float
        )
    except json.JSONDecodeError as error:
        _refuse(_("It is not JSON: line %(line)s, column %(column)s.") % {"line": error.lineno, "column": error.colno})
    # Only an escape can hide a character that cannot be stored; a container has one member more than commas at most.
    if "\\u" in text or text.count(",") + text.count("[") + text.count("{") > MOST_MEMBERS:
        _check(value)
    return value


def _depth(text: str) -> int:
    """How deep the brackets go, strings left out. Counted first, because the parser itself recurses."""
    if text.count("[") + text.count("{") <= DEEPEST:
        return 0
    deepest = depth = 0
    inside = escaped = False
    for char in text:
        if inside:
            if escaped:
                escaped = False
            elif char == "\\":
                escaped = True
            elif char == '"':
                inside = False
        elif char == '"':
            inside = True
        elif char in "[{":
            depth += 1
            deepest = max(deepest, depth)
            if deepest > DEEPEST:
                break
        elif char in "]}":
            depth -= 1
    return deepest


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        _refuse(_("It names a member twice."))
    return found


def _constant(name: str) -> NoReturn:
    _refuse(_("%(name)s is not a JSON number.") % {"name": name})


def _integer(text: str) -> int:
    if len(text) > _LONGEST_NUMBER or abs(int(text)) > LARGEST_INTEGER:
        _refuse(_("A number is too large."))
    return int(text)


def _float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        _refuse(_("A number is too large."))
    return value


def _check(value: Any) -> None:
    """Walks the whole value: how many members it has, and whether its texts can be stored."""
    members = 0
    stack = [value]
    while stack:
        here = stack.pop()
        if isinstance(here, str):
            _check_text(here)
        elif isinstance(here, dict):
            members += len(here)
            for name in here:
                _check_text(name)
            stack.extend(here.values())
        elif isinstance(here, list):
            members += len(here)
            stack.extend(here)
        if members > MOST_MEMBERS:
            _refuse(_("It has more than %(most)s members.") % {"most": MOST_MEMBERS})


def _check_text(text: str) -> None:
    if "\x00" in text:
        _refuse(_("A text contains the character NUL."))
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        _refuse(_("A text contains half of a character."))


def _refuse(detail: str) -> NoReturn:
    raise Malformed(detail)
