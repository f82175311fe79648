"""Every flow of daily work by keyboard alone. The mouse is never used here, and the focus is never lost."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.acting import broadcast, ended, focused, hold, offers, press, row, tab_to

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.world import Maker, Opener, World


@pytest.fixture
def world(make_world: "Maker") -> "World":
    return broadcast(make_world)


def waiting(world: "World", count: int) -> list[str]:
    """The ids of so many items that no route takes."""
    return [
        world.lead(name=f"Contact {number}", phone=f"+120255501{number:02}", source="portal")["item_id"]
        for number in range(count)
    ]


def not_lost(page: "Page") -> bool:
    """Whether something has the focus that a person could see."""
    return bool(page.evaluate("document.activeElement !== document.body && document.activeElement.checkVisibility()"))


def owner_of(world: "World", item_id: str) -> str:
    """The name of whoever has it; empty: nobody."""
    owner = world.api("GET", f"/items/{item_id}")["owner_id"]
    return next((name for name, person in world.people.items() if person["agent_id"] == owner), "")


def test_offers_are_chosen_accepted_and_declined_with_a_reason(world: "World", open_page: "Opener") -> None:
    items = [world.lead(name=f"Contact {n}", phone=f"+1202555017{n}")["item_id"] for n in range(3)]
    ana = open_page(world, "Ana Beltrán", "/work")
    expect(offers(ana)).to_have_count(3)
    press(ana, ["ArrowRight", "ArrowRight", "ArrowLeft", "a"])
    ended(ana, "You have it").wait_for()
    assert not_lost(ana) and focused(ana).startswith("offer-")
    assert owner_of(world, items[0]) == "Ana Beltrán"
    # Bad lead, and what is wrong with it.
    press(ana, ["ArrowRight", "d"])
    tab_to(ana, "textarea[name=note]", most=4)
    ana.keyboard.type("It is a test by the agency")
    press(ana, ["Tab", "Enter"])
    ended(ana, "You passed it on").wait_for()
    assert not_lost(ana)
    # The other reasons are a key away, and Escape keeps the offer.
    expect(offers(ana)).to_have_count(1)
    press(ana, ["ArrowRight", "d", "Escape"])
    expect(offers(ana)).to_have_count(1)
    assert not_lost(ana)
    press(ana, ["d"])
    tab_to(ana, "[name=kind][value=busy_now]", most=3)
    press(ana, ["Enter"])
    expect(offers(ana)).to_have_count(0)
    assert not_lost(ana)
    assert ana.request.get("/api/v1/offers").json() == []


def test_the_next_item_then_a_note_and_a_call(world: "World", open_page: "Opener") -> None:
    (item,) = waiting(world, 1)
    ana = open_page(world, "Ana Beltrán", "/work")
    press(ana, ["n"])
    expect(ana.locator(f"#doing-{item}")).to_contain_text("Make the first call")
    assert owner_of(world, item) == "Ana Beltrán" and not_lost(ana)
    tab_to(ana, f"#doing-{item} [popovertarget]")
    press(ana, ["Enter"])
    expect(ana.locator("#doing-log")).to_be_visible()
    tab_to(ana, "#log-text", most=3)
    ana.keyboard.type("Prefers the afternoon")
    press(ana, ["Tab", "Enter"])
    expect(ana.locator(".toast").last).to_contain_text("Note saved")
    expect(ana.locator("#doing-log")).to_be_hidden()
    expect(ana.locator("#doing [popovertarget]:focus")).to_have_count(1)
    press(ana, ["Space"])
    expect(ana.locator("#doing-log")).to_be_visible()
    tab_to(ana, "#doing-log [value=no_answer]", most=6)
    press(ana, ["Enter"])
    expect(ana.locator(f"#doing-{item}")).to_contain_text("Try again")
    assert {"note", "call"} <= {entry["kind"] for entry in ana.request.get(f"/api/v1/items/{item}/timeline").json()}
    assert not_lost(ana)


def test_what_is_done_or_handed_back_leaves_the_focus_in_the_list(world: "World", open_page: "Opener") -> None:
    items = waiting(world, 2)
    ana = open_page(world, "Ana Beltrán", "/work")
    for number in (1, 2):
        press(ana, ["n"])
        expect(ana.locator("#doing tbody tr")).to_have_count(number)
    done = ana.locator("#doing tbody tr").nth(1).get_attribute("id").removeprefix("doing-")  # type: ignore[union-attr]
    world.api("POST", f"/items/{done}/tasks", {"text": "Ring again", "due_at": datetime.now(UTC).isoformat()})
    tab_to(ana, f"#doing-done-{done}")
    press(ana, ["Enter"])
    expect(ana.locator(f"#doing-done-{done}")).to_have_count(0)
    expect(ana.locator("#doing [data-logs]:focus")).to_have_count(1)
    # Handed back, from the keyboard's own way through the panel.
    (other,) = set(items) - {focused(ana).removeprefix("doing-log-")}
    press(ana, ["c"])
    expect(ana.locator("#doing-log")).to_be_visible()
    tab_to(ana, "#doing-log summary", most=10)
    press(ana, ["Enter", "Tab"])
    ana.keyboard.type("Not my zone")
    press(ana, ["Tab", "Enter"])
    expect(ana.locator("#doing tbody tr")).to_have_count(1)
    expect(ana.locator(f"#doing-log-{other}")).to_be_focused()


def test_a_call_and_a_note_in_the_profile(world: "World", open_page: "Opener") -> None:
    (item,) = waiting(world, 1)
    ana = open_page(world, "Ana Beltrán", "/work")
    press(ana, ["n"])
    expect(ana.locator(f"#doing-{item}")).to_contain_text("Make the first call")
    tab_to(ana, f"#doing-{item} a")
    press(ana, ["Enter"])
    ana.wait_for_url(f"**/contacts/{item}")
    press(ana, ["n"])
    expect(ana.locator("#note-text")).to_be_focused()
    ana.keyboard.type("Rings the bell twice")
    press(ana, ["Control+Enter"])
    expect(ana.locator("#activity")).to_contain_text("Rings the bell twice")
    expect(ana.locator("#note-text")).to_be_focused()
    press(ana, ["Tab", "c"])
    expect(ana.locator("#call-outcome")).to_be_focused()
    press(ana, ["Tab", "Tab"])
    ana.keyboard.type("Wants to see it")
    press(ana, ["Control+Enter"])
    expect(ana.locator("#activity")).to_contain_text("Wants to see it")
    assert not_lost(ana)


def test_an_item_is_claimed_from_the_pool(world: "World", open_page: "Opener") -> None:
    items = waiting(world, 3)
    ana = open_page(world, "Ana Beltrán", "/pool")
    tab_to(ana, "[data-pool-row]")
    press(ana, ["ArrowDown"])
    chosen = focused(ana).removeprefix("pool-")
    press(ana, ["c"])
    expect(ana.locator(f"#pool-{chosen}")).to_contain_text("You have it")
    assert not_lost(ana) and chosen in items
    assert owner_of(world, chosen) == "Ana Beltrán"


def test_a_manager_gives_an_item_of_the_pool_to_somebody(world: "World", open_page: "Opener") -> None:
    waiting(world, 2)
    tom = open_page(world, "Tom Weaver", "/pool")
    tab_to(tom, "[data-pool-row]")
    chosen = focused(tom).removeprefix("pool-")
    press(tom, ["a"])
    expect(tom.locator("#picker-find")).to_be_focused()
    tom.keyboard.type("Luis")
    press(tom, ["Enter"])
    expect(tom.locator(f"#pool-{chosen}")).to_contain_text("Luis has it now")
    assert owner_of(world, chosen) == "Luis Cardona" and not_lost(tom)


def test_assigned_offered_and_taken_back_from_the_grid(world: "World", open_page: "Opener") -> None:
    items = waiting(world, 2)
    tom = open_page(world, "Tom Weaver", "/contacts?view=all")
    tab_to(tom, "[role=rowheader]")
    first = focused(tom).removeprefix("row-")
    press(tom, ["ArrowRight"] * 3 + ["Enter"])
    expect(tom.locator("#picker-find")).to_be_focused()
    tom.keyboard.type("beltran")
    press(tom, ["Enter"])
    cell = row(tom, first).locator(".col-owner")
    expect(cell).to_contain_text("Ana Beltrán")
    expect(cell).to_be_focused()
    expect(tom.locator(".toast")).to_contain_text("assigned to Ana")
    assert owner_of(world, first) == "Ana Beltrán"
    # Undone: nobody had it before, so it goes back to nobody only by revoking it; this one is offered instead.
    second = next(item for item in items if item != first)
    press(tom, ["ArrowDown", "o"])
    expect(tom.locator("#picker-find")).to_be_focused()
    tom.keyboard.type("luis")
    press(tom, ["Enter"])
    expect(row(tom, second).locator(".col-owner")).to_contain_text("Luis")
    expect(row(tom, second).locator(".col-owner")).to_be_focused()
    assert world.api("GET", f"/items/{second}")["state"] == "offered"
    # Escape leaves everything as it was.
    press(tom, ["ArrowUp", "a"])
    expect(tom.locator("#picker-find")).to_be_focused()
    press(tom, ["Escape"])
    expect(tom.locator("#picker")).to_be_hidden()
    assert not_lost(tom)
    # Taken back, in its profile.
    tom.goto(f"/contacts/{first}")
    tab_to(tom, "#revoke-part summary")
    press(tom, ["Enter"])
    tab_to(tom, "#revoke-part select[name=to]", most=2)
    tom.keyboard.type("To the lead pool")
    tab_to(tom, "#revoke-part textarea[name=reason]", most=3)
    tom.keyboard.type("Nobody called")
    press(tom, ["Control+Enter"])
    expect(tom.locator("#assignment")).to_contain_text("In the lead pool, because it was taken back.")
    assert owner_of(world, first) == "" and not_lost(tom)


def test_an_agent_takes_an_item_in_the_grid(world: "World", open_page: "Opener") -> None:
    (item,) = waiting(world, 1)
    ana = open_page(world, "Ana Beltrán", "/contacts?view=unassigned")
    tab_to(ana, "[role=rowheader]")
    press(ana, ["a"])
    expect(row(ana, item).locator(".col-owner")).to_contain_text("Ana Beltrán")
    assert owner_of(world, item) == "Ana Beltrán" and not_lost(ana)


def test_the_grid_is_filtered_sorted_and_searched(world: "World", open_page: "Opener") -> None:
    waiting(world, 3)
    world.lead(name="Somebody Else", phone="+12025550170")
    tom = open_page(world, "Tom Weaver", "/contacts?view=all")
    expect(tom.locator("tr.contact")).to_have_count(4)
    tab_to(tom, "details:has([name=source]) > summary")
    press(tom, ["Enter"])
    tab_to(tom, "[name=source][value=portal]", most=4)
    press(tom, ["Space"])
    tab_to(tom, "details:has([name=source]) .button", most=4)
    press(tom, ["Enter"])
    tom.wait_for_url("**source=portal**")
    expect(tom.locator("tr.contact")).to_have_count(3)
    tab_to(tom, "[role=rowheader]")
    press(tom, ["Control+Home", "ArrowRight", "Enter"])
    tom.wait_for_url("**sort=name**")
    names = tom.locator(".col-name strong").all_inner_texts()
    assert names == sorted(names) and len(names) == 3
    assert tom.locator("[role=columnheader].col-name").get_attribute("aria-sort") == "ascending"
    press(tom, ["/"])
    tom.keyboard.type("somebody")
    press(tom, ["Enter"])
    tom.wait_for_url("**/search?q=somebody")
    expect(tom.locator(".found")).to_have_count(1)
    expect(tom.locator(".found")).to_contain_text("Somebody Else")


def test_a_manager_s_own_presence_is_a_menu(world: "World", open_page: "Opener") -> None:
    tom = open_page(world, "Tom Weaver", "/me")
    tab_to(tom, "#presence-now")
    press(tom, ["Enter"])
    expect(tom.locator("#presence-menu [aria-checked=true]")).to_be_focused()
    press(tom, ["ArrowDown", "Enter"])
    expect(tom.locator("#presence[data-presence=break]")).to_have_count(1)
    assert not_lost(tom)


def test_pauses_of_a_route_and_of_an_agent(world: "World", open_page: "Opener") -> None:
    ana = open_page(world, "Ana Beltrán", "/work")
    tab_to(ana, "[role=switch][name=mine]")
    for wanted in ("false", "true"):
        press(ana, ["Space"])
        expect(ana.locator("[role=switch][name=mine]")).to_have_attribute("aria-checked", wanted)
        expect(ana.locator("[role=switch][name=mine]")).to_be_focused()
    agent = world.people["Ana Beltrán"]["agent_id"]
    tom = open_page(world, "Tom Weaver", f"/team/agents/{agent}")
    tab_to(tom, "[action$=pause] .button")
    press(tom, ["Enter"])
    expect(tom.locator(".head .tag.warn")).to_contain_text("Paused")
    assert world.api("GET", f"/agents/{agent}")["paused_at"]
    # What can wait is read the later the busier a process is, and this one may be busy with other tests.
    expect(ana.locator("#side")).to_contain_text("A manager paused you on every route.", timeout=30_000)
    tab_to(tom, "[action$=resume] .button")
    press(tom, ["Enter"])
    expect(tom.locator(".head .tag.warn")).to_have_count(0)
    assert world.api("GET", f"/agents/{agent}")["paused_at"] is None


def test_what_is_being_filled_in_is_not_closed_by_what_was_asked_for_before(
    world: "World", open_page: "Opener"
) -> None:
    (item,) = waiting(world, 1)
    ana, luis = (world.people[name]["agent_id"] for name in ("Ana Beltrán", "Luis Cardona"))
    world.api("POST", f"/items/{item}/assign", {"agent_id": ana, "note": "x", "over_capacity": True})
    tom = open_page(world, "Tom Weaver", f"/contacts/{item}")
    expect(tom.locator("#assignment")).to_contain_text("Ana Beltrán")
    tom.wait_for_timeout(1_500)  # each part has had its turn: what is held is read for what happens next
    let_go = hold(tom, "**/part/assignment*")
    with tom.expect_request("**/part/assignment*"):
        world.api("POST", f"/items/{item}/assign", {"agent_id": luis, "note": "x", "over_capacity": True})
    summary = tom.locator("#revoke-part summary")
    summary.focus()
    press(tom, ["Enter"])
    expect(tom.locator("#revoke-part")).to_have_attribute("open", "")
    with tom.expect_response("**/part/assignment*"):
        let_go()
    tom.unroute_all()
    tom.wait_for_timeout(300)
    expect(tom.locator("#revoke-part")).to_have_attribute("open", "")
    expect(tom.locator("#assignment")).to_contain_text("Ana Beltrán")
    summary.focus()
    press(tom, ["Enter"])
    expect(tom.locator("#assignment")).to_contain_text("Luis Cardona")
