"""Daily work by keys alone: taken, called, noted, written to, planned, until every basic is green."""

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.acting import hold, press, row, tab_to

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from tests.browser.world import Maker, Opener, World


@pytest.fixture
def world(make_world: "Maker") -> "World":
    return make_world()


def waiting(world: "World", count: int) -> list[str]:
    """The ids of so many items that no route takes, the longest wait first."""
    return [
        world.lead(name=f"Contacto {n}", phone=f"+120255502{n:02}", email=f"c{n}@example.com", source="portal")[
            "item_id"
        ]
        for n in range(count)
    ]


def saved(page: "Page") -> None:
    """What was sent is answered, and its form is a new one: the basics may be read before that."""
    expect(page.locator("#timeline-pending")).to_be_empty()


def test_what_is_begun_while_something_else_is_saved_is_not_lost(world: "World", open_page: "Opener") -> None:
    (item,) = waiting(world, 1)
    ana = open_page(world, "Ana Beltrán", f"/contacts/{item}")
    press(ana, ["a"])
    expect(ana.locator("#call-outcome")).to_be_attached()
    let_go = hold(ana, "**/do/call")
    press(ana, ["c"])
    expect(ana.locator("#call-outcome")).to_be_focused()
    press(ana, ["Control+Enter", "Tab", "Tab", "Tab", "n"])
    expect(ana.locator("#note-text")).to_be_focused()
    ana.keyboard.type("Works at ")
    let_go()
    saved(ana)
    expect(ana.locator("#note-text")).to_be_focused()
    ana.keyboard.type("night")
    expect(ana.locator("#note-text")).to_have_value("Works at night")
    press(ana, ["Control+Enter"])
    expect(ana.locator(".timeline", has_text="Works at night").first).to_be_visible()


def test_an_answer_that_comes_with_the_key_does_not_take_the_note_away(world: "World", open_page: "Opener") -> None:
    """The letters that follow would be shortcuts."""
    (item,) = waiting(world, 1)
    ana = open_page(world, "Ana Beltrán", f"/contacts/{item}")
    press(ana, ["a"])
    expect(ana.locator("#call-outcome")).to_be_attached()
    press(ana, ["c"])
    expect(ana.locator("#call-outcome")).to_be_focused()
    ana.evaluate(
        """() => {
            const came = document.getElementById('profile').outerHTML;
            document.querySelector('label[for=compose-note]').click();
            document.getElementById('profile').outerHTML = came;
        }"""
    )
    expect(ana.locator("#note-text")).to_be_focused()
    ana.keyboard.type("Wants to see it")
    expect(ana.locator("#note-text")).to_have_value("Wants to see it")


def test_every_basic_is_green_by_keys_alone(world: "World", open_page: "Opener") -> None:
    (item,) = waiting(world, 1)
    ana = open_page(world, "Ana Beltrán", f"/contacts/{item}", language="es")
    press(ana, ["a"])  # Asignarme
    basics = ana.locator("#basics")
    expect(basics.locator(".basics-phone")).to_contain_text("En plazo")
    expect(ana.locator("#call-outcome")).to_be_attached()  # it is hers: she may log
    press(ana, ["c"])
    expect(ana.locator("#call-outcome")).to_be_focused()
    press(ana, ["Tab", "Tab"])
    ana.keyboard.type("Quiere verla el sábado")
    press(ana, ["Control+Enter"])
    expect(basics.locator(".basics-phone")).to_contain_text("Válido")
    expect(basics.locator(".basics-email")).to_contain_text("Ninguna")
    saved(ana)
    press(ana, ["Tab", "n"])
    expect(ana.locator("#note-text")).to_be_focused()
    ana.keyboard.type("Trabaja de noche")
    # What is saved is seen at once, before the server has answered.
    let_go = hold(ana, "**/do/note")
    press(ana, ["Control+Enter"])
    expect(ana.locator("#timeline-pending")).to_contain_text("Trabaja de noche")
    let_go()
    expect(basics.locator(".basics-notes")).to_contain_text("1 nota")
    saved(ana)
    press(ana, ["Tab", "e"])
    expect(ana.locator("#message-kind")).to_be_focused()
    press(ana, ["Tab", "Tab", "Control+Enter"])
    expect(basics.locator(".basics-email")).to_contain_text("Enviado")
    saved(ana)
    press(ana, ["Tab", "t"])
    expect(ana.locator("#task-text")).to_be_focused()
    ana.keyboard.type("Mostrar la casa")
    press(ana, ["Control+Enter"])
    expect(ana.locator("#tasks")).to_contain_text("Mostrar la casa")
    status = ana.locator("#status")
    tab_to(ana, "#status", most=200)
    press(ana, ["Home", "ArrowDown"])
    expect(basics).to_contain_text("6 de 6")
    assert basics.locator(".glyph.bad, .glyph.neutral").count() == 0
    assert status.input_value() != "evaluate"


def test_a_call_is_logged_from_the_grid_in_two_keys_and_j_goes_on(world: "World", open_page: "Opener") -> None:
    first, second = waiting(world, 2)
    rosa = open_page(world, "Rosa Medina", "/contacts?view=evaluate&sort=-waiting")
    row(rosa, first).locator("th").focus()
    press(rosa, ["c"])
    expect(rosa.locator("#log")).to_be_visible()
    press(rosa, ["2"])
    expect(rosa.locator("#log")).to_be_hidden()
    expect(rosa.locator(".toast").last).to_contain_text("Call logged")
    entries = rosa.request.get(f"/api/v1/items/{first}/timeline").json()
    assert [entry["outcome"] for entry in entries if entry["kind"] == "call"] == ["no_answer"]
    row(rosa, first).locator("th").focus()
    press(rosa, ["Enter"])
    rosa.wait_for_url(f"**/contacts/{first}?view=evaluate&sort=-waiting")
    press(rosa, ["k"])
    rosa.wait_for_url(f"**/contacts/{second}?view=evaluate&sort=-waiting")


def test_a_task_that_is_due_is_done_from_my_work_with_one_key(world: "World", open_page: "Opener") -> None:
    (item,) = waiting(world, 1)
    ana = open_page(world, "Ana Beltrán", "/work")
    press(ana, ["n"])
    expect(ana.locator(f"#doing-{item}")).to_contain_text("Make the first call")
    tab_to(ana, f"#doing-{item} a")
    press(ana, ["c", "1"])
    expect(ana.locator(f"#doing-{item}")).to_contain_text("Send an e-mail")
    due = datetime.now(UTC) - timedelta(minutes=1)
    world.api("POST", f"/items/{item}/tasks", {"text": "Ask the bank", "due_at": due.isoformat()})
    expect(ana.locator(f"#doing-{item}")).to_contain_text("Ask the bank")
    expect(ana).to_have_title(re.compile(r"^\(1\) "))
    tab_to(ana, f"#doing-{item} a")
    press(ana, ["d"])
    expect(ana.locator(f"#doing-{item}")).not_to_contain_text("Ask the bank")
