"""Every text of the source that is meant to be translated, found without gettext's own tools."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

SOURCE = Path(__file__).parents[2] / "src/rightaway"

_SINGULAR = {"_", "gettext", "gettext_lazy", "gettext_noop", "N_"}
_PLURAL = {"ngettext", "ngettext_lazy"}
_TRANS = re.compile(r"""\{%-?\s*(?:trans|translate)\s+(?:"([^"]+)"|'([^']+)')""")
_BLOCK = re.compile(r"\{%\s*blocktrans(?:late)?\b([^%]*)%\}(.*?)\{%\s*endblocktrans(?:late)?\s*%\}", re.S)
_PLURAL_TAG = re.compile(r"\{%\s*plural\s*%\}")
_VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


class Text(NamedTuple):
    """`plural` is empty for a text that does not count. `where` is a file and line to look at; it ends in #server
    where the text is said before Django is there."""

    one: str
    plural: str
    where: str


def texts() -> list[Text]:
    """All of them, file by file."""
    found: list[Text] = []
    for path in sorted(SOURCE.rglob("*.py")):
        if "migrations" not in path.parts:
            found += _of_module(path)
    for path in sorted([*SOURCE.rglob("*.html"), *SOURCE.rglob("*.txt")]):
        if "static" not in path.parts:
            found += _of_template(path)
    return found


def _of_module(path: Path) -> Iterator[Text]:
    source = path.read_text()
    mark = "#server" if "from rightaway.server.words import _" in source else ""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            given = [argument.value if isinstance(argument, ast.Constant) else None for argument in node.args]
            where = f"{path.relative_to(SOURCE)}:{node.lineno}{mark}"
            if name in _SINGULAR and given and isinstance(given[0], str):
                yield Text(given[0], "", where)
            elif name in _PLURAL and len(given) >= 2 and isinstance(given[0], str) and isinstance(given[1], str):
                yield Text(given[0], given[1], where)


def _of_template(path: Path) -> Iterator[Text]:
    template = path.read_text()
    for match in _TRANS.finditer(template):
        yield Text(match[1] or match[2], "", _where(path, template, match.start()))
    for match in _BLOCK.finditer(template):
        body = " ".join(line.strip() for line in match[2].strip().splitlines()) if "trimmed" in match[1] else match[2]
        one, *more = [_VARIABLE.sub(r"%(\1)s", part) for part in _PLURAL_TAG.split(body)]
        yield Text(one, more[0] if more else "", _where(path, template, match.start()))


def _where(path: Path, text: str, place: int) -> str:
    return f"{path.relative_to(SOURCE)}:{text.count(chr(10), 0, place) + 1}"
