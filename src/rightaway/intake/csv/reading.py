"""Bytes of a CSV file to records with their lines: streaming, strict, whatever the program that wrote it.

A file is refused whole, with the line, when it is not clear where its records begin and end (a quote that is never
closed, text of no encoding); a single bad record is handed on as such, for the report.
"""

import codecs
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import charset_normalizer
from django.utils.translation import gettext as _

from rightaway.contacts.normalise import clean_text

MOST_COLUMNS = 1000
LONGEST_LINE = 4_000_000  # characters
LONGEST_CELL = 1_000_000  # characters; a quote that is never closed shows itself here at the latest

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NOT_CSV = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\xd0\xcf\x11\xe0", "office"),
    (b"\x1f\x8b", "gzip"),
    (b"%PDF", "pdf"),
    (b"\x7fELF", "program"),
    (b"\x89PNG", "image"),
)
_LEGACY = ("cp1252", "latin_1", "cp1250", "cp1251", "cp1253", "cp1254")
_CHUNK = 1 << 20
_SAMPLE = 200_000


class Refused(Exception):
    """The file cannot be read. `line` counts from 1; nothing of it was used."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line, self.message = line, message


@dataclass(frozen=True, slots=True)
class Shape:
    """How the file is written: its encoding, its delimiter, its header."""

    path: Path
    encoding: str
    delimiter: str
    header: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """One data record and the line it begins on. `problem` says why its cells cannot be used."""

    line: int
    cells: list[str]
    problem: str = ""


def shape_of(path: Path, *, encoding: str = "", delimiter: str = "") -> Shape:
    """Looks at the whole file once, in small pieces. Raises Refused, OSError."""
    encoding = encoding or encoding_of(path)
    try:
        with _opened(path, encoding) as text:
            delimiter = delimiter or _delimiter(_head(text))
            text.seek(0)
            header = next(_raw_records(text, delimiter), None)
    except LookupError:
        raise Refused(1, _("no encoding is called %(name)s") % {"name": encoding}) from None
    except UnicodeError:
        raise Refused(1, _("the file is not text in %(name)s") % {"name": encoding}) from None
    if header is None:
        raise Refused(1, _("the file is empty"))
    if header.problem:
        raise Refused(header.line, header.problem)
    if len(header.cells) > MOST_COLUMNS:
        sizes = {"count": len(header.cells), "most": MOST_COLUMNS}
        raise Refused(header.line, _("%(count)d columns; at most %(most)d can be read") % sizes)
    if any("\0" in cell for cell in header.cells):
        raise Refused(header.line, _("the header contains a NUL character"))
    return Shape(path, encoding, delimiter, tuple(" ".join(clean_text(cell).split()) for cell in header.cells))


def records(shape: Shape) -> Iterator[Record]:
    """The data records in order; blank lines are none. Raises Refused, OSError."""
    with _opened(shape.path, shape.encoding) as text:
        found = _raw_records(text, shape.delimiter)
        next(found, None)  # the header
        for record in found:
            yield record if record.problem else _checked(record, len(shape.header))


def _checked(record: Record, columns: int) -> Record:
    if len(record.cells) != columns:
        counts = {"found": len(record.cells), "wanted": columns}
        return Record(record.line, [], _("%(found)d cells where the header has %(wanted)d") % counts)
    if any("\0" in cell for cell in record.cells):
        return Record(record.line, [], _("contains a NUL character"))
    return record


def _opened(path: Path, encoding: str) -> TextIO:
    # newline="": the csv module wants line ends as they are; lines end at \n, \r\n and \r alike.
    return path.open(encoding=encoding, newline="")


def _raw_records(text: TextIO, delimiter: str) -> Iterator[Record]:
    csv.field_size_limit(LONGEST_CELL)
    lines = _Lines(text)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    while True:
        begins = lines.read + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if lines.read > begins or lines.ended:
                # Where the next record begins is anybody's guess now.
                raise Refused(begins, _("a quote opens in this record and is not closed rightly")) from None
            yield Record(begins, [], _cell_problem(str(error)))
            continue
        except UnicodeError:
            raise Refused(lines.read + 1, _("a character that is not in the file's encoding")) from None
        if cells:
            yield Record(begins, cells)


def _cell_problem(error: str) -> str:
    if "field limit" in error:
        return _("a cell is longer than %(most)d characters") % {"most": LONGEST_CELL}
    return _("text stands behind a closing quote")


class _Lines:
    """The lines of a text, counted, none of them longer than fits in memory."""

    def __init__(self, text: TextIO) -> None:
        self.text, self.read, self.ended = text, 0, False

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self.text.readline(LONGEST_LINE)
        if not line:
            self.ended = True
            raise StopIteration
        if len(line) >= LONGEST_LINE:
            raise Refused(self.read + 1, _("the line is longer than %(most)d characters") % {"most": LONGEST_LINE})
        self.read += 1
        return line


def _head(text: TextIO) -> str:
    """The header's line: the first that is not blank."""
    for line in _Lines(text):
        if line.strip():
            return line
    return ""


def _delimiter(head: str) -> str:
    """What separates most cells of the header, outside quotes; a comma when nothing does."""
    plain = "".join(part for place, part in enumerate(head.split('"')) if place % 2 == 0)
    return max(",;\t|", key=lambda mark: (plain.count(mark), -",;\t|".index(mark)))


def encoding_of(path: Path) -> str:
    """The file's encoding by its mark, else UTF-8 when all of it is, else the likeliest legacy one. Raises Refused."""
    with path.open("rb") as content:
        start = content.read(4096)
    for mark, kind in _NOT_CSV:
        if start.startswith(mark):
            raise Refused(1, _("this is not a CSV file but %(kind)s: save it as CSV first") % {"kind": _kinds()[kind]})
    for mark, encoding in _BOMS:
        if start.startswith(mark):
            return encoding
    if (wide := _wide(start)) is not None:
        return wide
    broken = _first_not_utf8(path)
    return "utf-8" if broken is None else _legacy(path, broken)


def _kinds() -> dict[str, str]:
    return {
        "zip": _("a zip archive or an .xlsx workbook"),
        "office": _("an .xls workbook"),
        "gzip": _("a compressed file"),
        "pdf": _("a PDF document"),
        "program": _("a program"),
        "image": _("a picture"),
    }


def _wide(start: bytes) -> str | None:
    """UTF-16 without its mark: every other byte of Western text is NUL."""
    if len(start) < 4:
        return None
    even, odd = start[0::2].count(0), start[1::2].count(0)
    half = len(start) // 2
    if odd > half * 0.7 and even < half * 0.1:
        return "utf-16-le"
    return "utf-16-be" if even > half * 0.7 and odd < half * 0.1 else None


@dataclass(frozen=True, slots=True)
class _Broken:
    line: int
    accented_before: bool  # UTF-8 beyond ASCII came before: it is UTF-8, and damaged
    sample: bytes


def _first_not_utf8(path: Path) -> _Broken | None:
    """The first place that is not UTF-8; None when all of the file is."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    lines, accented = 1, False
    with path.open("rb") as content:
        while True:
            chunk = content.read(_CHUNK)
            try:
                text = decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                good = error.object[: error.start]
                accented = accented or not good.isascii()
                return _Broken(lines + good.count(b"\n"), accented, error.object[error.start :][:_SAMPLE])
            if not chunk:
                return None
            lines += chunk.count(b"\n")
            accented = accented or not text.isascii()


def _legacy(path: Path, broken: _Broken) -> str:
    if broken.accented_before:
        raise Refused(broken.line, _("this line is not UTF-8, and the lines above are; --encoding names another"))
    with path.open("rb") as content:
        sample = content.read(_SAMPLE)
    telling = b"\n".join(line for line in (sample + broken.sample).splitlines() if not line.isascii())
    found = list(charset_normalizer.from_bytes(telling, cp_isolation=list(_LEGACY)))
    if not found:
        return "cp1252"
    # Western text reads as well in its Central European neighbour; where it is a tie, the far commoner one it is.
    ties = [match for match in found if (match.chaos, -match.coherence) <= (found[0].chaos, -found[0].coherence)]
    western = any("cp1252" in (match.encoding, *match.could_be_from_charset) for match in ties)
    return "cp1252" if western else found[0].encoding
