"""From the link that a first start prints to a lead that is explained, by keyboard, as fast as the pages go.

Then somebody comes in by the link that it gave.
"""

import json
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from tests.browser.world import DESK, PHONE, axe

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.world import Opener
    from tests.faults.stack import Stack

PASSWORD = "a sentence that nobody guesses"
WORDS = {
    "en": {
        "team": "Who works together?", "agents": "Who works leads?", "source": "Where do leads come from?",
        "route": "Who gets what?", "lead": "Watch one go its way", "asked": "Who is asked, and why?",
        "customer": "Grace Whitfield", "nobody": "Nobody is available now", "remind": "Finish setting up",
        "copied": "Copied.",
    },
    "es": {
        "team": "¿Quiénes trabajan juntos?", "agents": "¿Quién atiende leads?", "source": "¿De dónde llegan los leads?",
        "route": "¿Quién recibe qué?", "lead": "Mira el camino de un lead", "customer": "Lucía Ferrer",
        "asked": "¿A quién se le ofrece y por qué?", "nobody": "Ahora no hay nadie disponible",
        "remind": "Termina de configurar", "copied": "Copiado.",
    },
}  # fmt: skip


def founded(stack: "Stack", open_page: "Opener", language: str, size: tuple[int, int]) -> "Page":
    """The manager of a new organisation, who has just signed in."""
    path = json.loads(stack.run("-m", "tests.browser.seed", '{"setup": true}').stdout)["path"]
    page = open_page(None, None, path, language=language, size=size)
    email = f"{uuid4()}@example.com"
    page.locator("#id_organisation").fill("Northside Homes")
    page.locator("#id_name").fill("Rosa Medina")
    page.locator("#id_email").fill(email)
    page.locator("#id_password").fill(PASSWORD)
    page.locator("#id_language").select_option(language)
    page.locator("#id_zone").select_option("America/New_York")
    page.locator("#id_password").press("Enter")
    page.wait_for_url("**/sign-in?next=*")
    page.locator("#id_login").fill(email)
    page.locator("#id_password").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/start/team")
    return page


def at(page: "Page", step: str, words: dict[str, str]) -> None:
    page.wait_for_url(f"**/start/{step}")
    expect(page.locator("h2").first).to_have_text(words[step])
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "scrolls sideways"


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("language", ["en", "es"])
def test_a_first_run_ends_at_the_open_why(
    stack: "Stack", open_page: "Opener", language: str, size: tuple[int, int]
) -> None:
    words = WORDS[language]
    page = founded(stack, open_page, language, size)

    at(page, "team", words)
    expect(page.locator("#id_name")).to_be_focused()
    page.keyboard.type("Sales")
    page.keyboard.press("Enter")

    at(page, "agents", words)
    page.locator("#id_form-0-name").fill("Ana Beltrán")
    page.keyboard.press("Tab")
    page.keyboard.type("ana@example.com")
    assert page.locator("[name=me]").is_checked()
    page.keyboard.press("Enter")
    join = page.locator("#link-1").input_value()
    page.locator("[data-copies=link-1]").press("Enter")
    expect(page.locator(".toast")).to_contain_text(words["copied"])
    assert axe(page) == []
    page.locator(".start-next").press("Enter")

    at(page, "source", words)
    expect(page.locator("#id_name")).to_be_focused()
    page.keyboard.type("Website")
    page.keyboard.press("Enter")
    assert page.locator("#secret").input_value().startswith("ra_")
    assert page.locator("#secret").input_value() in page.locator("#curl").inner_text()
    assert axe(page) == []
    page.locator(".start-next").press("Enter")

    at(page, "route", words)
    page.goto("/contacts")  # left, and come back to
    page.get_by_role("heading", name=words["remind"]).wait_for()
    page.locator("#start-card .button").press("Enter")
    at(page, "route", words)
    page.locator("#id_name").press("Enter")

    at(page, "lead", words)
    assert words["nobody"] not in page.locator("#main").inner_text()
    assert page.locator("#id_name").input_value() == words["customer"]
    page.locator("#id_name").press("Enter")

    page.wait_for_url("**/contacts/*?panel=why")
    expect(page.get_by_role("heading", level=1)).to_contain_text(words["customer"])
    expect(page.get_by_role("heading", name=words["asked"])).to_be_visible()
    expect(page.locator(".why-agents .chosen")).to_contain_text("Rosa Medina")
    assert axe(page) == []

    ana = open_page(None, None, join, language=language, size=size)
    assert axe(ana) == []
    ana.locator("#id_name").fill("Ana Beltrán")
    ana.locator("#id_email").fill(f"{uuid4()}@example.com")
    ana.locator("#id_password").fill(PASSWORD)
    ana.keyboard.press("Enter")
    ana.wait_for_url("**/work")
    gone = open_page(None, None, join, language=language, size=size)
    expect(gone.locator("#id_name")).to_have_count(0)


def test_whoever_works_no_leads_is_told_before_and_can_from_there(stack: "Stack", open_page: "Opener") -> None:
    page = founded(stack, open_page, "en", DESK)
    for _ in range(3):
        page.locator(".start-next").press("Enter")
    page.wait_for_url("**/start/route")
    page.locator("#id_name").press("Enter")
    page.wait_for_url("**/start/lead")
    expect(page.locator("#main")).to_contain_text(WORDS["en"]["nobody"])
    page.locator(".start-nobody .button").press("Enter")
    expect(page.locator("#main")).not_to_contain_text(WORDS["en"]["nobody"])
    page.locator("#id_message").press("Control+Enter")
    page.locator("form.card .button").press("Enter")
    page.wait_for_url("**/contacts/*?panel=why")
    expect(page.locator(".why-agents .chosen")).to_contain_text("Rosa Medina")


def test_a_manager_invites_copies_and_revokes_by_keyboard(stack: "Stack", open_page: "Opener") -> None:
    page = founded(stack, open_page, "en", DESK)
    page.goto("/team/agents")
    page.keyboard.press("i")
    page.wait_for_url("**/team/invitations")
    page.locator("#id_name").fill("Ben Adeyemi")
    page.keyboard.press("Enter")
    link = page.locator("#link").input_value()
    assert "/join/" in link
    page.wait_for_selector("html[data-live-state=live]")
    page.locator("#invitations").get_by_role("button", name="Revoke the invitation of Ben Adeyemi").press("Enter")
    expect(page.locator("#invitations")).to_contain_text("Nobody is invited just now.")
    stranger = open_page(None, None, link)
    expect(stranger.get_by_role("heading", level=1)).to_have_text("There is nothing here")
