"""Save a company: its name, and who looks after the account."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from rightaway.accounts.actor import Actor
from rightaway.contacts.models import Company, Contact
from rightaway.contacts.normalise import company_key
from rightaway.ledger.clock import clock
from rightaway.ledger.errors import AlreadyThere, Conflict, Invalid, Stale
from rightaway.ledger.events import Change, append, canonical
from rightaway.routing.versions import etag_of
from rightaway.work import access


@dataclass(frozen=True, slots=True)
class SavedCompany:
    """`changed` names what is different now; empty: nothing was written."""

    company_id: UUID
    changed: tuple[str, ...]


def company_tag(company: Company) -> str:
    """Of exactly what can be edited."""
    return etag_of(canonical({"name": company.name, "owner": company.owner_id}))


def save_company(
    *, company_id: UUID | None, name: str, owner_id: UUID | None, actor: Actor, seen: str | None = None
) -> SavedCompany:
    """Makes a new company, or the one of this id exactly so; its contacts read the new name. `seen` is the tag of what
    the editor read; None: whatever. Runs inside `organisation(…)`.

    Raises NotFound, NotAllowed, Stale, Invalid, AlreadyThere (another one has this name), Conflict (an inactive owner).
    """
    access.require(actor, "company.edit")
    if not (folded := company_key(name)):
        raise Invalid(errors=[{"pointer": "/name", "detail": "empty"}])
    known = None
    if company_id is not None:
        access.company_for(actor, company_id, "company.edit")
        known = Company.objects.select_for_update(no_key=True).get(id=company_id)
        if seen is not None and company_tag(known) != seen:
            raise Stale
    _require_free(folded, company_id)
    if owner_id is not None and (known is None or known.owner_id != owner_id):
        _require_active(actor, owner_id)
    return _record(known, {"name": name, "folded": folded, "owner_id": owner_id}, actor)


def _require_free(folded: str, company_id: UUID | None) -> None:
    other = Company.objects.filter(folded=folded).exclude(id=company_id).first()
    if other is not None:
        raise AlreadyThere(company_id=str(other.id))


def _require_active(actor: Actor, owner_id: UUID) -> None:
    if not access.agent_for(actor, owner_id, "agent.view").active:
        raise Conflict(agent=str(owner_id), active=False)


def _record(known: Company | None, columns: dict[str, Any], actor: Actor) -> SavedCompany:
    if known is None:
        # Two at once: one makes it, the other waits and finds it there.
        made, is_new = Company.objects.get_or_create(folded=columns["folded"], defaults=columns)
        if not is_new:
            raise AlreadyThere(company_id=str(made.id))
        changed: tuple[str, ...] = ("name", "owner_id") if columns["owner_id"] else ("name",)
    else:
        made = known
        changed = tuple(name for name, value in columns.items() if getattr(known, name) != value and name != "folded")
        if changed:
            Company.objects.filter(id=known.id).update(**columns)
        if "name" in changed:
            Contact.objects.filter(employer=known.id).update(company=columns["name"])
    if changed:
        told = {"changed": sorted(changed), "owner": columns["owner_id"], **actor.as_event()}
        append(made, clock(), [Change("created" if known is None else "changed", told)])
    return SavedCompany(made.id, changed)
