"""Pieces of HTML that are made once and used as long as nothing has changed of what they show.

A piece looks as what it is told says, and as its reader's language, region and zone: all of that together is the key
under which it is kept, so that it can never be out of date, nor be of somebody else's. It may have gaps, which are
filled at each use: what depends on the moment or on the request (`later`), and what the template says that uses it
(`by_template`), where many pieces differ in nothing but an id.
"""

import pickle
import re
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final

from django.template import Context
from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe

from rightaway.ledger.recent import Recent

Fill = Callable[[Any], str]
"""Makes the HTML of a gap, from the context of the template that uses the piece."""

_GAP: Final = re.compile("\0(\\d+)\0")  # no text that was ever stored has a zero in it


@dataclass(frozen=True, slots=True)
class _Gap:
    fill: Fill
    by_template: bool


_Piece = list[str | _Gap]
_kept: Recent[Hashable, _Piece] = Recent(4_096)  # of a few kilobytes each
_gaps: ContextVar[list[_Gap] | None] = ContextVar("gaps", default=None)


def piece(template: str, told: Mapping[str, Any], reader: Hashable, context: Any) -> SafeString:
    """The HTML of a template that knows only what it is `told` (values that can be pickled)."""
    key = template, reader, blake2b(pickle.dumps(told)).digest()
    found = _kept.get(key)
    if found is None:
        found = _kept[key] = _made(template, told)
    fill = _fill_at_once if _gaps.get() is None else _filled
    return mark_safe("".join([part if isinstance(part, str) else fill(part, context) for part in found]))  # noqa: S308


def later(fill: Fill, context: Any = None) -> str:
    """What `fill` makes: at once, but a gap in a piece that is to be kept, and in whatever keeps that one."""
    return fill(context) if _gaps.get() is None else _gap(fill, by_template=False)


def by_template(fill: Fill, context: Any) -> str:
    """What `fill` makes: at once, but a gap in a piece that is to be kept, which the template that uses it fills."""
    return fill(context) if _gaps.get() is None else _gap(fill, by_template=True)


def is_keeping() -> bool:
    """Whether what is being made will be used again, at other moments."""
    return _gaps.get() is not None


def _fill_at_once(gap: _Gap, context: Any) -> str:
    return gap.fill(context)


def _filled(gap: _Gap, context: Any) -> str:
    return gap.fill(context) if gap.by_template else _gap(gap.fill, by_template=False)


def _gap(fill: Fill, *, by_template: bool) -> str:
    gaps = _gaps.get()
    assert gaps is not None
    gaps.append(_Gap(fill, by_template))
    return mark_safe(f"\0{len(gaps) - 1}\0")  # noqa: S308


def _made(template: str, told: Mapping[str, Any]) -> _Piece:
    with _keeping() as gaps:
        text = get_template(template).template.render(Context(dict(told)))  # type: ignore[attr-defined]
    return [part if number % 2 == 0 else gaps[int(part)] for number, part in enumerate(_GAP.split(text))]


@contextmanager
def _keeping() -> Iterator[list[_Gap]]:
    gaps: list[_Gap] = []
    token = _gaps.set(gaps)
    try:
        yield gaps
    finally:
        _gaps.reset(token)
