"""Values of the organisation's own fields: read strictly at every door, kept in typed columns, shown again.

One value has four forms. `Value` is what Python has. A *column* is how it is kept. JSON is what the API sends and
takes: money is {"amount": minor units, "currency"}. *Plain* is what an item's attributes have and routes compare:
money in major units, dates as text, choices as a list.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from rightaway.contacts import money
from rightaway.contacts.models import CustomField, FieldValue
from rightaway.contacts.normalise import clean_text, fold
from rightaway.ledger.ids import new_id
from rightaway.ledger.problems import Path, Problem, refuse

LONGEST_TEXT: Final = 2000  # characters
LONGEST_FOLDED: Final = 200
LARGEST: Final = 2**53
TYPES: Final = ("text", "number", "money", "date", "choice", "choices", "boolean")

_YES: Final = frozenset({"yes", "true", "1", "y", "si", "verdadero", "s"})
_NO: Final = frozenset({"no", "false", "0", "n", "falso"})


@dataclass(frozen=True, slots=True)
class Money:
    """`amount` in minor units."""

    amount: int
    currency: str


Value = str | int | float | bool | date | Money | tuple[str, ...]
Plain = str | int | float | bool | list[str]


def fields() -> dict[str, CustomField]:
    """The fields in use, by key, in their order."""
    return {row.key: row for row in CustomField.objects.filter(retired_at=None).order_by("place", "id")}


def label(names: Mapping[str, str], key: str) -> str:
    """The name in the reader's language, else in another, else the key."""
    return names.get((get_language() or "en")[:2]) or next(filter(None, names.values()), key)


def choice_labels(field: CustomField) -> dict[str, str]:
    return {choice["key"]: label(choice["names"], choice["key"]) for choice in field.choices}


# Reading


def read(field: CustomField, raw: Any) -> Value | None:
    """The value of what JSON says; None for null, an empty text or an empty list. Raises ValueError, in words."""
    if raw is None or raw == "" or raw == []:
        return None
    return _READERS[field.type](field, raw)


def read_text(field: CustomField, text: str) -> Value | None:
    """The same for a cell of a file or of a form: numbers, dates, yes and no as people write them."""
    text = text.strip()
    if not text:
        return None
    if field.type == "number":
        return read(field, _number_of(text))
    if field.type == "boolean":
        return _yes_or_no(text)
    if field.type in ("choice", "choices"):
        known = {fold(name): choice["key"] for choice in field.choices for name in choice["names"].values()}
        known |= {fold(choice["key"]): choice["key"] for choice in field.choices}
        parts = [text] if field.type == "choice" else [part.strip() for part in text.split(";") if part.strip()]
        found = [known.get(fold(part), part) for part in parts]
        return read(field, found[0] if field.type == "choice" else found)
    return read(field, text)


def _number_of(text: str) -> int | float | str:
    if not money.DECIMAL.fullmatch(text):
        return text
    return float(text) if "." in text else int(text)


def _yes_or_no(text: str) -> bool:
    if fold(text) in _YES:
        return True
    if fold(text) in _NO:
        return False
    raise ValueError(_("must be yes or no"))


def _text(field: CustomField, raw: Any) -> str:
    if not isinstance(raw, str):
        raise ValueError(_("must be text"))
    if len(raw) > LONGEST_TEXT:
        raise ValueError(_("is too long: at most %(max_length)s characters") % {"max_length": LONGEST_TEXT})
    return clean_text(raw)


def _number(field: CustomField, raw: Any) -> int | float:
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise ValueError(_("must be a number"))
    if not math.isfinite(raw) or abs(raw) > LARGEST:
        raise ValueError(_("is out of range"))
    return raw


def _money(field: CustomField, raw: Any) -> Money:
    if isinstance(raw, bool) or not isinstance(raw, str | int | float | dict):
        raise ValueError(_("must be an amount, as in 420000.50"))
    if not isinstance(raw, dict):
        return Money(money.minor_units(raw, field.currency), field.currency)
    amount, currency = raw.get("amount"), raw.get("currency", field.currency)
    if set(raw) - {"amount", "currency"} or isinstance(amount, bool) or not isinstance(amount, int):
        raise ValueError(_("must have an amount in minor units and a currency"))
    if currency != field.currency:
        raise ValueError(_("must be in %(currency)s") % {"currency": field.currency})
    if abs(amount) > money.MOST:
        raise ValueError(_("is out of range"))
    return Money(amount, currency)


def _date(field: CustomField, raw: Any) -> date:
    try:
        if not isinstance(raw, str) or len(raw) != 10:
            raise ValueError
        return date.fromisoformat(raw)
    except ValueError:
        raise ValueError(_("must be a date, as in 2026-05-04")) from None


def _choice(field: CustomField, raw: Any) -> str:
    known = [choice["key"] for choice in field.choices]
    if not isinstance(raw, str) or raw not in known:
        raise ValueError(_("must be one of %(expected)s") % {"expected": ", ".join(known)})
    return raw


def _choices(field: CustomField, raw: Any) -> tuple[str, ...]:
    if not isinstance(raw, list | tuple):
        raise ValueError(_("must be a list"))
    chosen = {_choice(field, each) for each in raw}
    return tuple(choice["key"] for choice in field.choices if choice["key"] in chosen)


def _boolean(field: CustomField, raw: Any) -> bool:
    if not isinstance(raw, bool):
        raise ValueError(_("must be true or false"))
    return raw


_READERS: Final = {
    "text": _text, "number": _number, "money": _money, "date": _date, "choice": _choice, "choices": _choices,
    "boolean": _boolean,
}  # fmt: skip


def read_all(
    known: Mapping[str, CustomField], sent: Mapping[str, Any], *, path: Path, strict: bool
) -> dict[str, Value | None]:
    """The values of those keys that are fields. Raises Invalid with every mistake; `strict`: an unknown key is one."""
    found: dict[str, Value | None] = {}
    problems = []
    for key, raw in sent.items():
        if key not in known:
            if strict:
                problems.append(Problem((*path, key), _("unknown key")))
            continue
        try:
            found[key] = read(known[key], raw)
        except ValueError as error:
            problems.append(Problem((*path, key), str(error)))
    refuse(problems)
    return found


def require(known: Mapping[str, CustomField], values: Mapping[str, Value | None], *, path: Path) -> None:
    """Raises Invalid when a required field has no value."""
    missing = [key for key, field in known.items() if field.required and values.get(key) is None]
    refuse([Problem((*path, key), _("is missing")) for key in missing])


# Writing


def plain(value: Value) -> Plain:
    """As an item's attributes have it."""
    match value:
        case Money():
            return money.major_units(value.amount, value.currency)
        case date():
            return value.isoformat()
        case tuple():
            return list(value)
        case _:
            return value


def as_json(value: Value) -> Any:
    """As the API sends it."""
    if isinstance(value, Money):
        return {"amount": value.amount, "currency": value.currency}
    return plain(value)


def shown(field: CustomField, value: Value) -> str:
    """As a form's input has it."""
    match value:
        case Money():
            return money.written(value.amount, value.currency)
        case bool():
            return "yes" if value else "no"
        case tuple():
            return ";".join(value)
        case date():
            return value.isoformat()
        case _:
            return str(value)


def _rows(contact_id: UUID, field: CustomField, value: Value) -> list[FieldValue]:
    def row(**columns: Any) -> FieldValue:
        return FieldValue(id=new_id(), contact_id=contact_id, field_id=field.id, **columns)

    match value:
        case bool():
            return [row(yes=value)]
        case Money():
            return [row(amount=value.amount, currency=value.currency)]
        case date():
            return [row(day=value)]
        case tuple():
            return [row(choice=key) for key in value]
        case str() if field.type == "choice":
            return [row(choice=value)]
        case str():
            return [row(text=value, folded=fold(value)[:LONGEST_FOLDED])]
        case _:
            return [row(number=value)]


def store(contact_id: UUID, values: Mapping[str, Value | None], known: Mapping[str, CustomField]) -> None:
    """Makes the named fields of a contact exactly so; None takes a value away. The caller holds the contact."""
    if values:
        FieldValue.objects.filter(contact=contact_id, field__in=[known[key].id for key in values]).delete()
        store_new({contact_id: values}, known)


def store_new(values: Mapping[UUID, Mapping[str, Value | None]], known: Mapping[str, CustomField]) -> None:
    """The same for contacts that have nothing in these fields."""
    rows = [
        row
        for contact, given in values.items()
        for key, value in given.items()
        if value is not None
        for row in _rows(contact, known[key], value)
    ]
    if rows:
        FieldValue.objects.bulk_create(rows)


def values_of(contact_ids: Iterable[UUID]) -> dict[UUID, dict[str, Value]]:
    """What the contacts have, by key, in the fields' order; without retired fields."""
    known = {field.id: field for field in fields().values()}
    found: dict[UUID, dict[str, Value]] = {id: {} for id in contact_ids}
    if not known or not found:
        return found
    rows: dict[tuple[UUID, UUID], list[FieldValue]] = {}
    for row in FieldValue.objects.filter(contact__in=list(found), field__in=list(known)):
        rows.setdefault((row.contact_id, row.field_id), []).append(row)
    for id in found:
        found[id] = {field.key: _value(field, rows[id, field.id]) for field in known.values() if (id, field.id) in rows}
    return found


def _value(field: CustomField, rows: list[FieldValue]) -> Value:
    row: Any = rows[0]
    match field.type:
        case "choices":
            chosen = {each.choice for each in rows}
            return tuple(choice["key"] for choice in field.choices if choice["key"] in chosen)
        case "choice":
            return str(row.choice)
        case "money":
            return Money(row.amount, row.currency)
        case "date":
            return row.day  # type: ignore[no-any-return]
        case "boolean":
            return bool(row.yes)
        case "number":
            return int(row.number) if row.number.is_integer() else float(row.number)
        case _:
            return str(row.text)
