"""Every text that a person can see is in the Spanish catalogues, with the same placeholders."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import polib
import pytest

PACKAGE = Path(__file__).parents[2] / "src/rightaway"
CALLS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy"}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|\{\w+\}")


def _texts_of_python(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call):
            name = getattr(node.func, "id", getattr(node.func, "attr", ""))
            plurals = 2 if name.startswith("ngettext") else 1
            for argument in node.args[:plurals] if name in CALLS else []:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield argument.value


def _texts() -> set[str]:
    found = {text for path in PACKAGE.rglob("*.py") for text in _texts_of_python(path)}
    for path in PACKAGE.rglob("*.html"):
        found |= {match[1] for match in re.findall(r"translate ([\"'])(.*?)\1", path.read_text())}
    return found


def _catalogues() -> dict[str, list[str]]:
    """Each text with its translations: one, or one for each plural form."""
    known: dict[str, list[str]] = {}
    for path in PACKAGE.rglob("locale/es/LC_MESSAGES/*.po"):
        for entry in polib.pofile(str(path)):
            forms = list(entry.msgstr_plural.values()) or [entry.msgstr]
            known[entry.msgid] = forms
            if entry.msgid_plural:
                known[entry.msgid_plural] = forms
    return known


def test_every_text_is_translated() -> None:
    known = _catalogues()
    assert sorted(text for text in _texts() if text and not all(known.get(text, [""]))) == []


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("locale/es/LC_MESSAGES/*.po")), ids=lambda path: path.parts[-5])
def test_translations_keep_their_placeholders(path: Path) -> None:
    for entry in polib.pofile(str(path)):
        forms = entry.msgstr_plural.values() or [entry.msgstr]
        wanted = set(PLACEHOLDER.findall(entry.msgid_plural or entry.msgid))
        for form in forms:
            assert set(PLACEHOLDER.findall(form)) <= wanted, entry.msgid
            assert entry.msgid_plural or set(PLACEHOLDER.findall(form)) == wanted, entry.msgid
