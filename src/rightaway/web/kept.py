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
from typing import Any, Final

from django.template import Context
from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe

from rightaway.ledger.recent import Recent

_GAP: Final = re.compile("\0(\\w+)\0")  # no text that was ever stored has a zero in it
_TOKEN: Final = "%(form_token)s"  # noqa: S105

_kept: Recent[Hashable, str] = Recent(2_048)  # of a few kilobytes each
_keeping: ContextVar[bool] = ContextVar("keeping", default=False)


class Piece:
    """What a template looks like with this `look`, for this reader."""

    __slots__ = ("_text",)

    def __init__(self, template: str, look: Mapping[str, Hashable], reader: Hashable) -> None:
        key = template, reader, *look.items()
        found = _kept.get(key)
        if found is None:
            found = _kept[key] = _made(template, look)
        self._text = found

    @property
    def has_form(self) -> bool:
        """Whether it has gaps named `form_token`."""
        return _TOKEN in self._text

    def filled(self, gaps: Mapping[str, Any]) -> SafeString:
        """With these texts in its gaps, escaped where they are no HTML yet. Raises KeyError: one is missing."""
        return mark_safe(self._text % escaped(gaps))  # noqa: S308


def escaped(gaps: Mapping[str, Any]) -> dict[str, SafeString]:
    """What is to stand in gaps, as HTML."""
    return {
        name: value if type(value) is SafeString else mark_safe(escape(str(value)))  # noqa: S308
        for name, value in gaps.items()
    }


def gap(name: str) -> SafeString:
    """What stands in a piece for what each use of it says."""
    assert _keeping.get(), "a gap is for templates that are kept"
    return mark_safe(f"\0{name}\0")  # noqa: S308


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
