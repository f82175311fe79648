"""What the build makes of frontend/, and what templates may not contain because of the policy."""

import gzip
import json
import re
from pathlib import Path

import pytest
from django.conf import settings

WEB = Path(__file__).parents[2] / "src/rightaway/web"
TEMPLATES = sorted(WEB.rglob("*.html"))
SCRIPTS = sorted((WEB.parents[2] / "frontend/src").rglob("*.js"))
STATIC = Path(settings.STATIC_ROOT)
MANIFEST: dict[str, str] = json.loads((STATIC / "manifest.json").read_text())


def test_every_icon_that_a_template_names_is_drawn() -> None:
    drawn = set(re.findall(r'<symbol id="([^"]+)"', (STATIC / MANIFEST["icons.svg"]).read_text()))
    wanted = {name for path in TEMPLATES for name in re.findall(r'{% icon "([^"]+)"', path.read_text())}
    assert wanted - drawn == set()


def test_what_every_page_loads_is_light() -> None:
    """Compressed, with the font: the page itself has the rest of 150 kB."""
    packed = sum(
        len(gzip.compress((STATIC / MANIFEST[name]).read_bytes())) for name in ("app.js", "app.css", "icons.svg")
    )
    assert packed + (STATIC / MANIFEST["inter.woff2"]).stat().st_size < 115_000


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(WEB)))
def test_templates_need_no_exception_of_the_policy(path: Path) -> None:
    text = path.read_text()
    assert not re.search(r"<script(?![^>]*src=)|<style|\sstyle=|\son[a-z]+=|hx-on|[\"']js:|javascript:", text)
    assert not re.search(r"hx-trigger=[\"'][^\"']*\[", text), "a filter is evaluated"


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.name)
def test_scripts_neither_evaluate_text_nor_read_the_client_s_clock(path: Path) -> None:
    text = re.sub(r"//.*", "", path.read_text())
    assert not re.search(r"\beval\(|new Function|document\.write", text)
    assert path.name == "clock.js" or "Date.now" not in text
