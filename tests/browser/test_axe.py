"""Every page of `shown.py` in every state, by its roles: in English in both themes and sizes, in Spanish on a desk."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.looking import Looker, named, resized, roles
from tests.browser.shown import SHOWN, Shown
from tests.browser.world import DESK, LANGUAGES, PHONE, THEMES, axe, new_world

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.browser.conftest import Watch
    from tests.faults.stack import Stack


@pytest.fixture(scope="module")
def bare(stack: "Stack", browser: "Browser", watch: "Watch") -> "Iterator[Looker]":
    """An organisation in which nothing has happened."""
    looker = Looker(browser, new_world(stack), watch)
    yield looker
    looker.close()


# In the second language for one role: what differs between roles is not the words' language.
LOOKS = [(shown, role, language) for shown, role in roles() for language in LANGUAGES
         if language == "en" or role in ("", *shown.roles[:1])]  # fmt: skip


@pytest.mark.parametrize(("shown", "role", "language"), LOOKS, ids=named)
def test_axe_finds_nothing(shown: Shown, role: str, language: str, looker: Looker) -> None:
    _look(looker, shown, role, language)


@pytest.mark.parametrize(
    ("shown", "role"), [(shown, role) for shown in SHOWN if shown.empty for role in shown.roles], ids=named
)
def test_axe_finds_nothing_where_there_is_nothing_yet(shown: Shown, role: str, bare: Looker) -> None:
    _look(bare, shown, role, "en")


def _look(looker: Looker, shown: Shown, role: str, language: str) -> None:
    """One document in every guise: the theme follows the device, and the window changes its size."""
    with looker.at(shown, role, language=language, theme="system") as page:
        assert page.evaluate("document.documentElement.lang") == language
        for size in (DESK, PHONE) if language == "en" else (DESK,):
            resized(page, size)
            assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), "scrolls sideways"
            for theme in THEMES if language == "en" else ("light",):
                page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
                assert axe(page, colours_only=theme == "dark") == [], (size, theme)
