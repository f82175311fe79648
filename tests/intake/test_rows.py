"""Columns to fields, and cells to an enquiry or the reason why not."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from rightaway.intake.csv.mapping import Columns, mapping_for
from rightaway.intake.csv.reading import Refused, shape_of
from rightaway.intake.csv.rows import Order, Reader, Unusable, order_of, row_id

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "intake" / "csv" / "export-headers"


@pytest.mark.parametrize(
    ("header", "fields"),
    [
        ("Name,Phone,Email", {"name": 0, "phone": 1, "email": 2}),
        ("Nombre,Apellidos,Teléfono,Correo electrónico", {"first_name": 0, "last_name": 1, "phone": 2, "email": 3}),
        ("Nombre,Móvil", {"name": 0, "phone": 1}),
        ("Nombre completo,Fecha,Fuente", {"name": 0, "asked_at": 1, "source": 2}),
        ("E-MAIL,e_mail_address", {"email": 0}),
        ("Email,Email,Name", {"name": 2}),  # which one is not ours to guess
    ],
)
def test_usual_headers_are_understood(header: str, fields: dict[str, int]) -> None:
    assert mapping_for(tuple(header.split(",")), {}).fields == fields


@pytest.mark.skipif(not DATA.exists(), reason="the shared test data (intake/csv) is not here")
@pytest.mark.parametrize(
    ("file", "columns"),
    [
        (
            "google-contacts_current",
            {"first_name": "First Name", "email": "Email 1 - Value", "phone": "Phone 1 - Value"},
        ),
        ("google-contacts_legacy", {"name": "Name", "email": "E-mail 1 - Value", "language": "Language"}),
        ("hubspot-contacts", {"external_id": "Record ID", "asked_at": "Create Date", "company": "Associated Company"}),
        ("linkedin-outlook-format", {"last_name": "Last Name", "phone": "Mobile Phone", "email": "E-mail Address"}),
        ("outlook_up-to-Keywords", {"first_name": "First Name", "email": "E-mail Address", "company": "Company"}),
        ("salesforce-leads", {"external_id": "Lead ID", "source": "LeadSource", "first_name": "FirstName"}),
    ],
)
def test_exports_of_other_programs_are_understood(file: str, columns: dict[str, str]) -> None:
    header = shape_of(DATA / f"{file}.csv").header
    found = {field: header[place] for field, place in mapping_for(header, {}).fields.items()}
    assert found.items() >= columns.items()


def test_what_is_said_goes_before_what_is_guessed() -> None:
    header = ("name", "nick", "email", "email", "budget")
    wanted = {"name": "nick", "email": "#4", "attributes.budget": "budget"}
    assert mapping_for(header, wanted) == Columns({"name": 1, "email": 3}, {"budget": 4})
    assert mapping_for(header, {"name": "nick"}, guess=False) == Columns({"name": 1}, {})


@pytest.mark.parametrize(
    "wanted", [{"nome": "name"}, {"name": "nobody"}, {"email": "email"}, {"name": "#9"}, {"attributes.": "name"}]
)
def test_a_mapping_that_cannot_be_is_refused(wanted: dict[str, str]) -> None:
    with pytest.raises(Refused):
        mapping_for(("name", "email", "email"), wanted)


def reader(header: str, *, dates: Order = "", zone: str = "Europe/Madrid", region: str = "ES") -> Reader:
    names = tuple(header.split(","))
    attributes = {"attributes.budget": "budget"} if "budget" in names else {}
    columns = mapping_for(names, attributes)
    return Reader(columns=columns, header=names, source="fair", zone=ZoneInfo(zone), region=region, dates=dates)


def test_cells_become_an_enquiry() -> None:
    read = reader("first name,last name,phone,email,message,budget,date created,language")
    enquiry = read.enquiry(
        [
            " Ana ",
            "Nu\u0301n\u0303ez",
            "600 555 123",
            "Ana@Example.COM",
            "Hola\nsí",
            "250000",
            "2026-05-04 09:30",
            "Español",
        ]
    )
    assert (enquiry.name, enquiry.phone, enquiry.email) == ("Ana Núñez", "+34600555123", "ana@example.com")
    assert (enquiry.message, enquiry.attributes, enquiry.language) == ("Hola\nsí", {"budget": 250000}, "es")
    assert enquiry.asked_at == datetime(2026, 5, 4, 7, 30, tzinfo=UTC)  # Madrid in summer: two hours ahead
    assert enquiry.source == "fair"
    assert enquiry.external_id.startswith("row:")


def test_what_cannot_be_read_is_kept_as_it_was_sent() -> None:
    enquiry = reader("name,phone,email").enquiry(["Ana", "ext. 12", "ana at example"])
    assert (enquiry.phone, enquiry.phone_raw, enquiry.email, enquiry.email_raw) == (
        None,
        "ext. 12",
        None,
        "ana at example",
    )


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("name,phone", ["", " "]),
        ("name,phone", ["x" * 301, ""]),
        ("name,message", ["Ana", "x" * 20_001]),
        ("name,budget", ["Ana", "x" * 2001]),
        ("name,date created", ["Ana", "soon"]),
        ("name,date created", ["Ana", "2026-02-30"]),
        ("name,date created", ["Ana", "04/05/2026"]),
        ("name,date created", ["Ana", "0001-01-01"]),
    ],
)
def test_what_cannot_be_used_says_why(header: str, row: list[str]) -> None:
    with pytest.raises(Unusable) as unusable:
        reader(header).enquiry(row)
    assert str(unusable.value)


@pytest.mark.parametrize(
    ("text", "order", "at"),
    [
        ("2026-05-04", "", datetime(2026, 5, 3, 22, tzinfo=UTC)),
        ("2026-05-04T09:30:00+05:30", "", datetime(2026, 5, 4, 4, tzinfo=UTC)),
        ("2026-05-04T09:30:00Z", "", datetime(2026, 5, 4, 9, 30, tzinfo=UTC)),
        ("2026-05-04 09:30:00 UTC", "", datetime(2026, 5, 4, 9, 30, tzinfo=UTC)),
        ("4/5/2026", "dmy", datetime(2026, 5, 3, 22, tzinfo=UTC)),
        ("4/5/2026", "mdy", datetime(2026, 4, 4, 22, tzinfo=UTC)),
        ("4.5.2026 18:05", "dmy", datetime(2026, 5, 4, 16, 5, tzinfo=UTC)),
        ("5/4/2026, 6:05 PM", "mdy", datetime(2026, 5, 4, 16, 5, tzinfo=UTC)),
        ("5/4/2026 12:05 a.m.", "mdy", datetime(2026, 5, 3, 22, 5, tzinfo=UTC)),
    ],
)
def test_dates_are_read_in_their_zone(text: str, order: Order, at: datetime) -> None:
    enquiry = reader("name,date created", dates=order).enquiry(["Ana", text])
    assert enquiry.asked_at is not None
    assert enquiry.asked_at - at == timedelta()


def test_the_order_of_day_and_month_is_seen_or_asked() -> None:
    assert order_of(["1/2/2026", "31/1/2026"]) == "dmy"
    assert order_of(["1/2/2026", "1/31/2026"]) == "mdy"
    assert order_of(["1/2/2026"]) is None
    assert order_of(["2026-01-02", ""]) == ""
    with pytest.raises(Unusable):
        order_of(["31/1/2026", "1/31/2026"])


def test_a_row_is_known_again_wherever_its_columns_stand() -> None:
    one = row_id(("Name", "Phone"), ("Ana ", "1"))
    assert one == row_id(("phone", "name"), ("1", " Ana"))
    assert one == row_id(("name", "phone", "note"), ("Ana", "1", ""))
    assert one != row_id(("name", "phone"), ("Ana", "2"))
    assert row_id(("a", "b"), ("1", "23")) != row_id(("a", "b"), ("12", "3"))
