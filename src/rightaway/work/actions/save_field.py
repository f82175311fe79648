"""Save a field of the organisation's own: how it is called, what can be chosen, whether it must be filled in."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.contacts.models import CustomField, FieldValue
from rightaway.contacts.schema import FieldIn
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import Conflict, Invalid
from rightaway.ledger.events import Change, append
from rightaway.routing.versions import config_row
from rightaway.work import access

MOST_FIELDS = 100  # in use at once


@dataclass(frozen=True, slots=True)
class SavedField:
    """`changed` names what is different now; empty: nothing was written."""

    field_id: UUID
    changed: tuple[str, ...]


def save_field(*, field: FieldIn, actor: Actor) -> SavedField:
    """Makes the field of this key exactly so. Values that contacts have are kept, also while it is retired.

    Runs inside `organisation(…)`. Raises NotAllowed, Invalid (another type or currency than it has), Conflict (a choice
    that contacts have is missing; too many fields).
    """
    access.require(actor, "fields.manage")
    config_row()  # the lock of every change of configuration
    known = CustomField.objects.filter(key=field.key).first()
    columns = _columns(field, known)
    if known is None:
        _require_room()
        made: CustomField = CustomField.objects.create(key=field.key, **columns)
        changed: tuple[str, ...] = tuple(columns)
    else:
        _require_same(known, field)
        made = CustomField.objects.select_for_update(no_key=True).get(id=known.id)
        changed = tuple(name for name, value in columns.items() if getattr(made, name) != value)
        CustomField.objects.filter(id=made.id).update(**columns)
    if changed:
        told = {"changed": sorted(changed), "retired": field.retired, "type": field.type, **actor.as_event()}
        append(made, clock(), [Change("created" if known is None else "changed", told)])
    return SavedField(made.id, changed)


def _columns(field: FieldIn, known: CustomField | None) -> dict[str, Any]:
    retired_at = known.retired_at if known else None
    return {
        "type": field.type, "names": dict(field.names), "choices": [choice.model_dump() for choice in field.choices],
        "currency": field.currency, "required": field.required, "place": field.place,
        "retired_at": (retired_at or clock()) if field.retired else None,
    }  # fmt: skip


def _require_room() -> None:
    if CustomField.objects.filter(retired_at=None).count() >= MOST_FIELDS:
        raise Conflict(most=MOST_FIELDS)


def _require_same(known: CustomField, field: FieldIn) -> None:
    for name in ("type", "currency"):
        if getattr(known, name) != getattr(field, name):
            raise Invalid(errors=[{"pointer": f"/{name}", "detail": "cannot_change"}])
    gone = {choice["key"] for choice in known.choices} - {choice.key for choice in field.choices}
    used = FieldValue.objects.filter(field=known.id, choice__in=gone).values_list("choice", flat=True)
    if gone and (still := sorted(set(used[:1000]))):
        raise Conflict(choices=still)


def field_settings(field: CustomField) -> FieldIn:
    """The field as it is sent back."""
    return FieldIn.model_construct(
        key=field.key, type=field.type, names=field.names, choices=field.choices, currency=field.currency,
        required=field.required, place=field.place, retired=field.retired_at is not None,
    )  # fmt: skip
