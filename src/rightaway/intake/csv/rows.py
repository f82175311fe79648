"""One record of a CSV file to one enquiry, or to the reason why not."""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from rightaway.contacts.fields import Plain, plain, read_text
from rightaway.contacts.models import CustomField
from rightaway.contacts.normalise import clean_text, email_address, phone_e164
from rightaway.intake.csv.mapping import Columns
from rightaway.work.enquiry import Enquiry

Order = Literal["dmy", "mdy", ""]

LONGEST = {
    "name": 300, "first_name": 150, "last_name": 150, "phone": 64, "email": 320, "company": 300, "message": 20_000,
    "language": 35, "line": 200, "campaign": 200, "source": 200, "external_id": 200, "asked_at": 64,
}  # fmt: skip
LONGEST_ATTRIBUTE = 2000

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[a-z0-9]{2,8})*")
_LANGUAGES = {"english": "en", "ingles": "en", "inglés": "en", "spanish": "es", "español": "es", "espanol": "es"}
_SLASHED = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})(.*)")
_TIME = re.compile(r"[ ,T]*(?:(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)? ?([AaPp])?\.? ?(?:[Mm]\.?)?)?")
_ROW = "row:"  # what ids of rows that have none begin with


class Unusable(Exception):
    """The record cannot become an enquiry; the message says why."""


@dataclass(frozen=True, slots=True)
class Reader:
    """How the cells of this file are to be read. `zone` is that of dates without one, `region` (two letters) that
    of phone numbers without a country code, `fields` the organisation's own among the attributes."""

    columns: Columns
    header: tuple[str, ...]
    source: str
    zone: ZoneInfo
    region: str
    dates: Order = ""
    fields: Mapping[str, CustomField] = field(default_factory=dict)

    def enquiry(self, cells: list[str]) -> Enquiry:
        """The enquiry. Raises Unusable."""
        texts = {field: self._text(field, cells[place], LONGEST[field]) for field, place in self.columns.fields.items()}
        name = texts.get("name") or " ".join(filter(None, [texts.get("first_name"), texts.get("last_name")]))
        phone, email = texts.get("phone", ""), texts.get("email", "")
        if not (name or phone or email):
            raise Unusable(_("a name, a phone number or an e-mail address is needed"))
        source = texts.get("source") or self.source
        if not source:
            raise Unusable(_("it has no source; --source names one for all"))
        phone_read = phone_e164(phone, self.region) if phone else None
        email_read = email_address(email) if email else None
        return Enquiry(
            source=source, name=name,
            phone=phone_read, phone_raw="" if phone_read else phone,
            email=email_read, email_raw="" if email_read else email,
            company=texts.get("company", ""), message=texts.get("message", ""),
            language=_language(texts.get("language", "")), line=texts.get("line", ""),
            campaign=texts.get("campaign", ""), external_id=texts.get("external_id") or row_id(self.header, cells),
            attributes=self._attributes(cells), asked_at=self._instant(texts.get("asked_at", "")),
        )  # fmt: skip

    def _text(self, field: str, cell: str, longest: int) -> str:
        if len(cell) > longest:
            said = {"field": field, "found": len(cell), "most": longest}
            raise Unusable(_("%(field)s has %(found)d characters; at most %(most)d are kept") % said)
        text = clean_text(cell)
        return text if field == "message" else " ".join(text.split())

    def _attributes(self, cells: list[str]) -> dict[str, Plain]:
        texts = {
            name: self._text(f"attributes.{name}", cells[place], LONGEST_ATTRIBUTE)
            for name, place in self.columns.attributes.items()
        }
        return {name: self._attribute(name, text) for name, text in texts.items() if text}

    def _attribute(self, name: str, text: str) -> Plain:
        if name not in self.fields:
            return _number(text)
        try:
            value = read_text(self.fields[name], text)
        except ValueError as error:
            raise Unusable(f"attributes.{name}: {error}") from None
        return text if value is None else plain(value)

    def _instant(self, text: str) -> datetime | None:
        if not text:
            return None
        try:
            at = datetime.fromisoformat(text.removesuffix(" UTC"))
        except ValueError:
            at = _slashed(text, self.dates, self.zone)
        if at.tzinfo is None:
            at = at.replace(tzinfo=UTC if text.endswith(" UTC") else self.zone)
        if at.year < 1900:
            raise Unusable(_("the date %(text)s is too long ago") % {"text": text})
        return at


def row_id(header: Iterable[str], cells: Iterable[str]) -> str:
    """An id for a row without one: the same cells under the same names are the same row, wherever the columns stand."""
    pairs = sorted(
        (name.casefold(), " ".join(clean_text(cell).split())) for name, cell in zip(header, cells, strict=True) if cell
    )
    text = "\x1e".join(f"{name}\x1f{cell}" for name, cell in pairs if cell)
    return _ROW + hashlib.sha256(text.encode()).hexdigest()[:40]


def order_of(texts: Iterable[str]) -> Order | None:
    """How a column writes dates like 4/5/2026, by those that can only be read one way: "" where none is like that,
    None where all of them could be either. Raises Unusable where they contradict each other."""
    any_slashed = first = second = False
    for text in texts:
        if match := _SLASHED.fullmatch(text.strip()):
            any_slashed, first, second = True, first or int(match[1]) > 12, second or int(match[2]) > 12
    if first and second:
        raise Unusable(_("some dates begin with the day and some with the month"))
    if not any_slashed:
        return ""
    return "dmy" if first else "mdy" if second else None


def _slashed(text: str, order: Order, zone: ZoneInfo) -> datetime:
    match = _SLASHED.fullmatch(text)
    time = _TIME.fullmatch(match[4]) if match else None
    if match is None or time is None or not order:
        raise Unusable(_("not a date like 2026-05-04 or 2026-05-04T09:30:00+02:00: %(text)s") % {"text": text})
    day, month = (int(match[1]), int(match[2])) if order == "dmy" else (int(match[2]), int(match[1]))
    hour = int(time[1] or 0)
    if time[4]:
        hour = hour % 12 + (12 if time[4] in "pP" else 0)
    try:
        return datetime(int(match[3]), month, day, hour, int(time[2] or 0), int(time[3] or 0), tzinfo=zone)
    except ValueError:
        raise Unusable(_("there is no such date: %(text)s") % {"text": text}) from None


def _language(text: str) -> str:
    """A language's code; a text that is none is left out."""
    plain = text.casefold()
    if plain in _LANGUAGES:
        return _LANGUAGES[plain]
    match = _LANGUAGE.fullmatch(plain.replace("_", "-"))
    return match[0] if match else ""


_WHOLE = re.compile(r"-?(0|[1-9]\d{0,14})")
_DECIMAL = re.compile(r"-?(0|[1-9]\d{0,14})\.\d{1,9}")


def _number(text: str) -> Plain:
    """A number where the cell is one beyond doubt; 007 and 1e5 stay text."""
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text
