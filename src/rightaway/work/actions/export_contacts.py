"""Write the contacts of a view as a spreadsheet (RFC 4180). The trail keeps who took how many out, and of what."""

import csv
import io
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from django.utils.translation import gettext as _

from rightaway.accounts.actor import Actor
from rightaway.contacts.cells import harmless
from rightaway.contacts.fields import fields
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import TooMany
from rightaway.ledger.events import Change, append, canonical
from rightaway.ledger.models import Event
from rightaway.people.models import Agent
from rightaway.routing.versions import config_row
from rightaway.work import access, grid
from rightaway.work.grid_filter import GridFilter
from rightaway.work.models import Item
from rightaway.work.person_view import ItemView, person_views

MOST: Final = 50_000
MOST_AN_HOUR: Final = 20  # exports of one member or key
_AT_ONCE: Final = 500

# As an import calls them, where it has them.
COLUMNS: Final = (
    "name", "phone", "email", "company", "kind", "status", "state", "priority", "source", "language", "owner",
    "enquiries", "created_at", "unanswered_since", "first_attempt_at", "assigned_at", "closed_at", "outcome",
    "item_id", "contact_id",
)  # fmt: skip


def export_contacts(*, view: str, wanted: GridFilter, actor: Actor) -> str:
    """A line of names, then the rows of the view under the filter, the longest wait first, as the actor may see them.

    Runs inside `organisation(…)`. Raises NotAllowed, Invalid (an unknown view or filter, or more than `MOST` rows),
    TooMany (`MOST_AN_HOUR`).
    """
    access.require_some(actor, "contact.export")
    _require_few(actor)
    ids = grid.ids_of(actor, view=view, wanted=wanted, most=MOST)
    own = tuple(fields())
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow([*COLUMNS, *(f"attributes.{key}" for key in own)])
    for first in range(0, len(ids), _AT_ONCE):
        some = ids[first : first + _AT_ONCE]
        items = Item.objects.in_bulk(some)
        for row in _rows(person_views(actor, [items[id] for id in some]), own):
            writer.writerow([_cell(value) for value in row])
    body = {"view": view, "rows": len(ids), **actor.as_event()}
    trail = config_row()  # last: nobody's changes wait for the reading
    _require_few(actor)  # as many at once count too
    append(trail, clock(), [Change("contacts_exported", body)])
    return file.getvalue()


def _require_few(actor: Actor) -> None:
    since = clock() - timedelta(hours=1)
    taken = Event.objects.filter(subject_kind="config", kind="contacts_exported", at__gt=since)
    if taken.filter(body__contains=canonical(actor.as_event())[1:-1]).count() >= MOST_AN_HOUR:
        said = _("You have taken out %(count)d lists within the hour. Wait a little.") % {"count": MOST_AN_HOUR}
        raise TooMany(said, exports=MOST_AN_HOUR)


def _rows(views: list[ItemView], own: tuple[str, ...]) -> Iterator[list[Any]]:
    owners = dict(Agent.objects.filter(id__in={view.owner_id for view in views}).values_list("id", "name"))
    for view in views:
        person = view.person
        yield [
            person.name if person else "", _reach(person.phones if person else ()),
            _reach(person.emails if person else ()), person.company if person else "", view.kind, view.status,
            view.state, view.band, view.source, view.language, owners.get(view.owner_id, ""), view.enquiries,
            view.created_at, view.unanswered_since, view.first_attempt_at, view.assigned_at, view.closed_at,
            view.outcome, view.id, view.contact_id, *(view.attributes.get(key) for key in own),
        ]  # fmt: skip


def _reach(found: Any) -> str:
    return "; ".join(each.value for each in found)


def _cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if isinstance(value, list):
        value = "; ".join(map(str, value))
    if isinstance(value, bool):
        return "true" if value else "false"
    return harmless(value) if isinstance(value, str) else value
