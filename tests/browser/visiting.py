"""Going to a page of `shown.py` as somebody."""

from typing import TYPE_CHECKING

from tests.browser.shown import Shown

if TYPE_CHECKING:
    from playwright.sync_api import Page

_LISTS = {"item": "/api/v1/items?limit=1", "agent": "/api/v1/agents?limit=1", "route": "/api/v1/routes",
          "contact": "/api/v1/items?limit=1", "company": "/api/v1/companies?limit=1"}  # fmt: skip
_KEYS = {"contact": "contact_id"}
PHONES_BELOW = 720  # pixels of width


def visit(page: "Page", shown: Shown) -> bool:
    """False where there is nothing to see or to press yet, such as no item that this viewer may see."""
    path = shown.path
    for name, address in _LISTS.items():
        if f"{{{name}}}" in path:
            found = page.request.get(address).json()
            found = found["routes"] if name == "route" else found
            rows = found if isinstance(found, list) else next(each for each in found.values() if isinstance(each, list))
            if not rows:
                return False
            path = path.replace(f"{{{name}}}", rows[0][_KEYS.get(name, "id")])
    page.goto(path)
    page.evaluate("document.fonts.ready")
    narrow = page.evaluate("innerWidth") < PHONES_BELOW
    for number, selector in enumerate((narrow and shown.on_phone) or shown.press):
        found = page.locator(selector).filter(visible=True)
        if number:  # the server is asked for what the press before opens
            found.first.wait_for()
        if not found.count():
            return False
        found.first.click()
    for key in shown.keys:
        page.keyboard.press(key)
    if shown.then:
        page.locator(shown.then).filter(visible=True).first.wait_for()
    elif shown.press or shown.keys:
        page.wait_for_timeout(600)  # what it asks the server for
    return True
