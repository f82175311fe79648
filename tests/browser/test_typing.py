"""What somebody writes stays, and stays theirs, while the page reads itself again under their hands."""

from typing import TYPE_CHECKING, Any, Final

import pytest
from playwright.sync_api import expect

from tests.browser.acting import broadcast, hold, press, until
from tests.browser.looking import SETTLED, Looker, named, roles

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.shown import Shown
    from tests.browser.world import Maker, Opener, World

WRITTEN_IN: Final = {
    "my-work", "my-work-log", "my-work-decline", "bell", "contacts", "contacts-picker", "contacts-add-filter",
    "pool-picker", "contact", "contact-why", "conversations", "agents", "invite", "route", "agent",
}  # fmt: skip
# What can have the focus, within what is on top: some fields, and some of all else.
PLACES: Final = """(() => {
    const over = document.querySelector('dialog:modal') ?? [...document.querySelectorAll(':popover-open')].at(-1);
    const all = [...(over ?? document.querySelector('main')).querySelectorAll('input, textarea, button, a, summary')]
        .filter((each) => each.checkVisibility() && !each.disabled && each.getClientRects().length);
    const fields = all.filter((each) => each.matches('textarea, input:is([type=text], [type=search], :not([type]))'));
    window.places = [...fields.slice(0, 4), ...all.filter((each) => !fields.includes(each)).slice(0, 3)];
    return window.places.map((each) => fields.includes(each));
})()"""
# Every part that reads itself at a hint does so now.
READ_ALL: Final = """document.querySelectorAll('[data-live]').forEach((each) =>
    each.dispatchEvent(new CustomEvent('live')))"""

HEARD: Final = """item => document.addEventListener('live:hints', event =>
    event.detail.hints.some(([, id]) => id === item) && (document.documentElement.dataset.heard = ''))"""

# What a key does between the new composer and the last of its arriving.
A_KEY_WHILE_IT_SETTLES: Final = """(() => {
    let old = document.activeElement;
    document.addEventListener('htmx:before:settle', () => {
        if (!old || old.isConnected) return;
        old = null;
        document.execCommand('insertText', false, 'c');
        document.documentElement.dataset.settles = '';
    });
})()"""


@pytest.mark.parametrize(
    ("shown", "role"), [(shown, role) for shown, role in roles() if shown.name in WRITTEN_IN], ids=named
)
def test_neither_focus_nor_words_are_taken_by_a_reading(looker: Looker, shown: "Shown", role: str) -> None:
    with looker.at(shown, role) as page:
        until(page, SETTLED)
        lost = [taken for number, writes in enumerate(page.evaluate(PLACES)) if (taken := _taken(page, number, writes))]
        assert lost == []


def _taken(page: "Page", number: int, writes: bool) -> Any:
    """What has the focus, or which words are left, where they are not what they were before a reading."""
    page.evaluate(f"window.places[{number}].focus()")
    if not page.evaluate(f"document.activeElement === window.places[{number}]"):
        return None  # what went before has closed it, as a menu does
    if writes:
        page.keyboard.type("ab")
    words = page.evaluate("document.activeElement.value")
    page.evaluate(READ_ALL)
    page.wait_for_timeout(100)
    until(page, SETTLED)
    if not page.evaluate(f"document.activeElement === window.places[{number}]"):
        return page.evaluate("document.activeElement.outerHTML.slice(0, 100)")
    left = page.evaluate("document.activeElement.value")
    return None if left == words else left


def test_a_note_is_not_lost_when_its_item_is_given_to_somebody_else(make_world: "Maker", open_page: "Opener") -> None:
    world = broadcast(make_world)
    (mine,) = owned(world, 1)
    ana = open_page(world, "Ana Beltrán", "/work")
    ana.locator(f"#doing-{mine}").get_by_role("button", name="Log").click()
    press(ana, ["Tab"])
    ana.keyboard.type("Prefers the ")
    ana.evaluate(HEARD, mine)
    world.api("POST", f"/items/{mine}/assign", {"agent_id": world.people["Luis Cardona"]["agent_id"], "note": ""})
    expect(ana.locator("html[data-heard]")).to_have_count(1)
    ana.wait_for_timeout(1000)  # longer than a part takes to read itself
    ana.keyboard.type("afternoon")
    expect(ana.locator("#log-text")).to_have_value("Prefers the afternoon")
    expect(ana.locator(f"#doing-{mine}")).to_have_count(0)
    press(ana, ["Tab", "Enter"])
    expect(ana.locator(".toast.bad")).to_be_visible()
    expect(ana.locator("#log-text")).to_have_value("Prefers the afternoon")


def test_what_is_written_for_one_waits_there_while_another_is_logged(make_world: "Maker", open_page: "Opener") -> None:
    world = broadcast(make_world)
    first, second = owned(world, 2)
    ana = open_page(world, "Ana Beltrán", "/work")
    for item, text in ((first, "Prefers the afternoon"), (second, "")):
        ana.locator(f"#doing-{item} [data-logs]").click()
        expect(ana.locator("#log-text")).to_have_value("")
        ana.locator("#log-text").fill(text)
        press(ana, ["Escape"])
    ana.locator(f"#doing-{second} [data-logs]").click()
    ana.get_by_role("button", name="Busy").click()
    expect(ana.locator("#doing-log")).to_be_hidden()
    ana.locator(f"#doing-{first} [data-logs]").click()
    expect(ana.locator("#log-text")).to_have_value("Prefers the afternoon")
    ana.get_by_role("button", name="Save the note").click()
    expect(ana.locator("#doing-log")).to_be_hidden()
    kinds = {item: [entry["kind"] for entry in world.api("GET", f"/items/{item}/timeline")] for item in (first, second)}
    assert "note" in kinds[first] and "call" not in kinds[first]
    assert "call" in kinds[second] and "note" not in kinds[second]
    ana.locator(f"#doing-{first} [data-logs]").click()
    expect(ana.locator("#log-text")).to_have_value("")


def owned(world: "World", count: int) -> list[str]:
    """So many items of Ana's."""
    found = [world.lead(phone=f"+1202555010{n}", source="portal")["item_id"] for n in range(count)]
    for item in found:
        world.api("POST", f"/items/{item}/assign", {"agent_id": world.people["Ana Beltrán"]["agent_id"], "note": ""})
    return found


def test_no_letter_is_lost_between_one_note_and_the_next(make_world: "Maker", open_page: "Opener") -> None:
    world = broadcast(make_world)
    (mine,) = owned(world, 1)
    ana = open_page(world, "Ana Beltrán", f"/contacts/{mine}")
    let_go = hold(ana, "**/do/note")
    press(ana, ["n"])
    expect(ana.locator("#note-text")).to_be_focused()
    ana.keyboard.type("First")
    press(ana, ["Control+Enter", "Tab", "c"])
    expect(ana.locator("#call-outcome")).to_be_focused()
    press(ana, ["Tab", "Tab"])
    ana.keyboard.type("ab")
    ana.evaluate(A_KEY_WHILE_IT_SETTLES)
    let_go()
    expect(ana.locator("html[data-settles]")).to_have_count(1)
    ana.keyboard.type("d")
    expect(ana.locator("#call-text")).to_have_value("abcd")
