"""Every page of `shown.py`, by its roles, in both languages and themes, at the desk and on a phone."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.shown import SHOWN, Shown
from tests.browser.visiting import visit
from tests.browser.world import DESK, LANGUAGES, PHONE, THEMES, axe, new_world

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser.world import Opener, World
    from tests.faults.stack import Stack

NAMES = {"company_manager": "Rosa Medina", "agent_manager": "Tom Weaver", "agent": "Ana Beltrán"}


@pytest.fixture(scope="module")
def busy(stack: "Stack", browser: "Browser") -> "World":
    """People, a broadcast route and a few leads: some offered, some in the pool."""
    routes = [{"agents": ["Ana Beltrán", "Luis Cardona"], "strategy": "first_to_accept", "sources": ["web"]}]
    world = new_world(stack, routes=routes)
    for number in range(8):
        world.lead(name=f"Contact {number}", phone=f"+1202555010{number}", source="web" if number % 2 else "portal")
    return world


def _looks() -> Iterator[tuple[Shown, str, str]]:
    for shown in SHOWN:
        for role in shown.roles or ("",):
            for language in LANGUAGES:
                yield shown, role, language


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("shown", "role", "language"), list(_looks()), ids=lambda value: getattr(value, "name", value))
def test_axe_finds_nothing(
    shown: Shown, role: str, language: str, theme: str, busy: "World", open_page: "Opener"
) -> None:
    for size in (DESK, PHONE):
        page = open_page(
            busy, NAMES.get(role), "/me" if role else "/sign-in", language=language, theme=theme, size=size
        )
        if not visit(page, shown):
            continue
        assert axe(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "scrolls sideways"
        assert page.evaluate("document.documentElement.lang") == language
