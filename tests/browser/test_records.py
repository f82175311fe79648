"""A contact's whole life by keyboard alone, in both languages: typed in, recognised, edited, merged, two again."""

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.world import Maker, Opener

WORDS: dict[str, dict[str, str]] = {
    "en": {
        "create": "Create contact",
        "known": "Tomás Herrera has this number or address already.",
        "add": "Add an enquiry to Tomás Herrera",
        "save": "Save",
        "compare": "Compare with Tomás Herrera",
        "merge": "Merge",
        "one": "Merged into one contact.",
        "undo": "Undo the merge with Tomás Herrera",
        "two": "They are two contacts again.",
    },
    "es": {
        "create": "Crear contacto",
        "known": "Tomás Herrera ya tiene este número o esta dirección.",
        "add": "Agregar una consulta a Tomás Herrera",
        "save": "Guardar",
        "compare": "Comparar con Tomás Herrera",
        "merge": "Fusionar",
        "one": "Ahora son un solo contacto.",
        "undo": "Deshacer la fusión con Tomás Herrera",
        "two": "Vuelven a ser dos contactos.",
    },
}


def press(page: "Page", role: Any, name: str) -> None:
    """Focus as Tab would give it, then Enter."""
    control = page.get_by_role(role, name=name, exact=True)
    control.focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")


def type_in(page: "Page", field: str, text: str) -> None:
    page.locator(field).focus()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type(text)


def key(page: "Page", name: str) -> None:
    with page.expect_navigation():
        page.keyboard.press(name)


@pytest.mark.parametrize("language", ["en", "es"])
def test_typed_in_recognised_edited_merged_and_two_again(
    make_world: "Maker", open_page: "Opener", language: str
) -> None:
    words = WORDS[language]
    page = open_page(make_world(), "Rosa Medina", "/contacts", language=language)
    key(page, "n")
    type_in(page, "#id_name", "Tomás Herrera")
    type_in(page, "#id_phones", "+54 11 4321 5678")
    press(page, "button", words["create"])
    first = page.url
    page.goto("/contacts/new")
    type_in(page, "#id_name", "T. Herrera")
    type_in(page, "#id_phones", "+54 11 4321 5678")
    press(page, "button", words["create"])
    assert words["known"] in page.locator("#known").inner_text()
    press(page, "button", words["add"])
    assert page.url == first
    page.goto("/contacts/new")
    type_in(page, "#id_name", "T. Herrera")
    type_in(page, "#id_emails", "t@example.com")
    press(page, "button", words["create"])
    key(page, "d")
    type_in(page, "#id_name", "Tomás H.")
    press(page, "button", words["save"])
    page.get_by_role("heading", level=1, name="Tomás H.").wait_for()
    key(page, "m")
    type_in(page, "#find", "tomas herrera")
    key(page, "Enter")
    press(page, "link", words["compare"])
    press(page, "button", words["merge"])
    page.locator("#toasts").get_by_text(words["one"]).wait_for()
    assert "+541143215678" in page.locator("#person").inner_text()
    press(page, "button", words["undo"])
    page.locator("#toasts").get_by_text(words["two"]).wait_for()
    assert "+541143215678" not in page.locator("#person").inner_text()


@pytest.mark.parametrize("language", ["en", "es"])
def test_somebody_is_kept_in_a_private_book_and_shared_by_keys(
    make_world: "Maker", open_page: "Opener", language: str
) -> None:
    world = make_world()
    page = open_page(world, "Ana Beltrán", "/contacts", language=language)
    key(page, "n")
    type_in(page, "[name=name]", "Aunt Agatha")
    type_in(page, "[name=phones]", "+1 202 555 0177")
    page.locator("[name=owner]").focus()
    page.keyboard.type({"en": "Me, in", "es": "Yo, en"}[language])
    assert page.locator("[name=owner]").input_value() == "private"
    press(page, "button", WORDS[language]["create"])
    share = page.locator("form[action$='/do/share'] button")
    share.focus()
    page.keyboard.press("Enter")
    share.wait_for(state="detached")
    seen = open_page(world, "Tom Weaver", "/contacts?view=all", language=language)
    seen.get_by_role("link", name="Aunt Agatha", exact=True).wait_for()
