"""What people do on the pages, in the words of neither language: for tests of whole flows."""

import time
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from playwright.sync_api import Locator, Page, Route

    from tests.browser.world import Maker, World

# Of the words on a page only those that a test is about.
WORDS: Final[dict[str, dict[str, str]]] = {
    "en": {
        "first": "Ana accepted first", "mine": "You have it", "new": "3 new · Show", "reconnecting": "Reconnecting",
        "cut": "No connection", "working": "Working",
        "answered": "in ", "theirs": "This is somebody else's now",
    },
    "es": {
        "first": "Ana aceptó primero", "mine": "Es tuyo", "new": "3 nuevos · Mostrar", "reconnecting": "Reconectando",
        "cut": "Sin conexión", "working": "En gestión",
        "answered": "en ", "theirs": "Ahora es de otra persona",
    },
}  # fmt: skip
BROADCAST: Final[dict[str, Any]] = {
    "agents": ["Ana Beltrán", "Luis Cardona"], "strategy": "first_to_accept", "sources": ["web"], "offer_seconds": 600,
}  # fmt: skip


def broadcast(make_world: "Maker", **route: Any) -> "World":
    """An organisation in which what comes from the web is offered to Ana and Luis at once, and all else waits."""
    return make_world(routes=[{**BROADCAST, "agents": [*BROADCAST["agents"]], **route}])


def offers(page: "Page") -> "Locator":
    """The cards in My work that can still be answered."""
    return page.locator("[data-offer]:not([data-end])")


def ended(page: "Page", words: str) -> "Locator":
    """The card that tells how its offer ended."""
    return page.locator("[data-offer][data-end]", has_text=words)


def accept(page: "Page") -> None:
    offers(page).first.locator("[data-accept] button").click()


def row(page: "Page", item_id: str) -> "Locator":
    """An item's row in the grid of contacts."""
    return page.locator(f"#row-{item_id}")


def stay(page: "Page") -> None:
    """Marks the document, so that `stayed` sees whether it was replaced."""
    page.evaluate("document.documentElement.toggleAttribute('data-same', true)")


def stayed(page: "Page") -> bool:
    return page.locator("html[data-same]").count() == 1


def until(page: "Page", script: str) -> None:
    """Waits until the script's value is true; Playwright's way evaluates it in the page, which its policy forbids."""
    end = time.monotonic() + 10
    while not page.evaluate(script):
        assert time.monotonic() < end, f"not within 10 s: {script}"
        page.wait_for_timeout(50)


def press(page: "Page", keys: "Iterable[str]") -> None:
    for key in keys:
        page.keyboard.press(key)


def hold(page: "Page", address: str) -> "Callable[[], None]":
    """Keeps requests to that address back; the function that is returned lets the first one go, when it has come."""
    held: list[Route] = []
    page.route(address, lambda route: held.append(route))

    def let_go() -> None:
        for _ in range(100):
            if held:
                held.pop(0).continue_()
                return
            page.wait_for_timeout(50)
        raise AssertionError(f"nothing was sent to {address}")

    return let_go


def focused(page: "Page") -> str:
    """The id of what has the focus, or of the nearest thing around it that has one."""
    found: str = page.evaluate("document.activeElement.closest('[id]')?.id ?? ''")
    return found


def tab_to(page: "Page", selector: str, *, most: int = 80) -> None:
    """Waits until that is there and presses Tab until it has the focus, which must be seen there."""
    page.locator(selector).first.wait_for(state="attached")
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("wanted => document.activeElement.matches(wanted)", selector):
            assert page.evaluate(_SEEN), f"the focus on {selector} is not seen"
            return
    raise AssertionError(f"Tab does not reach {selector}")


# An outline, of what has the focus or of the label in its stead, within the window.
_SEEN: Final = """(() => {
    const at = document.activeElement;
    const marked = [at, ...(at.labels ?? [])].find((each) => parseFloat(getComputedStyle(each).outlineWidth) > 0
        && getComputedStyle(each).outlineStyle !== 'none');
    const box = marked?.getBoundingClientRect();
    return Boolean(box?.width && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth);
})()"""
