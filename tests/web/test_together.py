"""Several live parts of a page in one answer: each as it would be alone, and nothing that is not the reader's."""

import re
from urllib.parse import quote

import pytest
from django.test import Client

from rightaway.accounts.roles import Role
from tests.calling import new_person
from tests.making import House
from tests.web.test_my_work import browser, page

_VALUES = re.compile(r' value="[^"]*"')  # a token is another one in each answer
PARTS = ("/frame/presence", "/frame/bell", "/work/side", "/frame/nav?here=/work")


@pytest.mark.parametrize("language", ["en", "es"])
def test_each_part_is_as_it_would_be_alone(org: int, language: str) -> None:
    person = new_person(org, Role.AGENT)
    client = browser(person, language)
    together = page(client, "/frame/together", read=list(PARTS))
    for path in PARTS:
        alone = page(client, path).strip()
        assert alone and _VALUES.sub("", alone) in _VALUES.sub("", together), path
        assert f'hx-target="[data-live][hx-get=&quot;{path}&quot;]"' in together
    assert together.count("<hx-partial") == len(PARTS)


def test_what_is_not_there_or_not_theirs_is_left_out(org: int) -> None:
    person = new_person(org, Role.AGENT)
    client = browser(person)
    wrong = [
        "/frame/floor", "/oversight", "/nowhere", "", "//evil.example/", "/api/v1/me", "/presence", "/accounts/login/",
        "/contacts/00000000-0000-7000-8000-000000000000", f"/frame/together?read={quote('/work/side')}",
        f"/frame/shared?read={quote('/work/side')}",
        '/frame/nav?here="]', "/frame/nav?here=\\", "/frame/nav?here=\n", "\0", "/work/side\0",
    ]  # fmt: skip
    for each in wrong:
        assert "hx-partial" not in page(client, "/frame/together", read=[each]), each
    assert page(client, "/frame/together", read=[*wrong[:3], "/frame/bell"]).count("<hx-partial") == 1
    assert page(client, "/frame/together", read=["/frame/bell"] * 500).count("<hx-partial") == 10
    assert "hx-partial" not in page(client, "/frame/together")


def test_what_else_is_sent_goes_to_each_of_them(org: int) -> None:
    """How an offer ended is told to a page that shows it, and to none that does not."""
    house = House(org)
    eva = new_person(house.id)
    offer = house.offered(house.item("waiting"), eva.agent_id)[0]
    client = browser(eva)
    assert client.post(f"/work/offers/{offer}/decline", {"kind": "busy_now"}).status_code == 302
    parts = ["/work/offers", "/work/doing?kind=lead"]
    assert "You passed it on" in page(client, "/frame/shared", read=parts, seen=str(offer))
    assert "You passed it on" not in page(client, "/frame/shared", read=parts)
    house.offered(item_id := house.item("waiting"), eva.agent_id)
    for about, kept in ((item_id, 0), (offer, 1)):
        assert page(client, "/frame/shared", read=parts, about=str(about)).count("data-as-is") == kept


def test_what_an_address_asks_for_is_told_only_as_text(org: int) -> None:
    person = new_person(org, Role.COMPANY_MANAGER)
    said = page(browser(person), "/frame/together", read=["/frame/nav?here=<script>'&x"])
    assert "<script>" not in said and "&lt;script&gt;" in said


def test_a_stranger_is_sent_to_sign_in(org: int) -> None:
    assert Client().get("/frame/together", {"read": PARTS}).status_code == 302
