"""The frame around every page, in a browser."""

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.browser.world import Maker, Opener, World


@pytest.fixture
def world(make_world: "Maker") -> "World":
    return make_world()


def test_a_manager_sees_the_floor_change_without_a_reload(world: "World", open_page: "Opener") -> None:
    rosa, ana = open_page(world, "Rosa Medina", "/me"), open_page(world, "Ana Beltrán", "/me")
    floor = rosa.get_by_label("Your agents now")
    rosa.wait_for_selector("html[data-live-state=live]")
    before = int(floor.locator("li", has_text="available").locator("strong").inner_text())
    ana.get_by_role("radio", name="Break").click()
    ana.wait_for_selector("#presence[data-presence=break]")
    floor.locator("li", has_text="on break").wait_for()
    assert int(floor.locator("li", has_text="available").locator("strong").inner_text()) == before - 1
    assert rosa.evaluate("performance.getEntriesByType('navigation').length") == 1


def test_presence_is_switched_by_keyboard_alone(world: "World", open_page: "Opener") -> None:
    ana = open_page(world, "Ana Beltrán", "/me", language="es")
    ana.get_by_role("radio", name="Disponible").focus()
    ana.keyboard.press("ArrowRight")
    assert ana.evaluate("document.activeElement.value") == "break"
    ana.keyboard.press("Enter")
    ana.wait_for_selector("#presence[data-presence=break]")


def test_shortcuts_open_their_sheet_and_can_be_turned_off(world: "World", open_page: "Opener") -> None:
    page = open_page(world, "Rosa Medina", "/me")
    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Keyboard shortcuts")
    sheet.wait_for()
    page.keyboard.press("Escape")
    sheet.wait_for(state="hidden")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "search"
    page.keyboard.type("?")
    assert page.input_value("#search") == "?"
    page.keyboard.press("Escape")
    page.keyboard.press("[")
    page.wait_for_selector("html[data-nav=rail]")
    page.get_by_role("switch", name="Keyboard shortcuts").click()
    page.wait_for_selector("html[data-keys=off]")
    assert page.evaluate("document.documentElement.dataset.nav") == "rail"  # the other choice stayed
    page.keyboard.press("?")
    assert sheet.is_hidden()


def test_the_theme_is_the_person_s_choice(world: "World", open_page: "Opener") -> None:
    page = open_page(world, "Rosa Medina", "/me", theme="light")
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    assert page.evaluate(ground) == "rgb(245, 246, 248)"
    page.get_by_role("radio", name="Dark").click()
    page.wait_for_selector("html[data-theme=dark]")
    assert page.evaluate(ground) == "rgb(14, 17, 22)"


def test_two_tabs_share_one_stream(world: "World", open_page: "Opener") -> None:
    first = open_page(world, "Ana Beltrán", "/nothing/here")
    streams: list[str] = []
    first.context.on("request", lambda request: streams.append(request.url) if "stream" in request.url else None)
    with first.expect_request("**/api/v1/stream"):
        first.goto("/me")
    second = first.context.new_page()
    second.goto("/me")
    second.wait_for_timeout(600)
    assert len(streams) == 1
    with second.expect_request("**/api/v1/stream"):  # now it leads
        first.close()


def test_a_cut_line_is_said_and_comes_back(world: "World", open_page: "Opener") -> None:
    page = open_page(world, "Rosa Medina", "/me")
    page.wait_for_selector("html[data-live-state=live]")
    page.context.set_offline(True)
    page.wait_for_selector("html[data-live-state=reconnecting]", timeout=15_000)
    assert page.get_by_text("No connection.").is_visible()
    page.context.set_offline(False)
    page.wait_for_selector("html[data-live-state=live]", timeout=15_000)
    assert page.get_by_text("No connection.").is_hidden()


def test_after_a_restart_of_the_server_what_changed_meanwhile_is_shown(world: "World", open_page: "Opener") -> None:
    page = open_page(world, "Rosa Medina", "/me")
    before = page.locator("#floor li", has_text="available").locator("strong").inner_text()
    world.stack.end("web")
    world.stack.launch("web")
    world.stack.wait_until(world.stack.answers)
    ana = world.people["Ana Beltrán"]["agent_id"]
    world.api("POST", "/presence", {"presence": "break", "agent_id": ana})
    page.locator("#floor li", has_text="on break").wait_for(timeout=30_000)
    assert page.locator("#floor li", has_text="available").locator("strong").inner_text() == str(int(before) - 1)


def test_updates_can_be_paused(world: "World", open_page: "Opener") -> None:
    page = open_page(world, "Rosa Medina", "/contacts")
    page.get_by_role("button", name="Live").click()
    page.wait_for_selector("html[data-live-state=paused]")
    ana = world.people["Ana Beltrán"]["agent_id"]
    world.api("POST", "/presence", {"presence": "break", "agent_id": ana})
    page.wait_for_timeout(1_500)
    assert page.locator("#floor li", has_text="on break").count() == 0
    page.get_by_role("button", name="Paused").click()
    page.locator("#floor li", has_text="on break").wait_for()


def test_without_scripts_presence_language_and_theme_still_work(world: "World", open_page: "Opener") -> None:
    page = open_page(world, "Ana Beltrán", "/me", java_script_enabled=False)
    page.get_by_role("radio", name="Break").click()
    assert page.url.endswith("/me")
    assert page.get_by_role("radio", name="Break").get_attribute("aria-checked") == "true"
    page.get_by_role("radio", name="Español").click()
    page.get_by_role("radio", name="Oscuro").click()
    assert page.locator("html").get_attribute("data-theme") == "dark"
