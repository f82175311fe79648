"""Sequences of e-mails, and where they are on their way to a contact."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from pydantic import Field, StringConstraints

from rightaway.accounts.actor import Actor
from rightaway.accounts.models import Organisation
from rightaway.contacts.models import Contact
from rightaway.ledger.events import Change, append, tell
from rightaway.ledger.tenancy import current_organisation
from rightaway.people.models import Agent
from rightaway.people.schema import Strict, Text
from rightaway.work.models import Drip, Item, Sequence

MOST_STEPS: Final = 10
LONGEST_STEP: Final = 5_000  # characters
LONGEST_PAUSE: Final = 365 * 24 * 60  # minutes
NAMES: Final = ("name", "first_name", "agent", "organisation")
"""What a step may name in braces; anything else in braces stays as it is written."""

_NAMED: Final = re.compile(rf"\{{({'|'.join(NAMES)})\}}")
_NO_CONTROLS: Final = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"


class StepIn(Strict):
    """What goes out so many minutes after the step before, or after the beginning. In braces it may name {name},
    {first_name}, {agent} (who has the contact) and {organisation}."""

    after_minutes: Annotated[int, Field(ge=0, le=LONGEST_PAUSE)] = 0
    text: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_STEP, pattern=_NO_CONTROLS)]


class SequenceIn(Strict):
    """A sequence. `subject` is that of its mails; one that is not `active` is begun no more."""

    key: Text
    name: Text
    subject: Text
    steps: Annotated[list[StepIn], Field(min_length=1, max_length=MOST_STEPS)]
    active: bool = True


def settings_of(sequence: Sequence) -> SequenceIn:
    return SequenceIn.model_construct(
        key=sequence.key, name=sequence.name, subject=sequence.subject, active=sequence.active,
        steps=[StepIn.model_construct(**step) for step in sequence.steps],
    )  # fmt: skip


def running(item_id: UUID) -> Drip | None:
    found: Drip | None = Drip.objects.filter(item=item_id, state="running").first()
    return found


def filled_in(text: str, item: Item) -> str:
    """The step's text for the contact of this item, from whoever has it now."""
    contact = Contact.objects.values_list("name", flat=True).get(id=item.contact_id)
    agent = Agent.objects.filter(id=item.owner_id).values_list("name", flat=True).first() if item.owner_id else ""
    organisation = Organisation.objects.values_list("name", flat=True).get(id=current_organisation())
    known: Mapping[str, str] = {
        "name": contact, "first_name": contact.split(" ")[0], "agent": agent or organisation,
        "organisation": organisation,
    }  # fmt: skip
    return _NAMED.sub(lambda found: known[found[1]], text)


def stop(item_ids: list[UUID], reason: str, *, actor: Actor, at: datetime) -> int:
    """Ends what is on its way to these items. Returns how many ended. Their items are locked, or what happened to the
    contact is committed with it: whoever sends the next step looks again under the lock of this row."""
    rows = Drip.objects.select_for_update(no_key=True).filter(item__in=item_ids, state="running").order_by("id")
    ended = list(rows)
    for drip in ended:
        end(drip, "stopped", reason, actor=actor, at=at)
    return len(ended)


def answered(contact_id: UUID, *, actor: Actor, at: datetime) -> None:
    """The contact was heard: they wrote, asked again, or were spoken to."""
    stop(list(Item.objects.filter(contact=contact_id).values_list("id", flat=True)), "replied", actor=actor, at=at)


def end(drip: Drip, state: str, reason: str, *, actor: Actor, at: datetime) -> None:
    """Ends a locked one."""
    Drip.objects.filter(id=drip.id).update(state=state, reason=reason, due_at=None, ended_at=at)
    append(drip, at, [Change(state, {"reason": reason, "sent": drip.sent, **actor.as_event()})])
    tell([("item", drip.item_id, "message", 0)])
