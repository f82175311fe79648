"""Pieces of HTML that are made once for all that look alike, and filled at each use.

A piece knows how something looks (`look`: what is there, which shapes and words that repeat) and its reader's language,
region and zone: that is the key under which it is kept, so that it can never be out of date, nor of somebody else's.
Whatever differs from one to the next, names, ids, times, is a gap with a name, `{% gap "title" %}` in its template.
"""

import re
from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from html import escape
from typing import Any, Final, NamedTuple

from django.template import Context
from django.template.loader import get_template
from django.utils.safestring import SafeString

from rightaway.ledger.recent import Recent

_GAP: Final = re.compile("\0(\\w+)\0")  # no text that was ever stored has a zero in it
_TOKEN: Final = "%(form_token)s"  # noqa: S105

_kept: "Recent[Hashable, Piece]" = Recent(2_048)  # of a few kilobytes each
_keeping: ContextVar[bool] = ContextVar("keeping", default=False)


class Piece:
    """What a template looks like with this `look`, for this reader. Its text is a format for its gaps."""

    __slots__ = ("_text", "has_form")

    def __init__(self, text: str) -> None:
        self._text = text
        self.has_form: Final = _TOKEN in text  # gaps named `form_token`

    def filled(self, gaps: Mapping[str, Any]) -> SafeString:
        """With these texts in its gaps, escaped where they are no HTML yet. Raises KeyError: one is missing."""
        return SafeString(self._text % _escaped(gaps))

    def partly(self, gaps: Mapping[str, Any]) -> "Piece":
        """With these texts in their gaps; the others stay."""
        told = _Others((name, text.replace("%", "%%")) for name, text in _escaped(gaps).items())
        return Piece(self._text.replace("%%", "%%%%") % told)


class Filling(NamedTuple):
    """A piece, and what is to stand in its gaps, but for a form's token."""

    piece: Piece
    gaps: Mapping[str, Any]


class _Others(dict[str, str]):
    """What is to stand in some gaps; the others stand for themselves."""

    def __missing__(self, name: str) -> str:
        return f"%({name})s"


def piece(template: str, look: Mapping[str, Hashable], reader: Hashable) -> Piece:
    """The template as it looks with this `look`, for this reader (`formats.reader()`): made once."""
    key = template, reader, *look.items()
    found = _kept.get(key)
    if found is None:
        found = _kept[key] = Piece(_made(template, look))
    return found


def _escaped(gaps: Mapping[str, Any]) -> dict[str, str]:
    # Django's mark_safe looks at whether it was given a promise, each time.
    return {name: value if type(value) is SafeString else escape(str(value)) for name, value in gaps.items()}


def gap(name: str) -> SafeString:
    """What stands in a piece for what each use of it says."""
    assert _keeping.get(), "a gap is for templates that are kept"
    return SafeString(f"\0{name}\0")


def is_keeping() -> bool:
    """Whether what is being made will be used again, at other moments."""
    return _keeping.get()


@contextmanager
def keeping() -> Iterator[None]:
    """What is made inside is to be kept."""
    token = _keeping.set(True)
    try:
        yield
    finally:
        _keeping.reset(token)


def _made(template: str, look: Mapping[str, Any]) -> str:
    with keeping():
        text = get_template(template).template.render(Context(dict(look)))  # type: ignore[attr-defined]
    return with_gaps(text)


def with_gaps(text: str) -> str:
    """What a template made while keeping, as a format for its gaps."""
    return _GAP.sub(r"%(\1)s", text.replace("%", "%%"))
