"""The guided tour with scripts: it stands beside what it explains, goes on from page to page, and traps nobody."""

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from rightaway.web.tour import steps
from tests.browser.world import DESK, PHONE, axe

if TYPE_CHECKING:
    from playwright.sync_api import FloatRect, Page

    from tests.browser.world import Maker, Opener, World


@pytest.fixture
def world(make_world: "Maker") -> "World":
    """Ana has one contact by a route, so that there is a Why; another waits in the pool."""
    made = make_world(routes=[{"name": "Web", "sources": ["web"], "strategy": "agent", "agents": ["Ana Beltrán"]}])
    made.lead()
    made.lead(source="chat", name="Kayla Brandt", phone="+12025550124")
    return made


def _opened(open_page: "Opener", world: "World", size: tuple[int, int], language: str = "en") -> "Page":
    page: Page = open_page(world, "Rosa Medina", "/contacts?view=all", size=size, language=language)
    page.locator("#row-none, tr.contact").first.wait_for()
    page.locator("#help:visible, .me:visible").first.click()
    page.locator("[name=tour]:visible").click()
    page.locator("#tour").wait_for()
    return page


def _boxes(page: "Page") -> "tuple[FloatRect, FloatRect]":
    tour, shown = page.locator("#tour").bounding_box(), page.locator(".toured").bounding_box()
    assert tour and shown
    return tour, shown


def _overlap(one: "FloatRect", other: "FloatRect") -> bool:
    across = one["x"] < other["x"] + other["width"] and other["x"] < one["x"] + one["width"]
    return across and one["y"] < other["y"] + other["height"] and other["y"] < one["y"] + one["height"]


@pytest.mark.parametrize("size", [DESK, PHONE, (320, 640)], ids=["desk", "phone", "narrow"])
def test_every_step_stands_beside_what_it_explains_and_covers_none_of_it(
    world: "World", open_page: "Opener", size: tuple[int, int]
) -> None:
    page = _opened(open_page, world, size, language="es")
    titles: list[str] = []
    while True:
        page.locator("#tour:not([hidden]) [data-count]:not(:empty)").wait_for()
        tour, shown = _boxes(page)
        assert not _overlap(tour, shown), titles
        assert tour["x"] >= 0 and tour["x"] + tour["width"] <= size[0]
        assert tour["y"] >= 0 and tour["y"] + tour["height"] <= size[1]
        titles.append(page.locator("#tour-title").inner_text())
        next_ = page.locator("[data-tour-next]")
        if next_.inner_text() == "Listo":
            break
        next_.click()
        page.locator(f"#tour-title:not(:text-is({titles[-1]!r}))").wait_for()
    assert len(titles) == len(set(titles)) >= 5
    next_.click()
    page.reload()
    assert page.locator("#tour").count() == 0  # closed, and it stays so


def test_by_keyboard_alone_and_back_to_what_was_explained(world: "World", open_page: "Opener") -> None:
    page = _opened(open_page, world, DESK)
    assert _focused(page) == "tour"
    assert axe(page) == []
    for key in ("Tab", "Tab", "Enter"):  # past Close, to Next
        page.keyboard.press(key)
    page.get_by_text("Assign right here").wait_for()
    assert _focused(page) == "tour"
    page.keyboard.press("Shift+Tab")  # out of it: it is no trap
    assert not page.evaluate("document.activeElement.closest('#tour')")
    page.locator(".contacts-grid a.owner").first.click()  # what it explains works while it stands there
    page.locator("#picker-find").wait_for()
    page.keyboard.press("Escape")
    assert page.locator("#tour").is_visible()  # Esc closed what lay above it
    page.keyboard.press("Escape")
    assert not page.locator("#tour").is_visible()
    assert page.evaluate("document.activeElement.matches('a.owner')")
    page.keyboard.press("?")
    page.locator("#shortcuts[open]").wait_for()  # nothing of it is left over the page
    page.keyboard.press("Escape")
    page.locator("#help").click()
    expect(page.locator("#help-menu [role=menuitem]").first).to_be_focused()
    page.keyboard.press("Enter")
    page.get_by_text("Who is waiting").wait_for()


def test_another_page_waits_and_the_menu_leads_back(world: "World", open_page: "Opener") -> None:
    page = _opened(open_page, world, DESK)
    page.locator("[data-tour-next]").click()
    page.goto("/me")
    assert page.locator("#tour").is_hidden()
    page.locator("#help").click()
    page.locator("[name=tour]:visible").click()
    page.get_by_text("Assign right here").wait_for()


def test_the_pages_of_agents_have_what_their_steps_explain(world: "World", open_page: "Opener") -> None:
    pages: dict[str, Page] = {}
    for step in steps._AGENT:
        if step.page not in pages:
            pages[step.page] = open_page(world, "Ana Beltrán", "/work")
            if step.page == "contact":
                pages[step.page].goto(str(pages["work"].locator(".doing-for a").first.get_attribute("href")))
        found = [place.selector for place in step.places if pages[step.page].locator(place.selector).count()]
        assert found, step.title


def _focused(page: "Page") -> str:
    return str(page.evaluate("document.activeElement.id"))
