"""Leads in: one enquiry, durable once it is answered with 201."""

from typing import Annotated, Any, Literal
from uuid import UUID

from django.utils.translation import gettext_noop
from ninja import Router, Status
from pydantic import (
    AfterValidator,
    ConfigDict,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    WithJsonSchema,
    model_validator,
)

from rightaway.api.door import Call, keyed
from rightaway.api.schema import VISIBLE, Line, Out, Prose, Strict
from rightaway.contacts.normalise import clean_text, email_address, phone_e164
from rightaway.work import queries
from rightaway.work.actions.receive import receive
from rightaway.work.enquiry import Enquiry

router = Router(tags=["leads"])

_LARGEST = 2**53  # beyond it, JavaScript and many parsers no longer tell integers apart


def _kind(value: Any) -> str | None:
    return type(value).__name__ if isinstance(value, str | bool | int | float | list) else None


# Told apart by type, so that a mistake is reported once and not once for each kind.
Attribute = Annotated[
    Annotated[str, StringConstraints(max_length=2000), AfterValidator(clean_text), Tag("str")]
    | Annotated[bool, Tag("bool")]
    | Annotated[int, Field(ge=-_LARGEST, le=_LARGEST), Tag("int")]
    | Annotated[float, Field(ge=-_LARGEST, le=_LARGEST, allow_inf_nan=False), Tag("float")]
    | Annotated[list[Annotated[str, Line(200)]], Field(max_length=200), Tag("list")],
    Discriminator(
        _kind,
        custom_error_type="attribute_type",
        custom_error_message=gettext_noop("must be text, a number, true or false, or a list of texts"),
    ),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "maxLength": 2000},
                {"type": "boolean"},
                {"type": "number", "minimum": -_LARGEST, "maximum": _LARGEST},
                {"type": "array", "maxItems": 200, "items": {"type": "string", "maxLength": 200}},
            ]
        }
    ),
]


class LeadIn(Strict):
    """Somebody asks. At least one of `phone`, `email` and `name` is needed.

    A phone number without a country code is read in the organisation's region; one that cannot be read, or an
    e-mail address that is none, is kept as it was sent, unverified. `external_id` is the sender's own id: the same
    source and id arrive once, for good. `attributes` that are fields of your own must fit their types: money as an
    amount in the field's currency, dates as 2026-05-04, many choices as a list.
    """

    model_config = ConfigDict(
        json_schema_extra={"anyOf": [{"required": [name]} for name in ("phone", "email", "name")]}
    )

    source: Annotated[str, Line(200, pattern=VISIBLE)]
    name: Annotated[str, Line(300, pattern=VISIBLE)] | None = None
    phone: Annotated[str, Line(64, pattern=VISIBLE)] | None = None
    email: Annotated[str, Line(320, pattern=VISIBLE)] | None = None
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=35)] | None = (
        None
    )
    line: Annotated[str, Line(200)] = ""
    company: Annotated[str, Line(300)] = ""
    message: Annotated[str, Prose(20_000)] = ""
    campaign: Annotated[str, Line(200)] = ""
    external_id: Annotated[str, Line(200)] = ""
    attributes: Annotated[
        dict[Annotated[str, Line(100, pattern=VISIBLE)], Attribute],
        Field(max_length=50, json_schema_extra={"additionalProperties": False}),
    ] = {}

    @model_validator(mode="after")
    def names_somebody(self) -> "LeadIn":
        if self.phone is None and self.email is None and self.name is None:
            raise ValueError("one of phone, email and name is needed")
        return self


class LeadOut(Out):
    """`outcome`: created (a new item), attached (to the open one of this person), duplicate (it was here before)."""

    item_id: UUID
    contact_id: UUID
    outcome: Literal["created", "attached", "duplicate"]
    state: Literal["waiting", "offered", "assigned", "pooled", "closed"]


@router.post("/leads", response={201: LeadOut}, operation_id="create_lead", summary="Send a lead")
@keyed
def create_lead(request: Call, lead: LeadIn) -> Status[dict[str, Any]]:
    received = receive(enquiry=enquiry(lead, request.region), actor=request.actor)
    state = "waiting" if received.outcome == "created" else queries.state_of(received.item_id)
    return Status(
        201,
        {"item_id": received.item_id, "contact_id": received.contact_id, "outcome": received.outcome, "state": state},
    )


def enquiry(lead: LeadIn, region: str) -> Enquiry:
    """The lead as the one value that every door in makes."""
    phone = phone_e164(lead.phone, region) if lead.phone else None
    email = email_address(lead.email) if lead.email else None
    return Enquiry(
        source=lead.source, name=lead.name or "", phone=phone, phone_raw="" if phone else lead.phone or "",
        email=email, email_raw="" if email else lead.email or "", line=lead.line, language=lead.language or "",
        company=lead.company, message=lead.message, campaign=lead.campaign, external_id=lead.external_id,
        attributes=lead.attributes,
    )  # fmt: skip
