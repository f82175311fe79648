"""A missed call: somebody rang and nobody answered. They are called back: the question is open until somebody does."""

from datetime import datetime

from rightaway.accounts.actor import Actor
from rightaway.contacts.models import Entry
from rightaway.ledger.clock import clock
from rightaway.work.actions.hear import Heard, Incoming, hear
from rightaway.work.enquiry import Enquiry
from rightaway.work.models import Item


def missed_call(*, enquiry: Enquiry, external_id: str, actor: Actor, at: datetime | None = None) -> Heard:
    """Makes or reopens the contact of the number, with a line in its timeline. Runs inside `organisation(…)`.

    `at` is when it rang. The same `external_id` again adds nothing. Raises Invalid.
    """
    number = enquiry.phone or enquiry.phone_raw
    call = Incoming(channel="call", text="", sender=number, external_id=external_id, data={"call_back": True})
    heard = hear(message=call, enquiry=enquiry, actor=actor, direction="call")
    if heard.outcome != "duplicate":
        now, contact_id = clock(), Item.objects.values_list("contact_id", flat=True).get(id=heard.item_id)
        Entry.objects.create(
            contact_id=contact_id, item_id=heard.item_id, kind="missed_call", action="none",
            data={"number": number, "call_back": True}, at=min(at or now, now),
        )  # fmt: skip
    return heard
