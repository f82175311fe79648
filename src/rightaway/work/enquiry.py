"""The one value that every door in turns bytes into."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from rightaway.contacts.fields import Plain


@dataclass(frozen=True, slots=True)
class Enquiry:
    """Somebody asks. Everything is normalised already: `phone` E.164, `email` lower-cased and NFC, texts NFC.

    A number or address that could not be read goes to `phone_raw` or `email_raw` instead. `attributes` values are
    text, numbers, booleans or lists of texts. `external_id`, when given, is the sender's own id: the same source and id
    arrive once.
    `route` false: leave it unassigned for a manager; `unrouted` is why.
    """

    source: str
    name: str = ""
    phone: str | None = None
    phone_raw: str = ""
    email: str | None = None
    email_raw: str = ""
    kind: str = "lead"
    line: str = ""
    language: str = ""
    company: str = ""
    message: str = ""
    campaign: str = ""
    external_id: str = ""
    attributes: Mapping[str, Plain] = field(default_factory=dict)
    asked_at: datetime | None = None
    route: bool = True
    unrouted: str = "left_unassigned"
