"""Save when contacts count as looked after, and the pipelines. Both act at once; open items are graded anew."""

from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import Stale
from rightaway.ledger.events import Change, append, canonical, wake_worker
from rightaway.people.schema import Strict
from rightaway.routing.basics_schema import BasicsIn, PipelinesIn, basics_of, pipelines_of
from rightaway.routing.directory import touch_configuration
from rightaway.routing.models import Config
from rightaway.routing.versions import config_row, etag_of
from rightaway.work import access

FIRST = UUID(int=0)


def text_of(settings: Strict) -> str:
    """The canonical JSON of these settings; its `etag_of` names them."""
    return canonical(settings.model_dump(mode="json"))


def save_basics(*, basics: BasicsIn, actor: Actor, if_match: str | None = None) -> str:
    """Replaces the thresholds and opening times. Returns their etag. Runs inside `organisation(…)`.

    Open items are graded by them within a moment. Raises Stale, NotAllowed.
    """
    access.require(actor, "settings.manage")
    row = config_row()
    before, text = text_of(basics_of(row)), text_of(basics)
    return _save(row, before, text, {"basics": text, "regrade_from": FIRST}, "basics_saved", actor, if_match)


def save_pipelines(*, pipelines: PipelinesIn, actor: Actor, if_match: str | None = None) -> str:
    """Replaces the pipelines. An item keeps its status until somebody moves it. Returns their etag.

    Runs inside `organisation(…)`. Raises Stale, NotAllowed.
    """
    access.require(actor, "settings.manage")
    row = config_row()
    before, text = text_of(pipelines_of(row)), text_of(pipelines)
    return _save(row, before, text, {"pipelines": text}, "pipelines_saved", actor, if_match)


def _save(
    row: Config, before: str, text: str, columns: dict[str, object], event: str, actor: Actor, if_match: str | None
) -> str:
    if if_match is not None and if_match != etag_of(before):
        raise Stale
    if text != before:
        Config.objects.filter(id=row.id).update(**columns)
        touch_configuration()
        append(row, clock(), [Change(event, {"etag": etag_of(text), **actor.as_event()})])
        wake_worker()
    return etag_of(text)
