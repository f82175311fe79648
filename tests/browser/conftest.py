"""One installation and one browser for all tests here; each test makes organisations of its own."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from rightaway.bench.browser import chromium
from tests.browser.looking import Looker, busy
from tests.browser.world import World, context_of, launch, new_world

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

    from tests.browser.world import Maker, Opener
    from tests.faults.stack import Stack

Watch = Callable[["Page"], None]


@pytest.fixture(scope="session")
def stack() -> "Iterator[Stack]":
    """PostgreSQL, web and worker. A test that ends one starts it again."""
    if chromium() is None:
        pytest.skip("no Chromium is installed: apt-get install chromium")
    from tests.faults.stack import running_stack

    with running_stack() as running:
        yield running


# Ended after the last test here: it keeps a loop in this thread, in which neither Django nor asyncio.run() works.
@pytest.fixture(scope="package")
def browser() -> "Iterator[Browser]":
    if chromium() is None:
        pytest.skip("no Chromium is installed: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = launch(playwright)
        yield running
        running.close()


@pytest.fixture
def make_world(stack: "Stack") -> "Maker":
    """`make_world(people=…, routes=…)`: a new organisation."""
    return partial(new_world, stack)


@pytest.fixture(scope="module")
def watch() -> "Iterator[Watch]":
    """Errors of scripts on the pages that are given to it fail the module's last test."""
    wrong: list[str] = []
    yield partial(_watch, wrong)
    assert wrong == []


@pytest.fixture(scope="module")
def looker(stack: "Stack", browser: "Browser", watch: "Watch") -> "Iterator[Looker]":
    """Pages of an organisation in which something of everything happens."""
    found = Looker(browser, busy(stack), watch)
    yield found
    found.close()


@pytest.fixture
def open_page(browser: "Browser", stack: "Stack") -> "Iterator[Opener]":
    """`open_page(world, "Ana Beltrán", "/work", language="es", theme="dark", size=PHONE)`: that person's page.

    Everybody has a browser of their own; nobody's (name None) is a stranger's. Errors of scripts fail the test.
    """
    contexts: list[Any] = []
    wrong: list[str] = []

    def open_(world: World | None, name: str | None, path: str = "/", **options: Any) -> "Page":
        session = world.people[name]["session"] if world is not None and name is not None else None
        context = context_of(browser, stack.port, session, **options)
        contexts.append(context)
        page = context.new_page()
        _watch(wrong, page)
        page.goto(path)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert wrong == []


def _watch(wrong: list[str], page: "Page") -> None:
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda message: _console(message, wrong))


def _console(message: Any, wrong: list[str]) -> None:
    # A refused or lost request is the browser's line, and may be what a test is about; a policy's is never.
    lost = ("Failed to load resource", "net::", "Failed to fetch")
    if message.type == "error" and not any(each in message.text for each in lost):
        wrong.append(message.text)
