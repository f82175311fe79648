"""Search, commands and the bell, by keyboard alone, in both languages."""

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.world import PHONE, axe

if TYPE_CHECKING:
    from tests.browser.world import Maker, Opener, World

WORDS = {
    "en": {"bell": "Notifications, 1 new", "go": "lead p", "break": "break"},
    "es": {"bell": "Notificaciones, 1 sin leer", "go": "disponibles", "break": "pausa"},
}


@pytest.fixture
def world(make_world: "Maker") -> "World":
    made = make_world()
    made.lead(name="Ángela Núñez", phone="+12025550187")
    made.lead(name="Tomás Herrera", phone="+12025550123")
    return made


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_contact_is_found_and_opened_by_keyboard_alone(world: "World", open_page: "Opener", language: str) -> None:
    page = open_page(world, "Rosa Medina", "/contacts?view=priority", language=language)
    field = page.get_by_role("combobox", name="Search contacts" if language == "en" else "Buscar contactos")
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "search"
    page.keyboard.type("angela nunes", delay=20)  # no accents, and a slip
    found = page.get_by_role("option", name="Ángela Núñez")
    found.wait_for()
    assert field.get_attribute("aria-expanded") == "true"
    expect(field).to_have_attribute("aria-activedescendant", str(found.get_attribute("id")))
    assert axe(page) == []
    page.keyboard.press("ArrowDown")
    assert field.get_attribute("aria-activedescendant") == "top-all"
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_url("**/contacts/*-*")
    assert page.get_by_role("heading", name="Ángela Núñez").is_visible()


def test_the_last_digits_find_and_escape_closes_first_and_leaves_then(world: "World", open_page: "Opener") -> None:
    page = open_page(world, "Rosa Medina", "/contacts")
    first = page.locator("tr.contact [data-open]").first
    first.focus()
    page.keyboard.press("/")
    page.keyboard.type("55-0123", delay=20)
    option = page.get_by_role("option", name="Tomás Herrera")
    option.wait_for()
    page.keyboard.press("Escape")
    option.wait_for(state="hidden")
    assert page.locator("#search").get_attribute("aria-expanded") == "false"
    assert page.evaluate("document.activeElement.id") == "search"
    page.keyboard.press("Escape")
    assert first.evaluate("each => each === document.activeElement")


@pytest.mark.parametrize("language", ["en", "es"])
def test_commands_go_to_pages_and_set_the_presence(world: "World", open_page: "Opener", language: str) -> None:
    page = open_page(world, "Ana Beltrán", "/me", language=language)
    page.keyboard.press("Control+k")
    page.locator("#commands[open]").wait_for()
    page.keyboard.type(WORDS[language]["go"], delay=20)
    page.keyboard.press("Enter")
    page.wait_for_url("**/pool")
    page.keyboard.press("Control+k")
    page.keyboard.type(WORDS[language]["break"], delay=20)
    page.keyboard.press("Enter")
    page.wait_for_selector("#presence[data-presence=break]")
    assert page.locator("#commands").evaluate("each => each.open") is False
    page.keyboard.press("Control+k")
    page.keyboard.press("Escape")
    assert page.locator("#commands").evaluate("each => each.open") is False


def test_commands_find_contacts_and_press_what_the_focused_row_can_do(world: "World", open_page: "Opener") -> None:
    page = open_page(world, "Rosa Medina", "/contacts?view=all")
    page.locator("tr.contact [data-open]", has_text="Tomás").focus()
    page.keyboard.press("Control+k")
    assign = page.locator("#commands-row [role=option]")
    assert assign.count() == 1
    assert "Tomás Herrera" in assign.inner_text()
    assert axe(page) == []
    page.keyboard.press("Enter")
    page.locator("#picker:popover-open").wait_for()
    page.keyboard.press("Escape")
    page.keyboard.press("Control+k")
    page.keyboard.type("an", delay=20)
    page.locator("#commands-found [role=option]", has_text="Ángela Núñez").wait_for()
    page.keyboard.type("gela", delay=20)
    page.locator("#commands-list [data-active]", has_text="Ángela Núñez").wait_for()
    page.keyboard.press("Enter")
    page.wait_for_url("**/contacts/*-*")


def test_enter_before_anything_is_found_goes_to_the_page_of_results(world: "World", open_page: "Opener") -> None:
    page = open_page(world, "Rosa Medina", "/me")
    page.route("**/search/found*", lambda route: None)  # never answered
    page.keyboard.press("/")
    page.keyboard.type("herrera")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=herrera")
    page.get_by_role("link", name="Tomás Herrera").wait_for()


def test_without_scripts_it_is_a_form(world: "World", open_page: "Opener") -> None:
    page = open_page(world, "Rosa Medina", "/me", java_script_enabled=False)
    page.locator("#search").fill("0187")
    page.locator("#search").press("Enter")
    page.get_by_role("link", name="Ángela Núñez").wait_for()


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_bell_rings_without_a_reload_and_is_read_when_it_opens(
    world: "World", open_page: "Opener", language: str
) -> None:
    page = open_page(world, "Ana Beltrán", "/me", language=language)
    page.wait_for_selector("html[data-live-state=live]")
    item = world.lead(name="Iris Wen", phone="+12025550155")["item_id"]
    ana = world.people["Ana Beltrán"]["agent_id"]
    world.api("POST", f"/items/{item}/assign", {"agent_id": ana, "over_capacity": True, "note": "x"})
    bell = page.get_by_role("button", name=WORDS[language]["bell"])
    bell.wait_for(timeout=10_000)
    bell.focus()
    page.keyboard.press("Enter")
    page.locator("#notices-recent").get_by_text("Iris Wen").wait_for()
    assert axe(page) == []
    page.wait_for_selector("#bell[data-new='0']")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") == "bell-button"


def test_on_a_phone_the_bell_opens_a_sheet_of_the_whole_height(world: "World", open_page: "Opener") -> None:
    page = open_page(world, "Ana Beltrán", "/me", size=PHONE)
    page.locator("#bell-button").tap()
    page.locator("#notices-recent .empty").wait_for()
    box = page.locator("#notices").bounding_box()
    assert box is not None
    assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, *PHONE)
