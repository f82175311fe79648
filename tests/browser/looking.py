"""Going through every page of `shown.py` quickly: few browser profiles, one page at a time in each."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.browser.acting import until
from tests.browser.shown import SHOWN, Shown
from tests.browser.visiting import visit
from tests.browser.world import DESK, PHONE, context_of, new_world, prefer

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

    from tests.browser.world import World
    from tests.faults.stack import Stack

# What a change of the window has moved has arrived, and what was asked of the server is there.
SETTLED = (
    "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done("
    "!document.querySelector('.htmx-request') && document.getAnimations().every((each) => each.playState !== 'running' "
    "|| each.effect.getComputedTiming().iterations === Infinity)))))"
)
NAMES = {"company_manager": "Rosa Medina", "agent_manager": "Tom Weaver", "agent": "Ana Beltrán"}


@dataclass
class Looker:
    """Opens pages of one organisation as each role, in profiles that it keeps."""

    browser: "Browser"
    world: "World"
    watch: Callable[["Page"], None]
    profiles: dict[tuple[str, bool], "BrowserContext"] = field(default_factory=dict)

    @contextmanager
    def at(
        self, shown: Shown, role: str, *, language: str = "en", theme: str = "light", size: tuple[int, int] = DESK
    ) -> "Iterator[Page]":
        """The page as that role sees it; the test fails where there is nothing to see."""
        profile = self._profile(role, touches=size[0] <= PHONE[0])
        prefer(profile, self.world.stack.port, language, theme)
        page = profile.new_page()
        self.watch(page)
        try:
            page.set_viewport_size({"width": size[0], "height": size[1]})
            assert visit(page, shown), f"nothing to see on {shown.name}"
            yield page
        finally:
            page.close()

    def close(self) -> None:
        for profile in self.profiles.values():
            profile.close()

    def _profile(self, role: str, *, touches: bool) -> "BrowserContext":
        if (role, touches) not in self.profiles:
            session = self.world.people[NAMES[role]]["session"] if role else None
            size = PHONE if touches else DESK
            self.profiles[role, touches] = context_of(self.browser, self.world.stack.port, session, size=size)
        return self.profiles[role, touches]


def busy(stack: "Stack") -> "World":
    """People, a broadcast route and leads in every state: offered, owned and called, waiting too long, in the pool."""
    agents = ["Ana Beltrán", "Luis Cardona"]
    broadcast = {"agents": agents, "strategy": "first_to_accept", "sources": ["web"], "offer_seconds": 86_400}
    world = new_world(stack, routes=[broadcast])
    budget = {"key": "budget", "type": "money", "names": {"en": "Budget", "es": "Presupuesto"}, "currency": "USD"}
    wants = [{"key": key, "names": {"en": key.title()}} for key in ("flat", "house", "land")]
    world.api("POST", "/fields", budget)
    world.api("POST", "/fields", {"key": "wants", "type": "choices", "names": {"en": "Looks for"}, "choices": wants})
    items = [
        world.lead(
            name=f"Contact {number}", phone=f"+1202555010{number}", source="web" if number % 2 else "portal",
            message="A house with a garden, and a room to work in", attributes={"zone": "Norte", "budget": 450_000},
            company=f"Gardens {number % 3}", email="both@example.com" if number == 1 else None,
        )["item_id"]
        for number in range(8)
    ]  # fmt: skip
    world.lead(name="Both", phone="+12025550102", email="both@example.com", source="portal")
    owned, called, late = items[0], items[2], items[4]
    for item in (owned, called):
        world.api("POST", f"/items/{item}/assign", {"agent_id": world.people["Ana Beltrán"]["agent_id"], "note": ""})
    world.api("POST", f"/items/{called}/calls", {"outcome": "connected", "text": "Wants to see it"})
    world.api("POST", f"/items/{called}/status", {"status": "working"})
    waits_long = (
        "UPDATE work_item SET unanswered_since = now() - interval '20 minutes',"
        " waiting_bad_at = now() - interval '10 minutes' WHERE id = %s RETURNING id"
    )
    assert stack.rows(waits_long, late)
    return world


def resized(page: "Page", size: tuple[int, int]) -> None:
    """The page in a window of that size, when it has settled."""
    page.set_viewport_size({"width": size[0], "height": size[1]})
    until(page, SETTLED)


def roles() -> list[tuple[Shown, str]]:
    """Every page with each of its roles; a stranger's is empty."""
    return [(shown, role) for shown in SHOWN for role in shown.roles or ("",)]


def named(value: Any) -> str:
    """What a test's parameter is called."""
    return value.name if isinstance(value, Shown) else str(value) or "stranger"
