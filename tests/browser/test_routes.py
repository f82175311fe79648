"""Routes in a browser: built, put in order by the keyboard alone and by dragging, published and restored."""

from typing import TYPE_CHECKING

import pytest

from tests.browser.world import PHONE

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.world import Maker, Opener, World

ROUTES = [
    {"name": name, "agents": ["Ana Beltrán", "Luis Cardona"]} for name in ("High value", "Weekend", "Everything else")
]
WORDS = {
    "en": {
        "new": "New route", "publish": "Publish v2", "go": "Publish", "comment": "Comment", "saved": "Saved",
        "first": "First to accept", "restore": "Restore into the draft", "name": "Name", "lifted": "Lifted",
        "moved": "Everything else, position 1 of 3", "add": "Condition", "value": "Condition 1: value",
    },
    "es": {
        "new": "Nueva ruta", "publish": "Publicar v2", "go": "Publicar", "comment": "Comentario", "saved": "Guardado",
        "first": "Primero en aceptar", "restore": "Restaurar en el borrador", "name": "Nombre", "lifted": "Levantada",
        "moved": "Everything else, posición 1 de 3", "add": "Condición", "value": "Condición 1: valor",
    },
}  # fmt: skip


@pytest.fixture
def world(make_world: "Maker") -> "World":
    world = make_world(routes=[{**route} for route in ROUTES])
    for number, language in enumerate(["es", "es", "en"]):
        world.lead(name=f"Contact {number}", phone=f"+1202555010{number}", language=language)
    return world


def names(page: "Page") -> list[str]:
    return page.locator("[data-ordered] .route-name").all_inner_texts()


def live(world: "World") -> list[str]:
    return [route["name"] for route in world.api("GET", "/routes")["routes"]["routes"]]


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_route_is_built_published_and_taken_back_by_keyboard(
    world: "World", open_page: "Opener", language: str
) -> None:
    words = WORDS[language]
    page = open_page(world, "Rosa Medina", "/routes", language=language)
    page.keyboard.press("n")
    page.wait_for_url("**/routes/*-*")
    name = page.get_by_label(words["name"], exact=True)
    name.focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("Spanish-speaking buyers")
    page.wait_for_selector(f"#route-saved:text-is('{words['saved']}')")
    page.get_by_role("button", name=words["add"], exact=True).press("Enter")
    page.wait_for_selector("#condition-0-field:focus")
    page.get_by_label(words["value"]).focus()
    page.keyboard.type("es")
    page.wait_for_selector("#route-preview .figure:text-is('2')")
    page.locator("#strategy-first_to_accept").press("Space")
    page.wait_for_selector("#first_wave:visible")
    page.locator("#first_wave").focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("2")
    page.keyboard.press("Control+S")
    page.wait_for_selector(f"#route-saved:text-is('{words['saved']}')")
    assert live(world) == ["High value", "Weekend", "Everything else"]  # a draft routes nothing
    page.get_by_role("link", name=words["publish"]).press("Enter")
    dialog = page.get_by_role("dialog", name=words["go"])
    dialog.get_by_label(words["comment"]).fill("More Spanish")
    dialog.get_by_role("button", name=words["go"], exact=True).press("Enter")
    page.wait_for_selector(".toast")
    assert live(world) == ["Spanish-speaking buyers", "High value", "Weekend", "Everything else"]
    built = world.api("GET", "/routes")["routes"]["routes"][0]
    assert (built["strategy"], built["first_wave"]) == ("first_to_accept", 2)
    assert built["conditions"] == [{"field": "language", "op": "is", "value": "es"}]
    assert world.api("GET", "/routes")["paused"] == [built["id"]]
    page.goto("/routes/history/1")
    page.get_by_role("button", name=words["restore"]).press("Enter")
    page.wait_for_url("**/routes")
    page.get_by_role("link", name=words["publish"].replace("2", "3")).press("Enter")
    page.get_by_role("dialog", name=words["go"]).get_by_role("button", name=words["go"], exact=True).press("Enter")
    page.wait_for_selector(".toast")
    assert live(world) == ["High value", "Weekend", "Everything else"]


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_order_is_changed_by_keyboard_and_told(world: "World", open_page: "Opener", language: str) -> None:
    words = WORDS[language]
    page = open_page(world, "Rosa Medina", "/routes", language=language)
    page.get_by_role("link", name="Everything else").focus()
    page.keyboard.press("Alt+ArrowUp")
    page.wait_for_selector("[data-ordered] li:nth-child(2) .route-name:text-is('Everything else')")
    page.wait_for_selector("[data-ordered] li:nth-child(2) .route-name:focus")
    page.keyboard.press("Alt+ArrowUp")
    page.wait_for_selector(f"#polite:has-text('{words['moved']}')")
    assert names(page) == ["Everything else", "High value", "Weekend"]
    grip = page.locator("[data-grip]").first
    grip.focus()
    page.keyboard.press("Space")
    page.wait_for_selector(f"#assertive:has-text('{words['lifted']}')")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert names(page) == ["High value", "Weekend", "Everything else"]
    page.keyboard.press("Escape")
    assert names(page) == ["Everything else", "High value", "Weekend"]
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    page.wait_for_selector("[data-ordered] li:nth-child(2) .route-place:text-is('2')")
    page.reload()
    assert names(page) == ["High value", "Everything else", "Weekend"]
    page.locator("[id^=place-]").first.press("Enter")
    page.locator("#place").fill("3")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-ordered] li:nth-child(3) .route-name:text-is('High value')")
    assert live(world) == ["High value", "Weekend", "Everything else"]


def test_a_route_is_dragged_by_its_grip(world: "World", open_page: "Opener") -> None:
    page = open_page(world, "Rosa Medina", "/routes")
    first, last = (page.locator("[data-grip]").nth(n).bounding_box() for n in (0, 2))
    assert first is not None and last is not None
    x, bottom, top = last["x"] + 8, last["y"] + 8, first["y"]

    def drag() -> None:
        page.mouse.move(x, bottom)
        page.mouse.down()
        page.mouse.move(x, top + 40, steps=4)
        page.mouse.move(x, top - 10, steps=4)
        assert names(page) == ["Everything else", "High value", "Weekend"]

    drag()
    page.keyboard.press("Escape")
    assert names(page) == ["High value", "Weekend", "Everything else"]
    page.mouse.up()
    drag()
    page.mouse.up()
    page.wait_for_selector("#routes-bar .button:has-text('Publish v2')")
    page.reload()
    assert names(page) == ["Everything else", "High value", "Weekend"]


def test_p_pauses_at_once_and_undo_takes_it_back(world: "World", open_page: "Opener") -> None:
    page = open_page(world, "Rosa Medina", "/routes")
    page.get_by_role("link", name="Weekend").focus()
    page.keyboard.press("p")
    page.wait_for_selector(".toast-undo")
    page.wait_for_selector("#route-tabs .tab:nth-child(2) .count:text-is('1')")
    assert world.api("GET", "/routes")["paused"] == [world.routes[1]]
    page.keyboard.press("z")
    page.wait_for_selector("#route-tabs .tab:nth-child(2) .count:text-is('0')")
    assert world.api("GET", "/routes")["paused"] == []


def test_a_conflict_keeps_what_was_typed(world: "World", open_page: "Opener") -> None:
    address = f"/routes/{world.routes[0]}"
    mine, theirs = open_page(world, "Rosa Medina", address), open_page(world, "Rosa Medina", address)
    theirs.get_by_label("Name", exact=True).fill("Theirs")
    theirs.wait_for_selector("#route-saved:text-is('Saved')")
    mine.get_by_label("Name", exact=True).fill("Mine")
    mine.wait_for_selector("#conflict")
    assert mine.get_by_label("Name", exact=True).input_value() == "Mine"
    mine.get_by_role("button", name="Keep mine").click()
    mine.wait_for_selector("#conflict", state="detached")
    draft = world.api("GET", "/routes/draft")["routes"]["routes"][0]
    assert draft["name"] == "Mine"


def test_typing_on_while_it_saves_loses_nothing(world: "World", open_page: "Opener") -> None:
    page = open_page(world, "Rosa Medina", f"/routes/{world.routes[0]}")
    name = page.get_by_label("Name", exact=True)
    name.fill("")
    name.press_sequentially("A name that takes longer to type than to save", delay=90)
    page.wait_for_selector("#route-saved:text-is('Saved')")
    assert name.input_value() == "A name that takes longer to type than to save"
    assert world.api("GET", "/routes/draft")["routes"]["routes"][0]["name"] == name.input_value()


def test_on_a_phone_one_pauses_and_moves_but_does_not_build(world: "World", open_page: "Opener") -> None:
    page = open_page(world, "Rosa Medina", f"/routes/{world.routes[2]}", size=PHONE)
    assert page.get_by_text("Building is for larger screens").is_visible()
    assert not page.locator("#strategy-weighted").is_visible()
    page.get_by_role("button", name="Move Everything else up", exact=True).tap()
    page.wait_for_selector("[data-ordered] li:nth-child(2) .route-name:text-is('Everything else')")
    page.get_by_role("switch", name="Weekend is active").tap()
    page.wait_for_selector(".toast-undo")
