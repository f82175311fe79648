"""Companies as pages and the API show them: the list, the contacts and what is open of one. They write nothing."""

from typing import Final
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from rightaway.accounts.actor import Actor
from rightaway.contacts.models import Company, Contact
from rightaway.contacts.normalise import clean_text, company_key
from rightaway.work import access
from rightaway.work.models import Item

MOST: Final = 200  # contacts and open items of one company


def companies_page(
    actor: Actor, *, find: str = "", after: UUID | None = None, limit: int = 100
) -> tuple[list[Company], UUID | None]:
    """The companies that the actor may see whose name has this in it, by name, and after which to go on."""
    rows = access.visible_companies(actor).select_related("owner").order_by("folded", "id")
    if find and (wanted := company_key(clean_text(find))):
        rows = rows.filter(folded__contains=wanted)
    last = Company.objects.filter(id=after).first() if after else None
    if last is not None:
        rows = rows.filter(Q(folded__gt=last.folded) | Q(folded=last.folded, id__gt=last.id))
    found = list(rows[: limit + 1])
    return found[:limit], found[limit - 1].id if len(found) > limit else None


def contacts_of(actor: Actor, company: Company) -> list[Contact]:
    """Those that the actor may know of, by name; without archived and merged ones."""
    known = access.visible_items(actor, "contact.view").filter(contact=OuterRef("id"))
    rows = Contact.objects.filter(employer=company.id, merged_into=None, archived_at=None)
    return list(rows.filter(Exists(known)).order_by("folded", "id")[:MOST])


def open_items_of(actor: Actor, company: Company) -> list[Item]:
    """What is open of its contacts and the actor may know of, the longest wait first."""
    rows = access.visible_items(actor, "contact.view").filter(contact__employer=company.id)
    return list(rows.exclude(state="closed").order_by("asked", "id")[:MOST])
