"""`./dev shots [FOLDER] [--only NAME]`: a picture of every page of `shown.py`.

By role, in both languages and themes, at the desk and on a phone, with the demo's data and, where a page says
something of its own then, in an organisation without any. `./dev shots --sheet` makes those of the contact sheet in
`docs/explanation/design.md` instead, small enough to be kept with the source.
"""

import argparse
import base64
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.error import URLError
from urllib.request import urlopen

from rightaway.bench.browser import chromium
from tests.browser.shown import SHOWN, Shown
from tests.browser.visiting import visit
from tests.browser.world import DESK, LANGUAGES, PHONE, ROOT, THEMES, context_of, launch
from tests.server.running import free_port

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

# Who looks at the demo, by role; its agents answer by themselves unless somebody plays them.
_CAST = {
    "company_manager": "lucia.ferrer@example.com",
    "agent_manager": "tomas.okafor@example.com",
    "agent": "noor.castellanos@example.com",
}
_NAMES = {"company_manager": "Rosa Medina", "agent_manager": "Tom Weaver", "agent": "Ana Beltrán"}
_SIZES = {"desk": DESK, "phone": PHONE}
# The contact sheet: page, role, language, theme, size.
_SHEET = [
    ("my-work", "agent", "en", "light", "desk"),
    ("my-work", "agent", "es", "light", "phone"),
    ("contacts-team", "company_manager", "en", "light", "desk"),
    ("contacts", "company_manager", "es", "dark", "desk"),
    ("contacts", "agent", "es", "light", "desk"),
    ("contacts", "company_manager", "en", "light", "phone"),
    ("contacts-picker", "agent_manager", "en", "light", "desk"),
    ("bulk-assign", "company_manager", "en", "light", "desk"),
    ("contact-why", "agent_manager", "en", "light", "desk"),
    ("pool", "agent", "en", "light", "desk"),
    ("routes", "company_manager", "en", "light", "desk"),
    ("route", "company_manager", "en", "light", "desk"),
    ("agents", "company_manager", "en", "light", "desk"),
    ("oversight", "company_manager", "en", "light", "desk"),
    ("conversations", "agent", "es", "light", "desk"),
    ("start-route", "company_manager", "en", "light", "desk"),
    ("searching", "company_manager", "en", "light", "desk"),
]
_MOST_BYTES = 150_000
_SETTLE_SECONDS = 20.0  # what the demo does before the first picture


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "shots")
    parser.add_argument("--only", default="", help="only pages whose name begins so")
    parser.add_argument("--sheet", action="store_true", help="the pictures of the contact sheet, into docs/img")
    wanted = parser.parse_args()
    if chromium() is None:
        sys.exit("no Chromium is installed: apt-get install chromium")
    if wanted.sheet:
        _sheet(wanted.only)
    else:
        _every(wanted.folder, wanted.only)


def _every(folder: Path, only: str) -> None:
    from playwright.sync_api import sync_playwright

    folder.mkdir(parents=True, exist_ok=True)
    with demo() as (port, environ), sync_playwright() as playwright:
        full = _seeded(environ, {"emails": list(_CAST.values())})
        people = [{"name": name, "role": role} for role, name in _NAMES.items()]
        empty = _seeded(environ, {"people": people, "routes": [], "name": "Northside Homes"})["people"]
        browser = launch(playwright)
        for shown in SHOWN:
            if not shown.name.startswith(only):
                continue
            _look(browser, port, shown, folder, {role: full[email] for role, email in _CAST.items()}, "")
            if shown.empty:
                sessions = {role: empty[name]["session"] for role, name in _NAMES.items()}
                _look(browser, port, shown, folder, sessions, "-empty")
        browser.close()


def _sheet(only: str) -> None:
    from playwright.sync_api import sync_playwright

    pages = {shown.name: shown for shown in SHOWN}
    wanted = [each for each in _SHEET if each[0] in pages and each[0].startswith(only)]
    with demo() as (port, environ), sync_playwright() as playwright:
        sessions = _seeded(environ, {"emails": list(_CAST.values())})
        browser = launch(playwright)
        for name, role, language, theme, size in wanted:
            session = sessions[_CAST[role]] if role else None
            context = context_of(browser, port, session, language, theme, _SIZES[size])
            page = context.new_page()
            if visit(page, pages[name]):
                page.wait_for_timeout(1500)
                picture = ROOT / "docs/img" / f"{'-'.join(filter(None, (name, role, language, theme, size)))}.webp"
                picture.write_bytes(_compressed(page))
                print(picture.name, picture.stat().st_size, flush=True)
            context.close()
        browser.close()


def _compressed(page: "Page") -> bytes:
    """What the page shows as WebP, at the best quality that is small enough."""
    client = page.context.new_cdp_session(page)
    for quality in (90, 75, 60, 40, 20):
        told = client.send("Page.captureScreenshot", {"format": "webp", "quality": quality})
        picture = base64.b64decode(told["data"])
        if len(picture) <= _MOST_BYTES:
            return picture
    sys.exit(f"{page.url} does not fit into {_MOST_BYTES} bytes")


def _look(browser: "Browser", port: int, shown: Shown, folder: Path, sessions: dict[str, str], ending: str) -> None:
    for role, language, theme, size in _looks(shown):
        context = context_of(browser, port, sessions.get(role), language, theme, _SIZES[size])
        page = context.new_page()
        name = f"{shown.name}{f'-{role}' if role else ''}{ending}-{language}-{theme}-{size}.png"
        if visit(page, shown):
            page.wait_for_timeout(400)
            page.screenshot(path=folder / name)
            print(name, flush=True)
        context.close()


def _looks(shown: Shown) -> Iterator[tuple[str, str, str, str]]:
    for role in shown.roles or ("",):
        for language in LANGUAGES:
            for theme in THEMES:
                for size in _SIZES:
                    yield role, language, theme, size


@contextmanager
def demo() -> Iterator[tuple[int, dict[str, str]]]:
    """A demo of its own that runs: (its port, the environment of its processes)."""
    data, port = Path(tempfile.mkdtemp(prefix="ra-shots-", dir="/tmp")), free_port()
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "DATABASE_", "RIGHTAWAY_"))}
    environ = {
        **kept, "RIGHTAWAY_DATA": str(data), "RIGHTAWAY_PORT": str(port), "PYTHONPATH": str(ROOT),
        "DJANGO_SETTINGS_MODULE": "rightaway.server.settings",
    }  # fmt: skip
    child = subprocess.Popen([sys.executable, "-m", "rightaway.cli.main", "demo"], env=environ, cwd=ROOT)
    try:
        _wait(f"http://localhost:{port}/sign-in", child)
        time.sleep(_SETTLE_SECONDS)
        yield port, environ
    finally:
        child.terminate()
        child.wait(30)
        shutil.rmtree(data, ignore_errors=True)


def _wait(address: str, child: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 300
    while time.monotonic() < until and child.poll() is None:
        try:
            with urlopen(address, timeout=2):
                return
        except (URLError, OSError):
            time.sleep(0.5)
    sys.exit("the demo did not start")


def _seeded(environ: dict[str, str], wanted: dict[str, Any]) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.browser.seed", json.dumps(wanted)]
    done = subprocess.run(command, env=environ, cwd=ROOT, check=True, text=True, stdout=subprocess.PIPE)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


if __name__ == "__main__":
    main()
