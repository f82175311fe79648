"""The grid turns red by itself where nobody looks after a contact, and green as soon as its agent does."""

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.acting import WORDS, accept, broadcast, ended, press, row, stay, stayed

if TYPE_CHECKING:
    from tests.browser.world import Maker, Opener


def test_a_row_turns_red_in_time_and_green_when_the_agent_works(make_world: "Maker", open_page: "Opener") -> None:
    world = broadcast(make_world)
    item = world.lead(email="tomas@example.com")["item_id"]
    ana = open_page(world, "Ana Beltrán", "/work")
    accept(ana)
    ended(ana, WORDS["en"]["mine"]).wait_for()
    ana.goto(f"/contacts/{item}")
    # The owner's ten minutes, made short: nothing happens to the item when they are over.
    begun = datetime.now(UTC)
    limits = {"kind": "lead", "target_seconds": 0, "late_seconds": 40, "phone_seconds": 40, "notes_seconds": 0,
              "email": False}  # fmt: skip
    world.stack.call(
        "PUT", "/api/v1/settings/basics", {"thresholds": [limits]},
        headers={"Authorization": f"Bearer {world.boss}", "If-Match": "*"},
    )  # fmt: skip
    tom = open_page(world, "Tom Weaver", "/contacts?view=all")
    stay(tom)
    phone = row(tom, item).locator(".col-phone")
    expect(phone).to_contain_text("Not due")
    expect(row(tom, item).locator(".col-status .status")).to_have_class(re.compile("neutral"))
    expect(phone).to_contain_text("Not called", timeout=60_000)
    assert datetime.now(UTC) - begun < timedelta(seconds=90)
    expect(row(tom, item).locator(".col-status .status")).to_have_class(re.compile("bad"))
    # She calls, writes a note, plans what comes next and moves it on.
    press(ana, ["c"])
    ana.locator("[name=outcome]").first.select_option("connected")
    press(ana, ["Tab", "Control+Enter"])
    expect(phone).to_contain_text("Valid")
    expect(row(tom, item).locator(".col-notes")).to_contain_text("None")
    expect(row(tom, item).locator(".col-task")).to_contain_text("None")
    expect(ana.locator("#timeline-pending")).to_be_empty()  # what was sent is answered
    press(ana, ["n"])
    ana.keyboard.type("Wants to see it")
    press(ana, ["Control+Enter"])
    expect(row(tom, item).locator(".col-notes")).to_contain_text("1")
    due = (datetime.now(UTC) + timedelta(days=3)).isoformat()
    world.api("POST", f"/items/{item}/tasks", {"kind": "call", "due_at": due})
    expect(row(tom, item).locator(".col-task")).to_contain_text("Call, ")
    ana.locator("#status").select_option("working")
    for cell in ("status", "phone", "notes", "task"):
        expect(row(tom, item).locator(f".col-{cell} .status")).to_have_class(re.compile("good"))
    assert stayed(tom)


def test_a_filter_is_found_by_typing_and_stays_in_the_address(make_world: "Maker", open_page: "Opener") -> None:
    world = broadcast(make_world)
    world.lead()
    tom = open_page(world, "Tom Weaver", "/contacts?view=all")
    press(tom, ["f"])
    expect(tom.locator("#filter-say")).to_be_focused()
    tom.keyboard.type("sin llamada")
    tom.keyboard.press("Enter")
    expect(tom).to_have_url(re.compile(r"basics=phone\.bad"))
    tom.wait_for_load_state()
    press(tom, ["f"])
    expect(tom.locator("#filter-say")).to_be_focused()
    tom.keyboard.type("priority: high")
    expect(tom.locator("[data-suggestions] li:visible")).to_have_count(1)
    tom.keyboard.press("Enter")
    expect(tom).to_have_url(re.compile(r"basics=phone\.bad.*band=high"))
    tom.get_by_role("link", name="Without the filter Phone").click()
    expect(tom).to_have_url(re.compile(r"view=all&band=high$"))
    tom.wait_for_load_state()
    press(tom, ["f"])
    expect(tom.locator("#filter-say")).to_be_focused()
    tom.keyboard.type("colour red")
    tom.keyboard.press("Enter")
    expect(tom.locator("#filter-hint")).to_contain_text("That is no filter")
