"""One lead's day between a manager and two agents, in both languages: nobody reloads, everybody sees the truth."""

import re
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.acting import WORDS, accept, broadcast, ended, focused, offers, press, row, stay, stayed, until
from tests.browser.world import LANGUAGES

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.world import Maker, Opener

LOW = (1440, 480)  # so that a list of thirty rows scrolls
SCROLLED = "Math.max(scrollY, ...[...document.querySelectorAll('main, main *')].map((each) => each.scrollTop))"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_lead_goes_from_offer_to_call_to_another_agent(
    language: str, make_world: "Maker", open_page: "Opener"
) -> None:
    words, world = WORDS[language], broadcast(make_world)
    for number in range(30):
        world.lead(name=f"Contact {number}", phone=f"+12025551{number:03}", source="portal")
    item = world.lead(name="Tomás Herrera", message="A flat with three rooms")["item_id"]
    ana, luis = (open_page(world, name, "/work", language=language) for name in ("Ana Beltrán", "Luis Cardona"))
    tom = open_page(world, "Tom Weaver", "/contacts?view=all", language=language, size=LOW)
    # Offered: it comes by itself where nobody has asked for it.
    for each in (ana, luis, tom):
        stay(each)
    expect(offers(ana)).to_have_count(1)
    second = world.lead(name="Marta Oyarzun", phone="+12025550999")["item_id"]
    for each in (ana, luis):
        expect(offers(each)).to_have_count(2)
    for number in range(2):
        world.lead(name=f"Late {number}", phone=f"+12025552{number:03}", source="portal")
    # What is new waits to be shown: no row has moved.
    expect(tom.locator("[data-show-new]")).to_contain_text(words["new"])
    expect(row(tom, second)).to_have_count(0)
    # Accepted: the manager's row changes in place, under the focus.
    status = row(tom, item).locator(".col-status")
    status.focus()
    tom.mouse.move(700, 300)
    tom.mouse.wheel(0, 150)
    until(tom, f"{SCROLLED} > 0")
    at = _place(tom)
    assert at[0] == f"row-{item}"
    accept(ana)
    ended(ana, words["mine"]).wait_for()
    expect(row(tom, item).locator(".col-owner")).to_contain_text("Ana Beltrán")
    ended(luis, words["first"]).wait_for()
    assert offers(luis).count() == 1  # the other one can still be answered
    # Worked: a call and a status, from the profile.
    ana.goto(f"/contacts/{item}")
    stay(ana)
    press(ana, ["c"])
    expect(ana.locator("#call-outcome, [name=outcome]").first).to_be_focused()
    press(ana, ["Tab", "Tab"])
    ana.keyboard.type("Wants to see it")
    press(ana, ["Control+Enter"])
    expect(row(tom, item).locator(".col-waiting")).to_contain_text(words["answered"])
    ana.locator("#status").select_option("working")
    expect(row(tom, item).locator(".col-status")).to_contain_text(words["working"])
    assert _place(tom) == at
    # Reassigned inline by keys alone, from the focused row.
    keys = ["a", "l", "Enter"]
    assert len(keys) <= 4
    press(tom, keys[:1])
    expect(tom.locator("#picker-find")).to_be_focused()
    press(tom, keys[1:])
    expect(row(tom, item).locator(".col-owner")).to_contain_text("Luis Cardona")
    expect(row(tom, item).locator(".col-owner")).to_be_focused()
    assert focused(tom) == f"row-{item}"
    expect(luis.locator(f"#doing-{item}")).to_contain_text("Tomás Herrera")
    expect(ana.get_by_role("heading", level=1)).to_have_text(re.compile(words["theirs"].replace("'", ".")))
    assert all(stayed(each) for each in (ana, luis, tom))
    assert world.api("GET", f"/items/{item}")["owner_id"] == world.people["Luis Cardona"]["agent_id"]


def _place(page: "Page") -> tuple[str, int, float]:
    """Where the focus is and how far the list is scrolled."""
    column = page.evaluate("document.activeElement.closest('td, th').cellIndex")
    return focused(page), int(column), page.evaluate(SCROLLED)
