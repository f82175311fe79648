"""What an item costs whoever holds it, in hundredths of a unit."""

from rightaway.engine.facts import Directory
from rightaway.routing.directory import directory
from rightaway.work.models import Item


def units_of(item: Item, known: Directory | None = None) -> int:
    """By kind, status and whether a question is open, as the live version of the routes says. Whoever asks of many
    items hands in the directory: without it, each asks whether it has changed."""
    known = known or directory()
    return known.units.get((item.kind, item.status, item.unanswered_since is None), known.default_units)
