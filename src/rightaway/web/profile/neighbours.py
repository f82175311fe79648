"""The next and the previous one in the list somebody came from: its view, filters and order are in the address."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse

from rightaway.accounts.actor import Actor
from rightaway.ledger.errors import Invalid
from rightaway.web.contacts import filters, words
from rightaway.work import grid
from rightaway.work.models import Item

_OF_THE_LIST: Final = ("view", "sort", "status", "source", "owner", "waiting")


@dataclass(frozen=True, slots=True)
class Beside:
    """Addresses; empty where the list ends. `back` is the list, called `name`."""

    back: str
    name: str
    previous: str
    next: str


def beside(actor: Actor, item: Item, query: QueryDict) -> Beside | None:
    """None for somebody who came from no list. They are those of the moment at which the page was read: whatever is
    done here does not change to whom one goes next."""
    if "view" not in query:
        return None
    asked = filters.asked(actor, query)
    kept = urlencode([(name, value) for name in _OF_THE_LIST for value in query.getlist(name)])
    try:
        before, after = grid.neighbours(actor, item, view=asked.view, wanted=asked.wanted, sort=asked.sort)
    except Invalid:
        before = after = None
    previous, next_ = (f"{reverse('contact', args=[one.id])}?{kept}" if one else "" for one in (before, after))
    return Beside(f"{reverse('contacts')}?{kept}", str(words.VIEWS[asked.view]), previous, next_)
