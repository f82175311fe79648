"""Pieces of HTML that are made once and used as long as nothing has changed of what they show.

A piece looks as what it is told says, and as its reader's language, region and zone: all of that together is the key
under which it is kept, so that it can never be out of date, nor be of somebody else's. What depends on the moment or on
the request stands in it as a gap that is filled at each use: a tag makes such a thing `later`.
"""

import pickle
import re
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from hashlib import blake2b
from typing import Any, Final

from django.template import Context
from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe

Fill = Callable[[Any], str]
"""Makes what stands in a gap, from the context of the page that uses the piece."""

_MOST: Final = 4_096  # pieces that a process keeps, of a few kilobytes each
_GAP: Final = re.compile("\0(\\d+)\0")  # no text that was ever stored has a zero in it
_gaps: ContextVar[list[Fill] | None] = ContextVar("gaps", default=None)
_kept: OrderedDict[Hashable, list[str | Fill]] = OrderedDict()


def piece(template: str, told: Mapping[str, Any], reader: Hashable, context: Any) -> SafeString:
    """The HTML of a template that knows only what it is `told` (values that can be pickled)."""
    key = template, reader, blake2b(pickle.dumps(told)).digest()
    found = _kept.get(key)
    if found is None:
        found = _kept[key] = _made(template, told)
        while len(_kept) > _MOST:
            _kept.popitem(last=False)
    return mark_safe("".join([part if isinstance(part, str) else part(context) for part in found]))  # noqa: S308


def later(fill: Fill, context: Any = None) -> str:
    """What `fill` makes: a gap in a piece that is to be kept, otherwise at once."""
    gaps = _gaps.get()
    if gaps is None:
        return fill(context)
    gaps.append(fill)
    return mark_safe(f"\0{len(gaps) - 1}\0")  # noqa: S308


def is_keeping() -> bool:
    """Whether what is being made will be used again, at other moments."""
    return _gaps.get() is not None


def _made(template: str, told: Mapping[str, Any]) -> list[str | Fill]:
    with _keeping() as gaps:
        text = get_template(template).template.render(Context(dict(told)))  # type: ignore[attr-defined]
    return [part if number % 2 == 0 else gaps[int(part)] for number, part in enumerate(_GAP.split(text))]


@contextmanager
def _keeping() -> Iterator[list[Fill]]:
    gaps: list[Fill] = []
    token = _gaps.set(gaps)
    try:
        yield gaps
    finally:
        _gaps.reset(token)
