"""Leaving and being ill by keys alone."""

from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.acting import press, tab_to

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.world import Maker, Opener


def test_somebody_leaves_by_keys_alone_and_is_taken_back(make_world: "Maker", open_page: "Opener") -> None:
    world = make_world()
    ana, luis = (world.people[name]["agent_id"] for name in ("Ana Beltrán", "Luis Cardona"))
    item = world.lead()["item_id"]
    world.api("POST", f"/items/{item}/assign", {"agent_id": ana, "note": "x", "over_capacity": True})
    page = open_page(world, "Rosa Medina", f"/team/agents/{ana}/leave")
    tab_to(page, "#id_to")
    page.keyboard.type("All")
    tab_to(page, "#id_receiver", most=4)
    page.keyboard.type("Luis")
    page.locator("#moving", has_text="Luis Cardona").wait_for()
    tab_to(page, ".danger", most=8)
    press(page, ["Enter"])
    page.wait_for_url(f"**/team/agents/{ana}")
    expect(page.locator(".agent-leaves")).to_contain_text("Has left", timeout=15_000)
    assert world.api("GET", f"/items/{item}")["owner_id"] == luis
    tab_to(page, ".agent-leaves button", most=40)
    press(page, ["Enter"])
    expect(page.locator(".agent-leaves")).to_contain_text("Leaves the company")
    for _ in range(60):
        if world.api("GET", f"/items/{item}")["owner_id"] == ana:
            return
        page.wait_for_timeout(100)
    raise AssertionError("it did not come back")


def choose_ill(page: "Page", text: str) -> None:
    """By the menu of presence, whose last choice but one it is."""
    page.locator("#presence-more").focus()
    press(page, ["Enter"])
    expect(page.locator("#presence-menu [aria-checked=true]")).to_be_focused()
    press(page, ["End", "ArrowUp"])
    expect(page.locator("#presence-ill")).to_be_focused()
    expect(page.locator("#presence-ill")).to_have_text(text)
    press(page, ["Enter"])


def test_an_agent_is_ill_and_back_from_the_menu_of_presence(make_world: "Maker", open_page: "Opener") -> None:
    world = make_world()
    page = open_page(world, "Ana Beltrán", "/me")
    choose_ill(page, "Ill today")
    expect(page.locator("#presence")).to_have_attribute("data-presence", "offline")
    assert world.api("GET", f"/agents/{world.people['Ana Beltrán']['agent_id']}")["live"]["reason"] == "ill"
    choose_ill(page, "Back again")
    expect(page.locator("#presence")).to_have_attribute("data-presence", "available")
