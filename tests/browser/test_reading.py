"""Every page stays readable: narrow, enlarged, with wide spacing, in forced colours and without any colour."""

from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.browser.looking import Looker, named, resized, roles
from tests.browser.shown import SHOWN, Shown

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

# Spanish: its words are longer. A page at 200 % of a desk's window has half of its pixels each way.
LANGUAGE: Final = "es"
NARROW, ENLARGED = (320, 640), (720, 450)
# What a reader may set themselves (WCAG 1.4.12). A sheet of the document's own is no inline style to the policy.
SPACED: Final = """(() => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync('* { line-height: 1.5 !important; letter-spacing: .12em !important; '
        + 'word-spacing: .16em !important; } p { margin-block-end: 2em !important; }');
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
})()"""
# Words that are cut off with nothing that shows the rest of them: by a box that hides what is too long or too high.
CUT: Final = """(() => {
    const cut = [];
    for (const each of document.querySelectorAll('button, a, label, h1, h2, h3, p, th, td, dt, dd, summary, .tag')) {
        const style = getComputedStyle(each);
        const hidden = each.closest('.unseen') || style.clipPath !== 'none' || !each.checkVisibility();
        if (hidden || !each.innerText.trim()) continue;
        const high = each.scrollHeight > each.clientHeight + 2 && style.overflowY === 'hidden';
        const long = each.scrollWidth > each.clientWidth + 2 && style.overflowX === 'hidden';
        if (each.clientWidth > 2 && (high || (long && !each.closest('[title]')))) {
            cut.push(`${each.tagName}.${each.className}: ${each.innerText.slice(0, 40)}`);
        }
    }
    return cut;
})()"""
# Fixed and sticky bars that lie over what is read, in parts of the window's height.
COVERED: Final = """[...document.querySelectorAll('body *')].filter((each) => {
    const style = getComputedStyle(each);
    const covers = style.position === 'fixed' || style.position === 'sticky';
    return covers && each.checkVisibility({ visibilityProperty: true }) && each.offsetWidth > innerWidth / 2
        && !each.closest('[popover], dialog, .unseen, table');
}).reduce((sum, each) => sum + each.offsetHeight, 0) / innerHeight"""
# In forced colours: shapes that cannot be told from what is behind them.
VANISHED: Final = """(() => {
    const ground = (element) => {
        for (let each = element.parentElement; each; each = each.parentElement) {
            const color = getComputedStyle(each).backgroundColor;
            if (!/, 0\\)$/.test(color)) return color;
        }
        return 'rgb(255, 255, 255)';
    };
    return [...document.querySelectorAll('.glyph, .presence')].filter((each) => each.checkVisibility())
        .filter((each) => getComputedStyle(each).color === ground(each) || !each.getBoundingClientRect().width)
        .map((each) => each.getAttribute('class'));
})()"""

pages = pytest.mark.parametrize(("shown", "role"), roles(), ids=named)


def sideways(page: "Page") -> Any:
    """What makes the page wider than its window, if anything does."""
    return page.evaluate(
        """document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll('body *')]
        .filter((each) => each.checkVisibility() && each.getBoundingClientRect().right > innerWidth + 1)
        .map((each) => `${each.tagName}.${each.className}`).slice(-6)"""
    )


@pages
def test_narrow_enlarged_and_spaced(shown: Shown, role: str, looker: Looker) -> None:
    with looker.at(shown, role, language=LANGUAGE, size=NARROW) as page:
        assert sideways(page) == []
        page.evaluate(SPACED)
        assert sideways(page) == []
        assert page.evaluate(CUT) == []
        page.evaluate("document.adoptedStyleSheets = document.adoptedStyleSheets.slice(0, -1)")
        resized(page, ENLARGED)
        assert sideways(page) == []
        assert page.evaluate(COVERED) < 0.5
        page.evaluate(SPACED)
        assert sideways(page) == []
        assert page.evaluate(CUT) == []


@pytest.mark.parametrize(("shown", "role"), [(each, (*each.roles, "")[0]) for each in SHOWN], ids=named)
def test_forced_colours_keep_shapes_and_focus(shown: Shown, role: str, looker: Looker) -> None:
    with looker.at(shown, role, language=LANGUAGE) as page:
        page.emulate_media(forced_colors="active")
        assert page.evaluate(VANISHED) == []
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):  # the last one; the first is next
            page.keyboard.press("Tab")
        assert page.evaluate("parseFloat(getComputedStyle(document.activeElement).outlineWidth)") >= 2
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"


def test_the_grid_reads_without_colour(looker: Looker, tmp_path: "Path") -> None:
    """Each state has a shape of its own and a word beside it."""
    grid = Shown("grid", "/contacts?view=all")
    with looker.at(grid, "agent_manager") as page:
        cells = page.locator(".contact :is(.col-status, .col-waiting)")
        read = [
            (
                cell.locator(".glyph use").get_attribute("href").rpartition("#")[2],  # type: ignore[union-attr]
                cell.locator(".status").get_attribute("class").split()[-1],  # type: ignore[union-attr]
                cell.inner_text().strip(),
            )
            for cell in cells.all()
        ]
        assert len(read) == 16
        assert {shape for shape, _, _ in read} == {"good", "neutral", "bad"}
        assert all(shape == state for shape, state, _ in read)
        assert all(words for _, _, words in read)
        devtools = page.context.new_cdp_session(page)
        devtools.send("Emulation.setEmulatedVisionDeficiency", {"type": "achromatopsia"})
        page.screenshot(path=tmp_path / "grid.png")
