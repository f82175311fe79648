"""Reads YAML as plain data with the line of every value, within limits.

A stricter language than YAML 1.1, so that nothing means something else than it says: no anchors or aliases (a few
lines of them unfold to gigabytes), no tags, no repeated keys; `no`, `18:00` and `2026-05-04` are text.
"""

import re
from dataclasses import dataclass
from typing import Any

import yaml
from django.utils.translation import gettext as _

from rightaway.ledger.problems import Path, Problem

MOST_BYTES = 20_000_000
MOST_DEPTH = 20
MOST_NODES = 1_000_000

_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_INT = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})\.[0-9]{0,18}([eE][-+][0-9]{1,3})?")
_WORDS: dict[str, Any] = {"": None, "~": None, "null": None, "true": True, "false": False}
_TAGS = ("tag:yaml.org,2002:str", "tag:yaml.org,2002:seq", "tag:yaml.org,2002:map")


class Unreadable(Exception):
    """The text is not the YAML that we read. `line` counts from 1."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line, self.message = line, message


@dataclass(frozen=True, slots=True)
class Source:
    """The data and where each part of it stands."""

    data: Any
    root: yaml.Node | None

    def line_of(self, path: Path) -> int:
        """The line of the value at `path`, or of the innermost part of the way that is there."""
        node, line = self.root, 1
        for part in path:
            step = _step(node, part)
            if step is not None:
                line, node = step
        return line

    def told(self, problems: list[Problem]) -> list[str]:
        """Each problem in one sentence, in order of lines."""
        lines = [(self.line_of(problem.path), problem) for problem in problems]
        return [
            _("line %(line)d: %(where)s: %(what)s")
            % {"line": line, "where": ".".join(map(str, problem.path)) or _("the file"), "what": problem.message}
            for line, problem in sorted(lines, key=lambda pair: pair[0])
        ]


def read_yaml(content: bytes) -> Source:
    """The data of one document. Raises Unreadable."""
    if len(content) > MOST_BYTES:
        raise Unreadable(1, _("the file is larger than %(most)d MB") % {"most": MOST_BYTES // 1_000_000})
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unreadable(content[: error.start].count(b"\n") + 1, _("the file is not UTF-8 text")) from None
    try:
        _look_over(text)
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise Unreadable(mark.line + 1 if mark else 1, error.problem or _("not YAML")) from None
    except yaml.reader.ReaderError:
        raise Unreadable(_odd_line(text), _("a character that YAML does not allow")) from None
    return Source(_plain(root) if root else {}, root)


def _odd_line(text: str) -> int:
    found = yaml.reader.Reader.NON_PRINTABLE.search(text)
    return text[: found.start()].count("\n") + 1 if found else 1


def _look_over(text: str) -> None:
    """Refuses what could cost more than it says, before anything is built. Raises Unreadable."""
    depth = nodes = documents = 0
    for event in yaml.parse(text, Loader=_LOADER):
        line = event.start_mark.line + 1 if event.start_mark else 1
        nodes += isinstance(event, yaml.NodeEvent)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        documents += isinstance(event, yaml.DocumentStartEvent)
        if isinstance(event, yaml.NodeEvent) and event.anchor is not None:
            raise Unreadable(line, _("anchors and aliases (& and *) are not allowed"))
        if getattr(event, "tag", None) not in (None, *_TAGS):
            raise Unreadable(line, _("tags (!) are not allowed"))
        if depth > MOST_DEPTH:
            raise Unreadable(line, _("more than %(most)d levels deep") % {"most": MOST_DEPTH})
        if nodes > MOST_NODES:
            raise Unreadable(line, _("more than %(most)d values") % {"most": MOST_NODES})
        if documents > 1:
            raise Unreadable(line, _("more than one document"))


def _plain(node: yaml.Node) -> Any:
    if isinstance(node, yaml.MappingNode):
        return _group(node)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(part) for part in node.value]
    return _scalar(node)


def _group(node: yaml.MappingNode) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise Unreadable(key.start_mark.line + 1, _("a key must be text"))
        if key.value in found:
            raise Unreadable(key.start_mark.line + 1, _("the key %(key)s stands here twice") % {"key": key.value})
        found[key.value] = _plain(value)
    return found


def _scalar(node: yaml.Node) -> Any:
    text: str = node.value
    # The C parser says '' for a plain scalar where the Python one says None.
    if isinstance(node, yaml.ScalarNode) and node.style:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def _step(node: yaml.Node | None, part: str | int) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(part):
                return key.start_mark.line + 1, value
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        value = node.value[part]
        return value.start_mark.line + 1, value
    return None
