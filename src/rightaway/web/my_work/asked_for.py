"""What a browser asks of a live part (`frontend/src/live.js`): a whole one, or what is about some of its items."""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from django.http import HttpRequest

_MOST: Final = 50


def about(request: HttpRequest) -> set[UUID] | None:
    """Ids of items: everything else stays on the page as it is. None: it is read whole."""
    return ids_of(request.GET.getlist("about")) if "about" in request.GET else None


def ids_of(texts: Iterable[str]) -> set[UUID]:
    """The ids among what a browser sent."""
    found = set()
    for text in list(texts)[:_MOST]:
        try:
            found.add(UUID(text))
        except ValueError:
            continue
    return found
