"""Custom fields in filters of lists: one condition on the item `i`, answered by the index of the field's column."""

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext as _

from rightaway.contacts import fields
from rightaway.contacts.fields import LONGEST_FOLDED, Money, Value
from rightaway.contacts.models import CustomField
from rightaway.contacts.normalise import fold
from rightaway.ledger.errors import Invalid
from rightaway.ledger.tenancy import current_organisation

_ORDER: Final = {"lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
OPERATORS: Final[dict[str, tuple[str, ...]]] = {
    "text": ("is", "is_not", "starts_with", "is_set", "is_empty"),
    "number": ("is", "is_not", *_ORDER, "is_set", "is_empty"),
    "money": ("is", "is_not", *_ORDER, "is_set", "is_empty"),
    "date": ("is", "is_not", *_ORDER, "is_set", "is_empty"),
    "choice": ("is", "is_not", "is_set", "is_empty"),
    "choices": ("is", "is_not", "is_set", "is_empty"),
    "boolean": ("is", "is_not", "is_set", "is_empty"),
}
_COLUMNS: Final = {
    "text": "folded", "number": "number", "money": "amount", "date": "day", "choice": "choice", "choices": "choice",
    "boolean": "yes",
}  # fmt: skip


def field_condition(field: CustomField, operator: str, value: Any = None, *, name: str) -> tuple[str, dict[str, Any]]:
    """(SQL about the item `i`, its parameters, whose names begin with `name`). `value` is JSON, or text as people write
    it. Of many choices `is` means that it is one of them. Raises Invalid: no such operator or value for this field."""
    if operator not in OPERATORS[field.type]:
        raise _invalid(field, _("unknown operator"))
    parameters: dict[str, Any] = {f"{name}_organisation": current_organisation(), f"{name}_field": field.id}
    where = ""
    if operator not in ("is_set", "is_empty"):
        where = _where(field, operator, _value(field, operator, value), parameters, name)
    found = (
        "i.contact_id {} (SELECT v.contact_id FROM contacts_fieldvalue v "
        f"WHERE v.organisation_id = %({name}_organisation)s AND v.field_id = %({name}_field)s{where})"
    )
    return found.format("NOT IN" if operator in ("is_not", "is_empty") else "IN"), parameters


def _where(field: CustomField, operator: str, value: Any, parameters: dict[str, Any], name: str) -> str:
    column = _COLUMNS[field.type]
    parameters[name] = value
    if operator == "starts_with":
        # A range, because LIKE may not use the index under row-level security.
        parameters[f"{name}_end"] = f"{value}\U0010ffff"
        return f" AND v.{column} >= %({name})s AND v.{column} < %({name}_end)s"
    return f" AND v.{column} {_ORDER.get(operator, '=')} %({name})s"


def _value(field: CustomField, operator: str, raw: Any) -> Any:
    read: Value | None
    try:
        one = [raw] if field.type == "choices" and isinstance(raw, str) else raw
        read = fields.read_text(field, raw) if isinstance(raw, str) else fields.read(field, one)
    except ValueError as error:
        raise _invalid(field, str(error)) from None
    if read is None:
        raise _invalid(field, _("is missing"))
    if isinstance(read, Money):
        return read.amount
    if isinstance(read, tuple):
        return read[0]
    if field.type == "text":
        return fold(str(read))[:LONGEST_FOLDED]
    return read


def _invalid(field: CustomField, detail: str) -> Invalid:
    return Invalid(errors=[{"pointer": f"/query/{field.key}", "detail": detail}])


def known_field(key: str, known: Mapping[str, CustomField]) -> CustomField:
    """Raises Invalid: there is no such field."""
    if key not in known:
        raise Invalid(errors=[{"pointer": f"/query/{key}", "detail": _("unknown key")}])
    return known[key]
