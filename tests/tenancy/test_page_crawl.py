"""Every page and every button of them, as each role of one organisation, with the ids of another: not one byte, nothing
changed, and nothing in the answer or in the number of statements that tells such an id from one that never was."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, reset_queries
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, get_resolver
from tests.calling import new_person
from tests.tenancy.test_crawl import CANARY, House, furnished
from tests.web.test_my_work import HTMX, browser

from rightaway.accounts.roles import Role
from rightaway.conversations.models import Attachment, Letter, Message
from rightaway.ledger.clock import clock
from rightaway.ledger.models import Event
from rightaway.ledger.tenancy import organisation
from rightaway.work.actions.found import make_organisation

# Doors that nobody signs in for, and what is no page.
NOT_OURS = ("api/", "static/", "sign-in", "sign-out", "setup/", "join/", "f/", "chat/", "health", "ready", "demo")
VARIES = re.compile(rb"[0-9a-f]{8}-[0-9a-f-]{27}|nonce-[\w-]+|csrf\w*=\S+|value=\"\w{64}\"|\d{13}|(?<=Reference: )\S+")


@dataclass(frozen=True, slots=True)
class Address:
    """A route of the pages, with the names of the ids in it."""

    route: str
    names: tuple[str, ...]

    def filled(self, ids: dict[str, str]) -> str:
        found = "/" + self.route
        for name in self.names:
            found = re.sub(rf"<\w+:{name}>", ids[name], found)
        return found


def addresses() -> Iterator[Address]:
    def walk(patterns: Iterable[Any], before: str) -> Iterator[str]:
        for each in patterns:
            here = before + str(each.pattern)
            if isinstance(each, URLPattern):
                yield here
            else:
                yield from walk(each.url_patterns, here)

    for route in walk(get_resolver().url_patterns, ""):
        if not route.startswith(NOT_OURS) and "(" not in route:
            yield Address(route, tuple(re.findall(r"<\w+:(\w+)>", route)))


@pytest.fixture(scope="module")
def theirs() -> House:
    house = furnished(make_organisation(name=CANARY, language="en", zone="UTC"), CANARY)
    with organisation(house.id):
        message = Message.objects.order_by("id").first()
        assert message is not None
        file = Attachment.objects.create(message_id=message.id, name=CANARY, kind="text/plain", size=1, digest=b"x")
        letter = Letter.objects.create(channel="email", raw=CANARY.encode(), digest=b"x", state="held", reason="x")
    more = {"message_id": str(message.id), "attachment_id": str(file.id), "letter_id": str(letter.id), "name": "head"}
    return House(house.id, house.api, {**house.ids, **more})


@pytest.fixture(scope="module")
def ours() -> House:
    return furnished(make_organisation(name="Ours", language="en", zone="UTC"), "ours")


def events(house: House) -> list[tuple[str, str]]:
    """What anybody did there. The worker of another test, which serves every organisation, does not count."""
    with organisation(house.id):
        found = Event.objects.exclude(body__contains='"by":"system"')
        return list(found.order_by("at", "subject_id", "seq").values_list("kind", "body"))


def sent(ids: dict[str, str]) -> dict[str, str]:
    """A form that would do something, if the ids were ours."""
    return {
        "items": ids["item_id"], "verb": "assign", "agent": ids["agent_id"], "owner": ids["agent_id"], "to": "agent",
        "sequence": ids["sequence_id"], "role": "", "reason": "x", "note": "x", "text": "x", "said": "note",
        "kind": "busy_now", "status": "working", "outcome": "done", "presence": "break", "name": "x", "sent": "1",
        "other": ids["other_id"], "company": ids["company_id"], "team": ids["team_id"], "due": "tomorrow",
        "minutes": "10",
    }  # fmt: skip


def asked(client: Client, method: str, path: str, ids: dict[str, str]) -> tuple[Any, int]:
    """The answer, and how many statements it took."""
    reset_queries()  # their log is bounded, and then counts nothing
    with CaptureQueriesContext(connection) as statements:
        answer = client.get(path, headers=HTMX) if method == "GET" else client.post(path, sent(ids), headers=HTMX)
    return answer, len(statements)


def told(answer: Any) -> bytes:
    found: bytes = VARIES.sub(b"", answer.content)
    return found


# An organisation's manager may what an agent's manager may: the matrix has one row for both.
@pytest.mark.parametrize("role", [Role.AGENT, Role.AGENT_MANAGER, Role.COMPANY_MANAGER])
def test_their_pages_are_not_there_and_nothing_tells_that_they_are(role: Role, ours: House, theirs: House) -> None:
    client = browser(new_person(ours.id, role))
    client.raise_request_exception = False
    before = events(theirs)
    wrong: list[tuple[Any, ...]] = []
    for address in addresses():
        never = {**{name: str(uuid4()) for name in theirs.ids}, "number": "98", "name": "head"}
        for method in ("GET", "POST"):
            found, statements = asked(client, method, address.filled(theirs.ids), theirs.ids)
            if CANARY.encode() in found.content + repr(dict(found.headers)).encode() or found.status_code >= 500:
                wrong.append((method, address.route, found.status_code, "tells, or fails"))
            if not set(address.names) - {"number", "name"}:
                continue
            nothing, same = asked(client, method, address.filled(never), never)
            if (found.status_code, told(found)) != (nothing.status_code, told(nothing)) or statements != same:
                said = (found.status_code, nothing.status_code, statements, same)
                wrong.append((method, address.route, *said))
    assert wrong == []
    assert events(theirs) == before
    with organisation(theirs.id):
        assert Letter.objects.get(id=theirs.ids["letter_id"]).state == "held"
        assert Message.objects.filter(at__lte=clock()).count() >= 1
