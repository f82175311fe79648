"""What a first visit brings over the line, as the bench counts it, and that the bench reads pages as a browser does."""

import gzip
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from rightaway.accounts.roles import Role
from rightaway.bench.browser import parts_of
from rightaway.bench.weight import MOST_BYTES, files_of, fonts_of
from tests.calling import Person, new_person
from tests.making import House


@pytest.fixture
def house(org: int) -> House:
    return House(org)


def browser(person: Person) -> Client:
    client = Client(headers={"Accept-Encoding": "gzip"})
    client.force_login(person.user)
    return client


def static(path: str) -> Path:
    return Path(settings.STATIC_ROOT) / path.removeprefix(settings.STATIC_URL)


def sent(path: str) -> int:
    """Bytes of a built file as the site sends it."""
    packed = static(f"{path}.gz")
    return (packed if packed.exists() else static(path)).stat().st_size


def fonts(page: str) -> set[str]:
    sheets = [static(path).read_text() for path in files_of(page) if path.endswith(".css")]
    assert sheets
    return fonts_of(sheets, page)


def test_a_first_visit_to_the_pages_of_daily_work_weighs_less_than_150_kb(house: House) -> None:
    boss = new_person(house.id, Role.COMPANY_MANAGER)
    house.offered(house.item(), boss.agent_id)
    items = [house.item(owner_id=boss.agent_id, state="assigned") for _ in range(60)]
    for path in ("/work", "/contacts", f"/contacts/{items[0]}", reverse("agents")):
        answer = browser(boss).get(path)
        assert answer.status_code == 200 and answer["Content-Encoding"] == "gzip", path
        page = gzip.decompress(answer.content).decode()
        files = files_of(page) | fonts(page)
        assert {each.rpartition(".")[2] for each in files} >= {"css", "js", "svg", "woff2"}
        weight = len(answer.content) + sum(map(sent, files))
        assert weight < MOST_BYTES, (path, weight)


def test_a_font_counts_where_the_text_needs_it(house: House) -> None:
    page = gzip.decompress(browser(new_person(house.id)).get("/work").content).decode()
    assert len(fonts(page)) == 1
    assert len(fonts(f"{page} Łukasz")) == 2


def test_the_bench_finds_the_live_parts_of_my_work(house: House) -> None:
    eva = new_person(house.id)
    page = gzip.decompress(browser(eva).get("/work").content).decode()
    parts = {part.id: part for part in parts_of(page)}
    assert {"offers", "doing", "side", "presence"} <= parts.keys() and len(parts) == page.count("data-live=")
    offers = parts["offers"]
    assert (offers.path, offers.topics, offers.sends_seen) == (
        "/work/offers", frozenset({"item", f"agent:{eva.agent_id}"}), True,
    )  # fmt: skip
    assert {name for name, part in parts.items() if part.shares} == {"offers", "doing"}
