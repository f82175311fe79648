"""The columns of the contacts grid, put in another order by keyboard alone; rows that are read again keep it."""

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.acting import press, row
from tests.browser.world import LANGUAGES, axe

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.world import Maker, Opener

WORDS = {
    "en": ("Columns", "Status, position 2 of 9", ["Waiting", "Status", "Owner"]),
    "es": ("Columnas", "Estado, posición 2 de 9", ["En espera", "Estado", "Encargado"]),
}


def cells(page: "Page", item: str) -> list[str]:
    found = row(page, item).locator("td").evaluate_all("cells => cells.map(cell => cell.className)")
    return [name.removeprefix("col-") for name in found[1:-1]]


@pytest.mark.parametrize("language", LANGUAGES)
def test_columns_are_ordered_by_keys_and_a_row_keeps_the_order_of_its_page(
    make_world: "Maker", open_page: "Opener", language: str
) -> None:
    world = make_world()
    item = world.lead(name="Eva Ruiz", phone="+12025550300", source="portal")["item_id"]
    name, said, order = WORDS[language]
    usual = open_page(world, "Tom Weaver", "/contacts?view=all", language=language)
    tom = open_page(world, "Tom Weaver", "/contacts?view=all", language=language)
    tom.locator("#list-more").press("Enter")
    tom.get_by_role("menuitem", name=name, exact=True).press("Enter")
    expect(tom.locator("#columns")).to_be_visible()
    assert axe(tom) == []
    tom.locator("#columns input[value=status]").focus()
    press(tom, ["Alt+ArrowDown"])
    expect(tom.locator("#assertive")).to_have_text(said)
    expect(tom.locator("#columns input[value=status]")).to_be_focused()
    tom.locator("#columns input[value=notes]").press("Space")
    press(tom, ["Enter"])
    tom.wait_for_url("**columns=waiting.status.owner.*")
    assert tom.locator("#contacts-grid thead th").all_inner_texts()[2:5] == order
    chosen = ["waiting", "status", "owner", "phone", "email", "task", "source", "band"]
    assert cells(tom, item) == chosen
    before = cells(usual, item)
    assert before[:3] == ["status", "waiting", "owner"] and "notes" in before
    ana = open_page(world, "Ana Beltrán", "/contacts?view=all", language=language)
    row(ana, item).locator(".owner button").press("Enter")
    for page, expected in ((tom, chosen), (usual, before)):
        expect(row(page, item).locator(".owner-name")).to_have_text("Ana Beltrán")
        assert cells(page, item) == expected
