"""`rightaway import leads`: each record accounted for, and a second run adds nothing."""

import csv
import os
from collections.abc import Iterable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from rightaway.cli.imports import app
from rightaway.contacts.models import Contact, Identity
from rightaway.intake.csv import importing
from rightaway.ledger.tenancy import organisation
from rightaway.work.actions.receive_many import receive_many
from rightaway.work.check import check
from rightaway.work.models import Arrival, Campaign, Item

HEADER = "id,name,phone,email,message"


def written(folder: Path, lines: Iterable[str], *, name: str = "leads.csv") -> Path:
    path = folder / name
    path.write_text("\n".join([HEADER, *lines]) + "\n")
    return path


def run(org: int, path: Path, *options: str, source: str = "fair") -> tuple[int, dict[str, int], str]:
    """The exit code, the report's numbers by their word, and everything that was said."""
    given = ["leads", str(path), "--organisation", str(org), *(["--source", source] if source else []), *options]
    result = CliRunner().invoke(app, given, catch_exceptions=False)
    numbers = {}
    for line in result.stdout.splitlines():
        word, _, number = line.partition(": ")
        if number.strip().isdigit() and not line.startswith(" "):
            numbers[word] = int(number)
    return result.exit_code, numbers, result.output


def counts(org: int) -> tuple[int, int, int]:
    with organisation(org):
        return Item.objects.count(), Contact.objects.count(), Arrival.objects.count()


LINES = [
    "1,Ana Núñez,+34600555123,ana@example.com,Hola",
    "2,Ben,,ben@example.org,Hi",
    "3,,,,nothing to reach",
    "4,Carla",
    "1,Ana again,+34600555123,,the same id",
    "5,Ana,+34600555123,,asks again",
    "6,Dan,,,only a name",
    '7,"E"va,,,bad quotes',
]


def test_every_record_is_accounted_for_and_a_second_run_adds_nothing(org: int, tmp_path: Path) -> None:
    path = written(tmp_path, LINES)
    code, numbers, said = run(org, path)
    assert code == 0
    assert numbers == {"new": 3, "attached to an open item": 1, "there already": 1, "rejected": 3}
    assert sum(numbers.values()) == len(LINES)
    for line in (4, 5, 9):
        assert f"line {line}: " in said
    assert counts(org) == (3, 3, 4)
    code, numbers, _said = run(org, path)
    assert numbers == {"new": 0, "attached to an open item": 0, "there already": 5, "rejected": 3}
    assert counts(org) == (3, 3, 4)
    with organisation(org, read_only=True):
        assert check([]) == []


def test_rows_without_an_id_are_known_by_their_cells(org: int, tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    path.write_text("name,phone\nAna,+34600555123\nBen,\nBen,\n")
    assert run(org, path)[1] == {"new": 2, "attached to an open item": 0, "there already": 1, "rejected": 0}
    path.write_text("phone,name\n+34600555123,Ana\n,Ben\n,Carla\n")
    assert run(org, path)[1] == {"new": 1, "attached to an open item": 0, "there already": 2, "rejected": 0}


def test_a_dry_run_says_as_much_and_writes_nothing(org: int, tmp_path: Path) -> None:
    path = written(tmp_path, LINES)
    _code, numbers, _said = run(org, path, "--dry-run")
    assert numbers == {"new or attached": 4, "there already": 1, "rejected": 3}
    assert counts(org) == (0, 0, 0)


def test_batches_do_not_change_the_outcome(org: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "BATCH", 2)
    assert run(org, written(tmp_path, LINES))[1] == {
        "new": 3, "attached to an open item": 1, "there already": 1, "rejected": 3,
    }  # fmt: skip


def test_an_import_that_was_interrupted_goes_on_where_it_was(
    org: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH", 10)
    path = written(tmp_path, [f"{n},Person {n},,,Hi" for n in range(35)])
    whole = receive_many
    done: list[int] = []

    def dies_at_the_third(**given: object) -> object:
        if len(done) == 2:
            raise KeyboardInterrupt
        done.append(1)
        return whole(**given)  # type: ignore[arg-type]

    monkeypatch.setattr(importing, "receive_many", dies_at_the_third)
    run(org, path)
    assert counts(org)[0] == 20  # two whole batches, and nothing of the third
    monkeypatch.setattr(importing, "receive_many", whole)
    assert run(org, path)[1] == {"new": 15, "attached to an open item": 0, "there already": 20, "rejected": 0}


@pytest.mark.parametrize(
    "content",
    [
        b'name,phone\nAna,1\n"Ben,2\nCarla,3\n',
        b"PK\x03\x04" + b"\0" * 100,
        b"moon,sun\n1,2\n",
        b"name,created\nAna,1/2/2026\n",
        b"name,created\nAna,1/31/2026\nBen,31/1/2026\n",
        b"",
    ],
)
def test_a_file_that_is_not_clear_is_refused_whole(org: int, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "leads.csv"
    path.write_bytes(content)
    code, numbers, said = run(org, path)
    assert code == 1
    assert numbers == {}
    assert "Nothing has changed" in said
    assert counts(org) == (0, 0, 0)


@pytest.mark.parametrize(
    "options",
    [
        ["--map", "nonsense"], ["--map", "name=nobody"], ["--map", "moon=name"], ["--zone", "Mars/Olympus"],
        ["--encoding", "klingon"],
    ],
)  # fmt: skip
def test_wrong_options_are_named(org: int, tmp_path: Path, options: list[str]) -> None:
    code, _numbers, said = run(org, written(tmp_path, LINES), *options)
    assert code == 1
    assert "Nothing has changed" in said


def test_a_file_that_is_not_there_and_a_source_that_nobody_named(org: int, tmp_path: Path) -> None:
    assert run(org, tmp_path / "nowhere.csv")[0] == 1
    code, _numbers, said = run(org, written(tmp_path, LINES), source="")
    assert code == 1
    assert "--source" in said


def test_columns_are_mapped_to_fields_and_attributes(org: int, tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    path.write_text("Quién,Tel,Presupuesto,Canal,Cuándo\nAna,600 555 123,250000,feria,2020-05-04\nBen,,,,\n")
    options = ["name=Quién", "phone=Tel", "attributes.budget=Presupuesto", "source=Canal", "asked_at=Cuándo"]
    given = [part for option in options for part in ("--map", option)]
    code, numbers, _said = run(org, path, *given, "--region", "es", "--zone", "Europe/Madrid")
    assert (code, numbers["new"]) == (0, 2)
    with organisation(org):
        ana = Item.objects.get(source="feria")
        assert ana.attributes == {"budget": 250000}
        assert ana.unanswered_since.isoformat() == "2020-05-03T22:00:00+00:00"
        assert Identity.objects.get().value == "+34600555123"
        assert Item.objects.filter(source="fair").count() == 1


def test_campaigns_are_found_or_the_record_is_rejected(org: int, tmp_path: Path) -> None:
    with organisation(org):
        Campaign.objects.create(key="spring", name="Spring")
    path = tmp_path / "leads.csv"
    path.write_text("name,push\nAna,spring\nBen,autumn\nCarla,\n")
    _code, numbers, said = run(org, path, "--map", "campaign=push")
    assert numbers == {"new": 2, "attached to an open item": 0, "there already": 0, "rejected": 1}
    assert "line 3: there is no campaign autumn" in said


def test_all_rejected_records_are_in_the_report(org: int, tmp_path: Path) -> None:
    path = written(tmp_path, [f"{n},,,,=cmd()" for n in range(50)])
    code, numbers, said = run(org, path, "--report", str(tmp_path / "report.csv"))
    assert (code, numbers["rejected"]) == (1, 50)
    assert "and 30 more" in said
    with (tmp_path / "report.csv").open(newline="") as report:
        rows = list(csv.reader(report))
    assert rows[0] == ["line", "reason"]
    assert [int(row[0]) for row in rows[1:]] == list(range(2, 52))


def test_people_who_are_known_are_matched_by_phone_then_by_address(org: int, tmp_path: Path) -> None:
    first = written(tmp_path, ["1,Ana,+34600555123,,", "2,Ben,,ben@example.com,"])
    run(org, first)
    second = written(tmp_path, ["3,Ana N.,+34600555123,ana@example.com,", "4,B.,,BEN@example.com,"], name="two.csv")
    assert run(org, second)[1]["attached to an open item"] == 2
    assert counts(org)[1] == 2


@pytest.mark.skipif("LONG_TESTS" not in os.environ, reason="set LONG_TESTS=1: takes most of a minute")
def test_a_hundred_thousand_records_are_all_there(org: int, tmp_path: Path) -> None:
    path = written(tmp_path, (f"{n},Person {n},+1305{2000000 + n},p{n}@example.com,Hello {n}" for n in range(100_000)))
    _code, numbers, _said = run(org, path)
    assert numbers["new"] == 100_000
