"""What a first visit to a page brings over the line, in bytes as they travel, and how much its layout shifts.

The bytes are counted without a browser: the page, and every file that it names or that its style sheets and scripts
load, each compressed as the site sends it. Fonts count as far as the page's text needs them. The shift is Chromium's.
"""

import asyncio
import html
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, Final

from rightaway.accounts.roles import Role
from rightaway.bench import house
from rightaway.bench.browser import Answer, Connections, chromium
from rightaway.bench.serving import serving, sign_in
from rightaway.ledger.tenancy import organisation
from rightaway.work.actions.route import route_organisation
from rightaway.work.models import Item

ITEMS: Final = 60
MOST_BYTES: Final = 150_000
_FILES: Final = re.compile(r"""(?:href|src)="(/static/[^"#]+)""")
_FACE: Final = re.compile(r"@font-face\{(.*?)\}")
_SHIFT: Final = """
new PerformanceObserver(list => {
  for (const entry of list.getEntries()) {
    if (!entry.hadRecentInput) window.shifted = (window.shifted || 0) + entry.value;
  }
}).observe({type: "layout-shift", buffered: true});
"""


def measure(dsn: str, tell: Callable[[str], None]) -> dict[str, Any]:
    """{page: {"bytes", "files": {kind: bytes}, "shift"}}; the shift is null, with a reason, where no browser is."""
    ours = house.build(agents=12)
    session = sign_in(ours, role=Role.COMPANY_MANAGER)[0]
    house.fill(ours, ITEMS)
    route_organisation(ours.organisation_id)
    with organisation(ours.organisation_id, read_only=True):
        item_id = Item.objects.filter(owner=ours.agents[0]).values_list("id", flat=True)[0]
    pages = {"my_work": "/work", "contacts": "/contacts", "profile": f"/contacts/{item_id}", "routes": "/routes"}
    with serving() as site:
        figures = asyncio.run(weigh(site.port, session, pages))
        tell("layout shift …")
        shifts, skipped = _shifts(site.port, session, pages)
    for name, figure in figures.items():
        figure["shift"] = shifts.get(name)
    return {"pages": figures, "goal_bytes": MOST_BYTES, "shift_skipped": skipped}


async def weigh(port: int, session: str, pages: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Each page by itself, as if nothing had been kept from the others. Leaves out pages that there are not."""
    site = Connections(port, {}, cookies={"session": session, "language": "en"})
    figures = {}
    for name, path in pages.items():
        answer = await site.get(path)
        if answer.status != 404:
            assert answer.status == 200, (path, answer.status)
            files = await _files(site, answer.text)
            files["html"] = len(answer.body)
            figures[name] = {"bytes": sum(files.values()), "files": files}
    site.close()
    return figures


async def _files(site: Connections, page: str) -> dict[str, int]:
    """Bytes by kind of file."""
    answers = {path: await _file(site, path) for path in files_of(page)}
    sheets = [answer.text for path, answer in answers.items() if path.endswith(".css")]
    answers |= {path: await _file(site, path) for path in fonts_of(sheets, page) - answers.keys()}
    found: dict[str, int] = {}
    for path, answer in answers.items():
        kind = path.rpartition(".")[2]
        found[kind] = found.get(kind, 0) + len(answer.body)
    return found


async def _file(site: Connections, path: str) -> Answer:
    answer = await site.get(path)
    assert answer.status == 200, (path, answer.status)
    return answer


def files_of(page: str) -> set[str]:
    """The addresses of the files that a page's HTML names."""
    return set(map(html.unescape, _FILES.findall(page)))


def fonts_of(sheets: Iterable[str], page: str) -> set[str]:
    """The addresses of the fonts whose range of characters the page's text touches."""
    text = {ord(char) for char in html.unescape(re.sub(r"<[^>]*>", "", page))}
    found = set()
    for face in (face for sheet in sheets for face in _FACE.findall(sheet)):
        source, ranges = re.search(r"url\(\"?([^)\"]+)", face), re.search(r"unicode-range:([^;}]+)", face)
        if source and (ranges is None or any(_holds(each.strip(), text) for each in ranges[1].split(","))):
            found.add("/static/" + source[1].removeprefix("./"))
    return found


def _holds(part: str, text: set[int]) -> bool:
    """`part` is U+20AC, U+2000-206F or U+4??."""
    first, _, last = part[2:].partition("-")
    low, high = first.replace("?", "0"), (last or first).replace("?", "F")
    return any(int(low, 16) <= char <= int(high, 16) for char in text)


def _shifts(port: int, session: str, pages: dict[str, str]) -> tuple[dict[str, float], str]:
    """The cumulative layout shift of each page, on a desk and on a phone whichever is worse; or why there is none."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return {}, "playwright is not installed"
    program = chromium()
    if program is None:
        return {}, "no Chromium is installed"
    found: dict[str, float] = {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        for size in ((1440, 900), (390, 844)):
            context = browser.new_context(viewport={"width": size[0], "height": size[1]})
            address = f"http://localhost:{port}"
            context.add_cookies([{"name": "session", "value": session, "url": address}])
            context.add_init_script(_SHIFT)
            for name, path in pages.items():
                page = context.new_page()
                answer = page.goto(address + path)
                if answer is not None and answer.status == 200:
                    with suppress(Exception):
                        page.evaluate("document.fonts.ready")
                    page.wait_for_timeout(1500)
                    found[name] = max(found.get(name, 0.0), round(page.evaluate("window.shifted || 0"), 4))
                page.close()
            context.close()
        browser.close()
    return found, ""
