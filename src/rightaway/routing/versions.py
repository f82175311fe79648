"""Reading the organisation's routing: its live version, its draft, and the one row that both hang on."""

import hashlib
from dataclasses import dataclass

from rightaway.ledger.events import canonical
from rightaway.routing.basics_schema import pipelines_of
from rightaway.routing.models import Config, Version
from rightaway.routing.schema import RouteSet


@dataclass(frozen=True, slots=True)
class Draft:
    """The routes being prepared: the saved draft, or the live version when there is none. `etag` names this text."""

    routes: RouteSet
    etag: str
    saved: bool


def route_text(routes: RouteSet) -> str:
    """The canonical JSON of a set of routes."""
    return canonical(routes.model_dump(mode="json"))


def etag_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def config_row() -> Config:
    """The organisation's row, locked against every other change of its configuration; made when there is none."""
    Config.objects.get_or_create()
    row: Config = Config.objects.select_for_update(no_key=True).get()
    return row


def live_version() -> Version | None:
    row = Config.objects.select_related("live").first()
    return row.live if row else None


def live_routes() -> RouteSet:
    version = live_version()
    return RouteSet.model_validate_json(version.body) if version else RouteSet()


def draft_of(row: Config | None) -> Draft:
    live = row.live.body if row and row.live else route_text(RouteSet())
    text = row.draft if row and row.draft else live
    return Draft(RouteSet.model_validate_json(text), etag_of(text), saved=bool(row and row.draft))


def current_draft() -> Draft:
    return draft_of(Config.objects.select_related("live").first())


def stage_codes(kind: str) -> list[str]:
    """The statuses that items of this kind go through, in order."""
    return [stage.code for stage in pipelines_of(Config.objects.first()).of(kind)]
