"""Visitors of a chat window: their first message is an enquiry, later ones go on with it, answers are read here."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from django.utils.translation import gettext as _
from pydantic import AfterValidator, StringConstraints

from rightaway.accounts.actor import SYSTEM
from rightaway.accounts.models import Organisation
from rightaway.contacts.normalise import clean_text, email_address, phone_e164
from rightaway.conversations import buckets, tokens
from rightaway.conversations.models import Message, Source, Visit
from rightaway.ledger.errors import NotFound, TooMany
from rightaway.ledger.tenancy import current_organisation
from rightaway.people.models import Agent
from rightaway.people.schema import Strict
from rightaway.work.actions.hear import Heard, Incoming, hear
from rightaway.work.enquiry import Enquiry

_VISIBLE: Final = r"[^\s\x00-\x20\x7f-\x9f]"
MOST_TEXT: Final = 4000
MOST_SHOWN: Final = 200
# An hour: messages of one visitor; conversations begun from one address, and at one door.
MOST_EACH_VISIT, MOST_EACH_PLACE, MOST_EACH_DOOR = 120, 60, 2000


def _line(text: str) -> str:
    return " ".join(clean_text(text).split())


class Said(Strict):
    """A visitor's message. Who they are is asked politely, and may stay empty. `id` is the window's own id of it."""

    text: Annotated[
        str,
        StringConstraints(min_length=1, max_length=MOST_TEXT, pattern=r"[^\s\x00-\x20\x7f-\x9f]"),
        AfterValidator(clean_text),
    ]
    id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{8,64}$")]
    name: Annotated[str, StringConstraints(max_length=300), AfterValidator(_line)] = ""
    email: Annotated[str, StringConstraints(max_length=320), AfterValidator(_line)] = ""
    phone: Annotated[str, StringConstraints(max_length=64), AfterValidator(_line)] = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """One message as the visitor sees it. `who` is the first name of whoever answered, `mine` whether they wrote it."""

    id: str
    at: datetime
    text: str
    mine: bool
    who: str


def begin(source: Source, *, language: str, peer: str) -> str:
    """A new visitor: returns their secret. Raises TooMany: too many from one address, or at this door."""
    if buckets.overflows(f"chat:{source.id}:{peer}", MOST_EACH_PLACE) or buckets.overflows(
        f"chat:{source.id}", MOST_EACH_DOOR
    ):
        raise TooMany
    secret = tokens.new_visit()
    Visit.objects.create(source_id=source.id, digest=tokens.visit_digest(secret), language=language)
    return secret


def visit_of(source: Source, secret: str, *, lock: bool = False) -> Visit:
    """The visitor of a secret, at this door. Raises NotFound."""
    digest = tokens.visit_digest(secret)
    rows = Visit.objects.select_for_update(no_key=True) if lock else Visit.objects
    found: Visit | None = rows.filter(digest=digest, source=source.id).first() if digest else None
    if found is None:
        raise NotFound
    return found


def say(source: Source, secret: str, said: Said) -> Heard:
    """A visitor's message; durable when the caller's transaction commits. Raises NotFound, TooMany."""
    visit = visit_of(source, secret, lock=True)
    if buckets.overflows(f"visit:{visit.id}", MOST_EACH_VISIT):
        raise TooMany
    message = Incoming(channel="web_chat", text=said.text, external_id=f"chat:{visit.id}:{said.id}")
    heard = hear(
        message=message, enquiry=_enquiry(source, visit, said), actor=SYSTEM, source_id=source.id,
        conversation_id=visit.conversation_id,
    )  # fmt: skip
    if visit.conversation_id is None:
        Visit.objects.filter(id=visit.id).update(conversation=heard.conversation_id)
    return heard


def _enquiry(source: Source, visit: Visit, said: Said) -> Enquiry:
    region = Organisation.objects.values_list("region", flat=True).get(id=current_organisation())
    phone = phone_e164(said.phone, region) if said.phone else None
    email = email_address(said.email) if said.email else None
    nobody = _("Website visitor %(number)s") % {"number": visit.id.hex[-4:].upper()}
    return Enquiry(
        source=source.source, name=said.name or ("" if phone or email else nobody), phone=phone,
        phone_raw="" if phone else said.phone, email=email, email_raw="" if email else said.email,
        kind=source.item_kind, line=source.line, language=visit.language, message=said.text, route=source.distribute,
    )  # fmt: skip


def thread(visit: Visit, *, after: str = "") -> list[Shown]:
    """What the visitor wrote and what was answered, in order; only what came after that message when one is given."""
    if visit.conversation_id is None:
        return []
    rows = Message.objects.filter(conversation=visit.conversation_id, direction__in=("in", "out"))
    if after:
        try:
            rows = rows.filter(id__gt=UUID(after))
        except ValueError:
            raise NotFound from None
    found = list(rows.order_by("-id")[:MOST_SHOWN])[::-1]
    agents = Agent.objects.filter(id__in={row.agent_id for row in found if row.agent_id})
    names = {id: str(name).split(" ")[0] for id, name in agents.values_list("id", "name")}
    return [Shown(str(row.id), row.at, row.text, row.direction == "in", names.get(row.agent_id, "")) for row in found]
