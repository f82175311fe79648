"""CSV files as programs really write them: encodings, delimiters, line ends, and what is wrong with them."""

import csv
import gzip
import io
import json
import zipfile
from pathlib import Path

import pytest

from rightaway.intake.csv import reading
from rightaway.intake.csv.reading import Refused, records, shape_of

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "intake" / "csv"
PLAIN = "name,phone,note\nAna Núñez,+34600555123,sí\nBen,+12125550123,\n"
ROWS = [["Ana Núñez", "+34600555123", "sí"], ["Ben", "+12125550123", ""]]


def written(folder: Path, content: bytes | str) -> Path:
    path = folder / "leads.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def cells(path: Path) -> list[list[str]]:
    return [record.cells for record in records(shape_of(path))]


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (PLAIN.encode(), "utf-8"),
        (PLAIN.encode("utf-8-sig"), "utf-8-sig"),
        (PLAIN.encode("utf-16"), "utf-16"),
        (b"\xfe\xff" + PLAIN.encode("utf-16-be"), "utf-16"),
        (PLAIN.encode("utf-16-le"), "utf-16-le"),
        (PLAIN.encode("utf-16-be"), "utf-16-be"),
        (PLAIN.encode("utf-32"), "utf-32"),
        (PLAIN.replace("\n", "\r\n").encode(), "utf-8"),
        (PLAIN.replace("\n", "\r").encode(), "utf-8"),
        (PLAIN.replace(",", ";").encode(), "utf-8"),
        (PLAIN.replace(",", "\t").encode(), "utf-8"),
        (PLAIN.replace(",", "|").encode(), "utf-8"),
        (("\n\n" + PLAIN + "\n\n").encode(), "utf-8"),
    ],
)
def test_the_same_table_however_it_is_written(tmp_path: Path, content: bytes, encoding: str) -> None:
    path = written(tmp_path, content)
    shape = shape_of(path)
    assert shape.header == ("name", "phone", "note")
    assert shape.encoding == encoding
    assert cells(path) == ROWS


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1"])
def test_a_legacy_encoding_is_found_by_its_text(tmp_path: Path, encoding: str) -> None:
    people = ["José Muñoz", "María Peñalver", "Íñigo Sáenz", "Begoña Ibáñez", "Ángel Castaño"]
    text = "nombre,comentario\n" + "".join(
        f"{name},Quería más información sobre el piso del año pasado\n" for name in people
    )
    path = written(tmp_path, text.encode(encoding))
    assert [row[0] for row in cells(path)] == people


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1250", "Zażółć gęślą jaźń, Paweł Kożuchowski, Łukasz Wiśniewski prosi o telefon"),
        ("cp1251", "Анна Иванова, хочу узнать цену квартиры в центре города"),
        ("cp1253", "Γιώργος Παπαδόπουλος, θέλω πληροφορίες για το διαμέρισμα"),
    ],
)
def test_other_scripts_are_found_too(tmp_path: Path, encoding: str, text: str) -> None:
    path = written(tmp_path, ("name;x\n" + f"{text};1\n" * 5).encode(encoding))
    assert cells(path)[0][0] == text


def test_damaged_utf8_is_named_and_not_taken_for_something_else(tmp_path: Path) -> None:
    path = written(tmp_path, "name\nNúñez\nPeña\n".encode() + b"Jos\xe9\n")
    with pytest.raises(Refused) as refused:
        shape_of(path)
    assert refused.value.line == 4


def test_an_encoding_can_be_named(tmp_path: Path) -> None:
    path = written(tmp_path, "имя\nАнна\n".encode("cp1251"))
    assert shape_of(path, encoding="cp1251").header == ("имя",)
    with pytest.raises(Refused):
        shape_of(path, encoding="klingon")
    with pytest.raises(Refused):
        shape_of(path, encoding="utf-8")


def _zip() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr(zipfile.ZipInfo("xl/workbook.xml"), "<x/>")  # without the time: workers must collect the same
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (_zip(), 1),
        (gzip.compress(PLAIN.encode(), mtime=0), 1),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 100, 1),
        (b"%PDF-1.7\n", 1),
        (b"", 1),
        (b"\n\n\n", 1),
        (b'name,phone\nAna,1\n"Ben,2\nCarla,3\n', 3),  # a quote that is never closed
        (b'name,phone\n"Ben,2\nCarla,3\n"D",4\n', 2),  # … or closed by somebody else's
        (b'"name,phone\nAna,1\n', 1),
        (",".join(f"c{n}" for n in range(10_000)).encode() + b"\n", 1),
        (b"a\0b,c\n1,2\n", 1),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(tmp_path: Path, content: bytes, line: int) -> None:
    path = written(tmp_path, content)
    with pytest.raises(Refused) as refused:
        list(records(shape_of(path)))
    assert refused.value.line == line
    assert refused.value.message


def test_one_bad_record_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    path = written(tmp_path, 'name,phone\nAna,1\nBen\nCarla,3,4\n"Da"n,5\nE\0va,6\n"Two\nlines",7\nFay,8\n')
    found = [(record.line, bool(record.problem), record.cells) for record in records(shape_of(path))]
    assert found == [
        (2, False, ["Ana", "1"]),
        (3, True, []),
        (4, True, []),
        (5, True, []),
        (6, True, []),
        (7, False, ["Two\nlines", "7"]),
        (9, False, ["Fay", "8"]),
    ]


def test_long_cells_and_one_column(tmp_path: Path) -> None:
    path = written(tmp_path, "note\n" + "x" * 200_000 + "\nshort\n")
    assert [len(row[0]) for row in cells(path)] == [200_000, 5]


def test_a_cell_beyond_the_limit_is_one_bad_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LONGEST_CELL", 1000)
    path = written(tmp_path, "note,more\n" + "x" * 2000 + ",1\nshort,2\n")
    assert [bool(record.problem) for record in records(shape_of(path))] == [True, False]


def test_a_line_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "LONGEST_LINE", 1000)
    path = written(tmp_path, "note\nshort\n" + "x" * 5000)
    with pytest.raises(Refused) as refused:
        list(records(shape_of(path)))
    assert refused.value.line == 3


def test_headers_are_cleaned(tmp_path: Path) -> None:
    path = written(tmp_path, '" full\x1b[31m  name ",x\nAna,1\n')
    assert shape_of(path).header == ("full[31m name", "x")


@pytest.mark.skipif(not DATA.exists(), reason="the shared test data (intake/csv) is not here")
def test_the_oddities_of_others_are_read_as_they_expect() -> None:
    for path in sorted((DATA / "csv-spectrum" / "csvs").glob("*.csv")):
        expected = json.loads((DATA / "csv-spectrum" / "json" / f"{path.stem}.json").read_text())
        shape = shape_of(path)
        found = [dict(zip(shape.header, record.cells, strict=True)) for record in records(shape)]
        wanted = [{key: value.replace("\r\n", "\n") for key, value in row.items()} for row in expected]
        assert [{key: value.replace("\r\n", "\n") for key, value in row.items()} for row in found] == wanted, path.name


def test_what_the_standard_library_writes_is_read_back(tmp_path: Path) -> None:
    table = [["a", 'b "quoted"', "c,d"], ["1\n2", "", " x "], ["é", "😀", "\t"]]
    text = io.StringIO()
    csv.writer(text).writerows([["x", "y", "z"], *table])
    assert cells(written(tmp_path, text.getvalue())) == table
