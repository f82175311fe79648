"""What a web form sent, as an enquiry with a thread. Suspected spam is held, never dropped."""

import hashlib
import json
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import AfterValidator, Field, StringConstraints, ValidationError, model_validator

from rightaway.accounts.actor import SYSTEM
from rightaway.accounts.models import Organisation
from rightaway.contacts.normalise import clean_text, email_address, phone_e164
from rightaway.conversations import tokens
from rightaway.conversations.models import Letter, Source
from rightaway.ledger.errors import Invalid
from rightaway.ledger.problems import problems_of
from rightaway.ledger.tenancy import current_organisation
from rightaway.people.schema import Strict
from rightaway.work.actions.hear import Heard, Incoming, hear
from rightaway.work.enquiry import Enquiry

HONEYPOT: Final = "website"  # no person sees this field
STAMP: Final = "t"
_OWN: Final = ("name", "phone", "email", "message", "language", "company")


def _line(text: str) -> str:
    return " ".join(clean_text(text).split())


_Line = Annotated[str, StringConstraints(max_length=300), AfterValidator(_line)]
_Value = Annotated[str, StringConstraints(max_length=2000), AfterValidator(clean_text)]
_Name = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"\S"), AfterValidator(_line)]


class FormIn(Strict):
    """What a person filled in. Fields of the form's own go to `fields`."""

    name: _Line = ""
    phone: Annotated[str, StringConstraints(max_length=64), AfterValidator(_line)] = ""
    email: Annotated[str, StringConstraints(max_length=320), AfterValidator(_line)] = ""
    company: _Line = ""
    message: Annotated[str, StringConstraints(max_length=20_000), AfterValidator(clean_text)] = ""
    language: Annotated[str, StringConstraints(pattern=r"^([a-z]{2,3}(-[A-Za-z0-9]{2,8})*)?$", max_length=35)] = ""
    fields: Annotated[dict[_Name, _Value], Field(max_length=50)] = {}

    @model_validator(mode="after")
    def names_somebody(self) -> "FormIn":
        if not (self.name or self.phone or self.email):
            raise ValueError("one of phone, email and name is needed")
        return self


def read(sent: dict[str, Any]) -> FormIn:
    """What was sent, beside honeypot and stamp. Raises Invalid, with what is wrong by field."""
    own = {name: sent[name] for name in _OWN if name in sent}
    fields = {name: value for name, value in sent.items() if name not in (*_OWN, HONEYPOT, STAMP, "fields")}
    more = sent.get("fields", {})
    try:
        return FormIn.model_validate({**own, "fields": {**fields, **(more if isinstance(more, dict) else {"": more})}})
    except ValidationError as error:
        raise Invalid(errors=[problem.as_error() for problem in problems_of(error)]) from None


def submit(*, source: Source, sent: dict[str, Any], external_id: str = "", peer: str = "") -> Heard | Letter:
    """Takes it in, or holds what no person seems to have sent; durable when the caller's transaction commits.

    Raises Invalid.
    """
    form = read(sent)
    reason = _suspicion(source, sent)
    if reason:
        return _hold(source, sent, form, reason, peer)
    return take_in(source, form, external_id=external_id)


def _suspicion(source: Source, sent: dict[str, Any]) -> str:
    if sent.get(HONEYPOT):
        return "honeypot"
    return "" if tokens.stamp_is_good(source.key, str(sent.get(STAMP, ""))) else "too_fast"


def _hold(source: Source, sent: dict[str, Any], form: FormIn, reason: str, peer: str) -> Letter:
    raw = json.dumps(form.model_dump(), sort_keys=True).encode()
    shown = {"from": form.email or form.phone or form.name, "subject": form.name, "text": form.message[:2000]}
    held: Letter
    held, _made = Letter.objects.get_or_create(
        digest=hashlib.sha256(source.key.encode() + b"\0" + raw + str(sent.get(STAMP, "")).encode()).digest(),
        defaults={
            "channel": "web_form", "source_id": source.id, "raw": raw, "state": "held", "reason": reason,
            "shown": shown, "peer": peer[:200],
        },
    )  # fmt: skip
    return held


def take_in(source: Source, form: FormIn, *, external_id: str = "") -> Heard:
    region = Organisation.objects.values_list("region", flat=True).get(id=current_organisation())
    phone = phone_e164(form.phone, region) if form.phone else None
    email = email_address(form.email) if form.email else None
    enquiry = Enquiry(
        source=source.source, name=form.name, phone=phone, phone_raw="" if phone else form.phone, email=email,
        email_raw="" if email else form.email, kind=source.item_kind, line=source.line, language=form.language,
        company=form.company, message=form.message, attributes=dict(form.fields), route=source.distribute,
    )  # fmt: skip
    told = [form.message, *(f"{name}: {value}" for name, value in form.fields.items())]
    message = Incoming(
        channel="web_form", text="\n".join(part for part in told if part), sender=email or "",
        external_id=external_id and f"form:{source.id}:{external_id}", data={"name": form.name},
    )  # fmt: skip
    return hear(message=message, enquiry=enquiry, actor=SYSTEM, source_id=source.id)


def release(letter: Letter) -> UUID:
    """Takes a held form in, because a person said so."""
    source: Source = letter.source
    return take_in(source, FormIn.model_validate_json(bytes(letter.raw))).message_id
