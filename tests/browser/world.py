"""What browser tests live in: one running installation, organisations made for a test, and pages of their people."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from rightaway.bench.browser import chromium

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

    from tests.faults.stack import Stack

ROOT = Path(__file__).parents[2]
DESK, PHONE = (1440, 900), (390, 844)
LANGUAGES, THEMES = ("en", "es"), ("light", "dark")

# The house of most tests: a company manager, a team manager and two agents who get a broadcast.
PEOPLE = [
    {"name": "Rosa Medina", "role": "company_manager"},
    {"name": "Tom Weaver", "role": "agent_manager"},
    {"name": "Ana Beltrán"},
    {"name": "Luis Cardona"},
]


def launch(playwright: Any) -> "Browser":
    arguments = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    browser: Browser = playwright.chromium.launch(executable_path=chromium(), args=arguments)
    return browser


@dataclass(frozen=True)
class World:
    """One organisation. `people` are {"agent_id", "session"} by name; `routes` ids in order."""

    stack: "Stack"
    organisation: int
    intake: str
    boss: str
    routes: list[str]
    people: dict[str, dict[str, str]]

    def lead(self, **fields: Any) -> dict[str, Any]:
        """Sends an enquiry over HTTP, as a web form would. Returns the API's answer."""
        headers = {"Authorization": f"Bearer {self.intake}", "Idempotency-Key": str(uuid4())}
        body = {"source": "web", "name": "Tomás Herrera", "phone": "+12025550123", **fields}
        status, answer = self.stack.call("POST", "/api/v1/leads", body, headers=headers)
        assert status == 201, answer
        found: dict[str, Any] = answer
        return found

    def api(self, method: str, path: str, body: Any = None) -> Any:
        """As the company manager's key. Returns the JSON of a good answer."""
        headers = {"Authorization": f"Bearer {self.boss}", "Idempotency-Key": str(uuid4())}
        status, answer = self.stack.call(method, f"/api/v1{path}", body, headers=headers)
        assert 200 <= status < 300, answer
        return answer


def new_world(
    stack: "Stack", *, people: list[dict[str, Any]] | None = None, routes: list[dict[str, Any]] | None = None,
    name: str = "Northside Homes",
) -> World:  # fmt: skip
    """A new organisation. Without people: PEOPLE. A route is as the API takes it, its `agents` by name."""
    wanted = json.dumps({"people": PEOPLE if people is None else people, "routes": routes or [], "name": name})
    return World(stack, **json.loads(stack.run("-m", "tests.browser.seed", wanted).stdout))


Maker = Callable[..., World]
Opener = Callable[..., "Page"]


def context_of(
    browser: "Browser", port: int, session: str | None, language: str = "en", theme: str = "light",
    size: tuple[int, int] = DESK, **more: Any,
) -> "BrowserContext":  # fmt: skip
    """A browser profile of its own, signed in by a session's key."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme="dark" if theme == "dark" else "light",
        locale=language, base_url=f"http://localhost:{port}", reduced_motion="reduce", has_touch=size[0] < 720, **more,
    )  # fmt: skip
    prefer(context, port, language, theme)
    if session:
        context.add_cookies([{"name": "session", "value": session, "url": f"http://localhost:{port}"}])
    return context


def prefer(context: "BrowserContext", port: int, language: str, theme: str) -> None:
    """What this profile's person has chosen; the tour they have seen."""
    chosen = {"language": language, "theme": theme, "tour": "closed"}
    address = f"http://localhost:{port}"
    context.add_cookies([{"name": name, "value": value, "url": address} for name, value in chosen.items()])


def axe(page: "Page", *, colours_only: bool = False) -> list[str]:
    """What axe finds wrong (WCAG 2.2 A and AA), one line each. It comes in past the policy. `colours_only`: for a page
    that was looked at whole, and has nothing but other colours now."""
    if not page.evaluate("'axe' in window"):
        page.evaluate((ROOT / "frontend/node_modules/axe-core/axe.min.js").read_text())
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    wanted = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]} if colours_only else tags
    found = page.evaluate("runOnly => axe.run(document, {runOnly, resultTypes: ['violations']})", wanted)
    return [
        f"{violation['id']}: {node['target']} {node['failureSummary']}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]
