"""A reading that is about one thing alone: everything else stays on the page, whatever stands between."""

from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.acting import broadcast, ended, offers, until

if TYPE_CHECKING:
    from playwright.sync_api import Page, Response, Route

    from tests.browser.world import Maker, Opener, World


@pytest.fixture
def world(make_world: "Maker") -> "World":
    return broadcast(make_world)


class Read:
    """What a page has read of its offers: about which items, and what came."""

    def __init__(self, page: "Page") -> None:
        self._answers: list[Response] = []
        page.on("response", lambda answer: self._answers.append(answer) if "/work/offers" in answer.url else None)

    def last(self) -> tuple[list[str], str]:
        answer = self._answers[-1]
        return parse_qs(urlsplit(answer.url).query).get("about", []), answer.text()


def lead(world: "World", number: int) -> str:
    found: str = world.lead(name=f"Contact {number}", phone=f"+12025551{number:03}")["item_id"]
    return found


def test_only_the_card_that_came_is_sent_and_the_others_stay(world: "World", open_page: "Opener") -> None:
    first = lead(world, 1)
    ana = open_page(world, "Ana Beltrán", "/work")
    read = Read(ana)
    expect(offers(ana)).to_have_count(1)
    lead(world, 2)  # the first reading is a whole one
    expect(offers(ana)).to_have_count(2)
    card = offers(ana).first
    card.get_by_role("button", name="Decline").click()
    card.locator("textarea").fill("It is a ro")
    third = lead(world, 3)
    expect(offers(ana)).to_have_count(3)
    about, sent = read.last()
    assert about == [third]
    assert sent.count("data-as-is") == 2 and sent.count("data-accept") == 1
    expect(ana.locator(".offer-place")).to_have_text(["1 of 3", "2 of 3", "3 of 3"])
    expect(card.locator("textarea")).to_be_visible()
    expect(card.locator("textarea")).to_be_focused()
    ana.keyboard.type("bot")
    expect(card.locator("textarea")).to_have_value("It is a robot")
    ana.keyboard.press("Escape")
    # What stayed still works, and hears of what happens to it.
    world.api("POST", f"/items/{first}/assign", {"agent_id": world.people["Luis Cardona"]["agent_id"]})
    ended(ana, "Luis").wait_for()
    expect(offers(ana)).to_have_count(2)
    offers(ana).first.locator("[data-accept] button").click()
    ended(ana, "You have it").wait_for()


def test_what_the_page_has_lost_is_read_again_whole(world: "World", open_page: "Opener") -> None:
    lead(world, 1)
    ana = open_page(world, "Ana Beltrán", "/work")
    lead(world, 2)
    expect(offers(ana)).to_have_count(2)
    ana.evaluate("document.querySelector('[data-offer]').remove()")
    lead(world, 3)
    expect(offers(ana)).to_have_count(3)
    expect(ana.locator("[data-as-is]")).to_have_count(0)
    expect(ana.locator(".offer-place")).to_have_text(["1 of 3", "2 of 3", "3 of 3"])


@pytest.mark.parametrize("how", ["cut", "error"])
def test_a_reading_that_failed_is_made_up_for_by_a_whole_one(world: "World", open_page: "Opener", how: str) -> None:
    lead(world, 1)
    ana = open_page(world, "Ana Beltrán", "/work")
    lead(world, 2)
    expect(offers(ana)).to_have_count(2)
    failed: list[str] = []

    def fail(route: "Route") -> None:
        failed.append(route.request.url)
        if how == "cut":
            route.abort()
        else:
            route.fulfill(status=503, body="")

    ana.route("**/work/offers*", fail, times=1)
    second = lead(world, 3)
    while not failed:
        ana.wait_for_timeout(50)
    read = Read(ana)
    lead(world, 4)
    expect(offers(ana)).to_have_count(4)
    assert f"about={second}" in failed[0]
    assert read.last()[0] == []


def test_my_work_reads_its_rows_by_what_happened_to_them(world: "World", open_page: "Opener") -> None:
    agent = world.people["Ana Beltrán"]["agent_id"]
    items = [world.lead(name=f"Contact {n}", source="portal", phone=f"+12025551{n:03}")["item_id"] for n in range(3)]
    ana = open_page(world, "Ana Beltrán", "/work")
    for number, item_id in enumerate(items, 1):
        world.api("POST", f"/items/{item_id}/assign", {"agent_id": agent})
        expect(ana.locator("#doing tbody tr")).to_have_count(number)
        expect(ana.locator(f"#doing-{item_id}")).to_contain_text("Contact")
    expect(ana.locator("#doing [data-as-is]")).to_have_count(0)
    until(ana, "[...document.querySelectorAll('#doing tbody tr')].every((row) => row.cells.length > 5)")
