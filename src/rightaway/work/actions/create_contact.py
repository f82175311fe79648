"""Create a contact by hand: somebody types them in, and says who has them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.contacts import fields
from rightaway.contacts.models import Identity
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import Invalid
from rightaway.people.models import Agent
from rightaway.work import access, change, identities, receiving
from rightaway.work.actions.assign import assign, give
from rightaway.work.actions.edit_contact import MOST_IDENTITIES, known_person
from rightaway.work.actions.receive import receive
from rightaway.work.contact_record import Reached
from rightaway.work.enquiry import Enquiry

SOURCE: Final = "typed_in"  # where nobody says another


@dataclass(frozen=True, slots=True)
class Created:
    """`outcome`: created (a new item), attached (to the open one of a person who was known)."""

    contact_id: UUID
    item_id: UUID
    outcome: str


def default_owner(actor: Actor) -> str:
    """Whoever works leads has what they type in; for everybody else the routes decide."""
    works = actor.agent_id is not None and Agent.objects.filter(id=actor.agent_id, active=True).exists()
    return "me" if works else "routes"


def create_contact(
    *,
    enquiry: Enquiry,
    reached: Sequence[Reached],
    values: Mapping[str, Any],
    owner: str | UUID | None,
    actor: Actor,
    known_too: bool = False,
    over_capacity: bool = False,
    note: str = "",
) -> Created:
    """Makes the contact and its item. `enquiry` says what is wanted; `reached` by what the person is known, `values`
    are the organisation's own fields, as JSON. `owner`: me, private (theirs, in a book of their own), nobody,
    routes, an agent's id, or None for the default.

    Somebody known by one of these is made no second time: with `known_too` it is one more enquiry of theirs, and
    whoever has it keeps it. Runs inside `organisation(…)`. Raises NotFound, NotAllowed, NotAMember, Invalid,
    KnownPerson, and what `assign` raises for somebody else.
    """
    access.require(actor, "item.create")
    wanted = default_owner(actor) if owner is None else owner
    _check(wanted, reached)
    identities.lock(row[:2] for row in reached)
    _recognise(actor, reached, known_too=known_too and wanted != "private")
    known = fields.fields()
    read = fields.read_all(known, values, path=("fields",), strict=True)
    fields.require(known, read, path=("fields",))
    plain = {name: fields.plain(value) for name, value in read.items() if value is not None}
    received = receive(
        enquiry=replace(
            enquiry, **_main(reached), source=enquiry.source or SOURCE, attributes={**enquiry.attributes, **plain},
            route=wanted == "routes", unrouted=SOURCE,
        ),
        actor=actor,
    )  # fmt: skip
    _reach(received.contact_id, reached)
    if received.outcome == "created":
        _give(received.item_id, wanted, actor=actor, over_capacity=over_capacity, note=note)
    return Created(received.contact_id, received.item_id, received.outcome)


def _check(owner: str | UUID, reached: Sequence[Reached]) -> None:
    if not isinstance(owner, UUID) and owner not in ("me", "private", "nobody", "routes"):
        raise Invalid(errors=[{"pointer": "/owner", "detail": "unknown"}])
    if len(reached) > MOST_IDENTITIES:
        raise Invalid(errors=[{"pointer": "/phones", "detail": "too_long"}])


def _recognise(actor: Actor, reached: Sequence[Reached], *, known_too: bool) -> None:
    """Raises KnownPerson, unless that is known. Two people of one number and another's address are told apart later."""
    if known_too:
        return
    for kind, value, _raw, _verified in reached:
        contact_id = Identity.objects.filter(kind=kind, value=value, entity_id=None).values_list("contact", flat=True)
        if found := contact_id.first():
            raise known_person(actor, found)


def _main(reached: Sequence[Reached]) -> dict[str, Any]:
    """The first phone and the first e-mail, as an enquiry has them."""
    found: dict[str, Any] = {}
    for kind, value, raw, verified in reached:
        if kind not in found and f"{kind}_raw" not in found:
            found |= {kind: value} if verified else {f"{kind}_raw": raw}
    return found


def _reach(contact_id: UUID, reached: Sequence[Reached]) -> None:
    """The other phones and e-mails. One that is somebody else's stays theirs."""
    for kind, value, raw, verified in reached:
        if not Identity.objects.filter(kind=kind, value=value, entity_id=None).exists():
            place = Identity.objects.filter(contact=contact_id, kind=kind).count()
            Identity.objects.create(
                contact_id=contact_id, kind=kind, value=value, raw=raw, verified=verified, place=place
            )


def _give(item_id: UUID, owner: str | UUID, *, actor: Actor, over_capacity: bool, note: str) -> None:
    if owner in ("nobody", "routes"):
        return
    if owner not in ("me", "private", actor.agent_id):
        assert isinstance(owner, UUID)
        assign(item_id=item_id, agent_id=owner, actor=actor, over_capacity=over_capacity, note=note)
        return
    # Their own: whoever types in somebody has them, however much they carry and wherever they are.
    agent = receiving.taker(actor)
    item = access.item_for(actor, item_id, "item.claim", lock=True)
    receiving.require_member(item, [agent.id])
    now = clock()
    give(item, agent, actor=actor, now=now, event="assigned", cause="reassigned", confirmed=True)
    if owner == "private":
        change.note(item, actor=actor, at=now, event="kept_private", private=True)
