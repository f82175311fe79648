"""What Django looks up thousands of times a second, in a web process, where a request has one thread to itself."""

import threading
from typing import Any, Final

from django.db import connections
from django.urls import base as urls
from django.utils import timezone
from django.utils.translation import trans_real


def hurry() -> None:
    """Its language, zone and connections in Python's own `threading.local` instead of asgiref's, which a coroutine of
    Django's would need and which costs a twentieth of a page; and each text of a language is looked up once. Once a
    process, before it answers."""
    for owner, name in _KEPT:
        assert hasattr(owner, name), f"Django keeps {name} of {owner} elsewhere"
        setattr(owner, name, threading.local())
    trans_real.DjangoTranslation.gettext = _remembered  # type: ignore[method-assign, assignment]


_KEPT: Final[tuple[tuple[Any, str], ...]] = (
    (trans_real, "_active"), (timezone, "_active"), (urls, "_prefixes"), (urls, "_urlconfs"),
    (connections, "_connections"),
)  # fmt: skip
_looked_up = trans_real.DjangoTranslation.gettext


def _remembered(self: trans_real.DjangoTranslation, message: str) -> str:
    known: dict[str, str] = self.__dict__.setdefault("_remembered", {})
    found = known.get(message)
    if found is None:
        found = known[message] = _looked_up(self, message)
    return found
