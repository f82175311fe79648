"""A visitor writes, an agent sees it by itself and answers, the visitor sees that. In both languages; nothing acts."""

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.world import PHONE, axe

if TYPE_CHECKING:
    from tests.browser.world import Maker, Opener, World

WORDS = {
    "en": {"name": "Your name", "text": "Your message", "send": "Send"},
    "es": {"name": "Tu nombre", "text": "Tu mensaje", "send": "Enviar"},
}
XSS = '<img src=x onerror="document.title=1">'


def door(world: "World", kind: str = "web_chat") -> dict[str, Any]:
    made: dict[str, Any] = world.api(
        "POST", "/sources", {"kind": kind, "name": "Northside", "source": "website", "distribute": False}
    )
    return made


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_visitor_and_an_agent_talk(make_world: "Maker", open_page: "Opener", language: str) -> None:
    world, words = make_world(), WORDS[language]
    key = door(world)["key"]
    desk = open_page(world, "Rosa Medina", "/conversations", language=language)
    expect(desk.locator("#talk-shelf .empty")).to_be_visible()
    visitor = open_page(None, None, f"/chat/{key}", language=language, size=PHONE)
    visitor.wait_for_timeout(3500)  # no person writes faster
    visitor.get_by_label(words["name"]).fill(f"Tomás {XSS}")
    visitor.get_by_label(words["text"]).fill(f"Hola {XSS}")
    visitor.keyboard.press("Enter")
    expect(visitor.locator(".chat-line")).to_have_count(1)
    row = desk.locator(".talk-row")
    expect(row).to_have_count(1)  # by itself
    expect(row).to_contain_text("Hola")
    row.click()
    expect(desk.locator(".talk-bubble")).to_contain_text("Hola <img src=x")
    desk.locator("body").press("r")
    expect(desk.locator("#reply-text")).to_be_focused()
    desk.keyboard.type("Sí, el sábado.")
    desk.keyboard.press("Control+Enter")
    expect(desk.locator(".talk-message.out")).to_have_count(1)
    expect(desk.locator(".talk-owner")).to_contain_text("Rosa Medina")
    expect(visitor.locator(".chat-line:not(.mine)")).to_contain_text("Sí, el sábado.")
    visitor.get_by_label(words["text"]).fill("Perfecto")
    visitor.get_by_role("button", name=words["send"]).click()
    expect(desk.locator(".talk-message.in")).to_have_count(2)
    visitor.reload()
    expect(visitor.locator(".chat-line")).to_have_count(3)
    assert desk.locator("img[src=x]").count() == visitor.locator("img[src=x]").count() == 0
    assert axe(desk) == [] and axe(visitor) == []


def test_a_note_by_keyboard_and_assigning_in_place(make_world: "Maker", open_page: "Opener") -> None:
    world = make_world()
    world.api("POST", "/calls/missed", {"phone": "+12025550188", "id": "1", "name": "Ana", "distribute": False})
    desk = open_page(world, "Rosa Medina", "/conversations", theme="dark")
    expect(desk.locator(".talk-event.bad")).to_contain_text("Missed call")
    desk.locator("label[for=write-note]").click()
    desk.locator("#note-text").fill("Rings in the evening")
    desk.keyboard.press("Control+Enter")
    expect(desk.locator(".talk-note")).to_contain_text("Rings in the evening")
    desk.locator("#talk-top").press("a")
    expect(desk.locator("#picker")).to_be_visible()
    desk.keyboard.type("beltran")
    desk.keyboard.press("Enter")
    expect(desk.locator(".talk-owner")).to_contain_text("Ana Beltrán")
    assert axe(desk) == []


def test_on_a_phone_it_is_three_levels(make_world: "Maker", open_page: "Opener") -> None:
    world = make_world()
    world.api("POST", "/calls/missed", {"phone": "+12025550188", "id": "1", "name": "Ana", "distribute": False})
    phone = open_page(world, "Rosa Medina", "/conversations", size=PHONE)
    expect(phone.locator("#talk-lines")).to_be_hidden()
    phone.locator(".talk-row").click()
    expect(phone.locator("#talk-lines")).to_be_visible()
    expect(phone.locator(".talk-list")).to_be_hidden()
    phone.get_by_role("link", name="Contact", exact=True).first.click()
    expect(phone.locator("#talk-panel")).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE[0]
    assert axe(phone) == []
