"""Handing out many at once and overseeing them, by keyboard alone, in both languages."""

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.acting import focused, offers, press, row, tab_to
from tests.browser.world import LANGUAGES, PHONE, axe

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.world import Maker, Opener, World

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "three": "3 selected", "offer": "Offer to 2 agents", "offered": "3 contacts offered.",
        "first": "accepted first",
        "asked": "Asked", "give": "Give an update", "answered": "Update answered", "taken": "1 contact taken back.",
        "undone": "Undone for 1 contact.",
    },
    "es": {
        "three": "3 seleccionados", "offer": "Ofrecer a 2 agentes", "offered": "Se ofrecieron 3 contactos.",
        "first": "aceptó primero", "asked": "Se pidió", "give": "Dar una actualización",
        "answered": "Actualización respondida", "taken": "Se retiró 1 contacto.",
        "undone": "Se deshizo para 1 contacto.",
    },
}  # fmt: skip


@pytest.fixture
def world(make_world: "Maker") -> "World":
    return make_world()


def waiting(world: "World", count: int) -> list[str]:
    return [
        world.lead(name=f"Contact {number}", phone=f"+120255503{number:02}", source="portal")["item_id"]
        for number in range(count)
    ]


def toast(page: "Page", words: str) -> None:
    expect(page.locator(".toast", has_text=words)).to_be_visible()


def pick(page: "Page", name: str) -> None:
    """Adds an agent in the open dialog."""
    expect(page.locator("#bulk-find")).to_be_focused()
    page.keyboard.type(name)
    press(page, ["Enter"])
    expect(page.locator(".bulk-chip", has_text=name)).to_have_count(1)


@pytest.mark.parametrize("language", LANGUAGES)
def test_offered_to_many_taken_back_and_asked_about_by_keys(world: "World", open_page: "Opener", language: str) -> None:
    words, items = WORDS[language], waiting(world, 4)
    ana = open_page(world, "Ana Beltrán", "/work", language=language)
    luis = open_page(world, "Luis Cardona", "/work", language=language)
    tom = open_page(world, "Tom Weaver", "/contacts?view=all&sort=created", language=language)
    expect(tom.locator("#contacts-grid tbody [data-key-row]")).to_have_count(4)
    tab_to(tom, "[role=rowheader]")
    # X selects, Shift with an arrow goes on, and the row that has the focus stays where it is.
    press(tom, ["x", "Shift+ArrowDown", "Shift+ArrowDown"])
    expect(tom.locator("#bulk-count")).to_have_text(words["three"])
    assert focused(tom) == f"row-{items[2]}"
    press(tom, ["o"])
    pick(tom, "Ana")
    pick(tom, "Luis")
    expect(tom.locator("#bulk-send")).to_contain_text(words["offer"])
    assert axe(tom) == []
    tab_to(tom, "#bulk-note", most=12)
    tom.keyboard.type("Came in overnight")
    press(tom, ["Control+Enter"])
    toast(tom, words["offered"])
    expect(tom.locator("#bulk-bar")).to_be_hidden()
    assert tom.evaluate("document.activeElement.matches('#contacts-grid [role]')")
    # One accepts; whoever was slower is told.
    expect(offers(ana)).to_have_count(3)
    expect(offers(luis)).to_have_count(3)
    expect(offers(ana).first).to_contain_text("Came in overnight")
    press(ana, ["ArrowRight", "a"])
    expect(offers(ana)).to_have_count(2)
    expect(luis.locator("[data-offer][data-end]", has_text=words["first"])).to_be_visible()
    taken = next(id for id in items if world.api("GET", f"/items/{id}")["owner_id"])
    _ask_and_answer(tom, ana, taken, words)
    _revoke_and_undo(world, tom, taken, words)


def _ask_and_answer(tom: "Page", ana: "Page", item: str, words: dict[str, str]) -> None:
    expect(row(tom, item).locator(".col-owner")).to_contain_text("Ana Beltrán")
    row(tom, item).locator("[role=rowheader]").focus()
    press(tom, ["u"])
    expect(tom.locator("#bulk-note")).to_be_focused()
    tom.keyboard.type("Did they call back?")
    press(tom, ["Control+Enter"])
    expect(row(tom, item).locator(".col-owner")).to_contain_text(words["asked"])
    first = ana.locator("#doing tbody tr").first
    expect(first).to_contain_text(words["give"])
    expect(first).to_contain_text("Did they call back?")
    tab_to(ana, f"#doing-{item} [popovertarget]")
    press(ana, ["Enter"])
    tab_to(ana, "#log-text", most=3)
    ana.keyboard.type("They did")
    press(ana, ["Tab", "Enter"])
    expect(ana.locator(f"#doing-{item}")).not_to_contain_text(words["give"])
    expect(row(tom, item).locator(".col-owner")).not_to_contain_text(words["asked"])


def _revoke_and_undo(world: "World", tom: "Page", item: str, words: dict[str, str]) -> None:
    """From the row's menu; then Z brings it back."""
    row(tom, item).locator("[role=rowheader]").focus()
    press(tom, ["End", "Enter"])
    expect(tom.locator("#row-menu [role=menuitem]").first).to_be_focused()
    for _ in range(6):
        if tom.evaluate("document.activeElement.dataset.bulk") == "revoke":
            break
        press(tom, ["ArrowDown"])
    press(tom, ["Enter"])
    expect(tom.locator("#bulk-dialog [name=to][value=routes]")).to_be_focused()
    press(tom, ["ArrowDown"])
    tab_to(tom, "#bulk-note", most=4)
    tom.keyboard.type("No call in 19 min")
    press(tom, ["Control+Enter"])
    toast(tom, words["taken"])
    assert world.api("GET", f"/items/{item}")["owner_id"] is None
    press(tom, ["z"])
    toast(tom, words["undone"])
    assert world.api("GET", f"/items/{item}")["owner_id"] == world.people["Ana Beltrán"]["agent_id"]
    tom.goto(f"/contacts/{item}")
    expect(tom.locator("#assignment")).to_contain_text("Ana Beltrán")


def test_escape_asks_before_a_note_is_lost_and_clears_the_selection(world: "World", open_page: "Opener") -> None:
    waiting(world, 2)
    tom = open_page(world, "Tom Weaver", "/contacts?view=all")
    tab_to(tom, "[role=rowheader]")
    press(tom, ["x", "a"])
    pick(tom, "Ana")
    tab_to(tom, "#bulk-note", most=8)
    tom.keyboard.type("Typed")
    press(tom, ["Escape"])
    expect(tom.locator("[data-keep-it]")).to_be_focused()
    press(tom, ["Enter"])
    expect(tom.locator("#bulk-note")).to_be_focused()
    expect(tom.locator("#bulk-note")).to_have_value("Typed")
    press(tom, ["Control+a", "Delete", "Escape"])
    expect(tom.locator("#bulk-dialog")).to_have_count(0)
    press(tom, ["Escape"])
    expect(tom.locator("#bulk-bar")).to_be_hidden()


def test_a_whole_view_starts_a_job_that_shows_how_far_it_is(world: "World", open_page: "Opener") -> None:
    item = waiting(world, 1)[0]
    _many(world, item, 20_000)
    rosa = open_page(world, "Rosa Medina", "/contacts?view=all")
    tab_to(rosa, "[role=rowheader]")
    rosa.locator("[data-pick-page]").focus()
    press(rosa, ["Space"])
    expect(rosa.locator("[data-whole]")).to_contain_text("20,001")
    rosa.locator("[data-whole]").focus()
    press(rosa, ["Enter"])
    expect(rosa.locator("#bulk-count")).to_have_text("20,001 selected")
    press(rosa, ["a"])
    pick(rosa, "Ana")
    pick(rosa, "Luis")
    expect(rosa.locator("#bulk-confirmed")).to_be_visible(timeout=30_000)  # nobody carries so many
    rosa.locator("#bulk-confirmed").focus()
    press(rosa, ["Space"])
    rosa.locator("#bulk-note").focus()
    rosa.keyboard.type("A test of many")
    press(rosa, ["Control+Enter"])
    expect(rosa.locator("#bulk-result progress")).to_be_visible(timeout=20_000)
    expect(rosa.locator("#bulk-result [data-progress]")).not_to_have_text("0 of 20,001", timeout=60_000)
    rosa.locator("#bulk-stop").focus()
    press(rosa, ["Enter"])
    expect(rosa.locator("#bulk-result progress")).to_have_count(0, timeout=20_000)


def _many(world: "World", item: str, count: int) -> None:
    """So many more like this one: their rows, copied."""
    columns: Any = world.stack.rows(
        "SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns"
        " WHERE table_name = 'work_item' AND is_generated = 'NEVER' AND column_name NOT IN ('id', 'contact_id')"
    )[0][0]
    contact: Any = world.stack.rows(
        "SELECT string_agg(quote_ident(column_name), ', ') FROM information_schema.columns"
        " WHERE table_name = 'contacts_contact' AND is_generated = 'NEVER' AND column_name <> 'id'"
    )[0][0]
    world.stack.rows(
        f"WITH one AS (SELECT * FROM work_item WHERE id = %s), made AS (INSERT INTO contacts_contact (id, {contact})"
        f" SELECT gen_random_uuid(), {contact} FROM contacts_contact, generate_series(1, %s)"
        f" WHERE contacts_contact.id = (SELECT contact_id FROM one) RETURNING id)"
        f" INSERT INTO work_item (id, contact_id, {columns}) SELECT gen_random_uuid(), made.id, {columns}"
        f" FROM made, one RETURNING 1",
        item, count,
    )  # fmt: skip


def test_on_a_phone_selecting_is_a_mode(world: "World", open_page: "Opener") -> None:
    waiting(world, 2)
    tom = open_page(world, "Tom Weaver", "/contacts?view=all", size=PHONE)
    expect(tom.locator("[data-pick]").first).to_be_hidden()
    tom.locator("#list-more").click()
    tom.locator("[data-picking]").click()
    tom.locator("[data-pick]").first.click()
    expect(tom.locator("#bulk-bar")).to_be_visible()
    assert axe(tom) == []
    tom.locator("[data-unpick]").click()
    expect(tom.locator("#bulk-bar")).to_be_hidden()
