"""The API: its routers, and the one document that describes them."""

from typing import Any, NoReturn

from django.http import HttpRequest
from ninja import NinjaAPI
from ninja.parser import Parser

from rightaway.api import (
    bulk,
    campaigns,
    companies,
    contact_records,
    contacts,
    conversations,
    departures,
    fields,
    invitations,
    items,
    keys,
    leads,
    me,
    notifications,
    offers,
    oversight,
    people,
    presence,
    proposals,
    roles,
    routes,
    sequences,
    settings,
    sources,
    tasks,
    views,
    working,
)
from rightaway.ledger import strict_json


class StrictParser(Parser):
    def parse_body(self, request: HttpRequest) -> Any:
        return strict_json.loads(request.body)


class Api(NinjaAPI):
    def on_exception(self, request: HttpRequest, exc: Any) -> NoReturn:
        # Up to the door: the transaction around the operation must end with it.
        raise exc


api = Api(title="rightaway", version="1", docs_url=None, openapi_url=None, parser=StrictParser())
_MODULES = (
    leads,
    contacts,
    companies,
    fields,
    items,
    working,
    tasks,
    bulk,
    conversations,
    sources,
    offers,
    presence,
    proposals,
    people,
    roles,
    campaigns,
    sequences,
    departures,
    invitations,
    routes,
    settings,
    keys,
    me,
    notifications,
    oversight,
    views,
)
assert contact_records  # imported for its operations, which stand on the contacts' router
for module in _MODULES:
    api.add_router("", module.router)
